"""The session: slides, white point, life and loss."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.live.field_result import AnalysisStatus
from app.live.preview import CameraCondition, CameraStatus, Preview
from app.model.steps import FieldAccepted, SlideBegun, SlideFinished, step_kind, step_payload
from app.session.events import (
    FieldPicture,
    LiveView,
    Shown,
    SittingView,
    TallyView,
)
from inference.cells.classes import CellClass

IC, WC, NS = CellClass.INTENSE_COMPLETE, CellClass.WEAK_COMPLETE, CellClass.NO_STAINING
CORNER = ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0))
"""Around the first cell of the test tissue."""
MakeRig = Callable[..., Any]


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
    rig: MakeRig, fakes: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
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
    stop = r.session._analysis.stop

    def stop_in_the_middle_of_an_analysis() -> None:
        stop()
        r.analyzer.gate.set()

    monkeypatch.setattr(r.session._analysis, "stop", stop_in_the_middle_of_an_analysis)
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
