"""The grid of pixels on which membranes and cells are measured."""

from dataclasses import dataclass

import cv2
import numpy as np

from inference.arrays import F32, U8

ANALYSIS_UM_PER_PX = 0.424
"""Half of the paper's 40x field and all of its 20x field (Zhang 2020, section 3.5)."""

_NEARLY = 1.15
"""A field up to this much finer than the grid is taken as it is."""

_MUCH_FINER = 3.0
"""A field that is finer by this factor is halved first, which takes a fifth of the time."""


@dataclass(frozen=True)
class AnalysisGrid:
    """A field on the analysis grid, and the way back to the field's own pixels.

    Attributes
    ----------
    rgb
        (h, w, 3) the field reduced by area averaging.
    um_per_px
        Pixel size of `rgb`.
    scale
        Grid pixels per field pixel along x and y; 1 or below.
    """

    rgb: U8
    um_per_px: float
    scale: tuple[float, float]

    def from_field(self, xy_px: F32) -> F32:
        """Convert (n, 2) field pixels to grid pixels (pixel centers at whole numbers)."""
        scale = np.asarray(self.scale, np.float32)
        return (xy_px + np.float32(0.5)) * scale - np.float32(0.5)

    def to_field(self, xy_grid: F32) -> F32:
        """Convert (n, 2) grid pixels to field pixels."""
        scale = np.asarray(self.scale, np.float32)
        return (xy_grid + np.float32(0.5)) / scale - np.float32(0.5)


def analysis_grid(rgb: U8, um_per_px: float) -> AnalysisGrid:
    """Reduce a field to about `ANALYSIS_UM_PER_PX` by area averaging.

    Fields of that pixel size or coarser stay as they are: enlarging would only invent detail.

    Parameters
    ----------
    rgb
        (h, w, 3) uint8.
    um_per_px
        Pixel size of the field; must be positive.
    """
    if not um_per_px > 0:
        raise ValueError(f"um per px must be positive, not {um_per_px}")
    height, width = rgb.shape[:2]
    factor = um_per_px / ANALYSIS_UM_PER_PX
    if factor * _NEARLY >= 1:
        return AnalysisGrid(rgb, um_per_px, (1.0, 1.0))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    reduced = rgb
    if min(width / size[0], height / size[1]) >= _MUCH_FINER:
        half = (width // 2, height // 2)
        reduced = np.asarray(cv2.resize(rgb, half, interpolation=cv2.INTER_AREA), np.uint8)
    reduced = np.asarray(cv2.resize(reduced, size, interpolation=cv2.INTER_AREA), np.uint8)
    return AnalysisGrid(reduced, um_per_px * width / size[0], (size[0] / width, size[1] / height))
