"""Reading what is kept. Every function reads the store as of one moment, from any thread."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.model.case_records import (
    CaseRecord,
    FieldRecord,
    FieldResult,
    ProfileRecord,
    SlideContents,
    SlideRecord,
    StepRecord,
)
from app.storage.cases.cells_blob import cells_from_bytes
from app.storage.cases.image_files import read_image
from app.storage.cases.problem import StorageProblem, problem_line
from app.storage.cases.store import CaseStore
from app.storage.cases.tables import (
    CaseRow,
    FieldRow,
    RegionRow,
    ResultRow,
    SlideRow,
    SlideStateRow,
    StepRow,
)
from inference.arrays import U8
from inference.regions import Region


def cases(store: CaseStore) -> tuple[CaseRecord, ...]:
    """Return all cases, the newest first.

    Raises
    ------
    StorageProblem
        As every function here: the database cannot be read.
    """
    count = select(func.count(SlideRow.id)).where(SlideRow.case_id == CaseRow.id)
    query = select(CaseRow, count.scalar_subquery()).order_by(CaseRow.id.desc())
    with _reading(store) as session:
        return tuple(
            CaseRecord(case.id, case.name, case.created_utc, n)
            for case, n in session.execute(query)
        )


def slides(store: CaseStore, case: str | None = None) -> tuple[SlideRecord, ...]:
    """Return the slides of a case, or of all cases; the newest first."""
    with _reading(store) as session:
        return tuple(_slides(session, [] if case is None else [CaseRow.name == case]))


def open_slides(store: CaseStore) -> tuple[SlideRecord, ...]:
    """Return the slides that are not finished, the newest first: to go on after a crash."""
    with _reading(store) as session:
        return tuple(_slides(session, [SlideStateRow.status == "open"]))


def load_slide(store: CaseStore, slide_id: int) -> SlideContents:
    """Return all that is kept of a slide, but for the pixels, which `load_image` reads.

    Raises
    ------
    StorageProblem
        There is no such slide, or the database cannot be read.
    """
    with _reading(store) as session:
        slide = next(iter(_slides(session, [SlideRow.id == slide_id])), None)
        if slide is None:
            raise StorageProblem(f"there is no slide with the id {slide_id}")
        steps = select(StepRow).where(StepRow.slide_id == slide_id).order_by(StepRow.number)
        return SlideContents(
            slide,
            tuple(_fields(session, slide_id)),
            tuple(
                StepRecord(step.number, step.kind, step.payload, step.saved_utc)
                for step in session.scalars(steps)
            ),
        )


def load_image(store: CaseStore, image_sha256: str) -> U8:
    """Return the pixels of a field: (h, w, 3) RGB, read-only.

    Raises
    ------
    StorageProblem
        The file is missing, or is not what was written.
    """
    return read_image(store.images, image_sha256)


@contextmanager
def _reading(store: CaseStore) -> Iterator[Session]:
    try:
        with store.reading() as session:
            yield session
    except StorageProblem:
        raise
    except Exception as error:
        raise StorageProblem(
            f"the cases in {store.folder} cannot be read: {problem_line(error)}"
        ) from error


def _slides(session: Session, conditions: Iterable[ColumnElement[bool]]) -> Iterator[SlideRecord]:
    latest = (
        select(func.max(SlideStateRow.number))
        .where(SlideStateRow.slide_id == SlideRow.id)
        .correlate(SlideRow)
        .scalar_subquery()
    )
    n_fields = (
        select(func.count(FieldRow.id)).where(FieldRow.slide_id == SlideRow.id).scalar_subquery()
    )
    query = (
        select(SlideRow, SlideStateRow, CaseRow.name, n_fields)
        .join(CaseRow, SlideRow.case_id == CaseRow.id)
        .join(
            SlideStateRow,
            (SlideStateRow.slide_id == SlideRow.id) & (SlideStateRow.number == latest),
        )
        .where(*conditions)
        .order_by(SlideRow.id.desc())
    )
    for slide, state, case, n in session.execute(query):
        yield SlideRecord(
            id=slide.id,
            case=case,
            name=slide.name,
            rules=ProfileRecord(slide.rules_name, slide.rules_sha256, slide.rules),
            stain=ProfileRecord(slide.stain_name, slide.stain_sha256, slide.stain),
            thresholds_od=slide.thresholds_od,
            provenance=slide.provenance,
            status="finished" if state.status == "finished" else "open",
            pathologist_score=state.pathologist_score,
            pathologist_comment=state.pathologist_comment,
            proposal=state.proposal,
            n_fields=n,
            created_utc=slide.created_utc,
            changed_utc=state.saved_utc,
        )


def _fields(session: Session, slide_id: int) -> Iterator[FieldRecord]:
    latest = (
        select(func.max(ResultRow.number))
        .where(ResultRow.field_id == FieldRow.id)
        .correlate(FieldRow)
        .scalar_subquery()
    )
    query = (
        select(FieldRow, ResultRow)
        .join(ResultRow, (ResultRow.field_id == FieldRow.id) & (ResultRow.number == latest))
        .where(FieldRow.slide_id == slide_id)
        .order_by(FieldRow.number)
    )
    found = session.execute(query).all()
    regions = _regions(session, [result for _, result in found])
    for field, result in found:
        red, green, blue = field.white
        yield FieldRecord(
            id=field.id,
            number=field.number,
            image_sha256=field.image_sha256,
            width_px=field.width_px,
            height_px=field.height_px,
            um_per_px=field.um_per_px,
            objective=field.objective,
            white=(red, green, blue),
            white_origin=field.white_origin,
            taken_utc=field.taken_utc,
            saved_utc=field.saved_utc,
            result=_result(result, regions[result.id]),
            result_number=result.number,
            result_utc=result.saved_utc,
        )


def _regions(session: Session, results: Sequence[ResultRow]) -> dict[int, list[Region]]:
    query = (
        select(RegionRow)
        .where(RegionRow.result_id.in_([result.id for result in results]))
        .order_by(RegionRow.result_id, RegionRow.number)
    )
    regions: dict[int, list[Region]] = defaultdict(list)
    for row in session.scalars(query):
        regions[row.result_id].append(
            Region(
                "include" if row.kind == "include" else "exclude",
                np.array(row.exterior, np.float64),
                tuple(np.array(hole, np.float64) for hole in row.holes),
                row.reason,
            )
        )
    return regions


def _result(row: ResultRow, regions: Sequence[Region]) -> FieldResult:
    return FieldResult(
        cells=cells_from_bytes(row.cells),
        thresholds_od=row.thresholds_od,
        detector=row.detector,
        regions=tuple(regions),
        warnings=tuple(row.warnings),
        provenance=row.provenance,
    )
