"""What is believed of a camera behind an objective, day by day."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.devices.calibrated import CalibratedOptics
from app.storage.calibration_file import Calibrations
from app.storage.flat_field_file import save_smooth_light
from hardware.objective import Objective
from hardware.objective_calibration import FlatField, ObjectiveCalibration
from inference.stain.flat_field import DEGREE, SmoothLight

TODAY = date(2026, 5, 1)
SIZE = (64, 48)
FORTY = Objective("40x", None)
SIZED = ObjectiveCalibration(
    "cam", "40x", SIZE, 0.212, 0.02, 40, TODAY - timedelta(100), TODAY + timedelta(100)
)
LIGHT = FlatField(
    "cam", "40x", SIZE, (230.0, 231.0, 232.0), "flat.npy", SIZED.made_on, SIZED.valid_until
)


def optics(
    *sized: ObjectiveCalibration, light: FlatField | None = None, folder: Path = Path()
) -> CalibratedOptics:
    lights = () if light is None else (light,)
    return CalibratedOptics(Calibrations(sized, lights), folder, lambda: TODAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    coefficients = np.zeros((3, (DEGREE + 1) * (DEGREE + 2) // 2))
    coefficients[:, 0] = 200.0
    coefficients[:, 1] = 40.0  # brighter downwards
    save_smooth_light(tmp_path / "flat.npy", SmoothLight(coefficients, SIZE))
    return tmp_path


def test_a_kept_pixel_size_goes_before_one_that_is_told() -> None:
    found = optics(SIZED)("cam", replace(FORTY, um_per_px=0.3), SIZE)
    assert found.objective == replace(FORTY, um_per_px=0.212)
    assert found.light.scale_origin == "stage micrometer, 2026-01-21, valid until 2026-08-09"
    assert found.light.white is None and found.correction is None


@pytest.mark.parametrize(
    ("camera", "objective", "size"),
    [("other", "40x", SIZE), ("cam", "20x", SIZE), ("cam", "40x", (48, 64))],
)
def test_it_is_of_one_camera_objective_and_size(
    camera: str, objective: str, size: tuple[int, int]
) -> None:
    asked = Objective(objective, None)
    assert optics(SIZED)(camera, asked, size).objective == asked
    assert "never calibrated" in str(asked.unscaled)


@pytest.mark.parametrize("over_days", [0, 1])
def test_on_its_last_day_it_holds_and_afterwards_nothing_can_be_analyzed(over_days: int) -> None:
    kept = replace(SIZED, valid_until=TODAY - timedelta(over_days))
    found = optics(kept)("cam", replace(FORTY, um_per_px=0.3), SIZE).objective
    if over_days:
        assert found.um_per_px is None
        assert found.unscaled == (
            f"the pixel size of the 40x ran out on {kept.valid_until}: calibrate again"
        )
    else:
        assert found.um_per_px == 0.212 and found.unscaled is None


def test_what_runs_out_soon_is_told_once_and_not_with_every_field() -> None:
    kept = optics(replace(SIZED, valid_until=TODAY + timedelta(3)))
    assert kept.reminders() == (
        "cam: the pixel size of the 40x runs out in 3 days: calibrate again soon",
    )
    assert kept("cam", FORTY, SIZE).light.cautions == ()
    assert optics(SIZED).reminders() == ()


def test_a_calibration_of_tomorrow_is_used_with_a_caution() -> None:
    found = optics(replace(SIZED, made_on=TODAY + timedelta(1)))("cam", FORTY, SIZE)
    assert found.objective.um_per_px == 0.212
    assert "see to the clock" in found.light.cautions[0]


def test_a_flat_field_evens_out_and_brings_its_white(folder: Path) -> None:
    kept = optics(SIZED, light=LIGHT, folder=folder)
    found = kept("cam", FORTY, SIZE)
    assert found.correction is not None and found.light.cautions == ()
    slope = np.linspace(161, 239, SIZE[1])[:, None, None]
    even = found.correction.apply(np.broadcast_to(slope, (48, 64, 3)).astype(np.uint8))
    assert np.ptp(even.astype(int)) <= 3
    assert found.light.white == pytest.approx((200.0,) * 3, abs=1)
    assert "empty field of the 40x" in found.light.white_origin
    assert kept("cam", FORTY, SIZE).correction is found.correction  # not made again


def test_an_old_flat_field_is_used_with_a_caution(folder: Path) -> None:
    old = replace(LIGHT, valid_until=TODAY - timedelta(1))
    found = optics(SIZED, light=old, folder=folder)("cam", FORTY, SIZE)
    assert found.correction is not None
    assert "flat field of the 40x ran out" in found.light.cautions[0]


def test_a_damaged_flat_field_is_left_out_with_a_caution(folder: Path) -> None:
    (folder / "flat.npy").write_bytes(b"no numbers")
    found = optics(SIZED, light=LIGHT, folder=folder)("cam", FORTY, SIZE)
    assert found.correction is None and found.light.white is None
    assert found.objective.um_per_px == 0.212
    assert "light is not evened out" in found.light.cautions[0]
