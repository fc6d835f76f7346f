"""``her2scope slides`` and ``her2scope export`` over the cases of a sitting with a small camera."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import Result

from app.slide_export import export as exporting
from app.storage.cases.store import CaseStore
from app.storage.slide_output import OutputProblem
from tests.app.keeping.kept_sitting import keep_cases


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep a finished slide with regions, edits and a score, and one that is not finished."""
    return keep_cases(tmp_path_factory.mktemp("kept") / "cases", ("S26-1", "B2"))


@pytest.fixture
def cases(kept: Path, tmp_path: Path) -> Path:
    """Give a copy, so that a test cannot change what the next one reads."""
    return Path(shutil.copytree(kept, tmp_path / "cases"))


Call = Callable[..., Result]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def words(text: str) -> str:
    return " ".join(text.split())


def exported(call: Call, cases: Path, output: Path, *more: object, slide: str = "A1") -> Result:
    return call(
        "export", "--case", "S26-1", "--slide", slide, "--output", output, "--cases", cases, *more
    )


def test_slides_are_listed_the_newest_first(call: Call, cases: Path) -> None:
    result = call("slides", "--cases", cases)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = [line for line in result.stdout.splitlines() if line]
    head, newest, oldest, total, use = lines
    assert head.split() == [
        "Case",
        "Slide",
        "Status",
        "Fields",
        "Proposed",
        "Own",
        "score",
        "Begun",
    ]
    assert newest.split()[:4] == ["S26-1", "B2", "open", "1"]
    assert oldest.split()[:4] == ["S26-1", "A1", "finished", "3"]
    assert " 2+ " in oldest  # the pathologist's own score
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d$", oldest)
    assert total == f"2 slides in {cases}"
    assert use.startswith("For Research Use Only")


def test_a_finished_slide_becomes_files_as_score_writes_them(
    call: Call, cases: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    result = exported(call, cases, output, "--laboratory", "Laboratory of Pathology")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert sorted(path.name for path in output.iterdir()) == [
        "cells.csv", "field 1-overlay.png", "field 2-overlay.png", "field 3-overlay.png",
        "fields.csv", "report.pdf", "slide.json",
    ]  # fmt: skip
    text = words(result.stdout)
    assert "Slide A1 of case S26-1, finished" in text
    assert "Own score 2+" in text
    assert "Without edits" in text
    assert f"Written to {output} (with report.pdf)" in text

    slide = json.loads((output / "slide.json").read_text("utf-8"))
    fields, cells = rows(output / "fields.csv"), rows(output / "cells.csv")
    assert slide["n_fields"] == 3
    assert slide["score"] in text
    counted = [row for row in cells if row["counted"] == "true"]
    assert slide["n_cells"] == len(counted) == sum(int(row["n_cells"]) for row in fields)
    # The thresholds that were confirmed hold for all fields.
    assert {row["t_weak"][:3] for row in fields} == {"0.1"}
    # The region of the first field, the deletion in the second, the added cell of the third.
    by_field = {name: [row for row in cells if row["field"] == name] for name in
                ("field 1", "field 2", "field 3")}  # fmt: skip
    inside = [
        row for row in by_field["field 1"] if float(row["x_px"]) < 159 and float(row["y_px"]) < 159
    ]
    assert inside
    assert {row["counted"] for row in inside} == {"false"}
    changed = [row for row in by_field["field 2"] if row["class"] == "intense complete"]
    assert len(changed) >= 2
    added = [row for row in by_field["field 3"] if row["x_px"] == "20.50"]
    assert [(row["y_px"], row["class"]) for row in added] == [("30.25", "weak complete")]

    with Image.open(output / "field 1-overlay.png") as picture:
        assert picture.width >= 400
        assert picture.height > 320  # with legend and scale bar
    assert (output / "report.pdf").read_bytes().startswith(b"%PDF")


def test_an_open_slide_can_be_exported_too(call: Call, cases: Path, tmp_path: Path) -> None:
    result = exported(call, cases, tmp_path / "out", slide="B2")
    assert result.exit_code == 0
    text = words(result.stdout)
    assert "Slide B2 of case S26-1, open" in text
    assert "Own score" not in text
    assert len(rows(tmp_path / "out" / "fields.csv")) == 1


def test_an_export_is_the_same_again(call: Call, cases: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert exported(call, cases, tmp_path / name).exit_code == 0
    for path in (tmp_path / "one").iterdir():
        if path.suffix in (".csv", ".png"):
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("case", "slide", "said"),
    [
        ("S26-2", "A1", "there is no case S26-2; there are S26-1"),
        ("S26-1", "C3", "case S26-1 has no slide C3; it has B2, A1"),
    ],
)
def test_a_name_that_is_not_there_is_one_line_with_those_that_are(
    call: Call, cases: Path, tmp_path: Path, case: str, slide: str, said: str
) -> None:
    output = tmp_path / "out"
    result = call("export", "--case", case, "--slide", slide, "--output", output, "--cases", cases)
    assert result.exit_code == 2
    assert result.stderr == f"her2scope export: {said}\n"
    assert not output.exists()


@pytest.mark.parametrize("command", ["slides", "export"])
def test_where_no_cases_are_none_are_made(call: Call, tmp_path: Path, command: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    more = ["--case", "a", "--slide", "b", "--output", tmp_path / "out"]
    result = call(command, *(more if command == "export" else []), "--cases", empty)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"her2scope {command}: there are no cases in {empty}")
    assert result.stderr.count("\n") == 1
    assert list(empty.iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_a_folder_with_a_slide_is_refused_and_left_as_it_is(
    call: Call, cases: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    assert exported(call, cases, output).exit_code == 0
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    again = exported(call, cases, output, slide="B2")
    assert again.exit_code == 2
    assert again.stderr.startswith(f"her2scope export: --output {output} already holds")
    assert again.stderr.count("\n") == 1
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "Interrupted: nothing was written.\n"),
        (OSError(28, "No space left on device"), 2, "her2scope export: --output "),
        (OutputProblem("the disk is gone"), 2, "her2scope export: --output the disk is gone\n"),
    ],
)
def test_what_ends_in_the_middle_leaves_nothing(
    call: Call,
    cases: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(exporting, "write_report_pdf", fail)
    output = tmp_path / "out"
    result = exported(call, cases, output)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not output.exists() or list(output.iterdir()) == []


def test_a_picture_that_is_gone_is_told_and_nothing_is_written(
    call: Call, cases: Path, tmp_path: Path
) -> None:
    pictures = [path for path in (cases / "images").rglob("*") if path.is_file()]
    assert len(pictures) == 4
    for path in pictures:
        path.unlink()
    output = tmp_path / "out"
    result = exported(call, cases, output)
    assert result.exit_code == 2
    assert result.stderr.startswith("her2scope export: ")
    assert result.stderr.count("\n") == 1
    assert not output.exists() or list(output.iterdir()) == []


def test_a_store_that_is_in_use_is_refused(call: Call, cases: Path) -> None:
    from app.storage.cases.store import open_store  # noqa: PLC0415

    store: CaseStore = open_store(cases)
    try:
        result = call("slides", "--cases", cases)
    finally:
        store.close()
    assert result.exit_code == 2
    assert result.stderr.startswith("her2scope slides: ")
    assert result.stderr.count("\n") == 1
