"""What can be added to the store, each in a session that keeps all of it or nothing.

Each function returns the id or number of what it added. Only rows are added: that nothing is
lost by writing can be seen from there being no update and no deletion here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.model.case_records import FieldResult, NewField, NewSlide, NewStep
from app.storage.cases.cells_blob import cells_to_bytes
from app.storage.cases.problem import StorageProblem
from app.storage.cases.tables import (
    CaseRow,
    FieldRow,
    RegionRow,
    ResultRow,
    SlideRow,
    SlideStateRow,
    StepRow,
)


def add_slide(session: Session, new: NewSlide, steps: Sequence[NewStep], now: datetime) -> int:
    """Begin a slide, in its case, which is made when it is not there; returns the slide's id."""
    case = session.scalar(select(CaseRow).where(CaseRow.name == new.case))
    if case is None:
        case = CaseRow(name=new.case, created_utc=now)
        session.add(case)
        session.flush()
    same = select(SlideRow.id).where(SlideRow.case_id == case.id, SlideRow.name == new.name)
    if session.scalar(same) is not None:
        raise StorageProblem(
            f"case {new.case} has a slide {new.name} already: open that one, or give another name"
        )
    slide = SlideRow(
        case_id=case.id,
        name=new.name,
        rules_name=new.rules.name,
        rules_sha256=new.rules.sha256,
        rules=dict(new.rules.content),
        stain_name=new.stain.name,
        stain_sha256=new.stain.sha256,
        stain=dict(new.stain.content),
        thresholds_od=dict(new.thresholds_od),
        provenance=dict(new.provenance),
        created_utc=now,
    )
    session.add(slide)
    session.flush()
    session.add(
        SlideStateRow(
            slide_id=slide.id,
            number=1,
            status="open",
            pathologist_score=None,
            pathologist_comment="",
            proposal=None,
            saved_utc=now,
        )
    )
    session.flush()
    _add_steps(session, slide.id, steps, now)
    return slide.id


def add_field(
    session: Session,
    slide_id: int,
    new: NewField,
    image_sha256: str,
    steps: Sequence[NewStep],
    now: datetime,
) -> int:
    """Add a field whose image is on disk, its result, and the steps that go with it."""
    _open_slide(session, slide_id)
    same = select(FieldRow.id).where(FieldRow.slide_id == slide_id, FieldRow.number == new.number)
    if session.scalar(same) is not None:
        raise StorageProblem(f"the slide has a field {new.number} already")
    height, width = new.rgb.shape[:2]
    field = FieldRow(
        slide_id=slide_id,
        number=new.number,
        image_sha256=image_sha256,
        width_px=width,
        height_px=height,
        um_per_px=new.um_per_px,
        objective=new.objective,
        white=list(new.white),
        white_origin=new.white_origin,
        taken_utc=new.taken_utc,
        saved_utc=now,
    )
    session.add(field)
    session.flush()
    _insert_result(session, field.id, new.result, now)
    _add_steps(session, slide_id, steps, now)
    return field.id


def add_step(session: Session, slide_id: int, step: NewStep, now: datetime) -> int:
    """Add a step to the sitting; returns its number."""
    _open_slide(session, slide_id)
    number = _next(session, StepRow.number, StepRow.slide_id == slide_id)
    session.add(
        StepRow(
            slide_id=slide_id,
            number=number,
            kind=step.kind,
            payload=dict(step.payload),
            saved_utc=now,
        )
    )
    session.flush()
    return number


def add_opinion(
    session: Session,
    slide_id: int,
    score: str | None,
    comment: str,
    steps: Sequence[NewStep],
    now: datetime,
) -> int:
    """Add the pathologist's score and comment; returns the number of the slide's state."""
    _open_slide(session, slide_id)
    _add_steps(session, slide_id, steps, now)
    return _add_state(session, slide_id, now, pathologist_score=score, pathologist_comment=comment)


def finish(
    session: Session,
    slide_id: int,
    proposal: Mapping[str, Any],
    steps: Sequence[NewStep],
    now: datetime,
) -> int:
    """Finish a slide with what was proposed; returns the number of the slide's state."""
    _open_slide(session, slide_id)
    _add_steps(session, slide_id, steps, now)
    return _add_state(session, slide_id, now, status="finished", proposal=dict(proposal))


def reopen(session: Session, slide_id: int, steps: Sequence[NewStep], now: datetime) -> int:
    """Open a finished slide again; returns the number of the slide's state."""
    if _state(session, slide_id).status == "open":
        raise StorageProblem("the slide is open already")
    number = _add_state(session, slide_id, now, status="open", proposal=None)
    _add_steps(session, slide_id, steps, now)
    return number


def _add_steps(session: Session, slide_id: int, steps: Sequence[NewStep], now: datetime) -> None:
    for step in steps:
        add_step(session, slide_id, step, now)


def _state(session: Session, slide_id: int) -> SlideStateRow:
    state = session.scalar(
        select(SlideStateRow)
        .where(SlideStateRow.slide_id == slide_id)
        .order_by(SlideStateRow.number.desc())
        .limit(1)
    )
    if state is None:
        raise StorageProblem(f"there is no slide with the id {slide_id}")
    return state


def _open_slide(session: Session, slide_id: int) -> None:
    if _state(session, slide_id).status != "open":
        raise StorageProblem("the slide is finished: open it again before it is changed")


def _add_state(session: Session, slide_id: int, now: datetime, **changes: Any) -> int:
    last = _state(session, slide_id)
    values = {
        "status": last.status,
        "pathologist_score": last.pathologist_score,
        "pathologist_comment": last.pathologist_comment,
        "proposal": last.proposal,
    } | changes
    number = last.number + 1
    session.add(SlideStateRow(slide_id=slide_id, number=number, saved_utc=now, **values))
    session.flush()
    return number


def _insert_result(session: Session, field_id: int, result: FieldResult, now: datetime) -> int:
    number = _next(session, ResultRow.number, ResultRow.field_id == field_id)
    row = ResultRow(
        field_id=field_id,
        number=number,
        detector=result.detector,
        thresholds_od=dict(result.thresholds_od),
        warnings=list(result.warnings),
        provenance=dict(result.provenance),
        n_detected=len(result.cells),
        **asdict(result.counts),
        cells=cells_to_bytes(result.cells),
        saved_utc=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        RegionRow(
            result_id=row.id,
            number=place,
            kind=region.kind,
            reason=region.reason,
            exterior=region.exterior.tolist(),
            holes=[hole.tolist() for hole in region.holes],
        )
        for place, region in enumerate(result.regions, start=1)
    )
    session.flush()
    return number


def _next(
    session: Session, numbers: InstrumentedAttribute[int], of_owner: ColumnElement[bool]
) -> int:
    """Return the number after the highest; the transaction keeps other writers out meanwhile."""
    return (session.scalar(select(func.max(numbers)).where(of_owner)) or 0) + 1
