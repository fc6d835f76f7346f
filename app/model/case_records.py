"""What the case store keeps, as plain data: case > slide > field, and the steps of a sitting.

A name with ``New`` is what is handed in, one with ``Record`` what is read back. Nothing that
was kept is ever changed: what comes later is kept beside it, and the latest applies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from inference.arrays import U8
from inference.cells.table import CellTable
from inference.regions import Region
from inference.scoring.counts import ClassCounts
from inference.scoring.profile import RuleProfile
from inference.stain.profile import StainProfile

Status = Literal["open", "finished"]


@dataclass(frozen=True)
class ProfileRecord:
    """A rule profile or a stain profile with all that it said when it was used.

    Attributes
    ----------
    name, sha256
        Identify it in reports.
    content
        Plain values; `RuleProfile.model_validate` or `StainProfile.model_validate` takes them.
    """

    name: str
    sha256: str
    content: Mapping[str, Any]

    @staticmethod
    def of(profile: RuleProfile | StainProfile) -> "ProfileRecord":
        """Take down a profile."""
        return ProfileRecord(profile.name, profile.sha256, profile.model_dump(mode="json"))


@dataclass(frozen=True)
class NewSlide:
    """A slide at the start of its sitting.

    Attributes
    ----------
    case, name
        As the laboratory writes them, each one line; a case has no two slides of one name.
        The case is made when it is not there.
    rules, stain
        The profiles that apply.
    thresholds_od
        By the names of the stain profile's levels, at the start; changes are steps.
    provenance
        Plain values: program, camera, detector and whatever else it takes.
    """

    case: str
    name: str
    rules: ProfileRecord
    stain: ProfileRecord
    thresholds_od: Mapping[str, float]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, text in (("case", self.case), ("slide", self.name)):
            if not text.strip() or not text.isprintable():
                raise ValueError(f"a {what} needs a name of one line, not {text!r}")


@dataclass(frozen=True)
class FieldResult:
    """What the analysis found in a field, and with which settings.

    Attributes
    ----------
    cells
        In pixels of the field.
    thresholds_od
        By the names of the levels.
    detector
        Name of the nucleus detector.
    regions
        Those that decided which cells count.
    warnings
        One sentence each.
    provenance
        Plain values: model hash, runtime and whatever else it takes.
    """

    cells: CellTable
    thresholds_od: Mapping[str, float]
    detector: str
    regions: tuple[Region, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> ClassCounts:
        """The cells that count, by class."""
        return ClassCounts.from_cells(self.cells)


@dataclass(frozen=True, eq=False)
class NewField:
    """A field that joins a slide.

    Attributes
    ----------
    number
        Unique within the slide.
    rgb
        (h, w, 3) uint8 as the camera gave it, read-only, since another thread writes it.
    um_per_px
        Pixel size.
    objective
        Name of the objective.
    white, white_origin
        RGB of bare glass, and where it is from.
    taken_utc
        When the frame was taken; with a time zone.
    result
        The first analysis.
    """

    number: int
    rgb: U8
    um_per_px: float
    objective: str
    white: tuple[float, float, float]
    white_origin: str
    taken_utc: datetime
    result: FieldResult

    def __post_init__(self) -> None:
        if self.rgb.dtype != "uint8" or self.rgb.ndim != 3 or self.rgb.shape[2] != 3:
            raise ValueError(
                f"a field is (h, w, 3) uint8, not {self.rgb.shape} {self.rgb.dtype.name}"
            )
        if self.rgb.size == 0:
            raise ValueError("a field must not be empty")
        if self.rgb.flags.writeable:
            raise ValueError("the pixels of a field must be read-only before it is handed over")
        if self.taken_utc.tzinfo is None:
            raise ValueError("the time of a field needs its time zone")


@dataclass(frozen=True)
class NewStep:
    """A step of the sitting: an edit, an undo, a changed threshold, an accepted field.

    Attributes
    ----------
    kind
        What sort of step, e.g. ``undo``.
    payload
        Plain values for JSON.
    """

    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class StepRecord:
    """A step as it was kept.

    Attributes
    ----------
    number
        Place in the sitting: 1, 2, 3 and so on without a gap.
    """

    number: int
    kind: str
    payload: Mapping[str, Any]
    saved_utc: datetime


@dataclass(frozen=True)
class CaseRecord:
    """A case with the number of its slides."""

    id: int
    name: str
    created_utc: datetime
    n_slides: int


@dataclass(frozen=True)
class SlideRecord:
    """A slide as it stands.

    Attributes
    ----------
    id
        What the store's functions take.
    thresholds_od
        At the start; changes are steps.
    status
        ``open`` until it is finished, and again when it is reopened.
    pathologist_score, pathologist_comment
        As last recorded; None and empty before.
    proposal
        The proposed score when the slide was last finished, as `SlideScore.record` gives it;
        None while it is open.
    n_fields
        Fields kept, those included that a later step dropped.
    created_utc, changed_utc
        Start, and the last change of status, score or comment.
    """

    id: int
    case: str
    name: str
    rules: ProfileRecord
    stain: ProfileRecord
    thresholds_od: Mapping[str, float]
    provenance: Mapping[str, Any]
    status: Status
    pathologist_score: str | None
    pathologist_comment: str
    proposal: Mapping[str, Any] | None
    n_fields: int
    created_utc: datetime
    changed_utc: datetime


@dataclass(frozen=True)
class FieldRecord:
    """A field without its pixels, which are read one by one by `image_sha256`.

    Attributes
    ----------
    id
        Row in the store.
    image_sha256
        Hash and name of the image's file.
    result, result_number
        The latest analysis, and how many there were.
    result_utc
        When the latest was saved.
    """

    id: int
    number: int
    image_sha256: str
    width_px: int
    height_px: int
    um_per_px: float
    objective: str
    white: tuple[float, float, float]
    white_origin: str
    taken_utc: datetime
    saved_utc: datetime
    result: FieldResult
    result_number: int
    result_utc: datetime


@dataclass(frozen=True)
class SlideContents:
    """All that is kept of a slide, as of one moment.

    Attributes
    ----------
    fields
        By number.
    steps
        In order: replayed, they give the sitting back.
    """

    slide: SlideRecord
    fields: tuple[FieldRecord, ...]
    steps: tuple[StepRecord, ...]
