"""The scripted sitting and its command, with a small camera."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner, Result

from app.cli import program
from app.commands import sitting as command
from app.gui.scripted import sitting as script
from hardware.simulators.microscope import SimulatedMicroscope

pytestmark = pytest.mark.timeout(600)
"""The kernels of the simulated slide are compiled at their first use, which takes a minute."""

STAGES = ("out-of-focus", "field", "moved", "five-fields", "threshold", "corrected", "finished")


@pytest.fixture(autouse=True)
def offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command choose the displays, and forget them afterwards."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(command, "FIELDS", 2)


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(program, ["sitting", *(str(each) for each in arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def lines_about(result: Result, *starts: str) -> list[str]:
    """Return the steps that were told, shortened to those of `starts` that begin them."""
    told = [line.strip() for line in result.stdout.splitlines() if line.startswith("  ")]
    return [next((start for start in starts if line.startswith(start)), line) for line in told]


def rgb(path: Path) -> np.ndarray:
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    assert not image.isNull(), path
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_a_whole_sitting_leaves_pictures_results_and_the_score(
    qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    result = call("--slide", "3+", "--side", 640, "--expect", "--output", folder)
    assert result.exit_code == 0, result.output
    steps = (
        "first picture", "drove", "focused", "field 1", "eyepiece shows", "field 2", "raised",
        "put t_weak back", "drew a region", "changed a cell", "deleted a cell", "undid that",
        "finished",
    )  # fmt: skip
    assert lines_about(result, *steps)[: len(steps)] == list(steps)
    text = " ".join(result.stdout.split())
    assert "Proposed score 3+" in text
    assert "Simulated as 3+, meant to be 3+" in text

    shots = sorted(path.name for path in (folder / "screenshots").iterdir())
    names = [f"{n}-{s}" for n, s in enumerate(STAGES, start=1)]
    assert shots == sorted(
        f"{name}-{window}.png" for name in names for window in ("eyepiece", "main")
    )
    # The eyepiece has light with the field, colors of the classes, and none once it moved.
    field = rgb(folder / "screenshots" / "2-field-eyepiece.png").astype(int)
    moved = rgb(folder / "screenshots" / "3-moved-eyepiece.png").astype(int)
    assert np.ptp(field, axis=2).max() > 100
    assert np.ptp(moved, axis=2).max() < 30
    assert rgb(folder / "screenshots" / "2-field-main.png").std() > 20

    results = folder / "results"
    slide = json.loads((results / "slide.json").read_text("utf-8"))
    assert slide["score"] == "3+"
    assert slide["n_fields"] == 2
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")
    with (results / "fields.csv").open(encoding="utf-8-sig", newline="") as stream:
        fields = list(csv.DictReader(stream))
    # One region and one corrected cell; the deletion was undone, the threshold put back.
    assert len({row["t_weak"] for row in fields}) == 1
    assert float(fields[0]["t_weak"]) == pytest.approx(0.08)
    assert [int(row["n_detected"]) - int(row["n_cells"]) > 0 for row in fields] == [False, True]
    drawn = re.search(r"drew a region around (\d+) cells: (\d+) cells, then (\d+)", text)
    assert drawn is not None
    around, before, after = map(int, drawn.groups())
    assert before - around == after == int(fields[-1]["n_cells"])


def test_a_step_without_effect_ends_it_in_one_line(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "_READY_S", 0.3)
    monkeypatch.setattr(SimulatedMicroscope, "sharp", property(lambda _: False))
    result = call("--side", 512, "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert "did not come within 0.3 s" in result.stderr
    assert result.stderr.startswith("her2scope sitting: ")
    assert result.stderr.count("\n") == 1
    assert str(tmp_path / "out") in result.stderr


def test_another_score_than_the_slide_has_is_a_failure_where_it_is_expected(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "FIELDS", 1)  # too few cells for a score
    result = call("--slide", "3+", "--side", 512, "--expect", "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr == "her2scope sitting: not assessable is proposed, not 3+\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--slide", "4+"], "there is no slide '4+'; there are 0, 0+, 1+"),
        (["--output", "taken"], "taken is not empty: name another folder"),
    ],
)
def test_a_wrong_call_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    result = call(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
