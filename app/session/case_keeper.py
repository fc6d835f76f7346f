"""The case store as the session's keeper: each step is one change of the store."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from app.model.case_records import (
    FieldRecord,
    FieldResult,
    NewField,
    NewSlide,
    NewStep,
    ProfileRecord,
    SlideContents,
    SlideRecord,
)
from app.model.sitting import replay
from app.model.steps import SlideBegun, StepProblem, saved_step, step_kind, step_payload
from app.session.keeper import KeptField, StepToKeep
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import load_image, load_slide, open_slides, slides
from app.storage.cases.store import CaseStore
from app.storage.cases.writer import CaseWriter
from inference.nuclei.points import NucleusPoints
from inference.stain.profile import StainProfile

_Change = Callable[[int], "Future[int]"]
"""A change of the store, once the id of the slide is known."""


@dataclass
class _Slide:
    """A slide of this sitting: what waits until the store has given it an id."""

    id: int | None = None
    waiting: list[tuple[_Change, "Future[int]"]] = field(default_factory=list)
    refused: BaseException | None = None


class CaseKeeper:
    """Keeps a sitting in the case store; see `app.session.keeper.Keeper`.

    Parameters
    ----------
    store
        Read from.
    writer
        Written through; started and stopped by the caller. Its failed attempts are to be
        told to `Session.not_saved`.
    provenance
        Plain values that are kept with every slide: program, camera, and so on.
    """

    def __init__(
        self, store: CaseStore, writer: CaseWriter, provenance: Mapping[str, Any] | None = None
    ) -> None:
        self._store = store
        self._writer = writer
        self._provenance = dict(provenance or {})
        self._lock = threading.Lock()
        self._slides: dict[str, _Slide] = {}

    def save_field(self, field: KeptField, step: StepToKeep) -> "Future[int]":
        """Keep a field together with the step that accepts it."""
        new = _new_field(field)
        return self._change(step.slide, lambda id_: self._writer.add_field(id_, new, [_new(step)]))

    def append_step(self, step: StepToKeep) -> "Future[int]":
        """Keep a step; one that begins, finishes or reopens the slide does that in the store.

        Raises
        ------
        StorageProblem, ValueError
            The case has a slide of that name already, or case or slide has no proper name.
        """
        new, before, after = _new(step), step.before, step.after
        if isinstance(step.step, SlideBegun):
            return self._begin(step, new)
        if before is not None and after is not None:
            if after.finished and not before.finished:
                proposal = step.proposal or {}
                return self._change(
                    step.slide, lambda id_: self._writer.finish_slide(id_, proposal, [new])
                )
            if before.finished and not after.finished:
                return self._change(step.slide, lambda id_: self._writer.reopen_slide(id_, [new]))
            if (before.score, before.comment) != (after.score, after.comment):
                score, comment = after.score, after.comment
                return self._change(
                    step.slide,
                    lambda id_: self._writer.record_opinion(id_, score, comment, [new]),
                )
        return self._change(
            step.slide, lambda id_: self._writer.append_step(id_, new.kind, new.payload)
        )

    def load_field(self, field: str) -> KeptField:
        """Read a field of a slide of this sitting again.

        Raises
        ------
        StorageProblem
            It is not there, or damaged.
        """
        slide, _, number = field.rpartition("-")
        with self._lock:
            known = self._slides.get(slide)
            slide_id = known.id if known else None
        if slide_id is None:
            raise StorageProblem("its slide was not saved")
        contents = load_slide(self._store, slide_id)
        record = next((each for each in contents.fields if str(each.number) == number), None)
        if record is None:
            raise StorageProblem(f"field {number} was not saved")
        return _kept_field(self._store, slide, record)

    def take_up(self, contents: SlideContents) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Go on with a saved slide: returns its steps for `Session.resume`."""
        steps = tuple((step.kind, step.payload) for step in contents.steps)
        for kind, payload in steps[:1]:
            begun = saved_step(kind, payload)
            if isinstance(begun, SlideBegun):
                with self._lock:
                    self._slides[begun.slide] = _Slide(contents.slide.id)
        return steps

    def _begin(self, step: StepToKeep, new: NewStep) -> "Future[int]":
        assert step.after is not None
        case, name = step.after.case, step.after.name
        if any(each.name == name for each in slides(self._store, case)):
            raise StorageProblem(f"case {case} has a slide {name} already: give another name")
        slide = NewSlide(
            case=case,
            name=name,
            rules=ProfileRecord.of(step.rules),
            stain=ProfileRecord.of(step.stain),
            thresholds_od={level.name: level.threshold_od for level in step.stain.levels},
            provenance=self._provenance,
        )
        with self._lock:
            self._slides[step.slide] = _Slide()
        future = self._writer.create_slide(slide, [new])
        future.add_done_callback(lambda done: self._begun(step.slide, done))
        return future

    def _begun(self, slide: str, created: "Future[int]") -> None:
        """Hand over what waited for the id, in order, before anything that comes later."""
        with self._lock:
            known = self._slides[slide]
            error = created.exception()
            if error is None:
                known.id = created.result()
            else:
                known.refused = error
            waiting, known.waiting = known.waiting, []
            futures = [(self._handed_over(known, change), outer) for change, outer in waiting]
        for inner, outer in futures:
            _follow(inner, outer)

    def _change(self, slide: str, change: _Change) -> "Future[int]":
        with self._lock:
            known = self._slides.get(slide)
            if known is None:
                raise StorageProblem("its slide was not saved")
            if known.id is None and known.refused is None:
                outer: Future[int] = Future()
                known.waiting.append((change, outer))
                return outer
            return self._handed_over(known, change)

    def _handed_over(self, slide: _Slide, change: _Change) -> "Future[int]":
        refused: Future[int] = Future()
        if slide.id is None:
            refused.set_exception(slide.refused)
            return refused
        try:
            return change(slide.id)
        except (StorageProblem, ValueError) as problem:
            refused.set_exception(problem)
            return refused


def open_sittings(store: CaseStore) -> tuple[SlideRecord, ...]:
    """Return the slides that can be gone on with, the newest first.

    Left out are slides whose beginning was undone, and those whose steps this program cannot
    read.
    """
    return tuple(slide for slide in open_slides(store) if _can_go_on(store, slide))


def _can_go_on(store: CaseStore, slide: SlideRecord) -> bool:
    steps = load_slide(store, slide.id).steps
    try:
        state = replay(saved_step(step.kind, step.payload) for step in steps).state
    except StepProblem:
        return False
    return state.slide is not None


def _follow(inner: "Future[int]", outer: "Future[int]") -> None:
    def done(future: "Future[int]") -> None:
        error = future.exception()
        if error is None:
            outer.set_result(future.result())
        else:
            outer.set_exception(error)

    inner.add_done_callback(done)


def _new(step: StepToKeep) -> NewStep:
    return NewStep(step_kind(step.step), step_payload(step.step))


def _new_field(field: KeptField) -> NewField:
    result = FieldResult(
        cells=field.cells,
        thresholds_od={level.name: level.threshold_od for level in field.stain.levels},
        detector=field.detector,
        warnings=field.warnings,
        provenance={
            "stain": field.stain.model_dump(mode="json"),
            "frame": field.frame,
            "seconds": dict(field.seconds),
        },
    )
    return NewField(
        number=field.number,
        rgb=field.rgb,
        um_per_px=field.um_per_px,
        objective=field.objective,
        white=field.white,
        white_origin=field.white_origin,
        taken_utc=field.taken_utc,
        result=result,
    )


def _kept_field(store: CaseStore, slide: str, record: FieldRecord) -> KeptField:
    result = record.result
    return KeptField(
        field=f"{slide}-{record.number}",
        slide=slide,
        number=record.number,
        rgb=load_image(store, record.image_sha256),
        um_per_px=record.um_per_px,
        objective=record.objective,
        frame=int(result.provenance["frame"]),
        taken_utc=record.taken_utc,
        nuclei=NucleusPoints(result.cells.xy_px, result.cells.confidence),
        cells=result.cells,
        stain=StainProfile.model_validate(result.provenance["stain"]),
        white=record.white,
        white_origin=record.white_origin,
        detector=result.detector,
        warnings=result.warnings,
        seconds=result.provenance["seconds"],
    )
