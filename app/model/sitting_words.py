"""Steps in words, one line each, for the history."""

from app.model.sitting_state import SittingState
from app.model.steps import (
    CellAdded,
    CellsDeleted,
    CellsReclassified,
    Change,
    FieldAccepted,
    FieldDropped,
    RegionAdded,
    RegionDeleted,
    RegionLabeled,
    RegionMoved,
    RegionReshaped,
    RulesChosen,
    ScoreGiven,
    SlideBegun,
    SlideFinished,
    StainChosen,
    ThresholdsChanged,
)
from inference.cells.classes import CellClass


def words(step: Change, before: SittingState) -> str:  # noqa: PLR0911, PLR0912 - one line per kind
    """Return a step in one line.

    Parameters
    ----------
    before
        The state to which the step was applied; it knows the numbers of fields and the kinds
        of regions.
    """
    match step:
        case SlideBegun(name=name):
            return f"{name} begun"
        case FieldAccepted(number=number, cells=cells):
            return f"field {number} accepted, {_cells(cells)}"
        case FieldDropped(field=field):
            return f"{_field(before, field)} dropped"
        case ThresholdsChanged(thresholds_od=thresholds):
            if not thresholds:
                return "thresholds reset to the stain profile"
            return "thresholds " + ", ".join(f"{name} {value:.3f}" for name, value in thresholds)
        case StainChosen(stain=stain):
            return f"stain profile {stain}"
        case RulesChosen(rules=rules):
            return f"scored by {rules}"
        case RegionAdded(field=field, region=region):
            why = f" ({region.reason})" if region.reason else ""
            return f"{region.kind} region drawn in {_field(before, field)}{why}"
        case RegionMoved(field=field, region=name):
            return f"{_region(before, field, name)} moved"
        case RegionReshaped(field=field, region=name):
            return f"{_region(before, field, name)} reshaped"
        case RegionLabeled(field=field, region=name, kind=kind, reason=reason):
            why = f", {reason}" if reason else ""
            return f"{_region(before, field, name)} set to {kind}{why}"
        case RegionDeleted(field=field, region=name):
            return f"{_region(before, field, name)} deleted"
        case CellsReclassified(field=field, cells=numbers, cell_class=cell_class):
            label = CellClass(cell_class).label
            return f"{_cells(len(numbers))} of {_field(before, field)} set to {label}"
        case CellsDeleted(field=field, cells=numbers):
            return f"{_cells(len(numbers))} of {_field(before, field)} deleted"
        case CellAdded(field=field, cell_class=cell_class):
            return f"cell added to {_field(before, field)}, {CellClass(cell_class).label}"
        case ScoreGiven(score=score, comment=comment):
            given = "own score withdrawn" if score is None else f"own score {score}"
            return f"{given}, with a comment" if comment else given
        case SlideFinished():
            name = before.slide.name if before.slide else "slide"
            return f"{name} finished"


def _field(state: SittingState, name: str) -> str:
    found = state.slide.field_named(name) if state.slide else None
    return f"field {found.number}" if found else "a field"


def _region(state: SittingState, field: str, name: str) -> str:
    found = state.slide.field_named(field) if state.slide else None
    regions = found.regions if found else ()
    kind = next((f"{each.kind} " for each in regions if each.region == name), "")
    return f"{kind}region of {_field(state, field)}"


def _cells(count: int) -> str:
    return f"{count} cell{'' if count == 1 else 's'}"
