"""Many measured values in a few numbers, beside what they should be at most or at least."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Percentiles of measured values; nan where nothing was measured.

    Attributes
    ----------
    count
        How many values.
    median, p95, worst
        The middle one, the one that 95 of 100 do not exceed, and the largest.
    """

    count: int
    median: float
    p95: float
    worst: float

    @staticmethod
    def of(values: Sequence[float]) -> "Spread":
        """Return the percentiles of values, by the nearest rank."""
        ordered = sorted(values)
        if not ordered:
            return Spread(0, math.nan, math.nan, math.nan)

        def at(share: float) -> float:
            return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

        return Spread(len(ordered), at(0.5), at(0.95), ordered[-1])


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Return by how much y rises per unit of x, by least squares; nan for fewer than two."""
    n = len(x)
    if n < 2:
        return math.nan
    middle_x, middle_y = sum(x) / n, sum(y) / n
    width = sum((a - middle_x) ** 2 for a in x)
    if width == 0:
        return math.nan
    return sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True)) / width
