"""The state of a sitting: what its steps add up to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.model.steps import CellNumber, DrawnRegion
from inference.regions import Region
from inference.stain.profile import StainProfile


@dataclass(frozen=True)
class AddedCell:
    """A cell that the pathologist added, in pixels of the field."""

    cell: CellNumber
    x_px: float
    y_px: float
    cell_class: int


@dataclass(frozen=True)
class FieldEdits:
    """What the pathologist changed in a field's cells.

    Attributes
    ----------
    classes
        By the number of the cell, the class that it was given.
    deleted
        Cells that do not count.
    added
        Cells that were missed.
    """

    classes: Mapping[CellNumber, int] = field(default_factory=dict)
    deleted: frozenset[CellNumber] = frozenset()
    added: tuple[AddedCell, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.classes or self.deleted or self.added)


@dataclass(frozen=True)
class FieldState:
    """A field of a slide.

    Attributes
    ----------
    field, number
        Its name, and its number within the slide.
    cells
        Nuclei that were detected.
    accepted
        False once it was dropped.
    regions, edits
        What was drawn and changed in it.
    """

    field: str
    number: int
    cells: int
    accepted: bool = True
    regions: tuple[DrawnRegion, ...] = ()
    edits: FieldEdits = FieldEdits()

    @property
    def analysis_regions(self) -> tuple[Region, ...]:
        """Return the regions for the analysis."""
        return tuple(region.as_region() for region in self.regions)

    @property
    def next_added(self) -> CellNumber:
        """Return the number of the next cell that is added by hand."""
        return min((cell.cell for cell in self.edits.added), default=0) - 1


@dataclass(frozen=True)
class SlideState:
    """A slide.

    Attributes
    ----------
    slide
        Its identity.
    case, name
        What the user calls them.
    stain, rules
        Names of the stain profile and of the rule profile.
    thresholds_od
        Confirmed thresholds; empty while those of the stain profile hold.
    fields
        In the order in which they were taken, dropped ones included.
    score, comment
        The pathologist's own; None before it was given.
    finished
        Whether the slide is done.
    stain_profile
        The stain profile as it was when it was chosen, without the confirmed thresholds; None in
        slides that were saved before that was kept.
    """

    slide: str
    case: str
    name: str
    stain: str
    rules: str
    thresholds_od: Mapping[str, float] = field(default_factory=dict)
    fields: tuple[FieldState, ...] = ()
    score: str | None = None
    comment: str = ""
    finished: bool = False
    stain_profile: StainProfile | None = None

    @property
    def accepted(self) -> tuple[FieldState, ...]:
        """The fields that count."""
        return tuple(each for each in self.fields if each.accepted)

    def field_named(self, name: str) -> FieldState | None:
        """Return a field, dropped or not; None when the slide has none of that name."""
        return next((each for each in self.fields if each.field == name), None)


@dataclass(frozen=True)
class SittingState:
    """All slides of a sitting; the last one is on the stage."""

    slides: tuple[SlideState, ...] = ()

    @property
    def slide(self) -> SlideState | None:
        """The slide on the stage; None before the first."""
        return self.slides[-1] if self.slides else None
