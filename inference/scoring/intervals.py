"""95 % intervals of a share of cells: over cells (Wilson), and over fields (bootstrap)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from inference.arrays import F64, I64
from inference.scoring.counts import SYMBOLS, ClassCounts

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""

RESAMPLES = 2000
_SEED = 20180712
_BLOCK = 1_000_000
"""Most draws held in memory at once."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a share, both ends from 0 to 1."""

    low: float
    high: float


def wilson(count: int, total: int) -> Interval:
    """Return Wilson's score interval of a binomial proportion.

    It takes cells for independent of each other, which cells of one field are not: the
    interval over fields is the more honest one.

    Parameters
    ----------
    count, total
        Cells with the property, and all cells. Without any cell nothing is known: 0 to 1.

    References
    ----------
    Wilson, J Am Stat Assoc 1927;22:209-212.
    """
    if total == 0:
        return Interval(0.0, 1.0)
    share = count / total
    scale = 1 + _Z**2 / total
    center = (share + _Z**2 / (2 * total)) / scale
    half = _Z / scale * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    # The ends are exact where rounding would leave 1e-17.
    low = 0.0 if count == 0 else max(0.0, center - half)
    high = 1.0 if count == total else min(1.0, center + half)
    return Interval(low, high)


def bootstrap(
    fields: Sequence[ClassCounts], quantities: Sequence[str]
) -> tuple[Interval, ...] | None:
    """Return percentile intervals of pooled shares when whole fields are drawn again.

    Fields are the units that were sampled, so their differences set the precision. The seed is
    fixed and the fields are sorted first: the same fields in any order give the same interval.
    With few fields (under about ten) such intervals tend to be too narrow.

    Parameters
    ----------
    fields
        Counts of each field; those without cells say nothing and are left out.
    quantities
        Sums of classes, as named by `quantity_name`.

    Returns
    -------
    One interval per quantity, or None when fewer than two fields have cells.

    References
    ----------
    Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    rows = sorted(counts.as_tuple() for counts in fields if counts.total > 0)
    if len(rows) < 2:
        return None
    sums = np.array(
        [[symbol in name.split("+") for symbol in SYMBOLS] for name in quantities], np.int64
    )
    shares = _resampled(np.array(rows, np.int64), sums.reshape(-1, len(SYMBOLS)))
    low, high = np.quantile(shares, [0.025, 0.975], axis=0)
    return tuple(Interval(float(a), float(b)) for a, b in zip(low, high, strict=True))


def _resampled(rows: I64, sums: I64) -> F64:
    """Return (RESAMPLES, quantities) pooled shares of resampled fields."""
    n = len(rows)
    generator = np.random.default_rng(_SEED)
    shares = np.empty((RESAMPLES, len(sums)), np.float64)
    step = max(1, _BLOCK // n)
    for first in range(0, RESAMPLES, step):
        drawn = min(step, RESAMPLES - first)
        times = generator.multinomial(n, np.full(n, 1 / n), size=drawn)
        pooled = times @ rows
        shares[first : first + drawn] = (pooled @ sums.T) / pooled.sum(axis=1, keepdims=True)
    return shares
