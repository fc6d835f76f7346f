"""How sharp and how well exposed the live picture is."""

import math

import cv2
import numpy as np

from inference.arrays import U8

FOCUS_UM_PER_PX = 0.85
"""Finer of the two scales that are compared: detail that a defocus of a few um takes away."""
_BLURRED = 0.30
_SHARP = 0.65
"""Ratios of detail between the two scales. Seven real fields gave 0.50 to 0.97 as they are and
0.29 to 0.40 blurred by 0.85 um (standard deviation) or more."""
_LEAST_DETAIL = 6.0
"""Root mean square of the Laplacian, in gray levels, below which noise is all there is."""
_LEAST_CONTRAST = 8.0
"""Standard deviation, in gray levels, of a picture that must show something."""
_CLIPPED = 254


def focus(green_half: U8, um_per_px: float | None) -> float | None:
    """Return the sharpness of a picture, 0 blurred to 1 sharp; None where there is nothing.

    The measure is the ratio of the fine to the twice coarser detail (root mean squares of the
    Laplacian), so that neither stain nor light nor the amount of tissue matters.

    Parameters
    ----------
    green_half
        (h, w) green channel of the picture, reduced by area to half.
    um_per_px
        Pixel size of `green_half`; None takes the scale that fits a 40x objective.
    """
    steps = 1 if um_per_px is None else round(math.log2(FOCUS_UM_PER_PX / um_per_px))
    fine = green_half
    for _ in range(min(max(0, steps), 3)):
        fine = _halved(fine)
    coarse = _halved(fine)
    if min(coarse.shape) < 3:
        return None
    coarse_detail = _detail(coarse)
    if coarse_detail < _LEAST_DETAIL:
        return 0.0 if float(coarse.std()) >= _LEAST_CONTRAST else None
    ratio = _detail(fine) / coarse_detail
    return min(1.0, max(0.0, (ratio - _BLURRED) / (_SHARP - _BLURRED)))


def clipped_fraction(rgb: U8) -> float:
    """Return the part of a (reduced) picture in which a channel has no room above it, 0 to 1."""
    inside = cv2.inRange(rgb, np.zeros(3), np.full(3, _CLIPPED - 1.0))
    return 1.0 - cv2.countNonZero(inside) / inside.size


def _halved(gray: U8) -> U8:
    size = (max(1, gray.shape[1] // 2), max(1, gray.shape[0] // 2))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _detail(gray: U8) -> float:
    edges = cv2.Laplacian(gray, cv2.CV_16S)
    return float(cv2.norm(edges, cv2.NORM_L2)) / math.sqrt(edges.size)
