"""What a press, a move and a release mean with each tool."""

from types import SimpleNamespace

import numpy as np
import pytest

from app.gui import hit_test
from app.gui.gestures import Box, CornerDrag, Lasso, Polygon, RegionDrag
from app.gui.hand import (
    NO_FIELD,
    AskArea,
    AskCells,
    AskNewCell,
    AskRegion,
    Hand,
    Outcome,
    Pan,
    Pointer,
    Say,
    Scene,
    Tool,
)
from app.gui.intents import DeleteCells, DriveBy, MoveRegion, ReshapeRegion
from app.model.sitting_state import FieldEdits
from app.model.steps import DrawnRegion
from app.session.events import ShownField

REGION = DrawnRegion(
    "r", "exclude", ((200.0, 100.0), (300.0, 100.0), (300.0, 200.0), (200.0, 200.0))
)


def at(x: float, y: float, *, more: bool = False) -> Pointer:
    return Pointer(x, y, x, y, more)


def scene(shown: ShownField | None, *, zoomed: bool = False, live: bool = True) -> Scene:
    return Scene(shown, 1.0, zoomed, live)


def click(hand: Hand, here: Scene, pointer: Pointer) -> list[Outcome]:
    return [*hand.press(pointer, here), *hand.release(pointer, here)]


def drag(hand: Hand, here: Scene, *pointers: Pointer) -> list[Outcome]:
    outcomes = hand.press(pointers[0], here)
    for pointer in pointers[1:]:
        outcomes += hand.move(pointer, here)
    return outcomes + hand.release(pointers[-1], here)


# Hit tests


def test_the_nearest_cell_in_reach_is_hit_and_reach_is_in_um() -> None:
    xy = np.array([(10, 10), (20, 10)], np.float32)
    seen = np.ones(2, np.bool_)
    assert hit_test.nearest_cell(xy, seen, 14, 10, 0.5, 5.0) == 0
    assert hit_test.nearest_cell(xy, seen, 16, 10, 0.5, 5.0) == 1
    # Eleven pixels are 5.5 um at 0.5 um per px, and 2.75 at 0.25.
    assert hit_test.nearest_cell(xy, seen, 31, 10, 0.5, 5.0) is None
    assert hit_test.nearest_cell(xy, seen, 31, 10, 0.25, 5.0) == 1


def test_cells_that_are_not_seen_are_not_hit() -> None:
    xy = np.array([(10, 10), (14, 10)], np.float32)
    assert hit_test.nearest_cell(xy, np.array([False, True]), 10, 10, 0.5, 5.0) == 1
    assert hit_test.nearest_cell(xy, np.zeros(2, np.bool_), 10, 10, 0.5, 5.0) is None
    assert (
        hit_test.nearest_cell(np.zeros((0, 2), np.float32), np.zeros(0, np.bool_), 0, 0, 1, 5)
        is None
    )


def test_cells_on_the_edge_of_an_area_lie_in_it() -> None:
    xy = np.array([(0, 0), (5, 5), (11, 5)], np.float32)
    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    assert hit_test.cells_within(xy, np.ones(3, np.bool_), square).tolist() == [0, 1]
    assert hit_test.cells_within(xy, np.ones(3, np.bool_), square[:2]).tolist() == []


def test_the_region_drawn_last_lies_on_top_and_holes_are_outside() -> None:
    hole = ((220.0, 120.0), (280.0, 120.0), (280.0, 180.0), (220.0, 180.0))
    ring = DrawnRegion("ring", "include", REGION.exterior, (hole,))
    assert hit_test.region_at([REGION, ring], 205, 105) == "ring"
    assert hit_test.region_at([REGION, ring], 250, 150) == "r"
    assert hit_test.region_at([REGION], 10, 10) is None


def test_a_lasso_keeps_the_corners_that_matter() -> None:
    line = tuple((float(x), 0.0) for x in range(50))
    line += tuple((49.0, float(y)) for y in range(50))
    assert len(hit_test.simplified(line, 1.0)) == 3
    assert hit_test.simplified(line[:3], 1.0) == line[:3]


def test_a_slip_of_the_hand_is_no_region() -> None:
    speck = ((0.0, 0.0), (3.0, 0.0), (0.0, 3.0))
    assert not hit_test.worth_a_region(speck, 0.5)
    assert not hit_test.worth_a_region(speck[:2], 0.5)
    assert hit_test.worth_a_region(REGION.exterior, 0.5)


# Clicks


def test_a_click_on_a_cell_selects_it_and_asks(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    assert click(hand, here, at(152, 51)) == [AskCells(1)]
    assert hand.selection.cells == {1}


def test_a_click_with_shift_adds_and_takes_away(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    click(hand, here, at(50, 50))
    assert click(hand, here, at(150, 50, more=True)) == []
    assert hand.selection.cells == {0, 1}
    click(hand, here, at(50, 50, more=True))
    assert hand.selection.cells == {1}


def test_a_click_on_nothing_selects_nothing(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    click(hand, here, at(50, 50))
    assert click(hand, here, at(100, 100)) == []
    assert hand.selection.cells == frozenset()


def test_deleted_cells_cannot_be_clicked(made: SimpleNamespace) -> None:
    shown = made.shown(edits=FieldEdits(deleted=frozenset({1})))
    assert click(Hand(), scene(shown), at(150, 50)) == []


def test_a_region_is_selected_by_the_first_click_and_asks_at_the_second(
    made: SimpleNamespace,
) -> None:
    hand, here = Hand(), scene(made.shown(regions=(REGION,)))
    assert click(hand, here, at(210, 110)) == []
    assert hand.selection.region == "r"
    assert click(hand, here, at(210, 110)) == [AskRegion("r")]


def test_add_asks_for_a_class_and_delete_deletes(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    hand.take_tool(Tool.ADD)
    assert click(hand, here, at(100, 100)) == [AskNewCell(100, 100)]
    hand.take_tool(Tool.DELETE)
    assert click(hand, here, at(151, 50)) == [DeleteCells((1,))]
    assert isinstance(click(hand, here, at(100, 100))[0], Say)


@pytest.mark.parametrize("tool", [Tool.ADD, Tool.DELETE, Tool.LASSO, Tool.POLYGON])
def test_without_a_field_the_user_is_told_what_to_do(tool: Tool) -> None:
    hand = Hand()
    hand.take_tool(tool)
    assert click(hand, scene(None), at(50, 50)) == [Say(NO_FIELD)]
    assert click(Hand(), scene(None), at(50, 50)) == []


# Drags


def test_a_drag_drives_the_stage_live_and_moves_the_view_when_zoomed(
    made: SimpleNamespace,
) -> None:
    path = (at(10, 10), at(20, 14), at(26, 14))
    whole = drag(Hand(), scene(made.shown()), *path)
    assert whole == [DriveBy(10, 4), DriveBy(6, 0)]
    assert drag(Hand(), scene(made.shown(), zoomed=True), *path) == [Pan(10, 4), Pan(6, 0)]
    assert drag(Hand(), scene(made.shown(), live=False), *path) == [Pan(10, 4), Pan(6, 0)]


def test_a_tremble_is_still_a_click(made: SimpleNamespace) -> None:
    outcomes = drag(Hand(), scene(made.shown()), at(50, 50), at(52, 51))
    assert outcomes == [AskCells(0)]


def test_a_box_selects_what_lies_in_it_on_top_of_what_was_selected(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    click(hand, here, at(350, 250))
    assert (
        drag(hand, here, at(20, 20, more=True), at(90, 60, more=True), at(180, 90, more=True)) == []
    )
    assert hand.selection.cells == {0, 1, 11}
    hand.press(at(20, 20, more=True), here)
    hand.move(at(90, 60, more=True), here)
    assert isinstance(hand.gesture, Box)


def test_a_lasso_asks_what_to_do_with_the_area(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    hand.take_tool(Tool.LASSO)
    (asked,) = drag(hand, here, at(20, 20), at(180, 20), at(180, 90), at(20, 90))
    assert isinstance(asked, AskArea)
    assert asked.cells == (0, 1)
    assert hand.gesture is None


def test_a_lasso_around_nothing_asks_nothing(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    hand.take_tool(Tool.LASSO)
    assert drag(hand, here, at(20, 20), at(24, 20), at(24, 24)) == []


def test_a_lasso_leaves_out_points_that_say_nothing_new() -> None:
    lasso = Lasso(((0.0, 0.0),)).with_point(0.5, 0.5, 2.0).with_point(5.0, 0.0, 2.0)
    assert lasso.outline == ((0.0, 0.0), (5.0, 0.0))


def test_a_polygon_grows_by_clicks_and_closes_at_its_first_corner(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    hand.take_tool(Tool.POLYGON)
    for corner in ((20, 20), (180, 20), (180, 90)):
        assert click(hand, here, at(*corner)) == []
    hand.move(at(100, 100), here)
    assert isinstance(hand.gesture, Polygon)
    assert hand.gesture.hover == (100, 100)
    (asked,) = click(hand, here, at(22, 21))
    assert isinstance(asked, AskArea)
    assert len(asked.outline) == 3


def test_a_polygon_closes_at_any_time_and_can_be_given_up(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    hand.take_tool(Tool.POLYGON)
    for corner in ((20, 20), (180, 20), (180, 90)):
        click(hand, here, at(*corner))
    assert len(hand.close_polygon(here)) == 1
    click(hand, here, at(20, 20))
    assert hand.cancel()
    assert hand.gesture is None
    assert hand.close_polygon(here) == []
    assert not hand.cancel()


def test_a_selected_region_is_moved_by_its_inside_and_reshaped_by_its_corners(
    made: SimpleNamespace,
) -> None:
    hand, here = Hand(), scene(made.shown(regions=(REGION,)))
    click(hand, here, at(210, 110))
    hand.press(at(220, 120), here)
    hand.move(at(240, 130), here)
    assert isinstance(hand.gesture, RegionDrag)
    assert hand.gesture.outline[0] == (220, 110)
    assert hand.release(at(240, 130), here) == [MoveRegion("r", 20, 10)]
    hand.press(at(201, 101), here)
    hand.move(at(190, 90), here)
    assert isinstance(hand.gesture, CornerDrag)
    assert hand.release(at(190, 90), here) == [
        ReshapeRegion("r", ((190, 90), *REGION.exterior[1:]), ())
    ]


def test_a_region_that_is_not_selected_does_not_stick_to_the_hand(made: SimpleNamespace) -> None:
    outcomes = drag(Hand(), scene(made.shown(regions=(REGION,))), at(220, 120), at(240, 130))
    assert outcomes == [DriveBy(20, 10)]


def test_cancel_ends_drawing_first_and_then_selects_nothing(made: SimpleNamespace) -> None:
    hand, here = Hand(), scene(made.shown())
    click(hand, here, at(50, 50))
    hand.press(at(100, 100), here)
    hand.move(at(120, 100), here)
    assert hand.cancel()
    assert hand.selection.cells == {0}
    assert hand.cancel()
    assert hand.selection.cells == frozenset()


def test_what_is_gone_is_not_selected_any_more(made: SimpleNamespace) -> None:
    hand = Hand()
    hand.select(frozenset({0, 1, 99}))
    shown = made.shown(edits=FieldEdits(deleted=frozenset({1})))
    assert hand.selection.within(shown).cells == {0}
    assert hand.selection.within(None).cells == frozenset()
