"""Where a patch lies in an image, and its pixels."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from inference.arrays import F32, F64, U8
from inference.grid import ANALYSIS_UM_PER_PX

_FINER = 2
"""Patches are sampled on a grid so much finer, then averaged: as the runtime reduces a field."""


@dataclass(frozen=True)
class Placement:
    """A square patch on the analysis grid, anywhere in an image.

    Attributes
    ----------
    center
        x, y in pixels of the image.
    um_per_px
        Pixel size of the image.
    side_px
        Of the patch, in pixels of the analysis grid.
    scale
        Magnification: above 1 nuclei appear larger than they are.
    angle
        Rotation in radians.
    mirrored
        Whether left and right are exchanged.
    """

    center: tuple[float, float]
    um_per_px: float
    side_px: int
    scale: float = 1.0
    angle: float = 0.0
    mirrored: bool = False

    def matrix(self) -> F64:
        """Return the (2, 3) affine map from pixels of the image to pixels of the patch."""
        zoom = self.um_per_px * self.scale / ANALYSIS_UM_PER_PX
        cos, sin = zoom * math.cos(self.angle), zoom * math.sin(self.angle)
        turn = np.array([[cos, -sin], [sin, cos]])
        if self.mirrored:
            turn[0] *= -1
        middle = (self.side_px - 1) / 2
        shift = np.array([middle, middle]) - turn @ np.array(self.center)
        return np.column_stack([turn, shift])

    def to_patch(self, xy: F32) -> F32:
        """Convert (n, 2) pixels of the image to pixels of the patch; centers at whole numbers."""
        matrix = self.matrix()
        return np.asarray(xy @ matrix[:, :2].T + matrix[:, 2], np.float32)

    def cut(self, rgb: U8) -> U8:
        """Return the patch (side, side, 3) of an image (h, w, 3), mirrored beyond its border."""
        matrix = self.matrix() * _FINER
        matrix[:, 2] += (_FINER - 1) / 2
        side = self.side_px * _FINER
        fine = cv2.warpAffine(
            rgb, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        small = cv2.resize(fine, (self.side_px, self.side_px), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)
