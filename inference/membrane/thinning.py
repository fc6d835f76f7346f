"""Skeletons by Zhang & Suen's parallel thinning, 64 pixels a word.

T. Y. Zhang and C. Y. Suen, "A fast parallel algorithm for thinning digital patterns",
Communications of the ACM 27 (1984) 236-239; the paper's skeletonization (Zhang 2020, section
3.2.2).
"""

import numpy as np

from inference.arrays import U64
from inference.kernel import inlined, kernel
from inference.membrane.bits import BitMask

_ONE = np.uint64(1)
_TOP = np.uint64(63)
_NEVER = -8
"""A pass so early that no row waits for it."""


def thin(mask: BitMask) -> BitMask:
    """Return the Zhang-Suen skeleton of a mask.

    A pixel with neighbors P2 (north), P3 (northeast) and so on clockwise to P9 (northwest) is
    deleted when 2 <= B <= 6 of them are set, exactly A = 1 step from unset to set lies on the
    way around, and, in odd passes, P2 P4 P6 = 0 and P4 P6 P8 = 0, in even passes P2 P4 P8 = 0
    and P2 P6 P8 = 0. Pixels outside the field count as unset. It ends when two passes in a
    row delete nothing.

    Holes of the mask are kept one for one, so a closed membrane stays closed. Open pieces are
    not all kept, as known of the algorithm: a lone square of 2 x 2 pixels vanishes, and an open
    line at 45 degrees of two or four diagonals is eaten from its ends to a stump. Slanted lines
    may stay two pixels thick at their steps. scikit-image's method "zhang" decides otherwise for
    25 of the 256 neighborhoods, which spares such pieces; its holes are the same, its pixels
    not always.

    Parameters
    ----------
    mask
        Left as it is.
    """
    words = mask.words.copy()
    _thin(words)
    return BitMask(words, mask.width)


@inlined
def _kept(
    north: np.uint64,
    northeast: np.uint64,
    east: np.uint64,
    southeast: np.uint64,
    south: np.uint64,
    southwest: np.uint64,
    west: np.uint64,
    northwest: np.uint64,
    odd: bool,
) -> np.uint64:
    """Return a word with the bits of the pixels that a pass leaves; each argument is a neighbor."""
    # Steps from unset to set on the way around: `once` where there was one, `twice` from two on.
    once = ~north & northeast
    twice = np.uint64(0)
    step = ~northeast & east
    twice |= once & step
    once |= step
    step = ~east & southeast
    twice |= once & step
    once |= step
    step = ~southeast & south
    twice |= once & step
    once |= step
    step = ~south & southwest
    twice |= once & step
    once |= step
    step = ~southwest & west
    twice |= once & step
    once |= step
    step = ~west & northwest
    twice |= once & step
    once |= step
    step = ~northwest & north
    twice |= once & step
    once |= step
    # With one step the set neighbors stand in a row. So two of them are set when some pair of
    # next ones is set, and two unset when some pair of next ones is unset.
    two_set = (
        (north & northeast)
        | (northeast & east)
        | (east & southeast)
        | (southeast & south)
        | (south & southwest)
        | (southwest & west)
        | (west & northwest)
        | (northwest & north)
    )
    all_pairs_set = (
        (north | northeast)
        & (northeast | east)
        & (east | southeast)
        & (southeast | south)
        & (south | southwest)
        & (southwest | west)
        & (west | northwest)
        & (northwest | north)
    )
    blocked = east & south & (north | west) if odd else north & west & (east | south)
    return ~once | twice | ~two_set | all_pairs_set | blocked


@kernel
def _thin_row(above: U64, current: U64, below: U64, out: U64, odd: bool) -> bool:
    """Write one row after a pass; the three rows are as they were before it."""
    changed = np.uint64(0)
    for k in range(1, current.shape[0] - 1):
        here = current[k]
        north = above[k]
        south = below[k]
        kept = _kept(
            north,
            (north >> _ONE) | (above[k + 1] << _TOP),
            (here >> _ONE) | (current[k + 1] << _TOP),
            (south >> _ONE) | (below[k + 1] << _TOP),
            south,
            (south << _ONE) | (below[k - 1] >> _TOP),
            (here << _ONE) | (current[k - 1] >> _TOP),
            (north << _ONE) | (above[k - 1] >> _TOP),
            odd,
        )
        out[k] = here & kept
        changed |= here & ~kept
    return bool(changed != np.uint64(0))


@kernel
def _thin(words: U64) -> None:
    """Thin in place.

    What a pass does to a row depends on that row and the two beside it. A row is looked at
    again only when one of the three changed since the last pass of the same kind began, two
    passes ago: most rows of thin membranes are done after a few passes.
    """
    rows, columns = words.shape
    last_change = np.empty(rows, np.int64)
    for y in range(rows):
        last_change[y] = _NEVER
        for k in range(columns):
            if words[y, k] != np.uint64(0):
                last_change[y] = 0
                break
    # Rows as they were before the pass, turn and turn about: this row and the one above it.
    before = np.zeros((2, columns), np.uint64)
    number = 0
    quiet = 0
    while quiet < 2:
        number += 1
        quiet += 1
        before[0] = np.uint64(0)
        for y in range(1, rows - 1):
            above = before[(y - 1) & 1]
            current = before[y & 1]
            for k in range(columns):
                current[k] = words[y, k]
            newest = max(last_change[y - 1], last_change[y], last_change[y + 1])
            if newest >= number - 2 and _thin_row(
                above, current, words[y + 1], words[y], number & 1 == 1
            ):
                last_change[y] = number
                quiet = 0
