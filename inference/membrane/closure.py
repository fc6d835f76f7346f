"""Which pixels of a skeleton belong to complete membranes.

No pruning of open branches is needed: a skeleton pixel lies on the wall of an enclosed area
when it touches that area and, with another of its neighbors, something else. The pixels of a
branch that ends inside a cell touch that one cell on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.arrays import I32, U8, U64
from inference.kernel import kernel, over_rows
from inference.membrane.areas import EnclosedAreas
from inference.membrane.bits import BitMask, lowest_bit

_INCOMPLETE = 1
_COMPLETE = 2
_ONE = np.uint64(1)


@dataclass(frozen=True)
class LevelLines:
    """The skeleton of one staining level and the areas that were found in that skeleton."""

    skeleton: BitMask
    areas: EnclosedAreas


def membrane_classes(levels: Sequence[LevelLines]) -> U8:
    """Return the class image (h, w) of the skeletons of several levels.

    A pixel is complete when, among its eight neighbors, one lies in an enclosed area, and one
    in another component of the background, be that enclosed, too large, too small or open.
    What lies outside the field is one more, open, component.

    Parameters
    ----------
    levels
        Weakest first, all of one size; at least one.

    Returns
    -------
    U8
        0 where there is no skeleton, ``2 k + 1`` where level ``k`` is the strongest there and
        is incomplete, ``2 k + 2`` where it is complete; the codes of
        `inference.cells.classes`.

    Raises
    ------
    ValueError
        If there is no level, or the levels differ in size.
    """
    if not levels:
        raise ValueError("the class image needs at least one staining level")
    sizes = {(level.skeleton.height, level.skeleton.width) for level in levels}
    if len(sizes) > 1:
        raise ValueError(f"the levels differ in size: {sorted(sizes)} (height, width)")
    height, width = sizes.pop()
    classes = np.zeros((height, width), np.uint8)
    # The strongest level writes first, and the weaker ones only what it left.
    shown = []
    left = ~np.zeros_like(levels[0].skeleton.words)
    for k, level in reversed(list(enumerate(levels))):
        shown.append((level.skeleton.words & left, level.areas, np.uint8(2 * k)))
        left &= ~level.skeleton.words

    def write_band(first_row: int, last_row: int) -> None:
        for lines, areas, base in shown:
            runs, filled = areas.runs, areas.filled.words
            _write_classes(
                lines,
                filled,
                runs.row_start,
                runs.first,
                runs.stop,
                runs.label,
                base,
                classes,
                first_row,
                last_row,
            )

    over_rows(write_band, height)
    return classes


@kernel
def _write_classes(
    lines: U64,
    filled: U64,
    row_start: I32,
    first: I32,
    stop: I32,
    label: I32,
    base: np.uint8,
    classes: U8,
    first_row: int,
    last_row: int,
) -> None:
    """Write the class of the skeleton pixels of a band of rows.

    A skeleton pixel in the filled mask touches an area; what is left to ask is whether it
    touches a second component.
    """
    rows, columns = classes.shape
    # For the rows above, at and below: the run that the walk along the row has come to.
    current = np.empty(3, np.int64)
    for y in range(first_row, last_row):
        top, bottom = max(y - 1, 0), min(y + 1, rows - 1)
        for row in range(top, bottom + 1):
            current[row - y + 1] = row_start[row]
        for k in range(lines.shape[1] - 2):
            word = lines[y + 1, k + 1]
            walls = word & filled[y + 1, k + 1]
            while word != np.uint64(0):
                lowest = word & (~word + _ONE)
                x = k * 64 + lowest_bit(word)
                word ^= lowest
                divides = False
                if walls & lowest:
                    divides = y == 0 or y == rows - 1 or x == 0 or x == columns - 1
                    seen = -1
                    for row in range(top, bottom + 1):
                        run = current[row - y + 1]
                        while run < row_start[row + 1] and stop[run] < x:
                            run += 1
                        current[row - y + 1] = run
                        while run < row_start[row + 1] and first[run] <= x + 1:
                            divides = divides or (seen >= 0 and seen != label[run])
                            seen = label[run]
                            run += 1
                classes[y, x] = base + np.uint8(_COMPLETE if divides else _INCOMPLETE)
