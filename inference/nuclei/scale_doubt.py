"""Whether nuclei look as large as nuclei do: a wrong objective makes all of them half or twice.

Every length of the method is in micrometers, so a pixel size that is wrong by the factor between
two objectives gives wrong cells without any other sign. Sizes that are measured around detected
points cannot tell it: a detector finds what is of the size that it looks for, parts of nuclei or
groups of them. But the trained network has learned how nuclei look at their true size, and is
seldom very sure of anything else. So it looks at a part of the field once more as if the pixels
were half, and twice, as large: where it is sure of far more nuclei then, the pixel size is doubted.

How well that tells, and where it says nothing, stands in ``docs/thresholds.md``.
"""

from typing import Final

import numpy as np

from inference.arrays import U8
from inference.nuclei.points import NucleusDetector, NucleusPoints
from inference.nuclei.visibility import COARSEST_UM_PER_PX

FACTORS: Final = (0.5, 2.0)
"""Between neighboring objectives of a microscope."""
SURE: Final = 0.8
"""Confidence of the network's nuclei that count."""
FEWEST: Final = 30
"""Sure nuclei below which nothing is said."""
LEAD: Final = 2.0
"""How many times as many sure nuclei there must be at another pixel size."""
SIDE_UM: Final = 250.0
"""Of a square that is looked at again, at the other pixel size: a sixth of a 40x field each."""


def scale_doubt(
    detector: NucleusDetector, rgb: U8, um_per_px: float, nuclei: NucleusPoints
) -> float | None:
    """Return by which factor the pixel size seems to be wrong; None when there is no doubt.

    Parameters
    ----------
    detector
        The trained network, with confidences as high as those of `SURE`.
    rgb
        (h, w, 3) uint8, the field.
    um_per_px
        The pixel size that is set.
    nuclei
        What the detector found at that size.

    Returns
    -------
    0.5 when the pixels seem to be half as large as is set, 2 when twice.
    """
    found: dict[float, int] = {}
    for factor in FACTORS:
        other = um_per_px * factor
        if other > COARSEST_UM_PER_PX:
            continue
        left, top, side = _richest(nuclei, rgb.shape[1], rgb.shape[0], SIDE_UM / other)
        x, y = nuclei.xy_px[:, 0], nuclei.xy_px[:, 1]
        inside = (x >= left) & (x < left + side) & (y >= top) & (y < top + side)
        here = int((nuclei.confidence[inside] >= SURE).sum())
        part = np.ascontiguousarray(rgb[top : top + side, left : left + side])
        there = int((detector.detect(part, other).confidence >= SURE).sum())
        if there >= max(FEWEST, LEAD * here):
            found[factor] = there
    return max(found, key=found.__getitem__) if found else None


def doubt_words(factor: float) -> str:
    """Return the sentence for the user."""
    size = "larger" if factor < 1 else "smaller"
    times = 1 / factor if factor < 1 else factor
    return (
        f"the nuclei look {times:g} times {size} than they can be: is the objective that is set "
        "in the light, and the pixel size right?"
    )


DOUBTS: Final = frozenset(doubt_words(factor) for factor in FACTORS)
"""All sentences of `doubt_words`."""


def _richest(nuclei: NucleusPoints, width: int, height: int, side: float) -> tuple[int, int, int]:
    """Return left, top and side of the square in which the detector is surest."""
    # Whole fours, since the grid of the network takes four pixels as one without a remainder.
    side_px = max(1, min(4 * round(side / 4), width, height))
    if len(nuclei) == 0:
        return (width - side_px) // 2, (height - side_px) // 2, side_px
    step = max(1, side_px // 4)
    across, down = (max(1, -(-size // step)) for size in (width, height))
    sums, _, _ = np.histogram2d(
        nuclei.xy_px[:, 1],
        nuclei.xy_px[:, 0],
        bins=(down, across),
        range=((0, down * step), (0, across * step)),
        weights=nuclei.confidence,
    )
    whole = np.zeros((down + 1, across + 1))
    whole[1:, 1:] = sums.cumsum(axis=0).cumsum(axis=1)
    high, wide = min(4, down), min(4, across)
    squares = whole[high:, wide:] - whole[:-high, wide:] - whole[high:, :-wide]
    squares += whole[:-high, :-wide]
    row, column = np.unravel_index(int(squares.argmax()), squares.shape)
    left = min(int(column) * step, width - side_px)
    top = min(int(row) * step, height - side_px)
    return left, top, side_px
