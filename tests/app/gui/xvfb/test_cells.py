"""Cells are corrected at the real window as a person does it, and steps are taken back."""

import numpy as np
import pytest

from inference.arrays import U8
from inference.cells.classes import CellClass
from tests.app.gui.xvfb.opened import click_cell, lonely_cell, on_screen, picture, settled
from tests.app.gui.xvfb.pixels import class_pixels
from tests.app.gui.xvfb.program import Running
from tests.app.gui.xvfb.screen import TwoMonitors, needs_x

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_x]


def take(program: Running, key: str, kind: str, seen: U8) -> None:
    """Take a step back or again by its key, and wait until the field is as it is to be."""
    before = len(program.store.steps)
    program.screen.key(key)
    program.screen.until(lambda: len(program.store.steps) == before + 1, f"a step {kind}")
    program.screen.until(lambda: np.array_equal(picture(program), seen), f"what is {kind}")


def test_a_cell_gets_another_class_by_mouse_and_by_key(
    screen: TwoMonitors, program: Running
) -> None:
    store = program.store
    first, second = (lonely_cell(program, CellClass.NO_STAINING, number) for number in (0, 1))
    markers = [program.field_box().around(on_screen(program, each), 4) for each in (first, second)]
    magenta, yellow = CellClass.INTENSE_COMPLETE, CellClass.INTENSE_INCOMPLETE

    # By mouse: the line of the menu that has the marker of the class.
    click_cell(program, first)
    screen.picture("cells-1-menu")
    screen.until(lambda: program.line_of_menu(magenta), "the class in the menu")
    line = program.line_of_menu(magenta)
    assert line is not None
    screen.click(line[0] + 40, line[1])
    screen.until(lambda: len(store.of_kind("cells_reclassified")) == 1, "the step")
    program.look_away()
    screen.until(lambda: class_pixels(program.part(markers[0]), magenta) > 5, "the new marker")

    click_cell(program, second)
    screen.key("2")
    screen.until(lambda: len(store.of_kind("cells_reclassified")) == 2, "the step")
    program.look_away()
    screen.until(lambda: class_pixels(program.part(markers[1]), yellow) > 5, "the new marker")
    done = [(step["cells"], step["cell_class"]) for step in store.of_kind("cells_reclassified")]
    assert done == [([first], int(magenta)), ([second], int(yellow))]
    screen.picture("cells-2-other-classes")
    program.quit()
    store.check()


def test_steps_are_taken_back_and_done_again(screen: TwoMonitors, program: Running) -> None:
    store = program.store
    cell, doomed = (lonely_cell(program, CellClass.WEAK_COMPLETE, number) for number in (0, 1))
    began = settled(program)

    click_cell(program, cell)
    screen.key("1")
    screen.until(lambda: store.of_kind("cells_reclassified"), "the step")
    program.look_away()
    screen.key("Escape")  # selects nothing: a selected cell is drawn in another way
    with_it = settled(program)

    click_cell(program, doomed)
    screen.key("Delete")
    screen.until(lambda: store.of_kind("cells_deleted"), "the step")
    assert [step["cells"] for step in store.of_kind("cells_deleted")] == [[doomed]]
    program.look_away()
    without = settled(program)
    assert not np.array_equal(without, with_it)
    screen.picture("cells-3-deleted")

    take(program, "ctrl+z", "undone", with_it)
    take(program, "ctrl+y", "redone", without)
    take(program, "ctrl+z", "undone", with_it)
    take(program, "ctrl+z", "undone", began)
    take(program, "ctrl+y", "redone", with_it)
    screen.picture("cells-4-taken-back")
    kinds = [kind for kind, _ in store.steps]
    assert kinds[2:] == [
        *("cells_reclassified", "cells_deleted"),
        *("undone", "redone", "undone", "undone", "redone"),
    ]
    program.quit()
    store.check()
