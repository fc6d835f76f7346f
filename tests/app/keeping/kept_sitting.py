"""A session on the simulated microscope with a small camera, kept in a case store.

Also a program: it reads lines and sits in a process of its own for each, to be killed by
test_window_killed.py. What such a sitting did and showed stands in a journal.
"""

import hashlib
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TextIO

from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.sittings import SavedSitting
from app.live.acquisition import AcquisitionOptions
from app.live.analyzer import AnalysisSetup, chosen_analyzer
from app.model.sitting_state import SlideState
from app.model.steps import step_kind, step_payload
from app.model.tally import Tally
from app.session.events import FieldCard, Saved, SittingView, TallyView
from app.session.keeper import Keeper, KeptField, StepToKeep
from app.session.options import Devices, SessionOptions
from app.session.session import Session
from app.storage.cases.store import CaseStore, open_store
from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import Optics, pattern
from inference.cells.classes import CellClass
from inference.stain.profile import load_stain_profile

PATIENCE_S = 30.0
WHITE = Optics().white
SENSOR = Sensor(400, 320, frames_per_s=40.0)
CORNER = ((0.0, 0.0), (160.0, 0.0), (160.0, 160.0), (0.0, 160.0))


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.002)


class Events:
    """Holds the newest of every state, and all notices."""

    def __init__(self) -> None:
        self._newest: dict[type, Any] = {}
        self.notices: list[Any] = []

    def latest(self, event: Any) -> None:
        self._newest[type(event)] = event

    def notice(self, event: Any) -> None:
        self.notices.append(event)

    def newest(self, kind: type) -> Any:
        return self._newest.get(kind)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in list(self.notices) if hasattr(each, "text")]


class Noted:
    """Passes everything on to a keeper, and remembers the fields and the steps."""

    def __init__(self, keeper: CaseKeeper, events: Events) -> None:
        self._keeper = keeper
        self._events = events
        self.fields: dict[str, KeptField] = {}
        self.steps: list[StepToKeep] = []

    def save_field(self, field: KeptField, step: StepToKeep) -> "Future[int]":
        future = self._keeper.save_field(field, step)
        self.fields[field.field] = field
        self.steps.append(step)
        return future

    def append_step(self, step: StepToKeep) -> "Future[int]":
        future = self._keeper.append_step(step)
        self.steps.append(step)
        return future

    def load_field(self, field: str) -> KeptField:
        return self._keeper.load_field(field)


class Bench:
    """A store, a keeper, a session, and a simulated microscope under a small camera."""

    def __init__(
        self,
        folder: Path,
        events: Events | None = None,
        noted: Callable[[CaseKeeper, Events], Keeper] = Noted,
        retry_s: float = 60.0,
    ) -> None:
        self.events = events or Events()
        self.store: CaseStore = open_store(folder)
        self.keeper = CaseKeeper(self.store, {"camera": "simulated"}, retry_s)
        self.noted: Any = noted(self.keeper, self.events)
        self.keeper.start()
        self.microscope = SimulatedMicroscope(SyntheticSlide(pattern("2+"), 1), SENSOR)
        self.places = self.microscope.find_tumor(12)
        setup = AnalysisSetup(load_stain_profile("camera"), WHITE, "test")
        options = SessionOptions(
            stain="camera",
            rules="asco-cap-2018",
            white=WHITE,
            white_origin="test",
            frame_age_s=PATIENCE_S,
            acquisition=AcquisitionOptions(stall_s=PATIENCE_S),
        )
        devices = Devices(self.microscope.camera, self.microscope.nosepiece)
        analyzer = chosen_analyzer("rough", setup)
        self.session = Session(devices, self.noted, self.events, analyzer, options)
        self.keeper.report_to(self.session.not_saved)
        self.lost: tuple[str, ...] | None = None

    def close(self) -> None:
        if self.lost is None:
            self.session.stop()
            self.lost = self.keeper.close()
            self.store.close()

    @property
    def slide(self) -> SlideState:
        slide = self.events.newest(SittingView).slide
        assert isinstance(slide, SlideState)
        return slide

    @property
    def view(self) -> SittingView:
        view = self.events.newest(SittingView)
        assert isinstance(view, SittingView)
        return view

    @property
    def cards(self) -> tuple[FieldCard, ...]:
        return self.view.fields

    def tally(self) -> Tally:
        """Wait until all fields are classified."""
        wait_until(lambda: self.events.newest(TallyView).pending == 0)
        tally = self.events.newest(TallyView).tally
        assert isinstance(tally, Tally)
        return tally

    def begin(self, case: str = "S26-1", name: str = "A1") -> None:
        self.session.start()
        assert self.session.next_slide(case, name), self.events.texts

    def resume(self, sitting: SavedSitting) -> None:
        self.session.start()
        self.keeper.take_up(sitting)
        assert self.session.resume(sitting.resume_steps), self.events.texts

    def take_field(self, place: int) -> str:
        """Go there, press, and wait until the field is on the slide."""
        before = len(self.slide.fields)
        self.microscope.stage.move_to(*self.places[place % len(self.places)])
        time.sleep(0.06)  # a frame of the old place may be under way
        wait_until(lambda: self.microscope.sharp)
        frame = self.session._acquisition.latest(PATIENCE_S)
        number = frame.number if frame else -1
        wait_until(
            lambda: (new := self.session._acquisition.latest(PATIENCE_S)) and new.number > number
        )
        self.session.analyze_field()
        wait_until(lambda: len(self.slide.fields) == before + 1)
        return self.slide.fields[-1].field

    def finish(self) -> None:
        self.tally()
        wait_until(self.session.finish_slide)

    def all_saved(self) -> bool:
        return self.view.unsaved == 0 and all(each.saved is Saved.SAVED for each in self.cards)


def a_sitting(bench: Bench) -> None:
    """Three fields, thresholds, a region, edits of every kind, one undone; not finished."""
    session = bench.session
    first, second, third = (bench.take_field(place) for place in range(3))
    cells = {each.field: each.cells for each in bench.slide.fields}
    assert min(cells.values()) > 6, cells
    session.preview_thresholds({"weak": 0.1, "intense": 0.5})
    assert session.confirm_thresholds()
    assert session.add_region(first, "exclude", CORNER, (), "DCIS")
    assert session.reclassify_cells(second, [0, 3], CellClass.INTENSE_COMPLETE)
    assert session.delete_cells(second, [1])
    assert session.add_cell(third, 20.5, 30.25, CellClass.WEAK_COMPLETE)
    assert session.delete_cells(third, [2])
    assert session.undo()
    assert session.give_score("2+", "heterogeneous")


def tally_values(tally: Tally) -> dict[str, Any]:
    """Return what must be the same again, through JSON."""
    values = {
        "fields": [
            [each.number, each.proposed.counts.as_tuple(), each.edited.counts.as_tuple()]
            for each in tally.fields
        ],
        "score": tally.edited.record(),
        "proposed": tally.proposed.record(),
    }
    return json.loads(json.dumps(values))  # type: ignore[no-any-return]


# A sitting in a process of its own


class Journal(Events):
    """Writes down each step before it is kept, and what was shown to be saved."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._stream: TextIO = path.open("w", buffering=1)
        self.given: dict[str, int] = {}

    def step(self, step: StepToKeep, field: KeptField | None) -> None:
        with self._lock:
            self.given[step.slide] = self.given.get(step.slide, 0) + 1
            self._write(
                step=[step.slide, step_kind(step.step), step_payload(step.step)],
                picture=_hash(field.rgb) if field else None,
                nuclei=_hash(field.nuclei.xy_px) if field else None,
            )

    def latest(self, event: Any) -> None:
        super().latest(event)
        # Both are posted under the lock under which steps are given: the numbers belong together.
        if isinstance(event, SittingView):
            saved = [each.field for each in event.fields if each.saved is Saved.SAVED]
            with self._lock:
                self._write(saved_steps=sum(self.given.values()) - event.unsaved, saved=saved)
        elif isinstance(event, TallyView) and event.pending == 0:
            view = self.newest(SittingView)
            slide = view.slide.slide if view and view.slide else None
            with self._lock:
                self._write(tally=tally_values(event.tally), of=slide, given=dict(self.given))

    def _write(self, **values: Any) -> None:
        self._stream.write(json.dumps(values) + "\n")


class _Journaled(Noted):
    def save_field(self, field: KeptField, step: StepToKeep) -> "Future[int]":
        self._note(step, field)
        return super().save_field(field, step)

    def append_step(self, step: StepToKeep) -> "Future[int]":
        self._note(step, None)
        return super().append_step(step)

    def _note(self, step: StepToKeep, field: KeptField | None) -> None:
        assert isinstance(self._events, Journal)
        self._events.step(step, field)


def _hash(array: Any) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def random_deed(bench: Bench, choice: random.Random) -> None:
    """Do one thing that a user may do; refusals are fine."""
    session, slide = bench.session, bench.slide
    if slide.finished:
        if choice.random() < 0.4:
            session.undo()
        else:
            session.next_slide("S26-1", f"A{choice.randrange(10**6)}")
        return
    field = choice.choice(slide.accepted) if slide.accepted else None
    if field is None:
        bench.take_field(choice.randrange(12))
        return
    name, n = field.field, max(1, field.cells)

    def threshold() -> None:
        session.preview_thresholds({"intense": 0.4 + choice.random() / 2})
        session.confirm_thresholds()

    deeds: list[tuple[int, Callable[[], object]]] = [
        (6, lambda: bench.take_field(choice.randrange(12))),
        (6, lambda: session.reclassify_cells(name, [choice.randrange(n)], choice.randrange(5))),
        (3, lambda: session.delete_cells(name, [choice.randrange(n)])),
        (3, lambda: session.add_cell(name, 300 * choice.random(), 50.0, choice.randrange(5))),
        (3, lambda: session.add_region(name, "exclude", CORNER, (), "artifact")),
        (3, threshold),
        (2, lambda: session.give_score(choice.choice(["1+", "2+"]), f"{choice.random()}")),
        (4, lambda: len(bench.view.history) > 1 and session.undo()),
        (3, lambda: bench.view.redo and session.redo()),
        (1, lambda: session.drop_field(name)),
        (1, bench.finish),
    ]
    choice.choices([deed for _, deed in deeds], [often for often, _ in deeds])[0]()


def _sit(folder: Path, journal: Path, seed: int) -> None:
    bench = Bench(folder, Journal(journal), _Journaled)
    choice = random.Random(seed)
    bench.begin()
    while True:
        random_deed(bench, choice)
        if choice.random() < 0.3:
            wait_until(bench.all_saved)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON gives them back."""
    return json.loads(json.dumps(values))  # type: ignore[no-any-return]


if __name__ == "__main__":
    # One process loads the libraries; each sitting is a copy of it.
    for line in sys.stdin:
        folder_name, journal_name, seed_text = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            try:
                _sit(Path(folder_name), Path(journal_name), int(seed_text))
            finally:
                os._exit(3)  # it goes on until it is killed
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


def keep_cases(folder: Path, second: tuple[str, str]) -> Path:
    """Keep a finished slide of three fields with changes of every kind, and one in work."""
    bench = Bench(folder)
    try:
        bench.begin("S26-1", "A1")
        a_sitting(bench)
        bench.finish()
        wait_until(bench.all_saved)
        assert bench.session.next_slide(*second)
        bench.take_field(3)
        bench.tally()
        wait_until(bench.all_saved)
    finally:
        bench.close()
    return folder
