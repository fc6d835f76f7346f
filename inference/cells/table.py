"""What is known of every cell of a field, as columns."""

from dataclasses import dataclass

import numpy as np

from inference.arrays import F32, U8, Bool
from inference.cells.classes import CellClass


@dataclass(frozen=True)
class CellTable:
    """Columns of one field's cells; row i of every column is cell i.

    Attributes
    ----------
    xy_px
        (n, 2) nucleus centers, x and y in pixels of the field as the camera gave it; the
        center of the top left pixel is (0, 0).
    confidence
        (n,) the detector's confidence, 0 to 1.
    cell_class
        (n,) codes of `CellClass`.
    ring_od
        (n,) mean DAB optical density (base 10) of the membrane ring.
    completeness
        (n,) fraction of the ring, 0 to 1, at the weak level or above.
    completeness_intense
        (n,) fraction of the ring at the intense level.
    enclosed_weak
        (n,) whether the cell lies in an area that the weak skeleton encloses.
    counted
        (n,) whether the cell lies inside the include regions and outside the exclude regions.
    """

    xy_px: F32
    confidence: F32
    cell_class: U8
    ring_od: F32
    completeness: F32
    completeness_intense: F32
    enclosed_weak: Bool
    counted: Bool

    def __len__(self) -> int:
        return len(self.cell_class)

    def count(self, cell_class: CellClass) -> int:
        """Return how many counted cells have a class."""
        return int(np.count_nonzero((self.cell_class == cell_class) & self.counted))
