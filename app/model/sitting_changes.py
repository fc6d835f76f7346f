"""What each step does to the state of a sitting."""

import math
from collections.abc import Callable
from dataclasses import replace

from app.model.sitting_state import AddedCell, FieldEdits, FieldState, SittingState, SlideState
from app.model.steps import (
    CellAdded,
    CellNumber,
    CellsDeleted,
    CellsReclassified,
    Change,
    DrawnRegion,
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
    StepProblem,
    ThresholdsChanged,
)
from inference.cells.classes import CellClass
from inference.scoring.profile import Score


def changed(state: SittingState, step: Change) -> SittingState:
    """Return the state after a step.

    Raises
    ------
    StepProblem
        The step does not fit the state.
    """
    if isinstance(step, SlideBegun):
        if any(each.slide == step.slide for each in state.slides):
            raise StepProblem(f"the slide {step.slide} was begun before")
        begun = SlideState(
            step.slide,
            step.case,
            step.name,
            step.stain,
            step.rules,
            stain_profile=step.stain_profile,
        )
        return SittingState((*state.slides, begun))
    slide = state.slide
    if slide is None:
        raise StepProblem("there is no slide yet: begin one first")
    if slide.finished:
        raise StepProblem(f"{slide.name} is finished: undo that, or take the next slide")
    if isinstance(step, FieldAccepted) and any(
        each.field_named(step.field) for each in state.slides
    ):
        raise StepProblem(f"field {step.number} was accepted before")
    return SittingState((*state.slides[:-1], _changed_slide(slide, step)))


def _changed_slide(slide: SlideState, step: Change) -> SlideState:  # noqa: PLR0911 - one per kind
    match step:
        case FieldAccepted(field=name, number=number, cells=cells):
            return replace(slide, fields=(*slide.fields, FieldState(name, number, cells)))
        case ThresholdsChanged(thresholds_od=thresholds):
            if not all(math.isfinite(value) and value > 0 for _, value in thresholds):
                raise StepProblem("thresholds must be positive")
            return replace(slide, thresholds_od=dict(thresholds))
        case StainChosen(stain=stain, stain_profile=profile):
            if slide.accepted:
                raise StepProblem(
                    "fields were measured with the stain profile already: drop them first"
                )
            return replace(slide, stain=stain, stain_profile=profile, thresholds_od={})
        case RulesChosen(rules=rules):
            return replace(slide, rules=rules)
        case ScoreGiven(score=score, comment=comment):
            if score is not None and score not in set(Score):
                raise StepProblem(f"there is no score {score}; there are {', '.join(Score)}")
            return replace(slide, score=score, comment=comment)
        case SlideFinished():
            return replace(slide, finished=True)
        case SlideBegun():
            raise AssertionError("belongs to the sitting")
        case _:
            return _with_field(slide, step.field, lambda field: _changed_field(field, step))


def _with_field(
    slide: SlideState, name: str, change: Callable[[FieldState], FieldState]
) -> SlideState:
    found = slide.field_named(name)
    if found is None:
        raise StepProblem(f"{slide.name} has no such field")
    if not found.accepted:
        raise StepProblem(f"field {found.number} was dropped")
    after = change(found)
    return replace(slide, fields=tuple(after if each is found else each for each in slide.fields))


def _changed_field(field: FieldState, step: Change) -> FieldState:
    match step:
        case FieldDropped():
            return replace(field, accepted=False)
        case CellsReclassified() | CellsDeleted() | CellAdded():
            return replace(field, edits=_changed_edits(field, step))
        case _:
            return replace(field, regions=_changed_regions(field, step))


def _changed_regions(field: FieldState, step: Change) -> tuple[DrawnRegion, ...]:
    match step:
        case RegionAdded(region=region):
            if any(each.region == region.region for each in field.regions):
                raise StepProblem("that region was drawn before")
            return (*field.regions, region)
        case RegionMoved(dx_px=dx, dy_px=dy):
            return _with_region(field, step.region, lambda region: region.shifted(dx, dy))
        case RegionReshaped(exterior=exterior, holes=holes):
            return _with_region(
                field, step.region, lambda region: replace(region, exterior=exterior, holes=holes)
            )
        case RegionLabeled(kind=kind, reason=reason):
            return _with_region(
                field, step.region, lambda region: replace(region, kind=kind, reason=reason)
            )
        case RegionDeleted():
            _region(field, step.region)
            return tuple(each for each in field.regions if each.region != step.region)
        case _:
            raise AssertionError(f"{type(step).__name__} does not belong to a region")


def _region(field: FieldState, name: str) -> DrawnRegion:
    found = next((each for each in field.regions if each.region == name), None)
    if found is None:
        raise StepProblem(f"field {field.number} has no such region")
    return found


def _with_region(
    field: FieldState, name: str, change: Callable[[DrawnRegion], DrawnRegion]
) -> tuple[DrawnRegion, ...]:
    found = _region(field, name)
    after = change(found)
    return tuple(after if each is found else each for each in field.regions)


def _changed_edits(
    field: FieldState, step: CellsReclassified | CellsDeleted | CellAdded
) -> FieldEdits:
    edits = field.edits
    match step:
        case CellsReclassified(cells=cells, cell_class=cell_class):
            _require_cells(field, cells)
            _require_class(cell_class)
            return replace(edits, classes={**edits.classes, **dict.fromkeys(cells, cell_class)})
        case CellsDeleted(cells=cells):
            _require_cells(field, cells)
            return replace(edits, deleted=edits.deleted | set(cells))
        case CellAdded(cell=cell, x_px=x, y_px=y, cell_class=cell_class):
            _require_class(cell_class)
            if cell != field.next_added:
                raise StepProblem(
                    f"the next cell added to field {field.number} must be "
                    f"{field.next_added}, not {cell}"
                )
            if not (math.isfinite(x) and math.isfinite(y)):
                raise StepProblem("a cell cannot be added nowhere")
            return replace(edits, added=(*edits.added, AddedCell(cell, x, y, cell_class)))


def _require_cells(field: FieldState, cells: tuple[CellNumber, ...]) -> None:
    if not cells:
        raise StepProblem("no cell is chosen")
    for cell in cells:
        if not field.next_added < cell < field.cells:
            raise StepProblem(f"field {field.number} has no cell {cell}")
        if cell in field.edits.deleted:
            raise StepProblem(f"cell {cell} of field {field.number} was deleted")


def _require_class(cell_class: int) -> None:
    if cell_class not in set(CellClass):
        raise StepProblem(f"there is no class {cell_class}")
