"""The file that remembers the eyepiece: back as it was, and never in the way of a start."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.model.eyepiece import EyepieceLook
from app.model.eyepiece_display import DisplayIdentity
from app.storage.eyepiece_file import EyepieceMemory, load_eyepiece, save_eyepiece
from hardware.eyepiece_calibration import EyepieceCalibration, PointPair

CALIBRATION = EyepieceCalibration(
    objective="40x",
    camera="Simulated",
    display="AR",
    camera_px=(3008, 2000),
    display_px=(1600, 1200),
    um_per_px=0.212,
    pairs=(
        PointPair((10.25, 20.5), (1.0, 2.0)),
        PointPair((110.0, 21.0), (50.0, 3.0)),
        PointPair((12.0, 140.0), (2.0, 60.0)),
        PointPair((112.0, 141.0), (51.0, 61.0)),
    ),
    made_on=date(2026, 2, 3),
)
MEMORY = EyepieceMemory(
    DisplayIdentity("HDMI-1", "Sony ECX", "0042", 1600, 0, 1920, 1080),
    EyepieceLook(0.5, 2.0, 0.75),
    (CALIBRATION, replace(CALIBRATION, objective="20x")),
)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "eyepiece.json"
    save_eyepiece(path, MEMORY)
    assert load_eyepiece(path) == (MEMORY, ())
    save_eyepiece(path, EyepieceMemory())
    assert load_eyepiece(path) == (EyepieceMemory(), ())
    assert [file.name for file in path.parent.iterdir()] == ["eyepiece.json"]


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    assert load_eyepiece(tmp_path / "none.json") == (EyepieceMemory(), ())


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"version": 99}', "\x00\xff"])
def test_a_broken_file_is_one_warning(tmp_path: Path, text: str) -> None:
    path = tmp_path / "eyepiece.json"
    path.write_text(text, encoding="latin-1")
    memory, warnings = load_eyepiece(path)
    assert memory == EyepieceMemory()
    assert len(warnings) == 1
    assert str(path) in warnings[0]


def test_what_is_wrong_is_left_out_and_the_rest_is_used(tmp_path: Path) -> None:
    path = tmp_path / "eyepiece.json"
    save_eyepiece(path, MEMORY)
    content = json.loads(path.read_text())
    content["look"]["brightness"] = 7
    content["calibrations"][0]["pairs"] = content["calibrations"][0]["pairs"][:2]
    path.write_text(json.dumps(content))
    memory, warnings = load_eyepiece(path)
    assert memory == EyepieceMemory(MEMORY.display, EyepieceLook(), MEMORY.calibrations[1:])
    assert len(warnings) == 2
    assert "brightness" in warnings[0]
    assert "calibration 1 left out: 2 of at least 3" in warnings[1]
    assert all("\n" not in warning for warning in warnings)


@pytest.mark.parametrize("part", ["display", "look", "calibrations"])
def test_a_part_that_is_nonsense_is_one_warning(tmp_path: Path, part: str) -> None:
    path = tmp_path / "eyepiece.json"
    save_eyepiece(path, MEMORY)
    content = json.loads(path.read_text())
    content[part] = {"nonsense": 1}
    path.write_text(json.dumps(content))
    _, warnings = load_eyepiece(path)
    assert len(warnings) == 1


def test_a_new_calibration_replaces_that_of_its_setting_alone() -> None:
    new = replace(CALIBRATION, made_on=date(2026, 5, 5))
    changed = MEMORY.with_calibration(new)
    assert changed.calibrations == (MEMORY.calibrations[1], new)
    assert (changed.display, changed.look) == (MEMORY.display, MEMORY.look)
