import csv
import json

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from app import RESEARCH_USE_ONLY
from app.commands import simulate as module
from app.commands.simulate import simulate
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import pattern, render_field
from inference.cells.classes import CellClass


def run(*arguments: object) -> Result:
    program = typer.Typer()
    program.command()(simulate)

    @program.command()
    def other() -> None:
        """Make `simulate` a command of its own name, as in the program."""

    return CliRunner().invoke(program, ["simulate", *map(str, arguments)])


SMALL = ("--size", 128, "--um-per-px", 0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated") / "new"
    result = run("--output", path, "--slide", "3+", "--fields", 3, "--seed", 4, *SMALL)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"3 fields of a simulated slide of score 3+: {path}\n"
    return path


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_there_is_a_picture_and_a_table_for_each_field(folder):
    names = [f"field-00{k}.{ending}" for k in (1, 2, 3) for ending in ("csv", "png")]
    assert sorted(p.name for p in folder.iterdir()) == sorted([*names, "truth.json"])
    slide = SyntheticSlide(pattern("3+"), 4)
    x, y = slide.find_tumor(3, 64.0, 64.0)[1]
    field = render_field(pattern("3+"), 4, x - 32, y - 32, 128, 128, 0.5)
    picture = cv2.imread(str(folder / "field-002.png"))
    assert np.array_equal(picture[..., ::-1], field.rgb)
    rows = table(folder / "field-002.csv")
    assert list(rows[0]) == ["x_px", "y_px", "kind", "class", RESEARCH_USE_ONLY]
    assert len(rows) == len(field.truth.kind)
    for row, (cx, cy) in zip(rows, field.truth.xy_px, strict=True):
        assert float(row["x_px"]) == pytest.approx(cx, abs=0.006)
        assert float(row["y_px"]) == pytest.approx(cy, abs=0.006)
    labels = {item.label for item in CellClass}
    assert any(row["kind"] == "tumor" for row in rows)
    for row in rows:
        assert (row["class"] in labels) == (row["kind"] == "tumor")


def test_the_truth_of_the_slide_adds_up(folder):
    truth = json.loads((folder / "truth.json").read_text())
    assert truth["research_use_only"] == RESEARCH_USE_ONLY
    assert (truth["score"], truth["pattern"], truth["site"]) == ("3+", "3+", "breast")
    assert (truth["seed"], truth["um_per_px"], truth["size_px"]) == (4, 0.5, 128)
    assert [field["name"] for field in truth["fields"]] == ["field-001", "field-002", "field-003"]
    for symbol, total in truth["counts"].items():
        assert total == sum(field["counts"][symbol] for field in truth["fields"])
    for field in truth["fields"]:
        rows = table(folder / f"{field['name']}.csv")
        for kind, count in field["nuclei"].items():
            assert count == sum(row["kind"] == kind for row in rows)
        for item in CellClass:
            assert field["counts"][item.symbol] == sum(row["class"] == item.label for row in rows)


def test_the_same_seed_gives_the_same_files_and_another_one_others(folder, tmp_path):
    same, other = tmp_path / "same", tmp_path / "other"
    run("--output", same, "--slide", "3+", "--fields", 3, "--seed", 4, *SMALL)
    run("--output", other, "--slide", "3+", "--fields", 3, "--seed", 5, *SMALL)
    for path in folder.iterdir():
        assert (same / path.name).read_bytes() == path.read_bytes()
        assert (other / path.name).read_bytes() != path.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--slide", "4+"), "no slide pattern '4+'; there are 0, 0+"),
        (("--um-per-px", "9"), "--um-per-px must lie within 0.05 to 2, not 9"),
        (("--um-per-px", "nan"), "--um-per-px must lie within"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_is_written(tmp_path, arguments, message):
    result = run("--output", tmp_path / "new", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.startswith("her2scope simulate: ")
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    result = run("--output", tmp_path, *SMALL)
    assert result.exit_code == 2
    assert "is not empty: name a new folder with --output" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("mine")
    result = run("--output", tmp_path / "file", *SMALL)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_an_interrupted_run_keeps_whole_fields_and_no_truth_of_the_slide(tmp_path, monkeypatch):
    done = []

    def render(*place):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(place)
        return render_field(*place)

    monkeypatch.setattr(module, "render_field", render)
    result = run("--output", tmp_path / "new", *SMALL)
    assert result.exit_code == module.INTERRUPTED
    assert "Interrupted" in result.stderr
    names = sorted(p.name for p in (tmp_path / "new").iterdir())
    assert names == ["field-001.csv", "field-001.png", "field-002.csv", "field-002.png"]
