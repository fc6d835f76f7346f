"""The sitting from the pedal to the tally, with fakes all around."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from app.live.pedal import Gesture, GestureKind
from app.live.trouble import Trouble
from app.model.steps import step_kind
from app.session.events import (
    ActionAsked,
    GestureDone,
    LiveView,
    PressHeard,
    Saved,
    Shown,
    SittingView,
)
from app.session.eyepiece_light import DARK_AFTER_S
from app.session.options import PedalBindings
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


def test_switches_are_bound_otherwise_while_the_session_runs(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig(long_press_s=30)
    r.begin()
    r.session.bind_pedal(PedalBindings(0.2, {1: "analyze"}, {2: "continuous"}))
    r.pedal.tap(0)
    r.pedal.tap(1)
    fakes.wait_until(lambda: len(r.slide.fields) == 1)
    r.pedal.switch(2, True)
    fakes.wait_until(lambda: r.events.last(LiveView).continuous)
    r.pedal.switch(2, False)
    done = [(each.switch, each.long, each.action) for each in r.events.of(GestureDone)]
    assert done == [(0, False, None), (1, False, "analyze"), (2, True, "continuous")]


def test_a_long_press_that_lost_its_action_meanwhile_counts_as_a_press(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.session.gesture(Gesture(GestureKind.DOWN, 0, 1.0))
    r.session.bind_pedal(PedalBindings(0.6, {0: "analyze"}, {}))
    r.session.gesture(Gesture(GestureKind.LONG, 0, 1.0))
    fakes.wait_until(lambda: len(r.slide.fields) == 1)
    assert r.events.last(GestureDone) == GestureDone(0, False, "analyze", 1.0)


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


# The same tissue


def test_tissue_that_is_gone_back_to_is_known_again(rig: MakeRig, fakes: SimpleNamespace) -> None:
    r = rig()
    r.begin()
    first = r.take_field()
    r.camera.picture = fakes.tissue(40)
    r.expose()
    r.expose()
    second = r.take_field()
    warnings = r.keeper.fields[second.field].warnings
    (told,) = [text for text in warnings if "count twice" in text]
    assert "is in field 1 too" in told
    assert not any("has not moved" in text for text in warnings)
    assert not any("count twice" in text for text in r.keeper.fields[first.field].warnings)


# While the eyepiece is calibrated


def test_while_the_eyepiece_is_calibrated_nothing_is_analyzed(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.session.set_calibrating(True)
    r.expose()
    r.session.analyze_field()
    assert "no field taken: the eyepiece is being calibrated" in r.events.texts()[-1]
    r.session.take_white()
    assert "no white point taken: the eyepiece is being calibrated" in r.events.texts()[-1]
    r.session.set_continuous(True)
    for _ in range(3):
        r.expose()
    assert r.session._analysis.waiting == 0 and r.session._analysis.dropped == 0
    assert r.events.last(LiveView).presses == 0 and r.slide.fields == ()
    assert r.analyzer.seen == []


def test_a_press_just_after_a_calibration_waits_for_a_frame_without_its_light(
    rig: MakeRig, fakes: SimpleNamespace
) -> None:
    r = rig()
    r.begin()
    r.session.set_calibrating(True)
    r.expose()
    r.session.set_calibrating(False)
    r.session.analyze_field()
    r.expose()  # the display may still be lit
    assert r.events.last(LiveView).presses == 1 and not r.events.of(PressHeard)
    time.sleep(DARK_AFTER_S)
    frame = r.expose()
    fakes.wait_until(lambda: len(r.slide.fields) == 1)
    assert r.keeper.fields[r.slide.fields[0].field].frame == frame
    assert r.events.texts() == []


def test_a_press_that_still_waits_for_its_frame_is_refused_by_a_calibration(rig: MakeRig) -> None:
    r = rig(frame_age_s=0.001)
    r.begin()
    time.sleep(0.01)
    r.session.analyze_field()
    r.session.set_calibrating(True)
    assert "the eyepiece is being calibrated" in r.events.texts()[0]
    assert r.events.last(LiveView).presses == 0
