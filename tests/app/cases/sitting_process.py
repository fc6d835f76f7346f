"""Sittings in processes of their own, to be killed: run by test_kill.py.

What a sitting keeps follows from its seed, so that the test knows what must be there.
"""

import hashlib
import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.model.case_records import FieldResult, NewField, NewSlide, NewStep, ProfileRecord
from app.storage.cases.reader import load_image, load_slide, slides
from app.storage.cases.store import CaseStore, open_store
from app.storage.cases.writer import CaseWriter
from inference.cells.table import CellTable
from inference.regions import Region

PLAN_LENGTH = 400
FIELDS_A_SLIDE = 6
_TAKEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_table(seed: int, n: int) -> CellTable:
    random_numbers = np.random.default_rng(seed)
    columns = [random_numbers.random(n, np.float32) for _ in range(4)]
    return CellTable(
        xy_px=(random_numbers.random((n, 2), np.float32) * 40).astype(np.float32),
        confidence=columns[0],
        cell_class=random_numbers.integers(0, 5, n).astype(np.uint8),
        ring_od=columns[1],
        completeness=columns[2],
        completeness_intense=columns[3],
        enclosed_weak=random_numbers.random(n) > 0.5,
        counted=random_numbers.random(n) > 0.1,
    )


def a_result(seed: int, n: int = 60) -> FieldResult:
    corners = np.random.default_rng(seed).random((3, 2)) * 40
    return FieldResult(
        cells=a_table(seed, n),
        thresholds_od={"weak": 0.1, "intense": 0.4 + seed % 7 / 10},
        detector="rough 1",
        regions=(
            Region("include", corners),
            Region("exclude", corners / 2, (corners / 3,), "DCIS"),
        ),
        warnings=("out of focus",),
        provenance={"runtime": "none"},
    )


def a_field(number: int, seed: int, width: int = 96, height: int = 64) -> NewField:
    rgb = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    rgb.flags.writeable = False
    return NewField(
        number=number,
        rgb=rgb,
        um_per_px=0.212,
        objective="40x",
        white=(241.0, 240.5, 239.0),
        white_origin="glass",
        taken_utc=_TAKEN,
        result=a_result(seed),
    )


def a_slide(name: str = "A1", case: str = "S26-1") -> NewSlide:
    return NewSlide(
        case,
        name,
        ProfileRecord("asco-cap-2018", "ab" * 32, {"name": "asco-cap-2018"}),
        ProfileRecord("camera", "cd" * 32, {"name": "camera"}),
        {"weak": 0.1, "intense": 0.5},
        {"program": "her2scope 0.1.0"},
    )


def plan(seed: int) -> Iterator[tuple[str, int]]:
    """Give what is kept one after the other: a kind and a number that makes it."""
    choice = random.Random(seed)
    fields = FIELDS_A_SLIDE
    for place in range(PLAN_LENGTH):
        if fields == FIELDS_A_SLIDE:
            fields = 0
            yield "slide", place
        elif fields == FIELDS_A_SLIDE - 1 and choice.random() < 0.3:
            fields = FIELDS_A_SLIDE
            yield "finish", place
        else:
            kind = choice.choice(["step", "step", "opinion", "field", "field"])
            if kind == "field" and fields == FIELDS_A_SLIDE - 1:
                kind = "step"
            fields += kind == "field"
            yield kind, place


class Sitting:
    """Carries out a plan."""

    def __init__(self, writer: CaseWriter) -> None:
        self._writer = writer
        self._slide = 0
        self._fields = 0

    def keep(self, kind: str, place: int) -> "Future[int]":
        writer, slide = self._writer, self._slide
        match kind:
            case "slide":
                future = writer.create_slide(a_slide(f"slide {place}"), [NewStep("begin", {})])
                self._slide, self._fields = future.result(), 0
            case "field":
                self._fields += 1
                steps = (NewStep("accept", {"field": self._fields}), NewStep("note", {"x": place}))
                future = writer.add_field(slide, a_field(self._fields, place), steps)
            case "step":
                future = writer.append_step(slide, "edit", {"place": place, "text": "Ä" * place})
            case "opinion":
                future = writer.record_opinion(
                    slide, "2+", f"comment {place}", [NewStep("score", {"x": place})]
                )
            case _:
                future = writer.finish_slide(
                    slide, {"score": "2+", "place": place}, [NewStep("finish", {})]
                )
        return future


def expected(kept: list[tuple[str, int]]) -> list[dict[str, Any]]:
    """Say what the store must hold after the first changes of a plan."""
    found: list[dict[str, Any]] = []
    for kind, place in kept:
        if kind == "slide":
            found.append({"name": f"slide {place}", "fields": [], "steps": [("begin", {})]})
            found[-1] |= {"comment": "", "finished": None}
            continue
        slide = found[-1]
        match kind:
            case "field":
                number = len(slide["fields"]) + 1
                result = _digest(a_result(place))
                slide["fields"].append((number, _hash(a_field(1, place).rgb), result))
                slide["steps"] += [("accept", {"field": number}), ("note", {"x": place})]
            case "step":
                slide["steps"].append(("edit", {"place": place, "text": "Ä" * place}))
            case "opinion":
                slide["comment"] = f"comment {place}"
                slide["steps"].append(("score", {"x": place}))
            case "finish":
                slide["finished"] = place
                slide["steps"].append(("finish", {}))
            case _:  # finished and opened again
                slide["finished"] = None
                slide["steps"].append(("finish", {}))
    return found


def observed(store: CaseStore) -> list[dict[str, Any]]:
    """Say the same of what the store does hold; every picture is read and its hash checked."""
    found = []
    for slide in reversed(slides(store)):
        contents = load_slide(store, slide.id)
        assert [step.number for step in contents.steps] == [*range(1, len(contents.steps) + 1)]
        fields = []
        for field in contents.fields:
            rgb = load_image(store, field.image_sha256)
            assert rgb.shape == (field.height_px, field.width_px, 3)
            assert field.result_number == 1
            fields.append((field.number, _hash(rgb), _digest(field.result)))
        found.append(
            {
                "name": slide.name,
                "fields": fields,
                "steps": [(step.kind, step.payload) for step in contents.steps],
                "comment": slide.pathologist_comment,
                "finished": slide.proposal["place"] if slide.proposal else None,
            }
        )
        assert (slide.status == "finished") == (slide.proposal is not None)
    return found


def _hash(rgb: Any) -> str:
    return hashlib.sha256(rgb.tobytes()).hexdigest()


def _digest(result: FieldResult) -> tuple[Any, ...]:
    cells = b"".join(column.tobytes() for column in vars(result.cells).values())
    regions = [
        (region.kind, region.reason, region.exterior.tolist(), [h.tolist() for h in region.holes])
        for region in result.regions
    ]
    return hashlib.sha256(cells).hexdigest(), repr(regions), tuple(result.thresholds_od.items())


def _sit(folder: Path, seed: int, answers: Path) -> None:
    """Keep a plan, and write a letter for each change as soon as it is said to be kept."""
    answered = os.open(answers, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    pauses = random.Random(-seed - 1)
    with open_store(folder) as store:
        writer = CaseWriter(store, print)
        writer.start()
        sitting = Sitting(writer)
        for kind, place in plan(seed):
            future = sitting.keep(kind, place)
            future.add_done_callback(lambda done: done.result() and os.write(answered, b"."))
            if pauses.random() < 0.4:  # else up to several wait at once
                future.result()
        writer.stop()
        writer.join()


if __name__ == "__main__":
    # One process loads the libraries; each sitting is a copy of it.
    for line in sys.stdin:
        folder, seed, answers = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            _sit(Path(folder), int(seed), Path(answers))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()
