"""What the eyepiece shows, apart from any window."""

from datetime import date

import numpy as np
import pytest

from app.model.eyepiece import (
    WATCHDOG_S,
    EyepieceLook,
    EyepieceSetting,
    EyepieceState,
    applies,
    eyepiece_picture,
    eyepiece_projection,
)
from app.model.overlay import Overlay, OverlayStyle
from hardware.eyepiece_calibration import Affine, EyepieceCalibration, PointPair, centered_fit
from inference.cells.classes import CellClass

SETTING = EyepieceSetting("40x", "Simulated", "AR", (600, 400), (300, 300))
TRUTH = Affine(0.4, 0.02, 11.0, -0.02, 0.41, 5.0)


def calibration(objective: str = "40x", day: int = 1, shift: float = 0.0) -> EyepieceCalibration:
    camera = [(0.0, 0.0), (500.0, 20.0), (30.0, 390.0), (400.0, 300.0)]
    pairs = []
    for x, y in camera:
        there = TRUTH.apply_to_point((x, y))
        pairs.append(PointPair((x, y), (there[0] + shift, there[1])))
    return EyepieceCalibration(
        objective, "Simulated", "AR", (600, 400), (300, 300), 0.2, tuple(pairs), date(2026, 1, day)
    )


def test_the_usual_look_has_the_usual_sizes() -> None:
    assert EyepieceLook().style == OverlayStyle()


def test_lines_and_points_are_set_apart() -> None:
    usual, look = OverlayStyle(), EyepieceLook(line_width=2.0, point_size=0.5).style
    assert look.membrane_um == 2 * usual.membrane_um
    assert look.membrane_least_px == 2 * usual.membrane_least_px
    assert look.marker_radius_um == usual.marker_radius_um / 2


@pytest.mark.parametrize(
    ("name", "value"), [("brightness", 0.0), ("line_width", 9.0), ("point_size", float("nan"))]
)
def test_a_look_that_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name.replace("_", " ")):
        EyepieceLook(**{name: value})


def test_the_calibration_of_this_objective_is_taken_and_the_newest_one() -> None:
    known = (calibration("20x", 9), calibration(day=3, shift=7.0), calibration(day=2))
    projection = eyepiece_projection(known, SETTING, EyepieceLook())
    assert projection.calibrated
    expected = TRUTH.matrix
    expected[0, 2] += 7.0
    np.testing.assert_allclose(projection.camera_to_display.matrix, expected, atol=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        {"objective": "20x"},
        {"objective": None},
        {"camera": "Other"},
        {"display": "Other"},
        {"camera_px": (601, 400)},
        {"display_px": (300, 301)},
    ],
)
def test_with_anything_else_in_place_it_does_not_apply(change: dict[str, object]) -> None:
    setting = EyepieceSetting(**{**vars(SETTING), **change})  # type: ignore[arg-type]
    assert not applies(calibration(), setting)
    projection = eyepiece_projection((calibration(),), setting, EyepieceLook())
    assert not projection.calibrated
    assert projection.camera_to_display == centered_fit(setting.camera_px, setting.display_px)


def test_the_overlay_goes_through_the_map_onto_black() -> None:
    place = (250.0, 200.0)
    overlay = Overlay(
        width_px=600,
        height_px=400,
        um_per_px=0.212,
        xy_px=np.array([place], np.float32),
        cell_class=np.array([CellClass.NO_STAINING], np.uint8),
        counted=np.array([True]),
        membranes=np.zeros((400, 600), np.uint8),
    )
    projection = eyepiece_projection((calibration(),), SETTING, EyepieceLook())
    picture = eyepiece_picture(overlay, projection)
    assert picture.bgra.shape == (300, 300, 4)
    assert not picture.bgra.flags.writeable
    light = picture.bgra[..., :3].astype(float).sum(axis=2)
    y, x = np.mgrid[:300, :300]
    seen = ((light * x).sum() / light.sum(), (light * y).sum() / light.sum())
    np.testing.assert_allclose(seen, TRUTH.apply_to_point(place), atol=0.2)


def test_a_state_is_valid_for_an_interval_and_the_watchdogs_patience() -> None:
    state = EyepieceState(None, None, "", "", seen_s=10.0, interval_s=0.04)
    assert state.valid_until_s == pytest.approx(10.04 + WATCHDOG_S)
