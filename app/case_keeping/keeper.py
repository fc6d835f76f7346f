"""Saves a sitting in the case store: every field and every step, in their order."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from app import __version__
from app.case_keeping.begun_slide import BegunSlide, Keep
from app.case_keeping.records import kept_field, new_field
from app.case_keeping.sittings import SavedSitting
from app.model.case_records import NewSlide, NewStep, ProfileRecord
from app.model.steps import SlideBegun, step_kind, step_payload
from app.session.keeper import KeptField, StepToKeep
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import load_image, load_slide, slides
from app.storage.cases.store import CaseStore
from app.storage.cases.writer import RETRY_S, CaseWriter, Unsaved


class CaseKeeper:
    """An `app.session.keeper.Keeper` over the case store, with the one thread that writes.

    Parameters
    ----------
    store
        Closed by the caller, after `close`.
    about
        Plain values that are kept with every slide: camera, what lay on the stage ...
    retry_s
        Seconds between attempts to save what could not be saved.
    """

    def __init__(
        self,
        store: CaseStore,
        about: Mapping[str, Any] | None = None,
        retry_s: float = RETRY_S,
    ) -> None:
        self._store = store
        self._about = dict(about or {})
        self._writer = CaseWriter(store, self._failed, retry_s)
        self._told: Callable[[str], object] = _nobody
        self._lock = threading.Lock()
        self._slides: dict[str, BegunSlide] = {}
        self._names: set[tuple[str, str]] = set()
        self._places: dict[str, tuple[str, int]] = {}
        self._lost: list[str] = []

    def start(self) -> None:
        """Start the thread; once."""
        self._writer.start()

    def close(self) -> tuple[str, ...]:
        """Save what waits if it can be saved, and end the thread.

        Returns
        -------
        One line for each thing of this sitting that is not on disk.
        """
        self._writer.stop()
        self._writer.join()
        with self._lock:
            return tuple(self._lost)

    def report_to(self, told: Callable[[str], object]) -> None:
        """Name who is told of each failed attempt: `app.session.session.Session.not_saved`."""
        self._told = told

    def unsaved(self) -> tuple[str, ...]:
        """Return what is not on disk yet, e.g. to warn a user who closes the window."""
        return self._writer.unsaved()

    def retry(self) -> None:
        """Try again at once what could not be saved."""
        self._writer.retry()

    def take_up(self, sitting: SavedSitting) -> None:
        """Make a kept slide known, before the session resumes it."""
        slide = sitting.begun.slide
        created: Future[int] = Future()
        created.set_result(sitting.record.id)
        with self._lock:
            self._slides[slide] = BegunSlide(created)
            for name, field in sitting.fields.items():
                self._places[name] = (slide, field.number)

    # The protocol

    def save_field(self, field: KeptField, step: StepToKeep) -> "Future[int]":
        """Keep a field together with the step that accepts it: both or none."""
        new, accepts = new_field(field), _new_step(step)
        future = self._keep(step.slide, lambda slide: self._writer.add_field(slide, new, [accepts]))
        with self._lock:
            self._places[field.field] = (field.slide, field.number)
        return future

    def append_step(self, step: StepToKeep) -> "Future[int]":
        """Keep a step; a `SlideBegun` begins the slide.

        What the step changes of the slide itself (finished or open, the pathologist's score) is
        kept with it, undo and redo included.
        """
        if isinstance(step.step, SlideBegun):
            return self._begin(step.step, step)
        return self._keep(step.slide, self._change(step, _new_step(step)))

    def load_field(self, field: str) -> KeptField:
        """Read a field again, bit by bit as it was kept.

        Raises
        ------
        StorageProblem
            It is not on disk, or cannot be read.
        """
        with self._lock:
            slide, number = self._places.get(field, ("", 0))
            begun = self._slides.get(slide)
        slide_id = begun.id if begun else None
        kept = load_slide(self._store, slide_id).fields if slide_id is not None else ()
        record = next((each for each in kept if each.number == number), None)
        if record is None:
            raise StorageProblem("that field is not saved")
        return kept_field(field, slide, record, load_image(self._store, record.image_sha256))

    # What is done with a step

    def _begin(self, begun: SlideBegun, step: StepToKeep) -> "Future[int]":
        new = NewSlide(
            case=begun.case,
            name=begun.name,
            rules=ProfileRecord.of(step.rules),
            stain=ProfileRecord.of(step.stain),
            thresholds_od={level.name: level.threshold_od for level in step.stain.levels},
            provenance={"program": f"her2scope {__version__}", **self._about, "slide": begun.slide},
        )
        self._refuse_known_name(begun)
        future = self._noted(self._writer.create_slide(new, [_new_step(step)]))
        slide = BegunSlide(future)
        with self._lock:
            self._slides[begun.slide] = slide
            self._names.add((begun.case, begun.name))
        return future

    def _refuse_known_name(self, begun: SlideBegun) -> None:
        """Refuse at once what the store would refuse too late, when fields have followed.

        Raises
        ------
        StorageProblem
            The case has a slide of that name.
        """
        known = (each.name for each in slides(self._store, begun.case))
        with self._lock:
            now = (begun.case, begun.name) in self._names
        if now or begun.name in known:
            raise StorageProblem(
                f"case {begun.case} has a slide {begun.name} already: give another name"
            )

    def _change(self, step: StepToKeep, new: NewStep) -> Keep:
        """Return what keeps a step with all that it changes of its slide."""
        writer, before, after = self._writer, step.before, step.after
        if before is not None and after is not None:
            if after.finished and not before.finished:
                proposal = step.proposal
                if proposal is None:
                    raise ValueError("a slide is finished with the score that is proposed")
                return lambda slide: writer.finish_slide(slide, proposal, [new])
            if before.finished and not after.finished:
                return lambda slide: writer.reopen_slide(slide, [new])
            opinion = (after.score, after.comment)
            if opinion != (before.score, before.comment):
                return lambda slide: writer.record_opinion(slide, *opinion, [new])
        return lambda slide: writer.append_step(slide, new.kind, new.payload)

    def _keep(self, slide: str, keep: Keep) -> "Future[int]":
        with self._lock:
            begun = self._slides.get(slide)
        if begun is None:
            raise StorageProblem("the slide was never begun")
        return self._noted(begun.keep(keep))

    def _noted(self, future: "Future[int]") -> "Future[int]":
        future.add_done_callback(self._note)
        return future

    def _note(self, ended: "Future[int]") -> None:
        error = ended.exception()
        if error is not None:
            with self._lock:
                self._lost.append(str(error))

    def _failed(self, attempt: Unsaved) -> None:
        """Tell of a failed attempt; called on the storage thread."""
        self._told(f"{attempt.what} is not saved: {attempt.problem}; it is tried again")


def _nobody(_text: str) -> None:
    """Tell nobody: before `CaseKeeper.report_to`."""


def _new_step(step: StepToKeep) -> NewStep:
    return NewStep(step_kind(step.step), step_payload(step.step))
