"""The file of calibrations: back as it was, and never in the way of a start."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.storage.calibration_file import Calibrations, load_calibrations, save_calibrations
from hardware.objective_calibration import FlatField, ObjectiveCalibration, usual_expiry

MADE = date(2026, 2, 3)
FORTY = ObjectiveCalibration(
    "Basler", "40x", (3008, 3008), 0.212, 0.05, 30, MADE, usual_expiry(MADE)
)
TWENTY = replace(FORTY, objective="20x", um_per_px=0.424)
FLAT = FlatField(
    "Basler", "40x", (3008, 3008), (240.0, 238.0, 244.0), "40x.png", MADE, usual_expiry(MADE)
)
ALL = Calibrations((FORTY, TWENTY), (FLAT,))


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "calibrations.json"
    save_calibrations(path, ALL)
    assert load_calibrations(path) == (ALL, ())
    save_calibrations(path, Calibrations())
    assert load_calibrations(path) == (Calibrations(), ())
    assert [file.name for file in path.parent.iterdir()] == ["calibrations.json"]


def test_without_a_file_nothing_is_calibrated(tmp_path: Path) -> None:
    assert load_calibrations(tmp_path / "none.json") == (Calibrations(), ())


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"version": 99}', "\x00\xff"])
def test_a_broken_file_is_one_warning(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibrations.json"
    path.write_text(text, encoding="latin-1")
    kept, warnings = load_calibrations(path)
    assert kept == Calibrations()
    assert len(warnings) == 1
    assert str(path) in warnings[0]


@pytest.mark.parametrize(
    "change",
    [
        {"um_per_px": -1},
        {"um_per_px": "wide"},
        {"um_per_px": 1e9},
        {"valid_until": "2020-01-01"},
        {"made_on": "yesterday"},
        {"camera_px": [3008]},
        {"unknown": 1},
        {"objective": ""},
    ],
)
def test_an_entry_that_cannot_be_used_is_left_out_alone(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "calibrations.json"
    save_calibrations(path, ALL)
    content = json.loads(path.read_text())
    content["objectives"][0].update(change)
    path.write_text(json.dumps(content))
    kept, warnings = load_calibrations(path)
    assert kept == Calibrations((TWENTY,), (FLAT,))
    assert len(warnings) == 1
    assert "entry 1 of objectives left out" in warnings[0]
    assert "\n" not in warnings[0]


@pytest.mark.parametrize("part", ["objectives", "flat_fields"])
def test_a_part_that_is_nonsense_is_one_warning(tmp_path: Path, part: str) -> None:
    path = tmp_path / "calibrations.json"
    save_calibrations(path, ALL)
    content = json.loads(path.read_text())
    content[part] = "nonsense"
    path.write_text(json.dumps(content))
    kept, warnings = load_calibrations(path)
    assert len(warnings) == 1
    assert replace(ALL, **{part: ()}) == kept


def test_a_new_one_takes_the_place_of_the_same_setting_alone() -> None:
    again = replace(FORTY, um_per_px=0.213)
    other = replace(FORTY, camera_px=(1504, 1504), um_per_px=0.424)
    kept = ALL.with_objective(again).with_objective(other)
    assert kept.objectives == (TWENTY, again, other)
    assert kept.objective("Basler", "40x", (3008, 3008)) == again
    assert kept.objective("Basler", "40x", (1504, 1504)) == other
    assert kept.objective("Basler", "60x", (3008, 3008)) is None
    lighter = replace(FLAT, white=(250.0, 250.0, 250.0))
    assert kept.with_flat_field(lighter).flat_fields == (lighter,)
    assert kept.flat_field("Basler", "40x", (3008, 3008)) == FLAT
