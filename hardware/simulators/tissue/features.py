"""Ducts, glands, tubules and vessels: round things that are placed one by one."""

import numpy as np

from hardware.simulators.tissue.arrays import Records
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.noise import hashed
from hardware.simulators.tissue.pattern import SlidePattern

DCIS = 0
BENIGN = 1
VESSEL = 2
TUBULE = 3

FEATURE = np.dtype(
    [
        ("type", np.int64),
        ("x", np.float64),
        ("y", np.float64),
        ("radius", np.float64),
        ("stretch", np.float64),
        ("angle", np.float64),
        ("rim", np.float64),
        ("dead", np.bool_),
        ("i", np.int64),
        ("j", np.int64),
    ],
    align=True,
)
"""Center, radius and rim in um; `rim` is the width of the epithelium around what is inside."""


@kernel
def _scatter(
    out: Records, seed: int, i0: int, j0: int, columns: int, spacing: float, kind: int,
    chance: float, smallest: float, largest: float, aspect: float,
) -> int:  # fmt: skip
    """Put at most one feature into each square of a grid; return how many."""
    count = 0
    rows = out.shape[0] // columns
    stream = 200 + 10 * kind
    for j in range(j0, j0 + rows):
        for i in range(i0, i0 + columns):
            if hashed(seed, i, j, stream) >= chance:
                continue
            f = out[count]
            f.type = kind
            size = hashed(seed, i, j, stream + 3)
            f.radius = smallest + (largest - smallest) * size * size
            # Kept off the square's rim, so that two of a kind never run into each other.
            room = max(0.0, spacing - 2.6 * f.radius)
            f.x = (i + 0.5) * spacing + (hashed(seed, i, j, stream + 1) - 0.5) * room
            f.y = (j + 0.5) * spacing + (hashed(seed, i, j, stream + 2) - 0.5) * room
            f.stretch = 1.0 + aspect * hashed(seed, i, j, stream + 4)
            f.angle = np.pi * hashed(seed, i, j, stream + 5)
            f.dead = hashed(seed, i, j, stream + 6) < 0.5
            f.rim = f.radius * 0.5
            if kind == DCIS:
                f.rim = max(32.0, f.radius * (0.4 + 0.2 * hashed(seed, i, j, stream + 7)))
            elif kind == BENIGN:
                f.rim = min(13.0, f.radius * 0.6)
            f.i = i
            f.j = j
            count += 1
    return count


def features_near(
    pattern: SlidePattern, seed: int, x0: float, y0: float, x1: float, y1: float
) -> Records:
    """Return the features whose grid square touches the rectangle (um), in a fixed order."""
    found = [np.empty(0, FEATURE)]
    for kind, spacing, chance, smallest, largest, aspect in (
        (TUBULE, 75.0, pattern.tubules * 1.5, 3.0, 15.0, 0.25),
        (VESSEL, 150.0, pattern.vessels, 4.0, 26.0, 0.5),
        (BENIGN, 230.0, pattern.benign, 22.0, 44.0, 0.2),
        (DCIS, 620.0, pattern.dcis, 80.0, 170.0, 0.15),
    ):
        i0, j0 = int(np.floor(x0 / spacing)), int(np.floor(y0 / spacing))
        columns = int(np.ceil(x1 / spacing)) - i0
        rows = int(np.ceil(y1 / spacing)) - j0
        out = np.zeros(rows * columns, FEATURE)
        count = _scatter(
            out, seed, i0, j0, columns, spacing, kind, chance, smallest, largest, aspect
        )
        found.append(out[:count])
    return np.concatenate(found)
