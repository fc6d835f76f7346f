"""The session: thresholds, regions, edits, undo, old fields."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.model.overlay import OverlayStyle
from app.model.screen_overlay import Canvas
from app.session.events import (
    FieldPicture,
    Shown,
    SittingView,
    TallyView,
)
from hardware.eyepiece_calibration import Affine
from inference.cells.classes import CellClass

IC, WC, NS = CellClass.INTENSE_COMPLETE, CellClass.WEAK_COMPLETE, CellClass.NO_STAINING
CORNER = ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0))
"""Around the first cell of the test tissue."""
MakeRig = Callable[..., Any]


# Thresholds


def test_a_preview_changes_what_is_shown_and_nothing_else(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    r.take_field()
    before = r.tally, len(r.keeper.steps)
    assert r.session.preview_thresholds({"intense": 1.8})
    assert r.shown.previewed and r.shown.thresholds_od["intense"] == 1.8
    assert r.shown.cells.edited.cell_class.tolist() == [WC, WC, WC, WC, WC, NS]
    assert (r.tally, len(r.keeper.steps)) == before
    r.session.cancel_thresholds()
    assert not r.shown.previewed
    assert r.shown.cells.edited.cell_class.tolist() == [IC, IC, IC, WC, WC, NS]
    assert not r.session.preview_thresholds({"no such level": 0.5})


def test_thresholds_moved_back_to_where_they_were_leave_nothing_to_confirm(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    r.take_field()
    confirmed = dict(r.shown.thresholds_od)
    assert r.session.preview_thresholds({**confirmed, "intense": 1.8})
    assert r.shown.previewed
    assert r.session.preview_thresholds(confirmed)
    assert not r.shown.previewed
    assert not r.session.confirm_thresholds()


def test_confirmed_thresholds_reach_all_fields_the_shown_one_first(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    for _ in range(6):
        r.take_field()
    r.session.preview_thresholds({"intense": 1.8})
    old = r.tally.tally
    at = len(r.events.events)
    assert r.session.confirm_thresholds()
    fakes.wait_until(lambda: r.tally.pending == 0 and r.tally.tally is not old)
    after = [each for each in r.events.events[at:] if isinstance(each, Shown | TallyView)]
    assert isinstance(after[0], Shown) and not after[0].field.previewed
    assert isinstance(after[1], TallyView)
    assert (after[1].pending, after[1].tally) == (5, old)
    assert r.tally.tally.edited.counts.as_tuple() == (0, 0, 30, 0, 6)
    assert r.slide.thresholds_od["intense"] == 1.8
    assert r.session.undo()
    fakes.wait_until(lambda: r.tally.pending == 0)
    assert r.tally.tally == old
    assert r.session.redo() and r.session.reset_thresholds()
    fakes.wait_until(lambda: r.tally.pending == 0)
    assert r.tally.tally == old and r.slide.thresholds_od == {}


def test_a_fast_sweep_of_the_slider_leaves_no_queue_behind(
    rig: MakeRig, fakes: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.session import desk  # noqa: PLC0415

    r = rig()
    r.begin()
    for _ in range(4):
        r.take_field()
    classified = []
    original = desk.classification

    def counted(measurement: Any, stain: Any) -> Any:
        if threading.current_thread().name == "analysis":
            classified.append(stain)
        return original(measurement, stain)

    monkeypatch.setattr(desk, "classification", counted)
    r.analyzer.gate.clear()
    r.expose()
    r.session.analyze_field()  # the analysis thread is busy
    fakes.wait_until(lambda: len(r.analyzer.seen) == 5)
    for step in range(100):
        r.session.preview_thresholds({"intense": 0.5 + 0.01 * step})
        assert r.session.confirm_thresholds()
    assert r.shown.thresholds_od["intense"] == pytest.approx(1.49)
    r.analyzer.gate.set()
    fakes.wait_until(lambda: len(r.slide.fields) == 5 and r.tally.pending == 0)
    # Three fields that were not shown, and the one whose setup was older: once each.
    assert len(classified) <= 5


def test_a_press_is_classified_at_the_thresholds_that_hold_when_it_is_counted(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.take_field()
    r.analyzer.gate.clear()
    r.expose()
    r.session.analyze_field()
    fakes.wait_until(lambda: len(r.analyzer.seen) == 2)
    r.session.preview_thresholds({"intense": 1.8})
    r.session.confirm_thresholds()
    r.analyzer.gate.set()
    fakes.wait_until(lambda: r.tally.tally.edited.n_fields == 2 and r.tally.pending == 0)
    assert r.tally.tally.edited.counts.as_tuple() == (0, 0, 10, 0, 2)
    fakes.wait_until(lambda: len(r.slide.fields) == 2)  # posted after the tally
    kept = r.keeper.fields[r.slide.fields[1].field]
    assert kept.stain.levels[-1].threshold_od == 1.8


# Regions, edits, undo


def test_regions_and_edits_change_picture_tally_and_history_and_can_be_undone(
    rig: MakeRig,
) -> None:
    r = rig()
    r.begin()
    field = r.take_field().field
    start = r.tally.tally
    region = r.session.add_region(field, "exclude", CORNER, reason="DCIS")
    assert region is not None
    assert r.tally.tally.edited.counts.as_tuple() == (2, 0, 2, 0, 1)
    assert r.shown.regions[0].reason == "DCIS" and not r.shown.cells.edited.counted[0]
    assert r.session.move_region(field, region, 50, 0)
    assert r.shown.cells.edited.counted.tolist() == [True, False, True, True, True, True]
    assert r.session.reshape_region(field, region, tuple((x + 300, y) for x, y in CORNER))
    assert r.tally.tally == start
    assert r.session.label_region(field, region, "include", "")
    assert r.tally.tally.edited.n_cells == 0
    assert r.session.delete_region(field, region)
    assert r.session.reclassify_cells(field, [0, 1], NS)
    assert r.tally.tally.edited.counts.as_tuple() == (1, 0, 2, 0, 3)
    assert r.tally.tally.proposed.counts.as_tuple() == (3, 0, 2, 0, 1)
    assert r.session.delete_cells(field, [5])
    assert r.session.add_cell(field, 100.0, 100.0, IC)
    assert r.session.add_cell(field, 20.0, 100.0, IC)
    assert r.tally.tally.edited.counts.as_tuple() == (3, 0, 2, 0, 2)
    assert r.shown.cells.numbers.tolist() == [0, 1, 2, 3, 4, 5, -1, -2]
    assert r.events.last(SittingView).fields[0].edited
    end = r.tally.tally, r.slide
    for _ in range(9):
        assert r.session.undo()
    assert r.tally.tally == start
    for _ in range(9):
        assert r.session.redo()
    assert (r.tally.tally, r.slide) == end
    assert r.replayed(r.slide.slide) == r.slide


def test_an_edit_of_cells_does_not_describe_the_membranes_again(
    rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.session import prepared  # noqa: PLC0415

    r = rig()
    r.begin()
    field = r.take_field().field

    def never(*_: object) -> None:
        raise AssertionError("classified again")

    monkeypatch.setattr(prepared, "classification", never)
    assert r.session.reclassify_cells(field, [0], NS)
    assert r.session.undo()


def test_a_new_field_comes_drawn_where_the_windows_draw_it(rig: MakeRig) -> None:
    small = Canvas(Affine(0.5, 0.0, 0.0, 0.0, 0.5, 0.0), 82, 56, OverlayStyle(), on_tissue=True)
    black = Canvas(Affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 164, 112, OverlayStyle(), on_tissue=False)
    r = rig()
    r.session.set_canvases((black, small))
    r.begin()
    field = r.take_field().field
    assert set(r.shown.drawings) == {small, black}
    for canvas, drawn in r.shown.drawings.items():
        np.testing.assert_array_equal(drawn, canvas.draw(r.shown.overlay))
        assert drawn.any()
    # What changes is drawn by the windows, which know how far they are.
    assert r.session.preview_thresholds({"intense": 1.8})
    assert not r.shown.drawings
    r.session.cancel_thresholds()
    assert r.session.delete_cells(field, [0])
    assert not r.shown.drawings


def test_a_field_that_cannot_be_drawn_ahead_is_counted_and_told(rig: MakeRig) -> None:
    nowhere = Canvas(Affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 0, 0, OverlayStyle(), on_tissue=True)
    r = rig()
    r.session.set_canvases((nowhere,))
    r.begin()
    r.take_field()
    assert any("the view shows nothing" in text for text in r.events.texts())
    assert not r.shown.drawings
    # No press is left waiting: the slide can be finished.
    assert r.session.finish_slide()


def test_refusals_are_told_and_change_nothing(rig: MakeRig) -> None:
    r = rig()
    r.session.start()
    assert not r.session.undo()
    assert not r.session.drop_last_field()
    assert not r.session.finish_slide()
    r.session.next_slide("case", "slide 1")
    assert not r.session.next_slide("case", "slide 2")
    assert not r.session.reclassify_cells("none", [1], IC)
    assert not r.session.choose_rules("no such rules")
    assert not r.session.choose_stain("no such stain")
    assert not r.session.confirm_thresholds()
    assert r.session.add_region("none", "include", CORNER[:2]) is None
    r.session.select_objective("100x")
    r.session.open_field("none")
    assert len(r.events.texts()) == 10
    assert all(text and "\n" not in text for text in r.events.texts())
    assert len(r.keeper.steps) == 1


def test_dropping_the_shown_field_takes_its_overlay_away(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    r.take_field()
    assert r.session.drop_last_field()
    assert r.shown is None and r.tally.tally.edited.n_fields == 0
    assert r.session.undo()
    assert r.tally.tally.edited.n_fields == 1


# Fields of the strip


def test_an_old_field_is_opened_with_its_own_picture(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    first = r.take_field()
    second = r.take_field()
    fakes.wait_until(r.all_saved)
    r.session.open_field(first.field)
    assert r.shown.stored and r.shown.field == first.field and r.shown.picture is None
    fakes.wait_until(lambda: r.events.of(FieldPicture))
    picture = r.events.last(FieldPicture)
    assert picture.field == first.field
    assert (picture.rgb == r.keeper.fields[first.field].rgb).all()
    assert r.keeper.loaded_on == ["analysis"]
    assert r.session.delete_cells(first.field, [0])
    assert r.shown.cells.deleted[0]
    r.session.set_continuous(True)
    r.expose()
    r.expose()
    assert r.shown.stored  # the live picture does not push it away
    r.session.set_continuous(False)
    r.session.open_field(None)
    assert r.shown is None
    assert r.session.drop_field(second.field)
    r.session.open_field(second.field)
    assert r.shown.field == second.field
