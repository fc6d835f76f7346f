"""What a session does is kept in the case store, and is the same again afterwards."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.case_keeping.records import kept_field, new_field
from app.case_keeping.sittings import open_sittings, read_sitting
from app.model.case_records import FieldRecord
from app.model.steps import step_kind
from app.session.keeper import KeptField
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import load_slide, slides
from app.storage.cases.store import open_store
from inference.cells.classes import CellClass
from tests.app.keeping import kept_sitting as sittings

MakeBench = Callable[..., Any]


def same_field(one: KeptField, other: KeptField) -> bool:
    """Compare bit by bit, types of columns included."""
    arrays = [
        (one.rgb, other.rgb),
        (one.nuclei.xy_px, other.nuclei.xy_px),
        (one.nuclei.confidence, other.nuclei.confidence),
        *((getattr(one.cells, c.name), getattr(other.cells, c.name)) for c in fields(one.cells)),
    ]
    plain = [
        (getattr(one, each.name), getattr(other, each.name))
        for each in fields(one)
        if each.name not in ("rgb", "nuclei", "cells")
    ]
    return all(a == b for a, b in plain) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in arrays
    )


def test_what_is_kept_is_what_was_done(bench: MakeBench, folder: Path) -> None:
    b = bench()
    b.begin()
    sittings.a_sitting(b)
    b.finish()
    sittings.wait_until(b.all_saved)
    live, tally = b.slide, b.tally()
    (record,) = slides(b.store)
    kept = read_sitting(b.store, record.id)
    assert kept.state == live and live.finished
    assert [step.kind for step in kept.steps] == [step_kind(s.step) for s in b.noted.steps]
    assert (record.status, record.pathologist_score) == ("finished", "2+")
    assert record.pathologist_comment == "heterogeneous"
    assert record.proposal == sittings.plain(tally.edited.record())
    assert (record.case, record.name, record.n_fields) == ("S26-1", "A1", 3)
    assert record.provenance["camera"] == "simulated"
    for state in live.fields:
        noted = b.noted.fields[state.field]
        assert len(noted.nuclei) == state.cells
        for again in (kept.load(b.store, state), b.keeper.load_field(state.field)):
            assert same_field(noted, again)
            assert not again.rgb.flags.writeable
    b.close()
    assert b.lost == ()


def test_a_field_comes_back_bit_by_bit(bench: MakeBench) -> None:
    b = bench()
    b.begin()
    name = b.take_field(0)
    kept: KeptField = b.noted.fields[name]
    odd = replace(
        kept,
        um_per_px=0.1 + 0.2,
        white=(240.1, 1 / 3, 255.0),
        taken_utc=kept.taken_utc + timedelta(microseconds=1),
        warnings=("Ä; ö", "out of focus"),
        seconds={"measure": 0.1 + 0.7, "classify": 1e-9},
    )
    new = new_field(odd)
    record = FieldRecord(
        1, new.number, "", *odd.rgb.shape[1::-1], odd.um_per_px, odd.objective, odd.white,
        odd.white_origin, odd.taken_utc, odd.taken_utc, new.result, 1, odd.taken_utc,
    )  # fmt: skip
    assert same_field(odd, kept_field(name, odd.slide, record, odd.rgb))
    assert not same_field(kept, kept_field(name, odd.slide, record, odd.rgb))
    turned = replace(
        odd, nuclei=replace(odd.nuclei, xy_px=np.ascontiguousarray(odd.nuclei.xy_px[::-1]))
    )
    with pytest.raises(ValueError, match="in their order"):
        new_field(turned)


def test_an_unfinished_sitting_is_resumed_with_the_same_tally(bench: MakeBench) -> None:
    b = bench()
    b.begin()
    sittings.a_sitting(b)
    live, tally = b.slide, sittings.tally_values(b.tally())
    nuclei = {name: field.nuclei.xy_px.tolist() for name, field in b.noted.fields.items()}
    b.close()
    c = bench()
    (left,) = open_sittings(c.store).sittings
    assert left.state == live
    assert left.in_words.startswith("A1 of case S26-1 (3 fields, last change 20")
    c.resume(left)
    assert c.slide == live
    assert sittings.tally_values(c.tally()) == tally
    for name, points in nuclei.items():
        assert c.keeper.load_field(name).nuclei.xy_px.tolist() == points
    assert c.session.undo() and c.session.redo()  # the score, of before the crash
    assert c.slide == live
    assert c.session.reclassify_cells(live.fields[0].field, [4], CellClass.NO_STAINING)
    name = c.take_field(4)
    assert c.slide.fields[-1].number == 4
    c.finish()
    sittings.wait_until(c.all_saved)
    kept = read_sitting(c.store, left.record.id)
    assert kept.state == c.slide and same_field(c.noted.fields[name], c.keeper.load_field(name))
    assert open_sittings(c.store).sittings == ()


def test_undoing_the_finish_opens_the_slide_and_redoing_it_finishes_it_as_before(
    bench: MakeBench,
) -> None:
    b = bench()
    b.begin()
    b.take_field(0)
    assert b.session.give_score("1+", "pale")
    b.finish()
    sittings.wait_until(b.all_saved)
    (finished,) = slides(b.store)
    assert b.session.undo()
    sittings.wait_until(b.all_saved)
    (reopened,) = slides(b.store)
    assert (reopened.status, reopened.proposal) == ("open", None)
    assert b.session.undo()
    sittings.wait_until(b.all_saved)
    (record,) = slides(b.store)
    assert (record.pathologist_score, record.pathologist_comment) == (None, "")
    assert b.session.redo() and b.session.redo()
    sittings.wait_until(b.all_saved)
    (record,) = slides(b.store)
    assert (record.status, record.proposal) == ("finished", finished.proposal)
    assert (record.pathologist_score, record.pathologist_comment) == ("1+", "pale")
    assert read_sitting(b.store, record.id).state == b.slide


def test_a_finish_that_was_undone_before_a_crash_is_redone_with_the_same_proposal(
    bench: MakeBench,
) -> None:
    b = bench()
    b.begin()
    b.take_field(0)
    b.finish()
    sittings.wait_until(b.all_saved)
    proposal = slides(b.store)[0].proposal
    assert b.session.undo()
    b.close()
    c = bench()
    c.resume(open_sittings(c.store).sittings[0])
    c.tally()
    assert c.session.redo()
    sittings.wait_until(c.all_saved)
    assert slides(c.store)[0].proposal == proposal


def test_a_finished_slide_is_opened_for_reading_and_opened_again_by_undo(bench: MakeBench) -> None:
    b = bench()
    b.begin()
    b.take_field(0)
    b.finish()
    state, tally = b.slide, sittings.tally_values(b.tally())
    b.close()
    c = bench()
    c.resume(read_sitting(c.store, slides(c.store)[0].id))
    assert c.slide == state
    assert sittings.tally_values(c.tally()) == tally
    assert c.session.undo() and c.session.redo()
    sittings.wait_until(c.all_saved)
    (record,) = slides(c.store)
    assert record.status == "finished" and record.proposal is not None
    assert c.session.next_slide("S26-1", "A2")


def test_undo_across_two_slides_belongs_to_each_of_them(bench: MakeBench) -> None:
    b = bench()
    b.begin()
    b.take_field(0)
    b.finish()
    first = b.slide
    assert b.session.next_slide("S26-1", "A2")
    b.take_field(1)
    second = b.slide
    for _ in range(3):  # the field, the beginning of A2, the finish of A1
        assert b.session.undo()
    assert b.slide == replace(first, finished=False)
    sittings.wait_until(b.all_saved)
    kept = {slide.name: read_sitting(b.store, slide.id) for slide in slides(b.store)}
    assert kept["A1"].state == b.slide and kept["A1"].record.status == "open"
    assert kept["A2"].state is None and not kept["A2"].worth_offering
    for _ in range(3):
        assert b.session.redo()
    sittings.wait_until(b.all_saved)
    kept = {slide.name: read_sitting(b.store, slide.id) for slide in slides(b.store)}
    assert (kept["A1"].state, kept["A2"].state) == (first, second)
    assert [each.record.name for each in open_sittings(b.store).sittings] == ["A2"]


def test_a_name_that_the_case_has_is_refused_at_once(bench: MakeBench) -> None:
    b = bench()
    b.begin()
    assert b.session.undo()
    assert not b.session.next_slide("S26-1", "A1")
    assert "has a slide A1 already" in b.events.texts[-1]
    assert not b.session.next_slide("S26-1", " ")
    assert "a slide needs a name" in b.events.texts[-1]
    b.close()
    c = bench()
    c.session.start()
    assert not c.session.next_slide("S26-1", "A1")
    assert c.session.next_slide("S26-2", "A1")


def test_steps_of_a_slide_that_nobody_knows_are_refused(bench: MakeBench) -> None:
    b = bench()
    b.begin()
    b.take_field(0)
    b.close()
    c = bench()
    c.session.start()
    (left,) = open_sittings(c.store).sittings
    assert c.session.resume(left.resume_steps)  # without `take_up`
    assert not c.session.give_score("3+")
    assert "never begun" in c.events.texts[-1]
    with pytest.raises(StorageProblem, match="not saved"):
        c.keeper.load_field(left.state.fields[0].field)


def test_a_sitting_that_cannot_be_replayed_stops_no_other(bench: MakeBench, folder: Path) -> None:
    b = bench()
    b.begin()
    b.take_field(0)
    b.finish()
    assert b.session.next_slide("S26-1", "A2")
    b.take_field(1)
    sittings.wait_until(b.all_saved)
    newest = slides(b.store)[0]
    b.close()
    with open_store(folder) as store, store.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE steps SET kind = 'from_the_future' WHERE kind = 'field_accepted' "
            f"AND slide_id = {newest.id}"
        )
    with open_store(folder) as store:
        left = open_sittings(store)
        assert left.sittings == ()
        assert left.problems == (
            "A2 of case S26-1 cannot be opened: a saved step of an unknown kind: 'from_the_future'",
        )
        assert len(load_slide(store, newest.id).fields) == 1


def test_a_look_at_the_program_is_not_offered_again(bench: MakeBench) -> None:
    b = bench()
    b.begin()
    assert b.session.give_score("1+")
    sittings.wait_until(b.all_saved)
    assert open_sittings(b.store).sittings == ()
    b.take_field(0)
    sittings.wait_until(b.all_saved)
    assert [each.record.name for each in open_sittings(b.store).sittings] == ["A1"]
    assert b.session.undo() and b.session.undo() and b.session.undo()  # its beginning, too
    sittings.wait_until(b.all_saved)
    assert open_sittings(b.store).sittings == ()
