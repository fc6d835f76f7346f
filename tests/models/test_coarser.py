"""A picture as a 20x objective would have taken it."""

import numpy as np
import pytest

from models.training.coarser import UM_PER_PX, as_20x


def spot(side: int, x: int, y: int) -> np.ndarray:
    rgb = np.full((side, side, 3), 240, np.uint8)
    rgb[y - 6 : y + 7, x - 6 : x + 7] = (90, 90, 160)
    return rgb


def test_pixels_are_binned_and_places_stay() -> None:
    seen, um_per_px = as_20x(spot(200, 131, 60), UM_PER_PX / 2)
    assert seen.shape == (100, 100, 3)
    assert um_per_px == UM_PER_PX
    dark = 240 - seen[..., 0].astype(float)
    dark[dark < 30] = 0
    rows, columns = np.indices(dark.shape)
    assert (columns * dark).sum() / dark.sum() == pytest.approx((131 + 0.5) / 2 - 0.5, abs=0.1)
    assert (rows * dark).sum() / dark.sum() == pytest.approx((60 + 0.5) / 2 - 0.5, abs=0.1)


def test_it_is_blurred_noisy_and_stays_as_bright() -> None:
    sharp = spot(200, 100, 100)
    seen, _ = as_20x(sharp, UM_PER_PX / 2)
    steps = np.abs(np.diff(seen[50, :, 0].astype(int)))
    assert steps.max() < 140  # the edge of 150 gray levels is spread over more than one pixel
    assert 0.5 < seen[:30, :30, 0].std() < 6
    assert seen.mean() == pytest.approx(sharp.mean(), abs=1)


def test_what_is_coarse_already_is_not_enlarged() -> None:
    seen, um_per_px = as_20x(spot(64, 30, 30), 0.5)
    assert seen.shape == (64, 64, 3)
    assert um_per_px == 0.5


def test_the_same_picture_gives_the_same() -> None:
    first, second = (as_20x(spot(80, 40, 40), 0.25)[0] for _ in range(2))
    assert np.array_equal(first, second)
