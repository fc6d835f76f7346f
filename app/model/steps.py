"""What is done in a sitting, step by step: plain data that is saved and can be read again."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

import numpy as np

from inference.regions import Region
from inference.stain.profile import ProfileProblem, StainProfile, stain_profile_from

Points: TypeAlias = tuple[tuple[float, float], ...]
"""Corners x, y in pixels of the field."""
RegionKind = Literal["include", "exclude"]
CellNumber: TypeAlias = int
"""A cell of a field: from 0 its place among the detected nuclei; -1, -2, ... were added by hand."""


class StepProblem(ValueError):
    """A step that cannot be taken; the message is one line for the user."""


@dataclass(frozen=True)
class DrawnRegion:
    """A region as the pathologist drew it.

    Attributes
    ----------
    region
        Name of the region, unique in the sitting.
    kind
        ``include`` or ``exclude``.
    exterior, holes
        Corners, as in `inference.regions.Region`.
    reason
        From a list, e.g. ``DCIS``; may be empty.
    """

    region: str
    kind: RegionKind
    exterior: Points
    holes: tuple[Points, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("include", "exclude"):
            raise StepProblem(f"a region is to include or to exclude, not to {self.kind}")
        for ring in (self.exterior, *self.holes):
            if len(ring) < 3:
                raise StepProblem("a region needs three corners or more")
            if not all(math.isfinite(place) for corner in ring for place in corner):
                raise StepProblem("a region has a corner that is nowhere")

    def shifted(self, dx_px: float, dy_px: float) -> "DrawnRegion":
        """Return the region moved."""

        def moved(ring: Points) -> Points:
            return tuple((x + dx_px, y + dy_px) for x, y in ring)

        holes = tuple(moved(hole) for hole in self.holes)
        return DrawnRegion(self.region, self.kind, moved(self.exterior), holes, self.reason)

    def as_region(self) -> Region:
        """Return the region for the analysis."""
        holes = tuple(np.array(hole, np.float64) for hole in self.holes)
        return Region(self.kind, np.array(self.exterior, np.float64), holes, self.reason)


@dataclass(frozen=True)
class SlideBegun:
    """A slide was put on the stage: the first one, or the next.

    `slide` is unique for ever; `case` and `name` are what the user calls it; `stain` and `rules`
    are names of profiles. `stain_profile` is all that the stain profile said at that moment: its
    file may change or go. Steps that were saved before that was kept have None.
    """

    slide: str
    case: str
    name: str
    stain: str
    rules: str
    stain_profile: StainProfile | None = None


@dataclass(frozen=True)
class FieldAccepted:
    """A field joined the slide. `number` counts the fields of the slide; `cells` were found."""

    field: str
    number: int
    cells: int


@dataclass(frozen=True)
class FieldDropped:
    """A field no longer counts."""

    field: str


@dataclass(frozen=True)
class ThresholdsChanged:
    """Thresholds of the slide, by the names of the levels, in optical density.

    Empty goes back to those of the stain profile.
    """

    thresholds_od: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class StainChosen:
    """Another stain profile, with its own thresholds; only while the slide has no field.

    `stain_profile` is as in `SlideBegun`.
    """

    stain: str
    stain_profile: StainProfile | None = None


@dataclass(frozen=True)
class RulesChosen:
    """The slide is scored by another rule profile."""

    rules: str


@dataclass(frozen=True)
class RegionAdded:
    """A region was drawn."""

    field: str
    region: DrawnRegion


@dataclass(frozen=True)
class RegionMoved:
    """A region was moved, by pixels of the field."""

    field: str
    region: str
    dx_px: float
    dy_px: float


@dataclass(frozen=True)
class RegionReshaped:
    """A region got other corners."""

    field: str
    region: str
    exterior: Points
    holes: tuple[Points, ...] = ()


@dataclass(frozen=True)
class RegionLabeled:
    """A region got another kind or reason."""

    field: str
    region: str
    kind: RegionKind
    reason: str


@dataclass(frozen=True)
class RegionDeleted:
    """A region was taken away."""

    field: str
    region: str


@dataclass(frozen=True)
class CellsReclassified:
    """Cells got a class from the pathologist; `cell_class` is a code of `CellClass`."""

    field: str
    cells: tuple[CellNumber, ...]
    cell_class: int


@dataclass(frozen=True)
class CellsDeleted:
    """Cells that are none, or no tumor cells."""

    field: str
    cells: tuple[CellNumber, ...]


@dataclass(frozen=True)
class CellAdded:
    """A cell that was missed; `cell` is -1, -2, ... and new in its field."""

    field: str
    cell: CellNumber
    x_px: float
    y_px: float
    cell_class: int


@dataclass(frozen=True)
class ScoreGiven:
    """The pathologist's own score, a value of `Score` or None, and a comment."""

    score: str | None
    comment: str = ""


@dataclass(frozen=True)
class SlideFinished:
    """The slide is done."""


@dataclass(frozen=True)
class Undone:
    """The last step that stood was taken back."""


@dataclass(frozen=True)
class Redone:
    """The last step that was taken back stands again."""


Change: TypeAlias = (
    SlideBegun
    | FieldAccepted
    | FieldDropped
    | ThresholdsChanged
    | StainChosen
    | RulesChosen
    | RegionAdded
    | RegionMoved
    | RegionReshaped
    | RegionLabeled
    | RegionDeleted
    | CellsReclassified
    | CellsDeleted
    | CellAdded
    | ScoreGiven
    | SlideFinished
)
"""A step that changes the slide."""
Step: TypeAlias = Change | Undone | Redone
"""Everything that is written down."""

_KINDS: dict[str, type[Any]] = {
    "slide_begun": SlideBegun,
    "field_accepted": FieldAccepted,
    "field_dropped": FieldDropped,
    "thresholds_changed": ThresholdsChanged,
    "stain_chosen": StainChosen,
    "rules_chosen": RulesChosen,
    "region_added": RegionAdded,
    "region_moved": RegionMoved,
    "region_reshaped": RegionReshaped,
    "region_labeled": RegionLabeled,
    "region_deleted": RegionDeleted,
    "cells_reclassified": CellsReclassified,
    "cells_deleted": CellsDeleted,
    "cell_added": CellAdded,
    "score_given": ScoreGiven,
    "slide_finished": SlideFinished,
    "undone": Undone,
    "redone": Redone,
}
"""Names under which steps are saved; once used they stay."""


def step_kind(step: Step) -> str:
    """Return the name under which a step is saved."""
    return next(name for name, known in _KINDS.items() if type(step) is known)


def step_payload(step: Step) -> dict[str, Any]:
    """Return what a step says as plain values for JSON."""
    return _values(step)


def saved_step(kind: str, payload: Mapping[str, Any]) -> Step:
    """Return the step that was saved under a kind, after a way through JSON or not.

    Raises
    ------
    StepProblem
        The kind is not known, or the payload is not whole.
    """
    known = _KINDS.get(kind)
    if known is None:
        raise StepProblem(f"a saved step of an unknown kind: {kind!r}")
    values = dict(payload)
    if isinstance(values.get("region"), dict):
        values["region"] = _made(DrawnRegion, values["region"])
    if isinstance(values.get("stain_profile"), dict):
        values["stain_profile"] = _profile(values["stain_profile"])
    step: Step = _made(known, values)
    return step


def _profile(values: dict[str, Any]) -> StainProfile:
    try:
        return stain_profile_from(values, str(values.get("name")))
    except ProfileProblem as problem:
        raise StepProblem(f"a saved step cannot be read: {problem}") from problem


def _values(item: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in fields(item):
        value = getattr(item, each.name)
        if isinstance(value, DrawnRegion):
            value = _values(value)
        elif isinstance(value, StainProfile):
            value = value.model_dump(mode="json")
        found[each.name] = value
    return found


def _made(kind: type[Any], values: Mapping[str, Any]) -> Any:
    try:
        return kind(**{name: _tuples(value) for name, value in values.items()})
    except TypeError as error:
        raise StepProblem(f"a saved step cannot be read: {error}") from error


def _tuples(value: Any) -> Any:
    """Return lists, as JSON has them, as the tuples they were."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value
