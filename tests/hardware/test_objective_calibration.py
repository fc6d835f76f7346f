"""How long a calibration holds, and whether it goes with the others."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hardware.objective_calibration import (
    FlatField,
    ObjectiveCalibration,
    disagreement,
    expired,
    expiry_words,
    magnification,
    usual_expiry,
)

MADE = date(2026, 2, 3)
FORTY = ObjectiveCalibration(
    "Basler", "40x", (3008, 3008), 0.212, 0.05, 30, MADE, usual_expiry(MADE)
)
FLAT = FlatField(
    "Basler", "40x", (3008, 3008), (240.0, 238.0, 244.0), "40x.png", MADE, usual_expiry(MADE)
)


@pytest.mark.parametrize("made", [FORTY, FLAT])
def test_words_come_before_the_end_and_after(made: ObjectiveCalibration | FlatField) -> None:
    end = made.valid_until
    assert (end - MADE).days == 365
    assert expiry_words(made, MADE) is None
    assert expiry_words(made, end - timedelta(days=15)) is None
    assert "runs out in 14 days" in str(expiry_words(made, end - timedelta(days=14)))
    assert "runs out in 1 day:" in str(expiry_words(made, end - timedelta(days=1)))
    assert "runs out today" in str(expiry_words(made, end))
    assert not expired(made, end)
    assert "ran out on 2027-02-03: calibrate again" in str(
        expiry_words(made, end + timedelta(days=1))
    )
    assert expired(made, end + timedelta(days=1))
    assert "clock" in str(expiry_words(made, MADE - timedelta(days=1)))


@pytest.mark.parametrize(
    ("name", "times"),
    [("40x", 40), ("Plan N 40x/0.65", 40), ("2,5X", 2.5), ("x 20", 20), ("UPLX", None), ("", None)],
)
def test_the_magnification_is_read_off_the_name(name: str, times: float | None) -> None:
    assert magnification(name) == times


@pytest.mark.parametrize(("factor", "told"), [(1.0, False), (1.04, False), (0.5, True), (2, True)])
def test_a_wrong_factor_is_told_by_the_other_objectives(factor: float, told: bool) -> None:
    twenty = replace(FORTY, objective="20x", um_per_px=0.424 * factor)
    line = disagreement(twenty, (FORTY, replace(FORTY, objective="10x", um_per_px=0.848)))
    assert (line is not None) is told
    if line:
        assert f"{factor:.2f} times" in line


def test_other_cameras_and_names_without_magnification_say_nothing() -> None:
    wrong = replace(FORTY, objective="20x", um_per_px=0.212)
    assert disagreement(wrong, (replace(FORTY, camera="other"),)) is None
    assert disagreement(wrong, (replace(FORTY, camera_px=(1504, 1504)),)) is None
    assert disagreement(wrong, (replace(FORTY, objective="strong"),)) is None
    assert disagreement(wrong, ()) is None
    assert disagreement(replace(wrong, objective="weak"), (FORTY,)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"camera": ""},
        {"um_per_px": 0.0},
        {"um_per_px": float("nan")},
        {"lines": 0},
        {"valid_until": date(2025, 1, 1)},
    ],
)
def test_nonsense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must|before"):
        replace(FORTY, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("file", ["", "../x.png", "/etc/x", "a\\b", ".."])
def test_a_map_lies_beside_its_file(file: str) -> None:
    with pytest.raises(ValueError, match="no file name"):
        replace(FLAT, file=file)
