"""The view out of focus."""

import math

import cv2
import numpy as np

from hardware.arrays import U8
from hardware.simulators.microscope.tiles import Patch
from hardware.simulators.microscope.view import View

LEAST_SIGMA_PX = 0.3
"""A blur below this is not seen."""

_STEP_PX = 0.25
"""Blurs are told apart in these steps: a picture that stands still is blurred once."""


def defocus_sigma_px(z_um: float, numerical_aperture: float, um_per_px: float) -> float:
    """Return the standard deviation of the blur at a distance from focus, in px.

    A point out of focus by z is a disc of radius z tan(asin(NA)); a Gaussian of half that radius
    has the same second moment.
    """
    radius_um = abs(z_um) * math.tan(math.asin(min(0.95, numerical_aperture)))
    return 0.5 * radius_um / um_per_px


class Defocus:
    """Blurs views, and keeps the last one for as long as nothing moves."""

    def __init__(self) -> None:
        self._key: object = None
        self._patches: list[Patch] = []
        # Fresh memory for pictures of this size costs as much as the blur itself.
        self._sharp = np.empty((0, 0, 3), np.uint8)
        self._soft = np.empty((0, 0, 3), np.uint8)

    def blurred(
        self, view: View, patches: list[Patch], version: int, sigma_px: float
    ) -> list[Patch]:
        """Return pieces of the blurred view; those given where the blur is too small to be seen.

        Parameters
        ----------
        view, patches
            What is seen, in focus.
        version
            Another number when the tissue in the view is another.
        sigma_px
            Standard deviation of the blur.
        """
        sigma_px = round(sigma_px / _STEP_PX) * _STEP_PX
        if sigma_px < LEAST_SIGMA_PX:
            self._key, self._patches = None, []
            return patches
        place = (view.left_px, view.top_px, view.width_px, view.height_px, view.um_per_px)
        key = (place, version, sigma_px)
        if key != self._key:
            height, width = view.height_px, view.width_px
            if self._sharp.shape[:2] != (height, width):
                self._sharp = np.empty((height, width, 3), np.uint8)
                self._soft = np.empty((height, width, 3), np.uint8)
            _join(self._sharp, patches)
            _blur(self._soft, self._sharp, sigma_px)
            soft = self._soft.view()
            soft.setflags(write=False)
            self._patches = [Patch(soft, 0, 0, 0, 0, height, width)]
            self._key = key
        return self._patches


def _join(out: U8, patches: list[Patch]) -> None:
    for patch in patches:
        rows = slice(patch.from_row, patch.from_row + patch.rows)
        columns = slice(patch.from_column, patch.from_column + patch.columns)
        to_rows = slice(patch.row, patch.row + patch.rows)
        out[to_rows, patch.column : patch.column + patch.columns] = patch.rgb[rows, columns]


def _blur(out: U8, sharp: U8, sigma_px: float) -> None:
    """Blur at a reduced size where that cannot be told from the full one."""
    factor = 1
    while factor < 16 and sigma_px >= 2.2 * factor - 0.6 and min(sharp.shape[:2]) > 8 * factor:
        factor *= 2
    if factor == 1:
        cv2.GaussianBlur(sharp, (0, 0), sigma_px, dst=out)
        return
    small = sharp
    for _ in range(factor.bit_length() - 1):
        size = ((small.shape[1] + 1) // 2, (small.shape[0] + 1) // 2)
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)
    # Reducing by area and enlarging linearly blur by themselves, by variances f^2 / 12 and f^2 / 6.
    rest_px = math.sqrt(sigma_px * sigma_px - factor * factor / 4) / factor
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), rest_px), np.uint8)
    size = (sharp.shape[1], sharp.shape[0])
    cv2.resize(small, size, dst=out, interpolation=cv2.INTER_LINEAR)
