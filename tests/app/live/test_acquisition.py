"""The acquisition thread: numbers, tags, failures; nothing stale, nothing silent."""

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.live.acquisition import AcquisitionOptions, AcquisitionThread
from app.live.mailbox import Mailbox
from app.live.preview import CameraCondition, CameraStatus, Preview
from app.live.trouble import Trouble
from app.live.view import Crop, View
from app.model.frame import Frame
from hardware.camera import BrokenPicture, CameraLost, CameraPicture
from hardware.objective import Objective


class Sink:
    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.previews: list[Preview] = []
        self.conditions: list[CameraCondition] = []
        self.statuses: list[CameraStatus] = []
        self.troubles: list[Trouble] = []
        self.box: Mailbox[Preview] = Mailbox()

    def frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def preview(self, preview: Preview) -> None:
        self.previews.append(preview)
        self.box.put(preview)

    def camera_status(self, status: CameraStatus) -> None:
        self.conditions.append(status.condition)
        self.statuses.append(status)

    def trouble(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)


class Rig:
    def __init__(self, fakes: SimpleNamespace, **options: Any) -> None:
        self.camera = fakes.Camera()
        self.nosepiece = fakes.Nosepiece()
        self.sink = Sink()
        self.thread = AcquisitionThread(
            self.camera, self.nosepiece, self.sink, AcquisitionOptions(0.01, **options)
        )
        self.wait_until = fakes.wait_until

    def start(self) -> None:
        self.thread.start()
        self.wait_until(lambda: self.camera.is_open)

    def expose(self, *pictures: Any) -> None:
        for picture in pictures or (None,):
            count = len(self.sink.previews)
            self.camera.expose(picture)
            self.wait_until(lambda count=count: len(self.sink.previews) > count)


@pytest.fixture
def rig(fakes: SimpleNamespace) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(**options: Any) -> Rig:
        made.append(Rig(fakes, **options))
        return made[-1]

    yield make
    for each in made:
        each.thread.stop()
        each.thread.join()
        assert not each.camera.is_open


def test_a_frame_carries_what_its_pixels_mean(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.expose()
    (frame,) = r.sink.frames
    assert frame.number == 0 and frame.um_per_px == 0.424
    assert not frame.rgb.flags.writeable
    (preview,) = r.sink.previews
    assert preview.frame == 0 and preview.generation == frame.generation
    assert preview.bgra.shape == (750, 1000, 4)
    assert (preview.field_width_px, preview.field_height_px) == (64, 48)
    assert preview.taken_s == frame.taken_s <= preview.made_s
    assert r.thread.latest(10) is frame and r.thread.latest_preview is preview
    assert r.sink.conditions == [CameraCondition.OPENING, CameraCondition.LIVE]


def test_the_view_follows_the_window(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.thread.set_view(View(20, 20, Crop(10, 10, 40, 20)))
    r.expose()
    assert r.sink.previews[0].bgra.shape == (10, 20, 4)
    assert r.sink.previews[0].crop == Crop(10, 10, 40, 20)


def test_there_is_no_latest_frame_that_is_too_old(rig: Callable[..., Rig]) -> None:
    r = rig()
    assert r.thread.latest(1000) is None
    r.start()
    r.expose()
    time.sleep(0.02)
    assert r.thread.latest(0.001) is None
    assert r.thread.latest(1000) is not None


def test_another_objective_begins_another_generation(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.expose()
    r.nosepiece.select("20x")
    r.expose(None, None)
    first, turning, after = r.sink.frames
    # Nobody knows through which objective the picture in between was taken.
    assert turning.objective is None or turning.objective.name == "20x"
    assert after.objective == Objective("20x", 0.848)
    assert first.generation < turning.generation == after.generation
    assert r.sink.previews[1].still_since == 1


def test_a_picture_exposed_while_the_nosepiece_turned_has_no_objective(
    fakes: SimpleNamespace,
) -> None:
    sink, now = Sink(), [0.0]
    nosepiece = fakes.Nosepiece()
    thread = AcquisitionThread(fakes.Camera(), nosepiece, sink, clock=lambda: now[0])
    rgb = np.zeros((8, 8, 3), np.uint8)
    tagged = []
    for number, (taken, seen) in enumerate([(0.9, 1.0), (1.9, 2.0), (1.95, 2.1), (3.0, 3.1)]):
        now[0] = seen
        if number == 1:
            nosepiece.select("20x")
        tagged.append(thread._tagged(CameraPicture(number, rgb, taken)))
    names = [frame.objective.name if frame.objective else None for frame in tagged]
    assert names == ["40x", None, None, "20x"]


def test_a_new_calibration_of_the_same_objective_is_a_new_generation(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    r.start()
    r.expose()
    r.nosepiece.current = Objective("40x", 0.43)
    r.expose(None, None)
    assert r.sink.frames[2].um_per_px == 0.43
    assert r.sink.frames[2].generation > r.sink.frames[0].generation


def test_unplugged_and_plugged_again_the_numbers_go_on(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.expose(None, None, None)
    r.camera.unplug()
    r.wait_until(lambda: CameraCondition.LOST in r.sink.conditions)
    assert "unplugged" in r.sink.statuses[-1].text
    r.camera.plug()
    r.wait_until(lambda: r.camera.opened == 2)
    r.expose(None, None)
    assert [frame.number for frame in r.sink.frames] == [0, 1, 2, 3, 4]
    assert r.sink.frames[3].generation > r.sink.frames[2].generation
    assert r.sink.previews[3].still_since == 3
    assert r.sink.conditions[-2:] == [CameraCondition.LOST, CameraCondition.LIVE]
    assert r.sink.conditions.count(CameraCondition.LOST) == 1


def test_a_camera_that_is_not_there_at_the_start_is_waited_for(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.camera.lost = True
    r.thread.start()
    r.wait_until(lambda: CameraCondition.LOST in r.sink.conditions)
    r.camera.plug()
    r.wait_until(lambda: r.camera.is_open)
    r.expose()
    assert r.sink.conditions[-1] is CameraCondition.LIVE


def test_a_stall_is_told_and_ends_by_itself(rig: Callable[..., Rig]) -> None:
    r = rig(stall_s=0.05)
    r.start()
    r.expose()
    r.wait_until(lambda: r.sink.conditions[-1] is CameraCondition.STALLED)
    r.expose()
    assert r.sink.conditions[-1] is CameraCondition.LIVE
    assert r.camera.opened == 1


def test_a_broken_picture_is_left_out_and_told(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.expose()
    r.camera.fail(BrokenPicture("half of it is missing"))
    r.wait_until(lambda: CameraCondition.BROKEN in r.sink.conditions)
    r.expose()
    assert len(r.sink.frames) == 2 and r.sink.conditions[-1] is CameraCondition.LIVE


@pytest.mark.parametrize("shape", [(24, 32, 3), (48, 64, 1), (48, 32, 3)])
def test_a_picture_of_another_size_never_becomes_a_frame(
    rig: Callable[..., Rig], shape: tuple[int, ...]
) -> None:
    r = rig()
    r.start()
    r.expose()
    r.camera._queue.append(CameraPicture(99, np.zeros(shape, np.uint8), time.monotonic()))
    r.camera.expose()
    r.wait_until(lambda: CameraCondition.WRONG_SIZE in r.sink.conditions)
    r.wait_until(lambda: r.sink.conditions[-1] is CameraCondition.LIVE)
    assert {frame.rgb.shape for frame in r.sink.frames} == {(48, 64, 3)}


def test_a_driver_that_fails_in_a_way_of_its_own_is_opened_again(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.expose()
    r.camera.fail(ZeroDivisionError("in the driver"))
    r.wait_until(lambda: r.camera.opened == 2)
    r.wait_until(lambda: r.camera.is_open)
    r.expose()
    assert r.sink.conditions[-1] is CameraCondition.LIVE
    (trouble,) = r.sink.troubles
    assert trouble.source == "camera" and "ZeroDivisionError" in trouble.detail


def test_a_camera_that_cannot_even_be_closed_does_not_end_the_thread(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    r.start()

    def close() -> None:
        r.camera.is_open = False
        r.camera.close = type(r.camera).close.__get__(r.camera)
        raise OSError("the handle is gone")

    r.camera.close = close
    r.camera.fail(CameraLost("gone"))
    r.wait_until(lambda: r.camera.opened == 2)
    assert "OSError" in r.sink.troubles[0].detail


def test_stopping_twice_and_joining_what_never_ran_is_harmless(fakes: SimpleNamespace) -> None:
    thread = AcquisitionThread(fakes.Camera(), fakes.Nosepiece(), Sink())
    thread.stop()
    thread.stop()
    thread.join()


def test_new_generation_on_demand(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.expose()
    r.thread.new_generation()
    r.expose()
    assert r.sink.frames[1].generation == r.sink.frames[0].generation + 1


def test_a_slow_window_always_gets_the_newest_preview(rig: Callable[..., Rig]) -> None:
    """60 frames/s in, a painter of 40 ms: counted in frames, not in time."""
    r = rig()
    r.start()
    r.thread.set_view(View(64, 48))
    ended = threading.Event()

    def sixty_hertz() -> None:
        for _ in range(60):
            r.camera.expose()
            time.sleep(1 / 60)
        ended.set()

    camera = threading.Thread(target=sixty_hertz)
    camera.start()
    painted = []
    while not ended.is_set():
        newest_before = r.sink.previews[-1].frame if r.sink.previews else -1
        preview = r.sink.box.take(0.1)
        if preview is not None:
            assert preview.frame >= newest_before
            painted.append(preview.frame)
        time.sleep(0.04)
    camera.join()
    assert painted == sorted(set(painted))
    posted, taken, dropped = r.sink.box.counts
    assert taken == len(painted) < posted <= 60
    assert posted - taken - dropped in (0, 1)


def test_why_the_objective_is_not_known_is_told_and_the_nosepiece_is_let_go(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    r.nosepiece.current, r.nosepiece.trouble = None, "the port is gone"
    r.start()
    r.expose(None, None)
    assert r.sink.previews[-1].cautions == ("nosepiece: the port is gone",)
    r.thread.stop()
    r.thread.join()
    assert r.nosepiece.closed == 1
