"""What the report of a slide says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from inference.arrays import U8
from inference.scoring.score import SlideScore

MOST_DETAILS = 6


@dataclass(frozen=True, eq=False)
class ReportField:
    """A field as the report shows it.

    Attributes
    ----------
    name
        E.g. ``field 3``.
    picture
        (h, w, 3) uint8 RGB of any size, usually from `app.model.overlay.draw_on`.
    n_cells
        Cells that count.
    """

    name: str
    picture: U8
    n_cells: int


@dataclass(frozen=True, eq=False)
class SlideReport:
    """A slide with its proposed score, and what the pathologist says.

    Attributes
    ----------
    laboratory, case, slide
        As the laboratory writes them.
    score
        The proposal; its rule profile is named in the report.
    pathologist_score, pathologist_comment
        The pathologist's own; None and empty where nothing was said.
    stain_name, stain_sha256
        The stain profile.
    thresholds_od
        By the names of the levels.
    detector
        Name of the nucleus detector.
    objective, um_per_px
        How the fields were taken; None where the fields differ.
    edits
        Changes that the pathologist made to cells.
    fields
        Those shown: the first ten.
    warnings
        Beside those of the score, one sentence each.
    details
        Up to six more lines for the settings, e.g. ``{"antibody": "4B5"}``.
    created
        Time of the report, with its time zone.
    """

    laboratory: str
    case: str
    slide: str
    score: SlideScore
    pathologist_score: str | None
    pathologist_comment: str
    stain_name: str
    stain_sha256: str
    thresholds_od: Mapping[str, float]
    detector: str
    objective: str | None
    um_per_px: float | None
    edits: int
    fields: tuple[ReportField, ...]
    created: datetime
    warnings: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.details) > MOST_DETAILS:
            raise ValueError(f"a report has room for {MOST_DETAILS} details")
