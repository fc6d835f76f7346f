"""Classes of cells from their cached ring profiles, by comparisons alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.arrays import F32, U8
from inference.cells.ring import RingProfiles
from inference.levels import Level
from inference.stain.density import UNITS_PER_OD


@dataclass(frozen=True)
class RingClasses:
    """What the thresholds make of n rings.

    Attributes
    ----------
    codes
        (n,) class codes, see `inference.cells.classes`.
    completeness
        (n, levels) fraction of the seen ring at each level or above, weakest level first.
    """

    codes: U8
    completeness: F32


def classify_rings(
    rings: RingProfiles, levels: Sequence[Level], complete: float, touched: float
) -> RingClasses:
    """Classify every cell by the fraction of its ring that each level covers.

    A ring is complete at a level where the fraction is above `complete`, touched (incomplete)
    where it is above `touched`; the strongest level has precedence, as in the paper
    (Zhang 2020, section 3.3).

    Parameters
    ----------
    levels
        Weakest first; thresholds in 1/128 OD. Each level implies the one before.
    complete, touched
        Fractions of the ring, 0 < touched <= complete < 1.
    """
    seen = np.maximum(np.count_nonzero(rings.seen, axis=1), 1).astype(np.float32)
    covered = rings.seen
    fractions = np.zeros((len(rings), len(levels)), np.float32)
    for k, level in enumerate(levels):
        image = rings.contrast if level.of == "contrast" else rings.density
        covered = covered & (image > level.threshold)
        fractions[:, k] = np.count_nonzero(covered, axis=1) / seen
    codes = np.zeros(len(rings), np.uint8)
    for k in range(len(levels)):
        codes[fractions[:, k] > touched] = 2 * k + 1
        codes[fractions[:, k] > complete] = 2 * k + 2
    return RingClasses(codes, fractions)


def ring_density(rings: RingProfiles) -> F32:
    """Return the mean DAB optical density (base 10) of each ring, (n,)."""
    seen = np.maximum(np.count_nonzero(rings.seen, axis=1), 1)
    total = np.where(rings.seen, rings.density, 0).sum(axis=1)
    return np.asarray(total / seen / UNITS_PER_OD, np.float32)
