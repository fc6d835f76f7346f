"""The sitting from the pedal to the tally, with fakes all around."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.live.field_result import AnalysisStatus
from app.live.preview import CameraCondition, CameraStatus, Preview
from app.live.trouble import Trouble
from app.model.steps import FieldAccepted, SlideBegun, SlideFinished, step_kind, step_payload
from app.session.events import (
    ActionAsked,
    FieldPicture,
    LiveView,
    PressHeard,
    Saved,
    Shown,
    SittingView,
    TallyView,
)
from inference.cells.classes import CellClass

IC, WC, NS = CellClass.INTENSE_COMPLETE, CellClass.WEAK_COMPLETE, CellClass.NO_STAINING
CORNER = ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0))
"""Around the first cell of the test tissue."""
MakeRig = Callable[..., Any]


def test_a_press_becomes_a_saved_field_that_is_shown_and_counted(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    field = r.take_field()
    assert (field.number, field.cells, field.accepted) == (1, 6, True)
    fakes.wait_until(r.all_saved)
    shown = r.shown
    assert shown.field == field.field and not shown.stored and not shown.result.continuous
    assert shown.cells.edited.cell_class.tolist() == [IC, IC, IC, WC, WC, NS]
    assert shown.overlay.cell_class.tolist() == shown.cells.edited.cell_class.tolist()
    assert shown.overlay.membranes.max() == IC
    assert shown.result.frame == r.session._acquisition.latest_preview.frame
    assert r.tally.pending == 0 and r.tally.tally.edited.counts.as_tuple() == (3, 0, 2, 0, 1)
    kept = r.keeper.fields[field.field]
    assert (kept.um_per_px, kept.objective, kept.number) == (0.424, "40x", 1)
    assert kept.nuclei.xy_px.tolist() == fakes.known_nuclei().xy_px.tolist()
    assert not kept.rgb.flags.writeable
    (card,) = r.events.last(SittingView).fields
    assert card.saved is Saved.SAVED and card.thumbnail.shape == (112, 164, 3)
    assert [each.text for each in r.events.last(SittingView).history] == [
        "slide 1 begun",
        "field 1 accepted, 6 cells",
    ]


def test_the_field_and_its_step_reach_the_keeper_together_and_in_order(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    first, second = r.take_field(), r.take_field()
    r.session.reclassify_cells(second.field, [0], NS)
    kinds = [step_kind(each.step) for each in r.keeper.steps]
    assert kinds == ["slide_begun", "field_accepted", "field_accepted", "cells_reclassified"]
    assert [each.step.field for each in r.keeper.steps[1:3]] == [first.field, second.field]
    assert r.keeper.steps[0].before is None and r.keeper.steps[0].after.name == "slide 1"
    assert r.replayed(r.slide.slide) == r.slide


def test_presses_during_an_analysis_are_all_taken(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    r.analyzer.gate.clear()
    frames = []
    for _ in range(200):
        frames.append(r.expose())
        r.pedal.tap()
        fakes.wait_until(lambda: len(r.events.of(PressHeard)) == len(frames))
    assert r.events.last(LiveView).presses == 200
    r.analyzer.gate.set()
    fakes.wait_until(lambda: len(r.slide.fields) == 200)
    assert [each.frame for each in r.events.of(PressHeard)] == frames
    assert [r.keeper.fields[each.field].frame for each in r.slide.fields] == frames
    fakes.wait_until(lambda: r.events.last(LiveView).presses == 0)
    assert r.tally.tally.edited.n_cells == 1200


def test_the_frame_of_the_moment_of_the_press_is_the_one_that_counts(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    r.analyzer.gate.clear()
    frame = r.expose()
    r.session.analyze_field()
    for _ in range(5):
        r.expose()
    r.analyzer.gate.set()
    while not r.slide.fields:
        time.sleep(0.001)
    assert r.keeper.fields[r.slide.fields[0].field].frame == frame


def test_the_next_press_waits_until_the_field_before_is_saved(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.keeper.hold = True
    r.expose()
    r.session.analyze_field()
    fakes.wait_until(lambda: len(r.slide.fields) == 1)
    r.expose()
    r.session.analyze_field()
    fakes.wait_until(lambda: r.session._analysis.waiting == 1)
    seen = len(r.analyzer.seen)
    time.sleep(0.05)
    assert len(r.analyzer.seen) == seen
    assert r.events.last(SittingView).fields[0].saved is Saved.SAVING
    r.keeper.release()
    fakes.wait_until(lambda: len(r.slide.fields) == 2)
    fakes.wait_until(r.all_saved)


def test_a_disk_that_is_full_for_now_marks_the_field_and_does_not_stop_the_sitting(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.keeper.hold = True
    r.expose()
    r.session.analyze_field()
    fakes.wait_until(lambda: len(r.slide.fields) == 1)
    r.session.not_saved("the disk is full: free space")
    view = r.events.last(SittingView)
    assert view.fields[0].saved is Saved.UNSAVED and view.unsaved == 1
    assert "the disk is full: free space" in r.events.texts()
    r.take_field()
    r.keeper.release()
    fakes.wait_until(r.all_saved)


def test_what_can_never_be_saved_is_said_once_and_nothing_follows_the_gap(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.keeper.failure = RuntimeError("the database is damaged")
    r.take_field()
    (card,) = r.events.last(SittingView).fields
    assert card.saved is Saved.UNSAVED
    kept = len(r.keeper.steps)
    r.keeper.failure = None
    r.take_field()
    assert len(r.keeper.steps) == kept
    view = r.events.last(SittingView)
    assert view.unsaved == 2 and view.fields[1].saved is Saved.UNSAVED
    assert (
        r.events.texts().count(
            "from here on nothing of this slide is saved: the database is damaged"
        )
        == 1
    )
    fakes.wait_until(lambda: r.shown.picture is not None)


def test_a_step_that_the_keeper_refuses_is_not_taken(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    field = r.take_field()
    before = r.events.last(SittingView).history
    r.keeper.refuse = RuntimeError("too much waits to be saved already")
    assert not r.session.delete_cells(field.field, [0])
    r.expose()
    r.session.analyze_field()
    fakes.wait_until(lambda: len(r.events.of(Trouble)) == 2)
    assert r.events.last(SittingView).history == before
    assert all("too much waits" in text for text in r.events.texts())
    r.keeper.refuse = None
    assert r.take_field().number == 3  # the number of the refused field stays free


def test_a_press_without_a_usable_frame_says_why(rig: MakeRig) -> None:
    r = rig()
    r.session.start()
    r.expose()
    r.session.analyze_field()
    assert r.session.next_slide("case 1", "slide 1")
    r.nosepiece.select("60x")
    r.expose()
    r.expose()
    r.session.analyze_field()
    r.nosepiece.current = None
    r.expose()
    r.expose()
    r.session.analyze_field()
    words = ["there is no slide yet", "60x was never calibrated", "objective is not known"]
    assert len(r.events.texts()) == len(words)
    assert all(word in text for word, text in zip(words, r.events.texts(), strict=True))
    assert r.events.last(LiveView).presses == 0


def test_a_press_that_finds_no_young_frame_takes_the_next(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig(frame_age_s=0.001)
    r.begin()
    time.sleep(0.01)
    r.session.analyze_field()
    r.session.analyze_field()
    assert r.events.last(LiveView).presses == 2 and not r.events.of(PressHeard)
    frame = r.expose()
    fakes.wait_until(lambda: r.events.last(LiveView).presses == 0)
    assert r.keeper.fields[r.slide.fields[0].field].frame == frame
    assert len(r.slide.fields) == 1 and "is field 1 already" in r.events.texts()[0]


def test_a_press_whose_frame_never_comes_is_answered(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig(frame_age_s=0.001)
    r.begin()
    time.sleep(0.01)
    r.session.analyze_field()
    r.camera.unplug()
    fakes.wait_until(lambda: any("gives no picture" in text for text in r.events.texts()))
    assert r.events.last(LiveView).presses == 0
    r.session.analyze_field()
    assert len([text for text in r.events.texts() if "gives no picture" in text]) == 2


def test_a_frame_that_comes_much_later_is_not_the_one_that_was_meant(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig(frame_age_s=0.001)
    r.begin()
    time.sleep(0.01)
    r.session.analyze_field()
    r.session._frameless = [(press, asked - 10) for press, asked in r.session._frameless]
    r.expose()
    assert "gives no picture" in r.events.texts()[0]
    assert r.slide.fields == () and r.events.last(LiveView).presses == 0


def test_more_presses_than_memory_has_room_for_are_refused_aloud(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig(most_waiting_bytes=1)
    r.begin()
    r.analyzer.gate.clear()
    for _ in range(4):
        r.expose()
        r.session.analyze_field()
        fakes.wait_until(lambda: len(r.analyzer.seen) == 1)
    r.analyzer.gate.set()
    fakes.wait_until(lambda: len(r.slide.fields) == 2)
    assert len([text for text in r.events.texts() if "press again later" in text]) == 2


def test_a_failed_analysis_is_told_and_the_next_press_works(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.analyzer.errors.append(ZeroDivisionError("in the net"))
    r.session.analyze_field()
    fakes.wait_until(lambda: r.events.of(Trouble))
    trouble = r.events.last(Trouble)
    assert trouble.source == "analysis" and "ZeroDivisionError" in trouble.detail
    fakes.wait_until(lambda: r.events.last(LiveView).presses == 0)
    assert r.take_field().number == 1


def test_one_picture_is_never_two_fields(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    r.take_field()
    r.session.analyze_field()
    fakes.wait_until(lambda: r.events.of(Trouble))
    assert "this picture is field 1 already" in r.events.texts()[0]
    assert len(r.slide.fields) == 1


def test_what_was_wrong_with_the_picture_stays_with_the_field(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.take_field()
    fakes.wait_until(r.all_saved)
    r.take_field()
    first, second = r.events.last(SittingView).fields
    assert not any("same field" in text for text in first.warnings)
    assert any("not moved since field 1" in text for text in second.warnings)
    r.camera.picture = np.full_like(fakes.tissue(shift=12), 255)
    r.take_field()
    third = r.events.last(SittingView).fields[2]
    assert any("the stage was moving" in text for text in third.warnings)
    assert any("100 % of the field is overexposed" in text for text in third.warnings)


# The pedal


def test_a_long_press_drops_the_last_field_and_counts_no_new_one(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig(long_press_s=0.2)
    r.begin()
    r.take_field()
    r.expose()
    r.pedal.switch(0, True)
    fakes.wait_until(lambda: r.slide.fields and not r.slide.fields[0].accepted)
    r.pedal.switch(0, False)
    r.expose()
    r.pedal.tap()
    fakes.wait_until(lambda: len(r.slide.fields) == 2)
    assert [each.accepted for each in r.slide.fields] == [False, True]
    assert r.tally.tally.edited.n_fields == 1
    fakes.wait_until(lambda: r.events.last(LiveView).presses == 0)
    assert r.session.undo() and r.session.undo()
    assert [each.accepted for each in r.slide.fields] == [True]


def test_a_result_that_is_ready_before_the_foot_is_up_is_shown_and_waits(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig(long_press_s=30)
    r.begin()
    r.pedal.switch(0, True)
    fakes.wait_until(lambda: r.shown is not None)
    assert r.shown.field is None and r.slide.fields == ()
    r.pedal.switch(0, False)
    fakes.wait_until(lambda: len(r.slide.fields) == 1)
    assert r.shown.field == r.slide.fields[0].field


def test_actions_of_the_windows_are_passed_on(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    r.pedal.tap(1)
    fakes.wait_until(lambda: r.events.of(ActionAsked))
    assert r.events.last(ActionAsked).action == "overlay"
    r.pedal.tap(2)  # nothing is bound to it
    r.session.do("continuous")
    assert r.events.last(LiveView).continuous
    assert len(r.events.of(ActionAsked)) == 1


# Continuous mode


def test_continuous_mode_shows_and_does_not_count(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    r.session.set_continuous(True)
    frame = r.expose()
    fakes.wait_until(lambda: r.shown is not None)
    assert r.shown.result.continuous and r.shown.field is None
    assert r.shown.result.frame == frame
    assert r.slide.fields == () and r.tally.tally.edited.n_cells == 0
    field = r.take_field()
    for _ in range(3):  # the stage stands still: the field stays, to be edited
        r.expose()
    assert r.shown.field == field.field
    r.camera.picture = fakes.tissue(shift=25)
    moved = r.expose()
    r.expose()
    fakes.wait_until(lambda: r.shown.result.frame >= moved)
    assert r.shown.result.continuous
    r.session.set_continuous(False)
    shown = len(r.events.of(Shown))
    r.expose()
    time.sleep(0.05)
    assert len(r.events.of(Shown)) - shown <= 1


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
    from app.session import showcase  # noqa: PLC0415

    r = rig()
    r.begin()
    field = r.take_field().field

    def never(*_: object) -> None:
        raise AssertionError("classified again")

    monkeypatch.setattr(showcase, "classification", never)
    assert r.session.reclassify_cells(field, [0], NS)
    assert r.session.undo()


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


# Slides


def test_a_slide_is_finished_and_the_next_begins_with_nothing(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    r.take_field()
    first = r.slide.slide
    assert r.session.give_score("3+", "clear")
    assert r.session.choose_rules("zhang-2020")
    assert r.session.finish_slide()
    finish = r.keeper.steps[-1]
    assert isinstance(finish.step, SlideFinished)
    assert finish.proposal["n_cells"] == 6 and finish.proposal["profile"]["name"] == "zhang-2020"
    assert not finish.before.finished and finish.after.finished
    r.session.analyze_field()
    assert "slide 1 is finished" in r.events.texts()[-1]
    assert r.session.next_slide("case 2", "slide 2")
    assert r.shown is None and r.tally.tally.edited.n_fields == 0 and r.slide.fields == ()
    assert r.slide.rules == "zhang-2020"
    assert r.take_field().number == 1
    assert {each.slide for each in r.keeper.steps} == {first, r.slide.slide}
    assert r.replayed(first).finished and r.replayed(r.slide.slide) == r.slide


def test_undo_goes_back_over_the_next_slide_and_its_fields_are_loaded_again(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    field = r.take_field()
    tally = r.tally.tally
    fakes.wait_until(r.all_saved)
    assert r.session.finish_slide() and r.session.next_slide("case 2", "slide 2")
    second = r.slide.slide
    assert r.session.undo()
    assert r.keeper.steps[-1].slide == second and r.keeper.steps[-1].after is None
    assert r.slide.finished and r.slide.fields[0].field == field.field
    fakes.wait_until(lambda: r.tally.pending == 0)
    assert r.tally.tally == tally
    assert r.session.undo()
    assert not r.slide.finished and not r.keeper.steps[-1].after.finished
    assert r.take_field().number == 2
    assert r.replayed(r.slide.slide) == r.slide


def test_a_slide_is_not_finished_while_a_press_is_under_way(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.analyzer.gate.clear()
    r.expose()
    r.session.analyze_field()
    assert not r.session.finish_slide()
    assert "still being analyzed" in r.events.texts()[-1]
    r.analyzer.gate.set()
    fakes.wait_until(lambda: r.slide.fields)
    assert r.session.finish_slide()


def test_after_a_crash_the_slide_is_as_it_was_and_goes_on(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    first, second = r.take_field(), r.take_field()
    r.session.reclassify_cells(first.field, [0], NS)
    r.session.add_region(second.field, "exclude", CORNER)
    r.session.delete_cells(second.field, [5])
    r.session.undo()
    slide, tally = r.slide, r.tally.tally
    history = r.events.last(SittingView).history
    r.session.stop()

    steps = [(step_kind(each.step), step_payload(each.step)) for each in r.keeper.steps]
    r.session = r.new_session()
    r.session.start()
    assert r.session.resume(steps)
    fakes.wait_until(lambda: r.tally.pending == 0)
    assert r.slide == slide and r.tally.tally == tally and r.tally.missing == 0
    assert r.events.last(SittingView).history == history
    assert all(card.thumbnail is not None for card in r.events.last(SittingView).fields)
    # Nothing was detected again: the edits mean the same cells.
    assert all(nuclei is not None for nuclei in r.analyzer.nuclei)
    assert r.session.redo()
    assert r.take_field().number == 3
    assert r.replayed(r.slide.slide) == r.slide
    assert not r.session.resume(steps)


def test_a_field_that_cannot_be_loaded_is_told_and_missing(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    first, _ = r.take_field(), r.take_field()
    r.session.stop()
    steps = [(step_kind(each.step), step_payload(each.step)) for each in r.keeper.steps]
    del r.keeper.fields[first.field]
    r.session = r.new_session()
    r.session.start()
    assert r.session.resume(steps)
    fakes.wait_until(lambda: r.tally.pending == 0)
    assert r.tally.missing == 1 and r.tally.tally.edited.n_fields == 1
    assert any("cannot be loaded" in text for text in r.events.texts())


@pytest.mark.parametrize(
    "steps",
    [[], [("slide_finished", {})], [("what", {})], [("field_dropped", {"field": "f"})]],
)
def test_a_damaged_slide_is_not_opened(rig: MakeRig, steps: list[Any]) -> None:
    r = rig()
    r.session.start()
    assert not r.session.resume(steps)
    assert len(r.events.texts()) == 1
    assert r.session.next_slide("case", "slide")


def test_a_slide_of_a_profile_that_is_gone_is_not_opened(rig: MakeRig) -> None:
    r = rig()
    r.session.start()
    begun = SlideBegun("s", "case", "slide", "a lost profile", "asco-cap-2018")
    assert not r.session.resume([("slide_begun", step_payload(begun))])
    assert r.slide is None and "a lost profile" in r.events.texts()[0]


# White point and generations


def test_another_white_point_or_stain_is_another_generation(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    before = r.session._acquisition.generation
    r.session.take_white()
    assert "no white point taken" in r.events.texts()[-1]
    assert r.session._acquisition.generation == before
    r.camera.picture = np.full_like(fakes.tissue(), 236)
    r.expose()
    r.session.take_white()
    assert r.events.last(LiveView).white == pytest.approx((236, 236, 236))
    assert r.session._acquisition.generation == before + 1
    assert r.session.choose_stain("scanner")
    assert r.session._acquisition.generation == before + 2
    assert r.slide.stain == "scanner" and r.events.last(SittingView).stain.name == "scanner"
    r.session.preview_thresholds({"weak": 0.2})
    r.session.confirm_thresholds()
    assert r.session._acquisition.generation == before + 2


# Life and loss


def test_unplugged_in_the_middle_the_sitting_goes_on(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    r.take_field()
    generation = r.shown.result.generation
    r.camera.unplug()
    fakes.wait_until(lambda: r.events.last(CameraStatus).condition is CameraCondition.LOST)
    assert any("unplugged" in text for text in r.events.texts())
    r.session.reclassify_cells(r.slide.fields[0].field, [0], NS)
    r.camera.plug()
    fakes.wait_until(lambda: r.camera.is_open)
    field = r.take_field()
    assert field.number == 2
    assert r.events.last(Preview).generation > generation
    assert r.events.last(CameraStatus).condition is CameraCondition.LIVE


def test_stopping_answers_every_press_and_ends_every_thread(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    before = set(threading.enumerate())
    r.begin()
    r.analyzer.gate.clear()
    for _ in range(4):
        r.expose()
        r.session.analyze_field()
    fakes.wait_until(lambda: r.analyzer.seen)
    names = {thread.name for thread in threading.enumerate() if thread not in before}
    assert {name for name in names if not name.startswith("kernel")} == {
        "acquisition",
        "analysis",
        "pedal",
    }
    threading.Timer(0.1, r.analyzer.gate.set).start()
    r.session.stop()
    r.session.stop()
    assert len(r.slide.fields) == 1
    assert len([text for text in r.events.texts() if "was stopped before" in text]) == 3
    assert not r.camera.is_open
    assert r.events.last(AnalysisStatus).condition.value == "stopped"


def test_versions_only_go_up(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    field = r.take_field().field
    fakes.wait_until(r.all_saved)
    r.session.delete_cells(field, [0])
    r.session.undo()
    versions = [
        event.version
        for event in r.events.events
        if isinstance(event, Shown | SittingView | TallyView | FieldPicture)
    ]
    assert versions == sorted(set(versions))


def test_steps_from_many_threads_at_once_are_all_kept_in_one_order(rig: MakeRig) -> None:
    r = rig()
    r.begin()
    field = r.take_field().field

    def edit(cell: int) -> None:
        for cell_class in (0, 1, 2, 3, 4) * 4:
            assert r.session.reclassify_cells(field, [cell], cell_class)

    threads = [threading.Thread(target=edit, args=(cell,)) for cell in range(4)]
    for thread in threads:
        thread.start()
    r.take_field()
    for thread in threads:
        thread.join()
    assert len(r.keeper.steps) == 2 + 80 + 1
    assert r.replayed(r.slide.slide) == r.slide
    assert sum(isinstance(each.step, FieldAccepted) for each in r.keeper.steps) == 2
