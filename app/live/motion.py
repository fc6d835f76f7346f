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
"""What phase correlation tells from noise."""
_NOISE = 1.0
"""Root mean square difference, in gray levels of the small picture, that noise alone makes."""
_EMPTY = 2.0
"""Standard deviation, in gray levels of the small picture, of glass without anything on it."""
_SAME_TISSUE = 0.5
"""Least correlation, without a shift, of two pictures of one place."""


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
        self._window = np.zeros((0, 0), np.float32)

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
        # OpenCV multiplies its arguments by the window in place when they need no padding.
        (dx, dy), _ = cv2.phaseCorrelate(anchor.copy(), small.copy(), self._window)
        shift = math.hypot(dx, dy)
        if shift >= max(tolerance, _LEAST_TOLERANCE_PX):
            return self._moved(small, number, shift * scale)
        return Motion(self._since, shift * scale)

    def _moved(self, small: F32, number: int, shift_px: float | None) -> Motion:
        if self._window.shape != small.shape and min(small.shape) > 1:
            size = (small.shape[1], small.shape[0])
            self._window = np.asarray(cv2.createHanningWindow(size, cv2.CV_32F), np.float32)
        self._anchor, self._since = small, number
        return Motion(number, shift_px)


def _small(green: U8) -> tuple[F32, float]:
    """Return the picture at most `_SIDE_PX` long, and by how much it was reduced."""
    longest = max(green.shape)
    reduction = max(1.0, longest / _SIDE_PX)
    # Phase correlation needs two pixels along each side.
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
