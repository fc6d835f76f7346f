"""What every make of camera must do; a make's tests inherit from `CameraContract`."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import numpy as np
import pytest

from hardware.camera import (
    BrokenPicture,
    Camera,
    CameraLost,
    CameraPicture,
    CameraStalled,
    SettingRefused,
)
from hardware.camera_settings import CameraSettings, Region, WhiteBalance

PATIENCE_S = 10.0


class CameraRig(Protocol):
    """A camera, and somebody's hand on its cable.

    A make that cannot fail in one of these ways on purpose calls `pytest.skip` there.
    """

    camera: Camera

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def stall(self, seconds: float) -> None: ...

    def break_next(self) -> None: ...


@contextmanager
def opened(camera: Camera) -> Iterator[Camera]:
    camera.open()
    try:
        yield camera
    finally:
        camera.close()


def read(camera: Camera) -> CameraPicture:
    return camera.read(PATIENCE_S)


def read_whole(camera: Camera) -> CameraPicture:
    """Read over pictures that the rig's own hand has torn."""
    for _ in range(10):
        with suppress(BrokenPicture):
            return read(camera)
    pytest.fail("one torn picture after another")


def drain(camera: Camera) -> None:
    """Read until nothing comes, over pictures too that a stall has torn."""
    for _ in range(200):
        try:
            camera.read(0.2)
        except BrokenPicture:
            continue
        except CameraStalled:
            return
    pytest.fail("the rig was to stall the camera, and pictures go on coming")


def await_loss(camera: Camera) -> None:
    """Read until the loss shows; pictures of before may come first, one of them torn by it."""
    deadline = time.monotonic() + PATIENCE_S
    with pytest.raises(CameraLost):
        while time.monotonic() < deadline:
            with suppress(BrokenPicture):
                camera.read(PATIENCE_S)


class CameraContract:
    """Inherit, and give a fixture ``rig`` that returns a `CameraRig` with a closed camera."""

    regions = (Region(128, 112), Region(112, 104))
    """Two sizes that the camera can have, where it has a choice."""

    def test_it_has_a_name(self, rig: CameraRig) -> None:
        assert rig.camera.name.strip()

    def test_a_picture_is_bytes_of_three_colors_and_read_only(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            rgb = read(camera).rgb
        assert rgb.dtype == np.uint8
        assert rgb.ndim == 3
        assert rgb.shape[2] == 3
        assert min(rgb.shape) > 0
        assert rgb.flags.c_contiguous
        assert not rgb.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            rgb[0, 0, 0] = 0

    def test_a_picture_stays_as_it_is_while_others_are_read(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            first = read(camera).rgb
            kept = first.copy()
            for _ in range(3):
                assert not np.shares_memory(read(camera).rgb, first)
        assert np.array_equal(first, kept)

    def test_numbers_and_times_go_up(self, rig: CameraRig) -> None:
        began = time.monotonic()
        with opened(rig.camera) as camera:
            pictures = [read(camera) for _ in range(5)]
            ended = time.monotonic()
        numbers = [picture.number for picture in pictures]
        times = [picture.taken_s for picture in pictures]
        assert numbers[0] >= 0
        assert all(a < b for a, b in itertools.pairwise(numbers))
        assert all(a < b for a, b in itertools.pairwise(times))
        assert began <= times[0]
        assert times[-1] <= ended

    def test_pictures_that_nobody_read_are_dropped_and_counted(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            first = read(camera)
            time.sleep(0.3)
            before = time.monotonic()
            later = read(camera)
        assert later.number > first.number + 1
        assert later.taken_s > before - 0.2  # not one of those that piled up

    def test_reading_needs_an_open_camera(self, rig: CameraRig) -> None:
        with pytest.raises(CameraLost):
            rig.camera.read(0.1)
        with opened(rig.camera) as camera:
            read(camera)
        with pytest.raises(CameraLost):
            rig.camera.read(0.1)

    def test_opening_and_closing_twice_does_no_harm(self, rig: CameraRig) -> None:
        rig.camera.close()
        rig.camera.open()
        rig.camera.open()
        assert read(rig.camera).rgb.size
        rig.camera.close()
        rig.camera.close()

    def test_a_closed_camera_can_be_opened_again(self, rig: CameraRig) -> None:
        for _ in range(3):
            with opened(rig.camera) as camera:
                assert read(camera).rgb.size

    def test_a_closed_camera_leaves_no_thread(self, rig: CameraRig) -> None:
        before = set(threading.enumerate())
        with opened(rig.camera) as camera:
            read(camera)
        assert set(threading.enumerate()) <= before

    def test_a_stall_ends_in_a_timeout_and_passes(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            read(camera)
            rig.stall(0.5)
            with pytest.raises(CameraStalled):
                camera.read(0.02)
            assert read_whole(camera).rgb.size

    def test_a_broken_picture_is_told_and_the_next_one_is_good(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            first = read(camera)
            rig.break_next()
            with pytest.raises(BrokenPicture):
                for _ in range(10):  # pictures of before may come first
                    read(camera)
            assert read(camera).number > first.number

    def test_an_unplugged_camera_is_lost_until_it_is_opened_again(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            read(camera)
            rig.unplug()
            await_loss(camera)
            with pytest.raises(CameraLost):
                camera.open()
            rig.replug()
            with pytest.raises(CameraLost):
                camera.read(0.1)
            camera.open()
            assert read_whole(camera).rgb.size

    def test_an_unplugged_camera_leaves_no_thread_when_closed(self, rig: CameraRig) -> None:
        before = set(threading.enumerate())
        with opened(rig.camera) as camera:
            read(camera)
            rig.unplug()
            await_loss(camera)
        assert set(threading.enumerate()) <= before

    def test_pulling_the_cable_ends_a_waiting_read_at_once(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            read(camera)
            rig.stall(PATIENCE_S)
            hand = threading.Timer(0.05, rig.unplug)
            hand.start()
            try:
                with pytest.raises(CameraLost):
                    camera.read(PATIENCE_S)
            finally:
                hand.join()

    def test_failures_are_one_line(self, rig: CameraRig) -> None:
        with pytest.raises(CameraLost) as caught:
            rig.camera.read(0.1)
        assert len(str(caught.value).splitlines()) == 1

    def test_a_picture_has_the_size_that_the_camera_states(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            rgb = read(camera).rgb
            region = camera.settings().region
        assert region is not None
        assert rgb.shape == (region.height, region.width, 3)

    def test_a_short_timeout_is_kept(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            read(camera)
            rig.stall(PATIENCE_S)
            began = time.monotonic()
            with pytest.raises(CameraStalled, match=r"within 0\.2 s"):
                camera.read(0.2)
            assert 0.15 <= time.monotonic() - began < 1.0

    def test_closing_from_another_thread_ends_a_waiting_read(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            read(camera)
            rig.stall(PATIENCE_S)
            closer = threading.Timer(0.05, camera.close)
            closer.start()
            began = time.monotonic()
            try:
                with pytest.raises(CameraLost) as caught:
                    camera.read(PATIENCE_S)
                assert time.monotonic() - began < 2.0
            finally:
                closer.join()
        assert len(str(caught.value).splitlines()) == 1

    def test_it_can_be_asked_only_while_it_is_open(self, rig: CameraRig) -> None:
        for ask in (
            rig.camera.capabilities,
            rig.camera.settings,
            lambda: rig.camera.adjust(CameraSettings(gain=1)),
        ):
            with pytest.raises(CameraLost):
                ask()

    def test_what_it_cannot_do_is_refused_with_one_line(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            before = camera.settings()
            for settings in _impossible(camera):
                with pytest.raises(SettingRefused) as caught:
                    camera.adjust(settings)
                assert len(str(caught.value).splitlines()) == 1
            assert camera.settings() == before
            assert read(camera).rgb.size

    def test_what_it_can_do_holds_and_pictures_go_on(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            can = camera.capabilities()
            rate = can.frames_per_s
            if can.exposure_s is not None:
                camera.adjust(CameraSettings(exposure_s=0.02))
                assert camera.settings().exposure_s == pytest.approx(0.02, rel=0.05)
            if rate is not None and rate.holds(15):
                camera.adjust(CameraSettings(frames_per_s=15))
                assert camera.settings().frames_per_s == pytest.approx(15, rel=0.05)
            for pixel_format in can.pixel_formats:
                camera.adjust(CameraSettings(pixel_format=pixel_format))
                assert camera.settings().pixel_format == pixel_format
                assert read(camera).rgb.size
            if can.width is not None:
                region = self.regions[0]
                camera.adjust(CameraSettings(region=region))
                assert camera.settings().region == region
                shapes = [read(camera).rgb.shape for _ in range(3)]
                assert shapes[-1] == (region.height, region.width, 3)

    def test_what_was_set_holds_after_it_came_back(self, rig: CameraRig) -> None:
        with opened(rig.camera) as camera:
            if camera.capabilities().width is None:
                pytest.skip("this camera has no region")
            region = self.regions[1]
            camera.adjust(CameraSettings(region=region))
            read(camera)
        with opened(rig.camera) as camera:
            assert read(camera).rgb.shape == (region.height, region.width, 3)


def _impossible(camera: Camera) -> list[CameraSettings]:
    """List settings that no camera has, or that this one says it has not."""
    can = camera.capabilities()
    impossible = [
        CameraSettings(exposure_s=-1),
        CameraSettings(exposure_s=float("nan")),
        CameraSettings(gain=-1e9),
        CameraSettings(frames_per_s=0),
        CameraSettings(region=Region(10**7, 10**7)),
        CameraSettings(region=Region(0, 0)),
        CameraSettings(pixel_format="Infrared99"),
        CameraSettings(white_balance=WhiteBalance.MANUAL),
        CameraSettings(balance_gains=(1, 1, 1)),
        CameraSettings(balance_kelvin=5000),
    ]
    if not can.auto_exposure:
        impossible.append(CameraSettings(auto_exposure=True))
    if not can.auto_gain:
        impossible.append(CameraSettings(auto_gain=True))
    impossible += [
        CameraSettings(white_balance=choice)
        for choice in (WhiteBalance.AUTO, WhiteBalance.LOCKED)
        if choice not in can.white_balance
    ]
    return impossible
