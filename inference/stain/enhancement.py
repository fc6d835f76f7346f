"""Enhancement of the DAB density: noise smoothed within edges, local background removed."""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from inference.arrays import U8
from inference.stain.density import UNITS_PER_OD, to_units

BILATERAL_RANGE_OD = 0.12
"""Standard deviation of the bilateral filter over density: steps well above it are kept."""

BILATERAL_SIGMA_UM = 0.6
"""Standard deviation of the bilateral filter over distance."""


@dataclass(frozen=True)
class Enhancement:
    """A DAB density made ready for thresholds, in units of 1/128 OD.

    Attributes
    ----------
    density
        (h, w) bilateral-filtered density: how dark the stain is.
    contrast
        (h, w) density above its local background: how far a membrane stands out from the
        cytoplasm and nucleus beside it.
    """

    density: U8
    contrast: U8


@dataclass(frozen=True)
class Background:
    """What counts as background of a membrane.

    A thin structure stands out by its whole height above a narrow background. Thick intense
    membranes, two of them side by side in a 3+ tumor, are wider than that; they stand out above
    a wide background, less an allowance that faint bands of cytoplasm between two nuclei do not
    reach.

    Attributes
    ----------
    membrane_radius_um
        Radius of the narrow disc: structures up to about twice as wide are kept whole. A 3+
        membrane is 2.1 um wide, a 1+ membrane 0.6 (Scheel 2018).
    thick_radius_um
        Radius of the wide disc.
    thick_allowance_od
        Optical density taken from what stands out above the wide disc alone.
    """

    membrane_radius_um: Annotated[float, Field(gt=0, le=20)] = 1.3
    thick_radius_um: Annotated[float, Field(gt=0, le=20)] = 2.2
    thick_allowance_od: Annotated[float, Field(ge=0, le=1)] = 0.1


def enhance(dab: U8, um_per_px: float, background: Background | None) -> Enhancement:
    """Smooth a DAB density and remove its local background.

    The bilateral filter is that of Zhang 2020, section 3.2.1; its window is the disc of
    ``round(1.5 * sigma)`` px, at least 1 (5 px wide at 0.424 um per px). The background is the
    grayscale opening with `background_footprint` (white top-hat); what lies outside of the
    picture does not count in it.

    Parameters
    ----------
    dab
        (h, w) uint8 density in units of 1/128 OD.
    um_per_px
        Pixel size.
    background
        None keeps the paper's plain enhancement, whose contrast is the density itself.

    Raises
    ------
    ValueError
        If the pixel size is not positive, the array is not (h, w) bytes, or a background disc
        is smaller than a pixel.
    """
    if dab.dtype != np.uint8 or dab.ndim != 2 or dab.size == 0:
        raise ValueError(
            f"expected a density (height, width) of bytes, not {dab.dtype} of shape {dab.shape}"
        )
    if not 0 < um_per_px < np.inf:
        raise ValueError(f"um per px must be positive, not {um_per_px}")
    sigma_px = BILATERAL_SIGMA_UM / um_per_px
    window_px = 2 * max(1, round(1.5 * sigma_px)) + 1
    smooth = cv2.bilateralFilter(dab, window_px, BILATERAL_RANGE_OD * UNITS_PER_OD, sigma_px)
    density = np.asarray(smooth, np.uint8)
    if background is None:
        return Enhancement(density, density)
    narrow = background_footprint(background.membrane_radius_um / um_per_px)
    wide = background_footprint(background.thick_radius_um / um_per_px)
    fine = cv2.morphologyEx(density, cv2.MORPH_TOPHAT, narrow)
    thick = cv2.morphologyEx(density, cv2.MORPH_TOPHAT, wide)
    # What does not reach the allowance is nothing. Not cv2.subtract, which takes a number for an
    # array when the picture is a few pixels small.
    allowance = np.uint8(to_units(background.thick_allowance_od))
    above = np.maximum(np.asarray(thick, np.uint8), allowance) - allowance
    return Enhancement(density, np.maximum(np.asarray(fine, np.uint8), above))


def background_footprint(radius_px: float) -> U8:
    """Return the disc of pixels whose centers lie within a radius of the middle one.

    A pixel (x, y) belongs to it if x² + y² <= radius²: 0/1, odd and square. The radius is not
    rounded, so that the disc changes as little as possible with the pixel size; 2.2 um at 0.424 um
    per px is 5.19 px, rows of 3, 7, 9, 9, 11, 11, 11, 9, 9, 7 and 3 px.
    """
    if not 1 <= radius_px < np.inf:
        raise ValueError(
            f"the background disc must have a radius of at least one pixel, not {radius_px:.2f}"
        )
    reach = int(radius_px)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= radius_px * radius_px, np.uint8)
