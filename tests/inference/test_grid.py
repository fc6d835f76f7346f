"""The analysis grid: pixel sizes, area averaging and the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.grid import ANALYSIS_UM_PER_PX, analysis_grid


def test_a_40x_field_is_the_mean_of_two_by_two() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    grid = analysis_grid(rgb, 0.212)
    mean = rgb.reshape(3, 2, 4, 2, 3).mean(axis=(1, 3))
    assert abs(grid.rgb - mean).max() <= 0.5
    assert grid.um_per_px == pytest.approx(ANALYSIS_UM_PER_PX)
    assert grid.scale == (0.5, 0.5)


def test_a_20x_field_stays_as_it_is() -> None:
    rgb = np.zeros((5, 7, 3), np.uint8)
    assert analysis_grid(rgb, 0.424).rgb is rgb
    assert analysis_grid(rgb, 0.6).um_per_px == 0.6


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0.05, 1.0))
def test_points_go_to_the_grid_and_back(width: int, height: int, um_per_px: float) -> None:
    grid = analysis_grid(np.zeros((height, width, 3), np.uint8), um_per_px)
    corners = np.array([[-0.5, -0.5], [width - 0.5, height - 0.5]], np.float32)
    there = grid.from_field(corners)
    np.testing.assert_allclose(there[0], -0.5, atol=1e-4)
    np.testing.assert_allclose(
        there[1], [grid.rgb.shape[1] - 0.5, grid.rgb.shape[0] - 0.5], atol=1e-3
    )
    np.testing.assert_allclose(grid.to_field(there), corners, atol=1e-2)


@pytest.mark.parametrize("um_per_px", [0.0, -1.0, float("nan")])
def test_a_pixel_size_must_be_positive(um_per_px: float) -> None:
    with pytest.raises(ValueError, match="um per px must be positive"):
        analysis_grid(np.zeros((4, 4, 3), np.uint8), um_per_px)
