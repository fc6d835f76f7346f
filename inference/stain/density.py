"""Optical density of images, and the unit in which it is kept as bytes."""

import math

import numpy as np

from inference.arrays import F64, U8

UNITS_PER_OD = 128
"""Units of a byte density per optical density: 255 is 1.99 OD."""

White = tuple[float, float, float]
"""Red, green and blue (0 to 255) of the light without a specimen."""


def to_units(od: float) -> int:
    """Return the whole number of units nearest to an optical density."""
    return math.floor(od * UNITS_PER_OD + 0.5)


def from_units(units: float) -> float:
    """Return the optical density of a number of units."""
    return units / UNITS_PER_OD


def optical_density(rgb: U8, white: White) -> F64:
    """Return -log10(I / white) of each channel (Beer-Lambert); 0 counts as 1.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8.
    white
        Light without a specimen, per channel. Brighter pixels get a negative density.

    Returns
    -------
    (h, w, 3) float64.
    """
    require_rgb(rgb)
    require_white(white)
    return -np.log10(np.maximum(rgb, 1) / np.asarray(white, np.float64))


def require_rgb(rgb: U8) -> None:
    """Raise `ValueError` unless the array is a picture (h, w, 3) of bytes, not empty."""
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ValueError(
            f"expected an 8-bit RGB picture (height, width, 3), "
            f"not {rgb.dtype} of shape {rgb.shape}"
        )


def require_white(white: White) -> None:
    """Raise `ValueError` unless the white point is three numbers above 1 and at most 1000.

    A white above 255 is legitimate: it is what an overexposed channel would have read.
    """
    if len(white) != 3 or not all(1 < value <= 1000 for value in white):
        raise ValueError(
            f"the white point must be three numbers above 1 and at most 1000 "
            f"(red, green, blue), not {white}"
        )
