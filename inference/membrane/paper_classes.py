"""The classes of cells by the paper's masks (Zhang 2020, section 3.3)."""

from dataclasses import dataclass

import numpy as np

from inference.arrays import F32, U8, Bool
from inference.membrane.description import MembraneDescription
from inference.membrane.discs import disc_hits


@dataclass(frozen=True)
class PaperClasses:
    """Classes of cells by the paper's masks.

    Attributes
    ----------
    codes
        (n,) codes of `inference.cells.classes`: 0 no staining, ``2 k + 1`` level ``k``
        incomplete, ``2 k + 2`` complete.
    enclosed_weak
        (n,) whether the cell lies in M_weak,enclosed, also where a stronger level gave it its
        class: a complete weak ring of which one stretch is intense is intense incomplete.
    """

    codes: U8
    enclosed_weak: Bool


def classify_by_masks(
    description: MembraneDescription, xy_grid: F32, dilation_um: float, um_per_px: float
) -> PaperClasses:
    """Give each cell one class: the strongest level that encloses or reaches it.

    From the strongest level to the weakest, a cell is complete when it lies in that level's
    M_enclosed, else incomplete when it lies in the level's mask dilated by a disc: with two
    levels the order ic, ii, wc, wi, ns. The paper prints P_weak,enclosed in the formula of weak
    incomplete, which is empty after the rule before it; P_weak is meant.

    Parameters
    ----------
    description
        The field's membranes.
    xy_grid
        (n, 2) nucleus centers in pixels of the description's images.
    dilation_um
        Radius of the disc, about that from the center of a tumor nucleus to the cell's edge.
    um_per_px
        Pixel size of the description's images.

    Raises
    ------
    ValueError
        If the radius is not 0 or more, the pixel size not positive, or a point not finite.
    """
    if not um_per_px > 0:
        raise ValueError(f"um per px must be positive, not {um_per_px}")
    codes = np.zeros(len(xy_grid), np.uint8)
    enclosed_weak = np.zeros(len(xy_grid), np.bool_)
    for k, level in enumerate(description.levels):
        enclosed = level.areas.holds(xy_grid)
        codes[disc_hits(level.mask, xy_grid, dilation_um / um_per_px)] = 2 * k + 1
        codes[enclosed] = 2 * k + 2
        if k == 0:
            enclosed_weak = enclosed
    return PaperClasses(codes, enclosed_weak)
