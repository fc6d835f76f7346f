"""The map from camera to display: fitted, measured, doubted."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.eyepiece_calibration import (
    GOOD_RESIDUAL_UM,
    OLD_DAYS,
    Affine,
    CalibrationProblem,
    EyepieceCalibration,
    PointPair,
    centered_fit,
    fit_affine,
)

GRID = [(x, y) for y in (240.0, 600.0, 960.0) for x in (440.0, 800.0, 1160.0)]
UM_PER_PX = 0.212
TRUTH = Affine(0.37, 0.012, 120.0, -0.009, 0.41, -33.0)


def pairs_of(truth: Affine, error_px: np.ndarray | None = None) -> tuple[PointPair, ...]:
    camera = truth.inverse.apply(np.array(GRID))
    if error_px is not None:
        camera = camera + error_px
    return tuple(
        PointPair((float(x), float(y)), place) for (x, y), place in zip(camera, GRID, strict=True)
    )


scales = st.floats(0.2, 2.0)


@given(scales, scales, st.floats(-0.05, 0.05), st.floats(-500, 500), st.booleans())
def test_exact_points_give_the_map_back(
    xx: float, yy: float, shear: float, shift: float, mirrored: bool
) -> None:
    truth = Affine(-xx if mirrored else xx, shear, shift, -shear, yy, -shift)
    fit = fit_affine(pairs_of(truth), UM_PER_PX)
    np.testing.assert_allclose(fit.camera_to_display.matrix, truth.matrix, atol=1e-7)
    assert fit.rms_um == pytest.approx(0, abs=1e-6)
    assert fit.suspect is None


def test_residuals_are_distances_on_the_tissue() -> None:
    error = np.zeros((9, 2))
    error[4] = (6.0, 8.0)  # the middle one: it moves the others by a ninth, and no more
    fit = fit_affine(pairs_of(TRUTH, error), 0.5)
    expected = np.full(9, 10 / 9 * 0.5)
    expected[4] = (10 - 10 / 9) * 0.5
    np.testing.assert_allclose(fit.residuals_um, expected, atol=1e-9)
    assert fit.rms_um == pytest.approx(np.sqrt(np.sum(expected**2) / 6))


@given(st.integers(0, 2**32 - 1))
def test_no_other_map_has_smaller_residuals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fit = fit_affine(pairs_of(TRUTH, rng.normal(0, 3, (9, 2))), UM_PER_PX)
    best = np.sum(np.square(fit.residuals_um))
    camera = TRUTH.inverse.apply(np.array(GRID)) + np.random.default_rng(seed).normal(0, 3, (9, 2))
    for _ in range(5):
        back = fit.camera_to_display.inverse.matrix
        back[:, :2] += rng.normal(0, 1e-3, (2, 2))
        back[:, 2] += rng.normal(0, 0.5, 2)
        away = Affine.from_matrix(back).apply(np.array(GRID)) - camera
        assert np.sum((away * UM_PER_PX) ** 2) >= best - 1e-9


def test_the_error_of_a_click_is_estimated_without_bias() -> None:
    rng = np.random.default_rng(7)
    squares = []
    for _ in range(300):
        rms = fit_affine(pairs_of(TRUTH, rng.normal(0, 2, (9, 2))), 1.0).rms_um
        assert rms is not None
        squares.append(rms**2)
    assert np.mean(squares) == pytest.approx(2 * 2**2, rel=0.08)


@pytest.mark.parametrize("wrong", range(9))
def test_the_point_that_the_others_contradict_is_named(wrong: int) -> None:
    error = np.random.default_rng(wrong).normal(0, 1, (9, 2))
    error[wrong] += (40, -25)
    assert fit_affine(pairs_of(TRUTH, error), UM_PER_PX).suspect == wrong


def test_common_scatter_is_nobodys_fault() -> None:
    error = np.random.default_rng(3).normal(0, 1.5, (9, 2))
    assert fit_affine(pairs_of(TRUTH, error), UM_PER_PX).suspect is None


def test_three_points_fit_anything_and_so_say_nothing() -> None:
    pairs = pairs_of(TRUTH)
    fit = fit_affine((pairs[0], pairs[2], pairs[7]), UM_PER_PX)
    assert fit.rms_um is None
    np.testing.assert_allclose(fit.camera_to_display.matrix, TRUTH.matrix, atol=1e-7)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [([0, 1], "2 of at least 3"), ([0, 1, 2], "targets lie on one line"), ([], "0 of at least 3")],
)
def test_too_little_is_refused(chosen: list[int], message: str) -> None:
    pairs = pairs_of(TRUTH)
    with pytest.raises(CalibrationProblem, match=message):
        fit_affine(tuple(pairs[i] for i in chosen), UM_PER_PX)


def test_the_same_click_for_all_targets_is_refused() -> None:
    pairs = tuple(PointPair((5.0, 5.0), place) for place in GRID)
    with pytest.raises(CalibrationProblem, match="marked places"):
        fit_affine(pairs, UM_PER_PX)


def test_a_bad_pixel_size_is_refused() -> None:
    with pytest.raises(CalibrationProblem, match="pixel size"):
        fit_affine(pairs_of(TRUTH), 0.0)


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 5000))
def test_the_default_shows_the_whole_picture_in_the_middle(
    camera_w: int, camera_h: int, display_w: int, display_h: int
) -> None:
    there = centered_fit((camera_w, camera_h), (display_w, display_h))
    left, top = there.apply_to_point((-0.5, -0.5))
    right, bottom = there.apply_to_point((camera_w - 0.5, camera_h - 0.5))
    assert left + right == pytest.approx(display_w - 1, abs=1e-6)
    assert top + bottom == pytest.approx(display_h - 1, abs=1e-6)
    free = (display_w - (right - left), display_h - (bottom - top))
    assert min(free) == pytest.approx(0, abs=1e-6)


def calibration(**changes: object) -> EyepieceCalibration:
    values = {
        "objective": "40x",
        "camera": "Simulated",
        "display": "AR",
        "camera_px": (3008, 2000),
        "display_px": (1600, 1200),
        "um_per_px": UM_PER_PX,
        "pairs": pairs_of(TRUTH),
        "made_on": date(2026, 3, 1),
    }
    return EyepieceCalibration(**{**values, **changes})  # type: ignore[arg-type]


def test_a_fresh_good_calibration_has_no_warnings() -> None:
    assert calibration().warnings(date(2026, 3, 1) + timedelta(OLD_DAYS)) == ()


def test_an_old_one_is_said() -> None:
    (line,) = calibration().warnings(date(2026, 3, 1) + timedelta(OLD_DAYS + 1))
    assert f"{OLD_DAYS + 1} days ago" in line


def test_a_bad_one_is_said_with_its_residual() -> None:
    error = np.random.default_rng(1).normal(0, 12, (9, 2))
    bad = calibration(pairs=pairs_of(TRUTH, error))
    rms = bad.fit.rms_um
    assert rms is not None
    assert rms > GOOD_RESIDUAL_UM
    (line,) = bad.warnings(date(2026, 3, 2))
    assert f"{rms:.1f} um" in line


def test_one_from_three_points_is_said() -> None:
    pairs = pairs_of(TRUTH)
    few = calibration(pairs=(pairs[0], pairs[2], pairs[7]))
    (line,) = few.warnings(date(2026, 3, 2))
    assert "three points" in line
