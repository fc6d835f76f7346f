"""The classes of a tumor cell, and how they follow from the list of staining levels.

With levels numbered from the weakest (0) upward, a cell's class code is

- 0: no staining,
- ``2 k + 1``: level ``k`` is the strongest that touches the cell, incomplete,
- ``2 k + 2``: level ``k`` is the strongest that touches the cell, complete.

Two levels (weak, intense) give the paper's five classes (Zhang 2020, section 3.3), in which
`weak` is its merged "moderate/weak". A third level between them would give seven codes;
`merged` brings any number of levels back to the five.
"""

from enum import IntEnum

import numpy as np

from inference.arrays import U8


class CellClass(IntEnum):
    """The five classes; a higher code has precedence in the paper's order."""

    NO_STAINING = 0
    WEAK_INCOMPLETE = 1
    WEAK_COMPLETE = 2
    INTENSE_INCOMPLETE = 3
    INTENSE_COMPLETE = 4

    @property
    def label(self) -> str:
        """Return the name as a reader sees it, e.g. ``intense complete``."""
        return self.name.replace("_", " ").lower()

    @property
    def symbol(self) -> str:
        """Return the short name of guidelines' tables: ic, ii, wc, wi or ns."""
        return _SYMBOLS[self]


_SYMBOLS = {
    CellClass.INTENSE_COMPLETE: "ic",
    CellClass.INTENSE_INCOMPLETE: "ii",
    CellClass.WEAK_COMPLETE: "wc",
    CellClass.WEAK_INCOMPLETE: "wi",
    CellClass.NO_STAINING: "ns",
}


def merged(codes: U8, levels: int) -> U8:
    """Bring class codes of any number of levels to the codes of `CellClass`.

    The strongest level is intense; all below it are weak.
    """
    table = np.zeros(2 * levels + 1, np.uint8)
    for code in range(1, 2 * levels + 1):
        level, complete = divmod(code - 1, 2)
        strong = level == levels - 1 and levels > 1
        table[code] = 1 + complete + (2 if strong else 0)
    return table[codes]
