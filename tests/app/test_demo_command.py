"""``her2scope demo``: what a newcomer sees first."""

import json
import re
from pathlib import Path

import pytest

from app.commands import demo
from hardware.simulators.tissue import PATTERN_NAMES


@pytest.fixture(autouse=True)
def small_fields_in_an_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIDE_PX", 384)
    monkeypatch.chdir(tmp_path)


def test_fields_are_rendered_scored_and_left_to_look_at(tmp_path, call) -> None:
    result = call("demo", "--fields", 2, "--slide", "3+", "--output", tmp_path / "out")
    assert result.exit_code == 0
    assert result.stderr == ""
    files = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*")
    )
    assert files == [
        "cells.csv",
        "field-1-overlay.png",
        "field-2-overlay.png",
        "fields",
        "fields.csv",
        "fields/field-1.png",
        "fields/field-2.png",
        "slide.json",
    ]
    slide = json.loads((tmp_path / "out" / "slide.json").read_text("utf-8"))
    text = " ".join(result.stdout.split())
    assert slide["n_fields"] == 2
    assert slide["score"] == "3+"
    assert "Proposed score 3+" in text
    assert "Simulated as 3+, meant to be 3+" in text
    assert "For Research Use Only" in text
    assert "white_estimated" not in {note["code"] for note in slide["warnings"]}


def test_every_run_has_a_folder_of_its_own(tmp_path, call) -> None:
    for _ in range(2):
        assert call("demo", "--fields", 1).exit_code == 0
    folders = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert len(folders) == 2
    assert all(re.fullmatch(r"demo-\d{8}-\d{6}(-\d)?", name) for name in folders)


def test_another_seed_is_another_slide_and_the_same_seed_the_same(tmp_path, call) -> None:
    pictures = []
    for number, seed in enumerate([1, 1, 2]):
        call("demo", "--fields", 1, "--seed", seed, "--output", tmp_path / str(number))
        pictures.append((tmp_path / str(number) / "fields" / "field-1.png").read_bytes())
    assert pictures[0] == pictures[1] != pictures[2]


def test_a_gastric_slide_follows_a_gastric_guideline(tmp_path, call) -> None:
    text = " ".join(call("demo", "--fields", 1, "--slide", "gastric").stdout.split())
    assert "Profile gastric-resection" in text
    assert "Simulated as gastric, meant to be 3+" in text


def test_the_help_names_every_slide(call) -> None:
    text = " ".join(call("demo", "--help").stdout.split())
    assert ", ".join(PATTERN_NAMES) in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--slide", "4+"], "there is no slide '4+'; there are 0, 0+, 1+"),
        (["--output", "taken"], "taken is not empty: name another folder"),
        (["--output", "taken/file"], "taken/file cannot be written (File exists)"),
    ],
)
def test_a_wrong_call_is_one_line(tmp_path, call, arguments, message) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    result = call("demo", "--fields", 1, *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("her2scope demo: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["file"]
