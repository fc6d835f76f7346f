"""An opened field, whose picture stands still: what is seen of it, and of its cells."""

import time

import numpy as np

from app.gui.theme import DARK
from app.model.palette import REGION
from inference.arrays import U8
from inference.cells.classes import CellClass
from tests.app.gui.xvfb.program import RIGHT_PX, Running

_BANNERS_PX = 80


def picture(program: Running) -> U8:
    """Return what is seen of the field, below the banners."""
    return program.part(program.field_box())[_BANNERS_PX:]


def settled(program: Running) -> U8:
    """Return what is seen of the field once nothing changes in it any more."""
    looks = [picture(program)]

    def same() -> bool:
        time.sleep(0.4)
        looks.append(picture(program))
        return bool((looks[-1] == looks[-2]).all())

    program.screen.until(same, "a picture that stands still")
    return looks[-1]


def show_this_field(program: Running) -> None:
    """Click “This field” beside “Slide”: its counts follow a threshold that is tried."""
    left = program.box().width - RIGHT_PX
    slide = program.button(DARK.hover, left, left + 100, least=40)
    assert slide is not None
    program.screen.click(slide.x + slide.width + 40, slide.y + slide.height / 2)
    moved = (left + 60, left + 200)
    program.screen.until(lambda: program.button(DARK.hover, *moved, least=40), "“This field”")
    program.look_away()


def lonely_cell(program: Running, meant: CellClass, number: int = 0) -> int:
    """Return a cell of a class that stands alone, in the part of the field that no menu hides."""
    cells = program.store.cells()
    size = program.store.image().shape[0]
    away = np.hypot(*(cells.xy_px[:, None] - cells.xy_px[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    place = cells.xy_px / size
    possible = cells.counted & (cells.cell_class == meant)
    possible &= (place > 0.15).all(axis=1) & (place < 0.5).all(axis=1)
    rows = np.flatnonzero(possible)
    return int(rows[np.argsort(-away[rows].min(axis=1))[number]])


def on_screen(program: Running, cell: int) -> tuple[float, float]:
    """Return where a cell of the opened field is seen."""
    x, y = program.store.cells().xy_px[cell] / program.store.image().shape[0]
    return program.field_box().at(float(x), float(y))


def click_cell(program: Running, cell: int) -> None:
    """Click a cell, and wait for the menu that asks what to do with it."""
    program.screen.click(*on_screen(program, cell))
    program.screen.until(lambda: program.menu() is not None, "a menu beside the cell")


def edge_pixels(program: Running, path: list[tuple[float, float]]) -> list[U8]:
    """Return what is seen at each point of a path."""
    field = program.field_box()
    return [program.part(field.around(place, 2)) for place in path]


def changed_pixels(program: Running, path: list[tuple[float, float]], before: list[U8]) -> float:
    """Return at which part of a path something else is seen now."""
    now = edge_pixels(program, path)
    return float(np.mean([(a != b).any() for a, b in zip(now, before, strict=True)]))


def white_edge(program: Running, path: list[tuple[float, float]]) -> float:
    """Return at which part of a path the line of a region is seen; it is dashed."""
    seen = edge_pixels(program, path)
    return float(np.mean([(each >= np.array(REGION) - 40).all(axis=-1).any() for each in seen]))
