"""What the small menus in the picture offer."""

import numpy as np

from app.gui.field_layer import region_named
from app.gui.hand import AskArea, AskCells, AskNewCell, AskRegion
from app.gui.inline_menu import Choice
from app.gui.intents import (
    REASONS,
    AddCell,
    DeleteCells,
    DeleteRegion,
    DrawRegion,
    LabelRegion,
    SetClass,
)
from app.model.palette import CLASS_STYLES
from app.model.sitting_cells import EditedCells
from app.model.steps import CellNumber, DrawnRegion, Points
from app.session.events import ShownField
from inference.cells.classes import CellClass

CLASSES: tuple[CellClass, ...] = tuple(CLASS_STYLES)
"""In the order of legends; the keys 1 to 5 stand for them."""


def question(
    what: AskCells | AskNewCell | AskArea | AskRegion,
    shown: ShownField,
    selected: frozenset[CellNumber],
) -> tuple[str, str, list[Choice]]:
    """Return title, detail and choices of the menu that a click or a drawing asks for."""
    match what:
        case AskCells(row=row):
            return *cell_words(shown.cells, row), class_choices(tuple(sorted(selected)))
        case AskNewCell(x_px=x, y_px=y):
            return "Add a cell", "", add_choices(x, y)
        case AskArea(outline=outline, cells=cells):
            return "This area", "", area_choices(outline, cells)
        case AskRegion(region=name):
            region = region_named(shown, name)
            assert region is not None
            return region_words(region), "", region_choices(region)


def class_choices(cells: tuple[CellNumber, ...]) -> list[Choice]:
    """Return what can be done with selected cells."""
    choices = [
        Choice(each.label, str(place), SetClass(cells, int(each)), each)
        for place, each in enumerate(CLASSES, start=1)
    ]
    return [*choices, Choice("delete", "Del", DeleteCells(cells))]


def add_choices(x_px: float, y_px: float) -> list[Choice]:
    """Return the classes that an added cell can have."""
    return [
        Choice(each.label, str(place), AddCell(x_px, y_px, int(each)), each)
        for place, each in enumerate(CLASSES, start=1)
    ]


def area_choices(outline: Points, inside: tuple[CellNumber, ...]) -> list[Choice]:
    """Return what can be done with an area that was drawn."""
    choices = [
        Choice(f"exclude: {reason}", str(place), DrawRegion(outline, "exclude", reason))
        for place, reason in enumerate(REASONS, start=1)
    ]
    choices.append(Choice("include only this", "I", DrawRegion(outline, "include", "")))
    if inside:
        plural = "" if len(inside) == 1 else "s"
        choices.append(Choice(f"select {len(inside)} cell{plural}", "S", frozenset(inside)))
    return choices


def region_choices(region: DrawnRegion) -> list[Choice]:
    """Return what can be done with a region."""
    choices = [
        Choice(f"exclude: {reason}", str(place), LabelRegion(region.region, "exclude", reason))
        for place, reason in enumerate(REASONS, start=1)
    ]
    choices.append(Choice("include only this", "I", LabelRegion(region.region, "include", "")))
    return [*choices, Choice("delete", "Del", DeleteRegion(region.region))]


def region_words(region: DrawnRegion) -> str:
    """Return a region in a few words."""
    return f"{region.kind}d: {region.reason}" if region.reason else f"{region.kind}d"


def cell_words(cells: EditedCells, row: int) -> tuple[str, str]:
    """Return a cell in words: its class, and what was measured."""
    table = cells.edited
    title = CellClass(int(table.cell_class[row])).label
    if np.isnan(table.completeness[row]):
        return title, "added by hand"
    detail = (
        f"ring {100 * table.completeness[row]:.0f} %, "
        f"intense {100 * table.completeness_intense[row]:.0f} %, OD {table.ring_od[row]:.2f}"
    )
    if row < len(cells.proposed) and cells.touched[row]:
        before = CellClass(int(cells.proposed.cell_class[row])).label
        detail += f"; proposed: {before}"
    elif not table.counted[row]:
        detail += "; outside the regions"
    return title, detail
