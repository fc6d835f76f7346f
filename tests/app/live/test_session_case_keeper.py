"""A sitting kept in the case store, and taken up again from there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.session.case_keeper import CaseKeeper, open_sittings
from app.session.events import Saved, SittingView
from app.storage.cases.reader import load_slide, slides
from app.storage.cases.store import CaseStore, open_store
from app.storage.cases.writer import CaseWriter
from inference.cells.classes import CellClass

MakeRig = Callable[..., Any]


class Cases:
    """The store of a station, and its writer, which can be late."""

    def __init__(self, folder: Path) -> None:
        self.failures: list[Any] = []
        self.store: CaseStore = open_store(folder)
        self.writer = CaseWriter(self.store, self.failures.append, retry_s=60)
        self.keeper = CaseKeeper(self.store, self.writer, {"program": "her2scope"})

    def close(self) -> None:
        self.writer.stop()
        assert self.writer.join(20)
        self.store.close()


@pytest.fixture
def cases(tmp_path: Path) -> Iterator[Cases]:
    made = Cases(tmp_path / "cases")
    yield made
    if not made.writer._thread.ident:
        made.writer.start()
    made.close()


@pytest.fixture
def kept_rig(rig: MakeRig, cases: Cases) -> Iterator[Any]:
    r = rig()
    r.keeper = cases.keeper
    r.session = r.new_session()
    yield r
    r.session.stop()


def saved(r: Any) -> bool:
    view = r.events.last(SittingView)
    return view.unsaved == 0 and all(card.saved is Saved.SAVED for card in view.fields)


def test_everything_comes_back_after_a_crash(
    kept_rig: Any, cases: Cases, fakes: SimpleNamespace
) -> None:
    r = kept_rig
    cases.writer.start()
    r.begin()
    first, _ = r.take_field(), r.take_field()
    r.session.reclassify_cells(first.field, [0], CellClass.NO_STAINING)
    region = ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0), (0.0, 50.0))
    r.session.add_region(first.field, "exclude", region, reason="DCIS")
    r.session.preview_thresholds({"intense": 0.9})
    r.session.confirm_thresholds()
    r.session.give_score("2+", "a comment")
    r.session.undo()
    fakes.wait_until(lambda: saved(r) and r.tally.pending == 0)
    slide, tally = r.slide, r.tally.tally
    history = r.events.last(SittingView).history
    picture = cases.keeper.load_field(first.field)
    r.session.stop()

    (record,) = open_sittings(cases.store)
    assert (record.case, record.name, record.pathologist_score) == ("case 1", "slide 1", None)
    r.keeper = CaseKeeper(cases.store, cases.writer)
    r.session = r.new_session()
    r.session.start()
    assert r.session.resume(r.keeper.take_up(load_slide(cases.store, record.id)))
    fakes.wait_until(lambda: r.tally.pending == 0)
    assert (r.slide, r.tally.tally) == (slide, tally) and r.tally.missing == 0
    assert r.events.last(SittingView).history == history
    assert r.session.redo()
    assert r.take_field().number == 3
    fakes.wait_until(lambda: saved(r))
    again = r.keeper.load_field(first.field)
    assert (again.rgb == picture.rgb).all() and again.stain == picture.stain
    assert np.array_equal(again.nuclei.xy_px, fakes.known_nuclei().xy_px)
    assert again.white == picture.white and again.frame == picture.frame
    assert slides(cases.store)[0].pathologist_score == "2+"


def test_finished_reopened_and_finished_again_the_store_knows(
    kept_rig: Any, cases: Cases, fakes: SimpleNamespace
) -> None:
    r = kept_rig
    cases.writer.start()
    r.begin()
    r.take_field()
    for verb, status in (
        (r.session.finish_slide, "finished"),
        (r.session.undo, "open"),
        (r.session.redo, "finished"),
    ):
        assert verb()
        fakes.wait_until(lambda: saved(r))
        (record,) = slides(cases.store)
        assert record.status == status
        assert (record.proposal is None) is (status == "open")
    assert record.proposal is not None and record.proposal["n_cells"] == 6
    assert open_sittings(cases.store) == ()


def test_what_comes_before_the_slide_has_an_id_waits_in_order(
    kept_rig: Any, cases: Cases, fakes: SimpleNamespace
) -> None:
    r = kept_rig
    r.begin()  # the writer does not run yet
    field = r.take_field()
    r.session.delete_cells(field.field, [1])
    r.session.undo()
    assert r.events.last(SittingView).unsaved == 4
    cases.writer.start()
    fakes.wait_until(lambda: saved(r))
    (record,) = slides(cases.store)
    kinds = [step.kind for step in load_slide(cases.store, record.id).steps]
    assert kinds == ["slide_begun", "field_accepted", "cells_deleted", "undone"]


def test_a_name_that_is_taken_is_refused_before_anything_happens(
    kept_rig: Any, cases: Cases, fakes: SimpleNamespace
) -> None:
    r = kept_rig
    cases.writer.start()
    r.begin()
    assert r.session.finish_slide()
    fakes.wait_until(lambda: saved(r))
    assert not r.session.next_slide("case 1", "slide 1")
    assert not r.session.next_slide("case 1", " ")
    assert "has a slide slide 1 already" in r.events.texts()[0]
    assert "one line" in r.events.texts()[1]
    assert r.session.next_slide("case 1", "slide 2")


def test_a_slide_whose_begin_was_undone_is_not_offered(
    kept_rig: Any, cases: Cases, fakes: SimpleNamespace
) -> None:
    r = kept_rig
    cases.writer.start()
    r.begin()
    assert r.session.undo()
    fakes.wait_until(lambda: r.events.last(SittingView).unsaved == 0)
    assert open_sittings(cases.store) == ()
    assert r.session.redo()
    fakes.wait_until(lambda: r.events.last(SittingView).unsaved == 0)
    assert len(open_sittings(cases.store)) == 1


def test_stopped_saving_is_told_and_nothing_pretends_to_be_saved(
    kept_rig: Any, cases: Cases, fakes: SimpleNamespace
) -> None:
    r = kept_rig
    cases.writer.start()
    r.begin()
    field = r.take_field()
    fakes.wait_until(lambda: saved(r))
    cases.writer.stop()
    assert cases.writer.join(20)
    r.session.delete_cells(field.field, [0])
    assert any("saving has been stopped" in text for text in r.events.texts())
    assert not saved(r)
