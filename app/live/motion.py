"""Whether the stage has moved, seen in the pictures."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from inference.arrays import F32, U8

_SIDE_PX = 256
"""Longer side of the pictures that are compared."""
TOLERANCE_PX = 0.5
"""Shift of the small picture that counts as a move when the scale is not known."""
_LEAST_TOLERANCE_PX = 0.25
"""What stays well above noise and focusing."""
_NOISE = 1.0
"""Root mean square difference, in gray levels of the small picture, that noise alone makes."""
_EMPTY = 2.0
"""Standard deviation, in gray levels of the small picture, of glass without anything on it."""
_SAME_TISSUE = 0.5
"""Least correlation, without a shift, of two pictures of one place."""
_LINES = 1e-3
"""Part of the gradient's strength across, below which all lines go one way."""
_SMOOTH_PX = 1.5
"""Standard deviation that makes the small pictures smooth enough for differences of neighbors."""


@dataclass(frozen=True)
class Motion:
    """What the comparison of a picture with the earlier ones gave.

    Attributes
    ----------
    still_since
        Number of the frame since which the stage stands still; that of the picture itself
        when it just moved.
    shift_px
        Distance to the place of frame `still_since`, in pixels of the camera; None when the
        two pictures have nothing in common or there is no earlier one.
    """

    still_since: int
    shift_px: float | None


class MotionMeter:
    """Compares each picture with the first one since the last move.

    A slow drift therefore adds up and is found, however slow it is; a comparison with the
    picture before would never see it.
    """

    def __init__(self) -> None:
        self._anchor: F32 | None = None
        self._since = 0

    def reset(self) -> None:
        """Forget the earlier pictures: another objective, or the camera was opened again."""
        self._anchor = None

    def update(
        self, green: U8, number: int, px_per_px: float, tolerance_px: float | None
    ) -> Motion:
        """Compare a picture.

        Parameters
        ----------
        green
            (h, w) green channel, already reduced.
        number
            Number of its frame.
        px_per_px
            Camera pixels per pixel of `green`.
        tolerance_px
            Shift in camera pixels from which on it is a move; None takes a tolerance that
            does not depend on the scale.
        """
        small, reduction = _small(green)
        scale = px_per_px * reduction
        tolerance = TOLERANCE_PX if tolerance_px is None else tolerance_px / scale
        anchor = self._anchor
        if anchor is None or anchor.shape != small.shape:
            return self._moved(small, number, None)
        likeness = _likeness(anchor, small)
        if likeness.difference <= _NOISE or likeness.contrast <= _EMPTY:
            return Motion(self._since, 0.0)
        if likeness.correlation < _SAME_TISSUE:
            return self._moved(small, number, None)
        shift = _shift(anchor, small)
        if shift >= max(tolerance, _LEAST_TOLERANCE_PX):
            return self._moved(small, number, shift * scale)
        return Motion(self._since, shift * scale)

    def _moved(self, small: F32, number: int, shift_px: float | None) -> Motion:
        self._anchor, self._since = small, number
        return Motion(number, shift_px)


def _small(green: U8) -> tuple[F32, float]:
    """Return the picture at most `_SIDE_PX` long, and by how much it was reduced."""
    longest = max(green.shape)
    reduction = max(1.0, longest / _SIDE_PX)
    # A gradient needs two pixels along each side.
    size = (max(2, round(green.shape[1] / reduction)), max(2, round(green.shape[0] / reduction)))
    small = cv2.resize(green, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), reduction


@dataclass(frozen=True)
class _Likeness:
    correlation: float
    difference: float
    contrast: float


def _likeness(one: F32, other: F32) -> _Likeness:
    """Compare two pictures, brightness aside.

    Returns
    -------
    Correlation, root mean square difference, and the larger of the two standard deviations.
    """
    a, b = one - one.mean(), other - other.mean()
    rest = a - b
    squares = [float(np.vdot(each, each)) for each in (a, b, rest)]
    norm = math.sqrt(squares[0] * squares[1])
    correlation = float(np.vdot(a, b)) / norm if norm > 0 else 0.0
    rms = [math.sqrt(square / rest.size) for square in squares]
    return _Likeness(correlation, rms[2], max(rms[:2]))


def _shift(one: F32, other: F32) -> float:
    """Return how far the second picture lies from the first, in pixels.

    Least squares over all pixels, after Lucas and Kanade, "An iterative image registration
    technique with an application to stereo vision" (1981), one step of it. Focusing changes a
    picture alike on both sides of each edge and a shift does not, so that the two do not mix:
    phase correlation of a sharp and a blurred picture finds half a pixel and more where nothing
    has moved. A shift beyond the size of the details comes out too small, at last near 0: then
    the pictures do not correlate either. Along lines that all go one way nothing is seen to move,
    and across them everything.
    """
    a, b = (cv2.GaussianBlur(each, (0, 0), _SMOOTH_PX) for each in (one, other))
    both = (a + b) * np.float32(0.5)
    x, y = (cv2.Sobel(both, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    rest = (a - a.mean()) - (b - b.mean())
    gradient = np.stack((x.ravel(), y.ravel()))
    # Without the cut, noise along such lines would be a shift.
    inverse = np.linalg.pinv(gradient @ gradient.T, rcond=_LINES, hermitian=True)
    return float(np.linalg.norm(inverse @ (gradient @ rest.ravel())))
