"""Whether a mask reaches a point: the paper's dilated masks, asked only at the nuclei."""

import math

import numpy as np

from inference.arrays import F32, F64, I32, I64, U64, Bool
from inference.kernel import inlined, kernel
from inference.membrane.bits import BitMask, finite_points

_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)


def disc_hits(mask: BitMask, xy: F32 | F64 | I32 | I64, radius_px: float) -> Bool:
    """Return (n,) whether a mask pixel lies within a disc about each point.

    At pixel centers this is the mask dilated by a disc (E_weak, E_intense of Zhang 2020,
    section 3.2.3) without the dilation: a few words are read for each point. Between pixel
    centers it is the distance from the point itself.

    Parameters
    ----------
    mask
        The mask that is dilated.
    xy
        (n, 2) x and y in pixels, centers of pixels at whole numbers; may lie outside.
    radius_px
        Radius of the disc, 0 or more; a pixel center at that distance belongs to the disc.

    Raises
    ------
    ValueError
        If the points are not (n, 2) finite numbers or the radius is not 0 or more.
    """
    if not 0 <= radius_px < math.inf:
        raise ValueError(f"the radius of a disc must be 0 px or more, not {radius_px}")
    points = finite_points(xy)
    hits = np.zeros(len(points), np.bool_)
    _find_hits(mask.words, mask.width, points, float(radius_px), hits)
    return hits


@inlined
def _any_between(words: U64, row: int, left: int, right: int) -> bool:
    """Return whether a pixel of a row is set from column ``left`` to ``right``, both included."""
    found = np.uint64(0)
    for k in range(left >> 6, (right >> 6) + 1):
        word = words[row + 1, k + 1]
        if k == left >> 6:
            word &= _FULL << np.uint64(left & 63)
        if k == right >> 6:
            word &= _FULL >> np.uint64(63 - (right & 63))
        found |= word
    return bool(found != np.uint64(0))


@kernel
def _find_hits(words: U64, width: int, points: F64, radius: float, hits: Bool) -> None:
    last_row, last_column = words.shape[0] - 3.0, width - 1.0
    for i in range(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        # Cut to the field before the float becomes an integer, which cannot hold every float.
        top, bottom = max(np.ceil(y - radius), 0.0), min(np.floor(y + radius), last_row)
        row = top
        while row <= bottom and not hits[i]:
            half = np.sqrt(max(radius * radius - (row - y) * (row - y), 0.0))
            left, right = max(np.ceil(x - half), 0.0), min(np.floor(x + half), last_column)
            if left <= right:
                hits[i] = _any_between(words, int(row), int(left), int(right))
            row += 1.0
