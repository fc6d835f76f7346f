"""The one-page report of a kept slide."""

from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np

from app.case_keeping.sittings import SavedSitting
from app.model.sitting_state import SlideState
from app.model.slide_report import ReportField, SlideReport
from app.slide_export.slide_record import FieldFacts
from inference.arrays import U8
from inference.scoring.caution import ScoreNote
from inference.scoring.score import SlideScore
from inference.stain.profile import StainProfile

PICTURE_PX = 900
"""Longer side of a picture that waits for the report: ten whole fields would be 270 MB."""


def report_field(name: str, picture: U8, n_cells: int) -> ReportField:
    """Return a field for the report, small enough to be held until all have been read."""
    scale = min(1.0, PICTURE_PX / max(picture.shape[:2]))
    if scale == 1.0:
        return ReportField(name, picture, n_cells)
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return ReportField(name, np.asarray(small, np.uint8), n_cells)


def slide_report(
    sitting: SavedSitting,
    state: SlideState,
    stain: StainProfile,
    score: SlideScore,
    fields: Sequence[FieldFacts],
    pictures: Sequence[ReportField],
    more: Sequence[ScoreNote],
    laboratory: str,
) -> SlideReport:
    """Put together what the report says; see `app.model.slide_report.SlideReport`."""
    objectives = {field.objective for field in fields}
    sizes = {field.entry.um_per_px for field in fields}
    detectors = dict.fromkeys(field.entry.detector for field in fields)
    moment = sitting.changed_utc.astimezone().strftime("%Y-%m-%d %H:%M")
    status = "finished" if sitting.record.status == "finished" else "not finished, last change"
    return SlideReport(
        laboratory=laboratory,
        case=sitting.record.case,
        slide=sitting.record.name,
        score=score,
        pathologist_score=state.score,
        pathologist_comment=state.comment,
        stain_name=stain.name,
        stain_sha256=stain.sha256,
        thresholds_od={level.name: level.threshold_od for level in stain.levels},
        detector=", ".join(detectors),
        objective=objectives.pop() if len(objectives) == 1 else None,
        um_per_px=sizes.pop() if len(sizes) == 1 else None,
        edits=sum(len(field.edited_cells) for field in fields),
        fields=tuple(pictures),
        created=datetime.now().astimezone(),
        warnings=tuple(note.text for note in more),
        details={"sitting": f"{status} {moment}"},
    )
