"""The ring of each cell: its walls, and on how much of them a membrane is stained."""

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, Record, Records
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.noise import sampled, smooth_step

RAYS = 24
GAP_UM = 1.7
"""Pixel of the texture that decides where a membrane has gaps."""


@kernel
def _sort(values: F64) -> None:
    """Sort a short array by insertion."""
    for k in range(1, values.shape[0]):
        value = values[k]
        m = k
        while m > 0 and values[m - 1] > value:
            values[m] = values[m - 1]
            m -= 1
        values[m] = value


@kernel
def _wall(cells: Records, r: int, c: int, ux: float, uy: float) -> tuple[float, int, int]:
    """Go from a site in a direction to the wall; return the distance and the cell behind."""
    cell = cells[r, c]
    best = 1e9
    to_r = r
    to_c = c
    for dr in range(-2, 3):
        for dc in range(-2, 3):
            if dr == 0 and dc == 0:
                continue
            other = cells[r + dr, c + dc]
            dx = other.x - cell.x
            dy = other.y - cell.y
            along = dx * ux + dy * uy
            if along > 1e-6:
                t = (dx * dx + dy * dy + cell.weight - other.weight) / (2 * along)
                if t < best:
                    best = t
                    to_r = r + dr
                    to_c = c + dc
    return best, to_r, to_c


@kernel
def gap_value(gaps: F32, x: float, y: float, cell: Record) -> float:
    """Return the gap texture as this cell feels it: a U-shaped cell is bare at its apex."""
    value = sampled(gaps, x / GAP_UM, y / GAP_UM)
    if cell.apical_x != 0.0 or cell.apical_y != 0.0:
        dx = x - cell.x
        dy = y - cell.y
        toward = (dx * cell.apical_x + dy * cell.apical_y) / (np.sqrt(dx * dx + dy * dy) + 1e-6)
        value += 4.0 * smooth_step((toward - 0.15) / 0.5)
    return value


@kernel
def measure_rings(cells: Records, gaps: F32) -> None:
    """Find each cell's size and the gate that leaves its share of the ring stained."""
    rows, columns = cells.shape
    ring = np.empty(RAYS)
    for r in range(2, rows - 2):
        for c in range(2, columns - 2):
            cell = cells[r, c]
            near = False
            for dr in range(-2, 3):
                for dc in range(-2, 3):
                    near = near or cells[r + dr, c + dc].live > 0
            cell.near_live = near
            if cell.live == 0:
                continue
            least = 1e9
            most = 0.0
            cos2 = 0.0
            sin2 = 0.0
            for k in range(RAYS):
                angle = 2 * np.pi * k / RAYS
                ux = np.cos(angle)
                uy = np.sin(angle)
                t, _, _ = _wall(cells, r, c, ux, uy)
                least = min(least, t)
                most = max(most, min(t, 12.0))
                cos2 += min(t, 12.0) * np.cos(2 * angle)
                sin2 += min(t, 12.0) * np.sin(2 * angle)
                ring[k] = gap_value(gaps, cell.x + t * ux, cell.y + t * uy, cell)
            cell.inner_radius = least
            cell.outer_radius = most
            cell.long_angle = 0.5 * np.arctan2(sin2, cos2)
            cell.gate = -9.0
            if cell.share > 0:
                _sort(ring)
                cell.gate = ring[min(RAYS - 1, int(cell.share * RAYS))]
                if cell.share > 0.9:
                    # Complete: what little is left bare is a thinning, not a gap.
                    cell.gate = max(cell.gate, ring[RAYS - 1])


@kernel
def look_back(cells: Records, gaps: F32, edge: int, yielding: float, gates: F64) -> None:
    """Measure on how much of its ring each cell shows a membrane, its own or a neighbor's.

    An incomplete cell then gives up that part of `yielding` by which it shows too much.
    Rings of sites up to `edge` have no measured neighbors and are left out.
    """
    rows, columns = cells.shape
    ring = np.empty(RAYS)
    for r in range(edge, rows - edge):
        for c in range(edge, columns - edge):
            cell = cells[r, c]
            gates[r, c] = cell.gate
            if cell.live == 0:
                continue
            count = 0
            for k in range(RAYS):
                angle = 2 * np.pi * k / RAYS
                ux = np.cos(angle)
                uy = np.sin(angle)
                t, nr, nc = _wall(cells, r, c, ux, uy)
                x = cell.x + t * ux
                y = cell.y + t * uy
                ring[k] = gap_value(gaps, x, y, cell)
                drawn = cell.share > 0 and ring[k] <= cell.gate
                behind = cells[nr, nc]
                if behind.live > 0 and behind.share > 0:
                    drawn = drawn or gap_value(gaps, x, y, behind) <= behind.gate
                count += drawn
            cell.completeness = count / RAYS
            excess = yielding * (cell.completeness - cell.share)
            if 0 < cell.share < 0.9 and excess > 0:
                own = 0
                for k in range(RAYS):
                    own += ring[k] <= cell.gate
                _sort(ring)
                keep = own - int(np.ceil(excess * RAYS))
                gates[r, c] = ring[keep] if keep >= 0 else -9.0
    for r in range(edge, rows - edge):
        for c in range(edge, columns - edge):
            cells[r, c].gate = gates[r, c]
