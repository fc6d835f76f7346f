"""Devices, an analyzer and a keeper that do what a test tells them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from app.live.acquisition import AcquisitionOptions
from app.live.analyzer import AnalysisSetup, DetectorAnalyzer, Measurement
from app.model.sitting import replay
from app.session.events import Saved, Shown, SittingView, TallyView
from app.session.keeper import KeptField, StepToKeep
from app.session.options import Devices, PedalBindings, SessionOptions
from app.session.session import Session
from hardware.camera import CameraLost, CameraPicture, CameraStalled
from hardware.objective import Objective
from hardware.pedal import PedalEvent, PedalLost
from inference.arrays import U8
from inference.nuclei.points import NucleusPoints
from inference.stain.profile import load_stain_profile

PATIENCE_S = 20.0
"""How long a test waits for something that will surely come."""
WHITE = (240.0, 240.0, 240.0)
CENTERS = [(30, 30), (80, 30), (130, 30), (30, 80), (80, 80), (130, 80)]


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.002)


class FakeCamera:
    """Gives a picture whenever the test exposes one; the number is in its first pixel."""

    name = "fake camera"

    def __init__(self, height: int = 48, width: int = 64) -> None:
        self._changed = threading.Condition()
        self._number = -1
        self._read = -1
        self._queue: deque[BaseException | CameraPicture] = deque()
        self.picture: U8 = np.full((height, width, 3), 200, np.uint8)
        self.lost = False
        self.opened = 0
        self.closed = 0
        self.is_open = False

    def open(self) -> None:
        if self.lost:
            raise CameraLost("the fake camera is unplugged")
        with self._changed:
            self.opened += 1
            self.is_open = True
            self._number = self._read = -1  # a real one counts anew, too

    def close(self) -> None:
        self.closed += 1
        self.is_open = False

    def expose(self, picture: U8 | None = None) -> None:
        with self._changed:
            if picture is not None:
                self.picture = picture
            self._number += 1
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self._queue.append(error)
            self._changed.notify_all()

    def unplug(self) -> None:
        with self._changed:
            self.lost = True
            self._changed.notify_all()

    def plug(self) -> None:
        self.lost = False

    def read(self, timeout_s: float) -> CameraPicture:
        with self._changed:
            self._changed.wait_for(
                lambda: self._number > self._read or self._queue or self.lost, timeout_s
            )
            if self.lost:
                raise CameraLost("the fake camera is unplugged")
            if self._queue:
                item = self._queue.popleft()
                if isinstance(item, CameraPicture):
                    return item
                raise item
            if self._number == self._read:
                raise CameraStalled("no picture in time")
            self._read = self._number
            rgb = self.picture.copy()
            rgb[0, 0] = self._number % 256, self._number // 256 % 256, 0
            rgb.flags.writeable = False
            return CameraPicture(self._number, rgb, time.monotonic())


class FakeNosepiece:
    objectives = (Objective("20x", 0.848), Objective("40x", 0.424), Objective("60x", None))

    def __init__(self) -> None:
        self.current: Objective | None = self.objectives[1]
        self.trouble = ""
        self.closed = 0

    def select(self, name: str) -> None:
        found = [each for each in self.objectives if each.name == name]
        if not found:
            raise ValueError(f"there is no objective {name}")
        self.current = found[0]

    def close(self) -> None:
        self.closed += 1


class FakePedal:
    name = "fake pedal"
    switch_count = 3

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._events: deque[PedalEvent | BaseException] = deque()
        self.lost = False
        self.opened = 0
        self.reads: list[float] = []
        self.known: float | None = None

    @property
    def known_until_s(self) -> float:
        return time.monotonic() if self.known is None else self.known

    def open(self) -> None:
        if self.lost:
            raise PedalLost("the fake pedal is unplugged")
        self.opened += 1

    def close(self) -> None:
        pass

    def switch(self, number: int, down: bool, time_s: float | None = None) -> None:
        at = time.monotonic() if time_s is None else time_s
        with self._changed:
            self._events.append(PedalEvent(number, down, at))
            self._changed.notify_all()

    def tap(self, number: int = 0) -> None:
        self.switch(number, True)
        self.switch(number, False)

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self._events.append(error)
            self._changed.notify_all()

    def read(self, timeout_s: float) -> PedalEvent | None:
        self.reads.append(timeout_s)
        with self._changed:
            self._changed.wait_for(lambda: self._events, timeout_s)
            if not self._events:
                return None
            event = self._events.popleft()
            if isinstance(event, BaseException):
                raise event
            return event


def tissue(shift: int = 0) -> U8:
    """Six cells: three with a dark closed membrane, two with a faint one, one with none."""
    rgb = np.full((112, 164, 3), 235, np.uint8)
    looks = [(60, 35, 15), (60, 35, 15), (60, 35, 15), (180, 150, 120), (180, 150, 120), None]
    for (x, y), look in zip(CENTERS, looks, strict=True):
        if look is not None:
            cv2.circle(rgb, (x + shift, y), 11, look, 3, cv2.LINE_AA)
    return rgb


def known_nuclei() -> NucleusPoints:
    return NucleusPoints(np.array(CENTERS, np.float32), np.ones(len(CENTERS), np.float32))


@pytest.fixture(scope="session")
def measured_tissue() -> Measurement:
    """Measured once, with the kernels of the program."""
    setup = AnalysisSetup(load_stain_profile("camera"), WHITE, "test")
    return DetectorAnalyzer("rough").measure(tissue(), 0.424, setup, known_nuclei())


class FakeAnalyzer:
    """Knows the result beforehand; can be made slow, stopped at a gate, or broken."""

    def __init__(self, measurement: Measurement) -> None:
        self._measurement = measurement
        self.gate = threading.Event()
        self.gate.set()
        self.pause_s = 0.0
        self.errors: deque[BaseException] = deque()
        self.thread = threading.current_thread()
        self.seen: list[int] = []
        self.nuclei: list[NucleusPoints | None] = []
        self.setups: list[AnalysisSetup] = []

    def measure(
        self,
        rgb: U8,
        um_per_px: float,
        setup: AnalysisSetup,
        nuclei: NucleusPoints | None = None,
    ) -> Measurement:
        assert threading.current_thread() is self.thread, "used on another thread"
        assert not rgb.flags.writeable
        self.seen.append(int(rgb[0, 0, 0]) + 256 * int(rgb[0, 0, 1]))
        self.nuclei.append(nuclei)
        self.setups.append(setup)
        assert self.gate.wait(PATIENCE_S)
        time.sleep(self.pause_s)
        if self.errors:
            raise self.errors.popleft()
        known = self._measurement
        return Measurement(known.measured, WHITE, "test", "fake 1", known.warnings)


class FakeKeeper:
    """Keeps in memory what it is given, in order; can wait, refuse and fail."""

    def __init__(self) -> None:
        self.steps: list[StepToKeep] = []
        self.fields: dict[str, KeptField] = {}
        self.waiting: list[Future[Any]] = []
        self.hold = False
        self.refuse: BaseException | None = None
        self.failure: BaseException | None = None
        self.loaded_on: list[str] = []

    def save_field(self, field: KeptField, step: StepToKeep) -> Future[Any]:
        future = self.append_step(step)
        self.fields[field.field] = field
        return future

    def append_step(self, step: StepToKeep) -> Future[Any]:
        if self.refuse is not None:
            raise self.refuse
        self.steps.append(step)
        future: Future[Any] = Future()
        if self.hold:
            self.waiting.append(future)
        elif self.failure is not None:
            future.set_exception(self.failure)
        else:
            future.set_result(len(self.steps))
        return future

    def load_field(self, field: str) -> KeptField:
        self.loaded_on.append(threading.current_thread().name)
        return self.fields[field]

    def release(self) -> None:
        self.hold = False
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            future.set_result(None)


class Recorder:
    """Takes events and remembers them all, and checks that versions only go up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.events: list[Any] = []
        self.notices: list[Any] = []

    def latest(self, event: Any) -> None:
        with self._lock:
            self.events.append(event)

    def notice(self, event: Any) -> None:
        with self._lock:
            self.notices.append(event)

    def of(self, kind: type) -> list[Any]:
        with self._lock:
            return [each for each in (*self.events, *self.notices) if isinstance(each, kind)]

    def last(self, kind: type) -> Any:
        found = self.of(kind)
        return found[-1] if found else None

    def texts(self) -> list[str]:
        with self._lock:
            return [each.text for each in self.notices if hasattr(each, "text")]


class Rig:
    """A session with fakes all around it."""

    def __init__(self, measurement: Measurement, **options: Any) -> None:
        self.camera = FakeCamera(112, 164)
        self.camera.picture = tissue()
        self.nosepiece = FakeNosepiece()
        self.pedal = FakePedal()
        self.keeper = FakeKeeper()
        self.events = Recorder()
        self.analyzers: list[FakeAnalyzer] = []
        self._measurement = measurement
        values: dict[str, Any] = {
            "stain": "camera",
            "rules": "asco-cap-2018",
            "white": WHITE,
            "frame_age_s": PATIENCE_S,
            "acquisition": AcquisitionOptions(read_timeout_s=0.02, stall_s=PATIENCE_S),
            "pedal": PedalBindings(
                options.pop("long_press_s", 0.6),
                {0: "analyze", 1: "overlay"},
                {0: "drop-last-field"},
            ),
        }
        self.options = SessionOptions(**(values | options))
        self.session = self.new_session()

    def new_session(self) -> Session:
        devices = Devices(self.camera, self.nosepiece, self.pedal)
        return Session(devices, self.keeper, self.events, self.open, self.options)

    def open(self) -> FakeAnalyzer:
        self.analyzers.append(FakeAnalyzer(self._measurement))
        return self.analyzers[-1]

    @property
    def analyzer(self) -> FakeAnalyzer:
        wait_until(lambda: self.analyzers)
        return self.analyzers[-1]

    @property
    def slide(self) -> Any:
        return self.events.last(SittingView).slide

    @property
    def tally(self) -> Any:
        return self.events.last(TallyView)

    @property
    def shown(self) -> Any:
        return self.events.last(Shown).field

    def expose(self) -> int:
        """Expose one picture and wait until the program has it."""
        before = self.session._acquisition.latest_preview
        wait_until(lambda: self.camera.is_open)
        self.camera.expose()
        wait_until(lambda: self.session._acquisition.latest_preview is not before)
        return self.session._acquisition.latest_preview.frame

    def begin(self) -> None:
        self.session.start()
        assert self.session.next_slide("case 1", "slide 1")
        self.expose()

    def take_field(self) -> Any:
        """Press, and wait until the field is on the slide and saved."""
        count = len(self.slide.fields)
        self.expose()
        self.session.analyze_field()
        wait_until(lambda: len(self.slide.fields) == count + 1)
        return self.slide.fields[-1]

    def all_saved(self) -> bool:
        view = self.events.last(SittingView)
        return all(card.saved is Saved.SAVED for card in view.fields) and view.unsaved == 0

    def replayed(self, slide: str) -> Any:
        steps = [each.step for each in self.keeper.steps if each.slide == slide]
        return replay(steps).state.slide


@pytest.fixture
def rig(measured_tissue: Measurement) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(**options: Any) -> Rig:
        made.append(Rig(measured_tissue, **options))
        return made[-1]

    yield make
    for each in made:
        for analyzer in each.analyzers:
            analyzer.gate.set()
        each.session.stop()


@pytest.fixture
def fakes(measured_tissue: Measurement) -> SimpleNamespace:
    return SimpleNamespace(
        Camera=FakeCamera,
        Nosepiece=FakeNosepiece,
        Pedal=FakePedal,
        Keeper=FakeKeeper,
        Recorder=Recorder,
        analyzer=lambda: FakeAnalyzer(measured_tissue),
        wait_until=wait_until,
        tissue=tissue,
        known_nuclei=known_nuclei,
        measurement=measured_tissue,
        setup=AnalysisSetup(load_stain_profile("camera"), WHITE, "test"),
    )
