"""Membranes: every cell stains its own side of the walls that it shares with its neighbors."""

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, I64, Record, Records
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.noise import smooth_step
from hardware.simulators.tissue.rings import gap_value

_ROUND_UM = 1.6
"""Radius, about, of a cell's corners toward stroma."""

_REACH_UM = 3.6
"""Farther than this from a wall no membrane is drawn."""


@kernel
def _own_side(cell: Record, depth: float, thick: float, wx: float, wy: float, gaps: F32) -> float:
    """Return the density of a cell's own membrane, `depth` um inside of its wall."""
    if cell.density <= 0.0 or abs(depth) > _REACH_UM:
        return 0.0
    width = cell.width * thick
    # Both sides of a shared wall together are `width` wide at half of their height.
    t = (depth - 0.12 * width) / (0.323 * width)
    if abs(t) > 3.5:
        return 0.0
    gate = smooth_step((cell.gate - gap_value(gaps, wx, wy, cell)) / 0.5 + 0.5)
    return float(gate * cell.density * np.exp(-0.5 * t * t))


@kernel
def membranes_at(
    cells: Records, sites: F64, r: int, c: int, wx: float, wy: float, near: F64, found: I64,
    gaps: F32, thick: float, grain: float, uneven: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Return DAB of the membranes at a place, and the distances to the two nearest walls.

    Parameters
    ----------
    cells, sites
        The sheet, and (rows, columns, 3) x, y and weight of its sites side by side.
    r, c
        Site of the lattice whose cell the place lies in before jitter.
    wx, wy
        The place in the warped plane (um).
    near, found
        Scratch for the 25 sites around; row and column of the cell that the place lies in.
    thick, grain, uneven
        Factor of the width, and what is added to 1 as a factor of the density.
    """
    best = 1e18
    at = 0
    for k in range(25):
        site = sites[r - 2 + k // 5, c - 2 + k % 5]
        dx = wx - site[0]
        dy = wy - site[1]
        near[k] = dx * dx + dy * dy - site[2]
        if near[k] < best:
            best = near[k]
            at = k
    r0 = r - 2 + at // 5
    c0 = c - 2 + at % 5
    cell = cells[r0, c0]
    found[0] = r0
    found[1] = c0
    first = 99.0
    second = 99.0
    outside = 0.0
    dab = 0.0
    for k in range(25):
        lead = near[k] - best
        if k == at or lead > 160.0:
            continue
        other = cells[r - 2 + k // 5, c - 2 + k % 5]
        dx = sites[r - 2 + k // 5, c - 2 + k % 5, 0] - sites[r0, c0, 0]
        dy = sites[r - 2 + k // 5, c - 2 + k % 5, 1] - sites[r0, c0, 1]
        s = lead / (2.0 * np.sqrt(dx * dx + dy * dy))
        second = min(second, max(s, first))
        first = min(first, s)
        if other.live == 0:
            outside += np.exp(-s / _ROUND_UM)
        else:
            # Beyond the outermost cell a membrane ends sooner than inside of a neighbor.
            beyond = s if cell.live > 0 else 1.8 * s + 0.15
            dab = max(dab, _own_side(other, -beyond, thick, wx, wy, gaps))
    if cell.live > 0:
        if outside > 0.0:
            # Toward stroma the corners are rounded: a smooth minimum of the distances.
            first = min(first, -_ROUND_UM * np.log(outside))
        dab = max(dab, _own_side(cell, first, thick, wx, wy, gaps))
    knot = 0.35 * np.exp(-max(0.0, first + second) / 1.4)
    return dab * max(0.3, 1.0 + uneven + grain + knot), first, second
