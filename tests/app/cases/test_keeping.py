"""What is kept comes back as it was, and nothing that was kept is changed."""

import gc
import os
import threading
import time
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from app.model.case_records import NewSlide, NewStep, ProfileRecord
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import (
    cases,
    load_image,
    load_slide,
    open_slides,
    slides,
)
from app.storage.cases.store import CaseStore, open_store
from inference.cells.table import CellTable
from inference.scoring.profile import RuleProfile, load_profile
from inference.stain.profile import StainProfile, load_stain_profile
from tests.app.cases import sitting_process as sittings

WAIT_S = 20


def test_a_slide_comes_back_as_it_was(store: CaseStore, kept: Any) -> None:
    writer = kept.writer
    before = datetime.now(UTC)
    slide = writer.create_slide(sittings.a_slide()).result(WAIT_S)
    field = sittings.a_field(1, 5)
    field_id = writer.add_field(slide, field, [NewStep("accept", {"field": 1})]).result(WAIT_S)
    assert writer.append_step(slide, "class", {"cell": 3, "to": "ic"}).result(WAIT_S) == 2
    assert writer.append_step(slide, "undo", {}).result(WAIT_S) == 3

    found = load_slide(store, slide)
    assert (found.slide.case, found.slide.name) == ("S26-1", "A1")
    assert found.slide.rules == sittings.a_slide().rules
    assert found.slide.stain == sittings.a_slide().stain
    assert found.slide.thresholds_od == {"weak": 0.1, "intense": 0.5}
    assert found.slide.provenance == {"program": "her2scope 0.1.0"}
    assert (found.slide.status, found.slide.n_fields) == ("open", 1)
    assert before <= found.slide.created_utc <= datetime.now(UTC)
    steps = [(step.number, step.kind, step.payload) for step in found.steps]
    assert steps == [
        (1, "accept", {"field": 1}),
        (2, "class", {"cell": 3, "to": "ic"}),
        (3, "undo", {}),
    ]
    (record,) = found.fields
    assert (record.id, record.number, record.result_number) == (field_id, 1, 1)
    assert (record.width_px, record.height_px, record.um_per_px) == (96, 64, 0.212)
    assert (record.objective, record.white_origin) == ("40x", "glass")
    assert record.white == (241.0, 240.5, 239.0)
    assert record.taken_utc == field.taken_utc
    assert record.result.counts == field.result.counts
    for name, column in vars(field.result.cells).items():
        same = getattr(record.result.cells, name)
        np.testing.assert_array_equal(same, column)
        assert same.dtype == column.dtype
        assert not same.flags.writeable
    assert [region.kind for region in record.result.regions] == ["include", "exclude"]
    drawn, back = field.result.regions[1], record.result.regions[1]
    assert back.reason == "DCIS"
    np.testing.assert_array_equal(back.exterior, drawn.exterior)
    np.testing.assert_array_equal(back.holes[0], drawn.holes[0])
    assert record.result.warnings == ("out of focus",)
    assert record.result.provenance == {"runtime": "none"}
    pixels = load_image(store, record.image_sha256)
    np.testing.assert_array_equal(pixels, field.rgb)
    assert not pixels.flags.writeable


def test_it_is_there_when_the_store_is_opened_again(
    folder: Path, store: CaseStore, kept: Any
) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    kept.writer.add_field(slide, sittings.a_field(1, 5)).result(WAIT_S)
    kept.writer.stop()
    assert kept.writer.join(WAIT_S)
    store.close()
    with open_store(folder) as again:
        (unfinished,) = open_slides(again)
        assert unfinished.id == slide
        assert len(load_slide(again, slide).fields) == 1


def test_opinion_finish_and_reopening(store: CaseStore, kept: Any) -> None:
    writer = kept.writer
    slide = writer.create_slide(sittings.a_slide()).result(WAIT_S)
    other = writer.create_slide(sittings.a_slide("A2")).result(WAIT_S)
    writer.create_slide(sittings.a_slide("A1", "S26-2")).result(WAIT_S)
    writer.record_opinion(slide, "1+", "weak").result(WAIT_S)
    writer.record_opinion(slide, "2+", "more than 10 %").result(WAIT_S)
    writer.finish_slide(slide, {"score": "3+"}).result(WAIT_S)
    finished = load_slide(store, slide).slide
    assert (finished.status, finished.proposal) == ("finished", {"score": "3+"})
    assert (finished.pathologist_score, finished.pathologist_comment) == ("2+", "more than 10 %")
    assert finished.changed_utc > finished.created_utc
    assert [found.name for found in slides(store, "S26-1")] == ["A2", "A1"]
    assert [found.case for found in slides(store)] == ["S26-2", "S26-1", "S26-1"]
    assert [(case.name, case.n_slides) for case in cases(store)] == [("S26-2", 1), ("S26-1", 2)]
    assert slide not in [found.id for found in open_slides(store)]

    with pytest.raises(StorageProblem, match="finished: open it again before"):
        writer.append_step(slide, "undo", {}).result(WAIT_S)
    writer.reopen_slide(slide, [NewStep("undo", {})]).result(WAIT_S)
    reopened = load_slide(store, slide).slide
    assert (reopened.status, reopened.proposal) == ("open", None)
    assert reopened.pathologist_score == "2+"
    assert [step.kind for step in load_slide(store, slide).steps] == ["undo"]
    assert writer.append_step(slide, "undo", {}).result(WAIT_S) == 2
    writer.record_opinion(slide, None, "").result(WAIT_S)
    assert load_slide(store, slide).slide.pathologist_score is None
    assert load_slide(store, other).slide.pathologist_score is None


def test_rows_are_only_ever_added(store: CaseStore, kept: Any) -> None:
    said: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement.split(maxsplit=1)[0])

    event.listen(store._engine, "before_cursor_execute", hear)
    sitting = sittings.Sitting(kept.writer)
    kinds = set()
    for kind, place in list(sittings.plan(3))[:80]:
        sitting.keep(kind, place).result(WAIT_S)
        kinds.add(kind)
    assert kinds == {"slide", "field", "step", "opinion", "finish"}
    assert set(said) == {"BEGIN", "SELECT", "INSERT"}
    assert sittings.observed(store) == sittings.expected(list(sittings.plan(3))[:80])


def test_refusals_are_one_line_and_stop_nothing(store: CaseStore, kept: Any) -> None:
    writer = kept.writer
    slide = writer.create_slide(sittings.a_slide()).result(WAIT_S)
    writer.add_field(slide, sittings.a_field(1, 1)).result(WAIT_S)
    refused = [
        (writer.create_slide(sittings.a_slide()), "case S26-1 has a slide A1 already: open that"),
        (writer.add_field(slide, sittings.a_field(1, 2)), "field 1 is not saved: the slide has"),
        (writer.append_step(99, "undo", {}), "there is no slide with the id 99"),
        (writer.reopen_slide(slide), "the slide is open already"),
    ]
    for future, message in refused:
        with pytest.raises(StorageProblem, match=message) as caught:
            future.result(WAIT_S)
        assert len(str(caught.value).splitlines()) == 1
    assert writer.append_step(slide, "undo", {}).result(WAIT_S) == 1
    assert kept.failures == []
    assert len(load_slide(store, slide).fields) == 1
    with pytest.raises(StorageProblem, match="there is no slide with the id 99"):
        load_slide(store, 99)


def test_bad_values_are_refused_at_once(kept: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        kept.writer.append_step(1, "threshold", {"od": float("nan")})
    with pytest.raises(TypeError, match="not JSON serializable"):
        kept.writer.append_step(1, "threshold", {"od": np.float32(1)})
    field = sittings.a_field(1, 1)
    for rgb in (field.rgb.copy(), field.rgb[..., 0], np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ValueError, match=r"a field is|not be empty|read-only"):
            replace(field, rgb=rgb)
    for name in ("", "  ", "two\nlines"):
        with pytest.raises(ValueError, match="needs a name of one line"):
            sittings.a_slide(name)


def test_a_payload_is_taken_as_it_was_when_it_was_given(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    payload = {"cells": [1, 2]}
    with store.writing():  # holds the writer back
        future = kept.writer.append_step(slide, "edit", payload)
        payload["cells"].append(3)
    future.result(WAIT_S)
    assert load_slide(store, slide).steps[0].payload == {"cells": [1, 2]}


def test_the_picture_is_synced_before_its_row(
    store: CaseStore, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    said: list[str] = []
    for name in ("replace", "fsync"):
        was = getattr(os, name)

        def tell(*args: Any, name: str = name, was: Any = was, **kw: Any) -> Any:
            said.append(name)
            return was(*args, **kw)

        monkeypatch.setattr(os, name, tell)

    def hear(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO fields"):
            said.append("row")

    event.listen(store._engine, "before_cursor_execute", hear)
    kept.writer.add_field(slide, sittings.a_field(1, 1)).result(WAIT_S)
    assert said == ["fsync", "replace", "fsync", "row"]


def test_one_picture_in_two_fields_is_one_file(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    for number in (1, 2):
        kept.writer.add_field(slide, sittings.a_field(number, 4)).result(WAIT_S)
    first, second = load_slide(store, slide).fields
    assert first.image_sha256 == second.image_sha256
    assert len(list(store.images.iterdir())) == 1


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (640, 1)])
def test_fields_of_any_size(store: CaseStore, kept: Any, size: tuple[int, int]) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    field = sittings.a_field(1, 1, *size)
    field = replace(field, result=replace(sittings.a_result(1, n=0), regions=()))
    kept.writer.add_field(slide, field).result(WAIT_S)
    (record,) = load_slide(store, slide).fields
    assert (record.width_px, record.height_px) == size
    np.testing.assert_array_equal(load_image(store, record.image_sha256), field.rgb)
    assert len(record.result.cells) == 0


def test_moments_keep_their_instant(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    east = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=9)))
    kept.writer.add_field(slide, replace(sittings.a_field(1, 1), taken_utc=east)).result(WAIT_S)
    (record,) = load_slide(store, slide).fields
    assert record.taken_utc == east
    assert record.taken_utc.tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        replace(sittings.a_field(1, 1), taken_utc=datetime(2026, 1, 1))


def test_profiles_can_be_made_again(store: CaseStore, kept: Any) -> None:
    rules, stain = load_profile(), load_stain_profile("camera")
    new = NewSlide("case", "slide", ProfileRecord.of(rules), ProfileRecord.of(stain), {})
    slide = kept.writer.create_slide(new).result(WAIT_S)
    found = load_slide(store, slide).slide
    assert RuleProfile.model_validate(found.rules.content) == rules
    assert StainProfile.model_validate(found.stain.content) == stain
    assert found.rules.sha256 == rules.sha256
    assert found.stain.sha256 == stain.sha256


def test_the_thread_is_named_and_holds_no_picture(kept: Any) -> None:
    thread = next(item for item in threading.enumerate() if item.name == "storage")
    assert not thread.daemon
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    fields = [sittings.a_field(number, number) for number in (1, 1, 2)]  # the second is refused
    pictures = [weakref.ref(field.rgb) for field in fields]
    futures = [kept.writer.add_field(slide, field) for field in fields]
    del fields
    assert isinstance(futures[1].exception(WAIT_S), StorageProblem)
    futures[2].result(WAIT_S)
    end = time.monotonic() + WAIT_S
    while any(picture() is not None for picture in pictures) and time.monotonic() < end:
        gc.collect()
        time.sleep(0.01)
    assert [picture() for picture in pictures] == [None] * 3


def test_every_column_of_the_cells_is_kept() -> None:
    # A new column needs a thought about the cells that were kept without it.
    assert [*CellTable.__dataclass_fields__] == [
        "xy_px",
        "confidence",
        "cell_class",
        "ring_od",
        "completeness",
        "completeness_intense",
        "enclosed_weak",
        "counted",
    ]
