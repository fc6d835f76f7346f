"""What the user wants, as data: views say it, the wiring does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.live.view import View
from app.model.steps import CellNumber, Points, RegionKind

REASONS = ("DCIS", "necrosis", "artifact", "normal", "other")
"""Why an area is excluded."""


@dataclass(frozen=True)
class ShowView:
    """The view shows another part of the field, or has another size."""

    view: View


@dataclass(frozen=True)
class DriveBy:
    """Move the stage so that the tissue goes by so many camera pixels."""

    dx_px: float
    dy_px: float


@dataclass(frozen=True)
class FocusBy:
    """Turn the focus by so many steps."""

    steps: float


@dataclass(frozen=True)
class SetClass:
    """Give cells of the shown field a class, a code of `CellClass`."""

    cells: tuple[CellNumber, ...]
    cell_class: int


@dataclass(frozen=True)
class DeleteCells:
    """Take cells of the shown field away."""

    cells: tuple[CellNumber, ...]


@dataclass(frozen=True)
class AddCell:
    """Add a cell to the shown field, in pixels of the field."""

    x_px: float
    y_px: float
    cell_class: int


@dataclass(frozen=True)
class DrawRegion:
    """Draw a region in the shown field."""

    exterior: Points
    kind: RegionKind
    reason: str


@dataclass(frozen=True)
class MoveRegion:
    """Move a region by pixels of the field."""

    region: str
    dx_px: float
    dy_px: float


@dataclass(frozen=True)
class ReshapeRegion:
    """Give a region other corners."""

    region: str
    exterior: Points
    holes: tuple[Points, ...]


@dataclass(frozen=True)
class LabelRegion:
    """Give a region another kind or reason."""

    region: str
    kind: RegionKind
    reason: str


@dataclass(frozen=True)
class DeleteRegion:
    """Take a region away."""

    region: str


@dataclass(frozen=True)
class TryThresholds:
    """Classify the shown field at thresholds, by the names of the levels, until confirmed."""

    thresholds_od: Mapping[str, float]


@dataclass(frozen=True)
class ConfirmThresholds:
    """Take the tried thresholds for the slide."""


@dataclass(frozen=True)
class ResetThresholds:
    """Go back to the thresholds of the stain profile."""


@dataclass(frozen=True)
class ChooseStain:
    """Take another stain profile."""

    stain: str


@dataclass(frozen=True)
class ChooseRules:
    """Score the slide by another rule profile."""

    rules: str


@dataclass(frozen=True)
class GiveScore:
    """The pathologist's own score, None to withdraw it, and the comment."""

    score: str | None
    comment: str


@dataclass(frozen=True)
class FinishSlide:
    """Close the slide."""


@dataclass(frozen=True)
class BeginSlide:
    """Put the next slide on the stage."""

    case: str
    name: str


@dataclass(frozen=True)
class OpenField:
    """Show a field of the slide; None goes back to the live picture."""

    field: str | None


@dataclass(frozen=True)
class DropField:
    """Take a field out of the slide."""

    field: str


@dataclass(frozen=True)
class GoTo:
    """Go back or forward in the history until so many steps stand."""

    standing: int


Intent: TypeAlias = (
    ShowView
    | DriveBy
    | FocusBy
    | SetClass
    | DeleteCells
    | AddCell
    | DrawRegion
    | MoveRegion
    | ReshapeRegion
    | LabelRegion
    | DeleteRegion
    | TryThresholds
    | ConfirmThresholds
    | ResetThresholds
    | ChooseStain
    | ChooseRules
    | GiveScore
    | FinishSlide
    | BeginSlide
    | OpenField
    | DropField
    | GoTo
)
