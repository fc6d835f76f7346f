"""Stain in every pixel: cell bodies, membranes, stroma, necrosis, gaps and folds."""

from typing import NamedTuple

import numpy as np

from hardware.simulators.tissue.arrays import F32, F64, Record, Records
from hardware.simulators.tissue.cells import ROW_STEP, CellSheet
from hardware.simulators.tissue.compiled import kernel
from hardware.simulators.tissue.fibers import FIBER_UM, FiberTexture
from hardware.simulators.tissue.membranes import membranes_at
from hardware.simulators.tissue.noise import sampled, smooth_step, texture
from hardware.simulators.tissue.tissue_map import (
    CLEAR,
    DUCT,
    FOLD,
    GLAND,
    LOOSE,
    NECROSIS,
    SHADED,
    STAINING,
    WARP_X,
    WARP_Y,
    TissueMap,
    read_node,
)


class Place(NamedTuple):
    """Where a picture lies on the slide and in the windows of what it is made from."""

    x0: float
    y0: float
    um_per_px: float
    node_x: int
    node_y: int
    fiber_x: int
    fiber_y: int
    cell_i: int
    cell_j: int
    cell_um: float


@kernel
def _cell_body(
    cell: Record, wall: float, nucleus: float, fine: float, mid: float, wide: float
) -> tuple[float, float]:
    """Return hematoxylin and DAB of the cytoplasm, `wall` um from the membrane."""
    # Unstained walls still show as faint lines.
    line = 0.025 * np.exp(-wall * wall / 0.25)
    blue = 0.055 * cell.body * (1.0 + 0.22 * fine + 0.22 * mid + 0.15 * wide) + line
    brown = cell.blush * (0.75 + 0.6 * np.exp(-wall / 2.4))
    brown *= max(0.0, 1.0 + 0.4 * fine + 0.45 * mid + 0.3 * wide)
    brown += 2.6 * cell.blush * smooth_step((fine + 0.5 * mid - 1.35) / 1.2)
    if cell.tangential:
        # Cut along its membrane instead of across.
        brown += 0.32 * cell.density * max(0.0, 0.7 + 0.45 * mid + 0.3 * wide)
    return blue * (1.0 - 0.6 * nucleus), brown * (1.0 - 0.65 * nucleus)


@kernel
def _debris(dust: float, fine: float, mid: float, wide: float) -> tuple[float, float]:
    """Return both stains of dead cells: granular, washed out, with dust of their nuclei."""
    blue = 0.13 + 0.06 * mid + 0.04 * fine + 0.05 * wide
    blue += 0.5 * smooth_step((dust - 1.9) / 0.5)
    return blue, 0.08 + 0.04 * wide + 0.03 * fine


@kernel
def _collagen(fiber: float, node: F32, fine: float, mid: float, wide: float) -> float:
    """Return hematoxylin of the stroma."""
    loose = smooth_step(0.5 + 0.32 * node[LOOSE])
    blue = 0.062 - 0.03 * loose
    blue += 0.031 * fiber + 0.009 * fine + 0.007 * mid + 0.006 * wide
    slit = smooth_step((0.8 * mid - fiber - 0.9 - 1.2 * (1 - loose)) / 0.9)
    blue = max(0.006, blue) * (1.0 - 0.7 * slit)
    # A duct is wrapped in denser collagen.
    if -14 < node[DUCT] < 0 or -10 < node[GLAND] < 0:
        blue *= 1.5
    return blue


@kernel
def _fiber_at(fibers: F32, x: float, y: float, place: Place) -> float:
    fx = x / FIBER_UM - place.fiber_x
    fy = y / FIBER_UM - place.fiber_y
    i = int(fx)
    j = int(fy)
    u = fx - i
    v = fy - j
    top = fibers[j, i] * (1 - u) + fibers[j, i + 1] * u
    low = fibers[j + 1, i] * (1 - u) + fibers[j + 1, i + 1] * u
    return float(top * (1 - v) + low * v)


@kernel
def _shade(
    h: F32, dab: F32, cover: F32, planes: F32, fibers: F32, cells: Records, sites: F64,
    grains: F32, place: Place, gap_um: float,
) -> None:  # fmt: skip
    node = np.empty(SHADED, np.float32)
    near = np.empty(25)
    found = np.empty(2, np.int64)
    um = place.um_per_px
    for row in range(h.shape[0]):
        y = place.y0 + (row + 0.5) * um
        for column in range(h.shape[1]):
            x = place.x0 + (column + 0.5) * um
            read_node(node, planes, place.node_x, place.node_y, x, y)
            if node[CLEAR] > 1.5:
                h[row, column] = 0.0
                continue
            fine = sampled(grains, x / 0.26, y / 0.26)
            mid = sampled(grains, x / 0.8 + 97, y / 0.8)
            wide = sampled(grains, x / 2.3 + 31, y / 2.3 + 57)
            wx = x + node[WARP_X]
            wy = y + node[WARP_Y]
            r = int(np.floor(wy / (place.cell_um * ROW_STEP) + 0.5)) - place.cell_j
            half = 0.5 * ((r + place.cell_j) & 1)
            c = int(np.floor(wx / place.cell_um - half + 0.5)) - place.cell_i
            membrane, wall, vertex, alive = 0.0, 99.0, 99.0, 0
            cell = cells[r, c]
            if cell.near_live:
                bulge = sampled(grains, x / 1.1 + 211, y / 1.1 + 13)
                membrane, wall, vertex = membranes_at(
                    cells, sites, r, c,
                    wx + 0.25 * mid + 0.4 * wide, wy + 0.4 * bulge + 0.1 * fine,
                    near, found, grains,
                    max(0.5, 1.0 + 0.28 * mid + 0.12 * wide),
                    0.17 * fine + 0.14 * mid, 0.2 * bulge,
                )  # fmt: skip
                cell = cells[found[0], found[1]]
                alive = cell.live if wall > 0.0 else 0
            nucleus = cover[row, column]
            if alive > 0 and node[NECROSIS] > 0:
                dust = sampled(grains, x / 0.55, y / 0.55)
                blue, brown = _debris(dust, fine, mid, wide)
                membrane *= 0.35
            elif alive > 0:
                blue, brown = _cell_body(cell, wall, nucleus, fine, mid, wide)
                # Cells have come apart in the corners where three of them met.
                size = gap_um * (0.9 + 0.8 * wide + 0.5 * sampled(grains, x / 6.1, y / 6.1 + 77))
                hole = smooth_step((size - (wall + vertex) * 0.75) / 0.5)
                blue *= 1.0 - 0.85 * hole
                brown *= 1.0 - 0.85 * hole
                membrane *= 1.0 - 0.6 * hole
            elif node[GLAND] > 0:
                blue = 0.13 + 0.02 * fine + 0.025 * mid
                brown = 0.02
            else:
                blue = _collagen(_fiber_at(fibers, x, y, place), node, fine, mid, wide)
                brown = 0.012 * (1.0 + 0.5 * wide)
            tissue = smooth_step((-node[CLEAR] + 0.5 * mid) / 0.9 + 0.5)
            tissue *= 1.0 + 0.85 * smooth_step(node[FOLD] / 2.5 + 0.5)
            h[row, column] = tissue * (h[row, column] + max(0.0, blue))
            brown += membrane * (1.0 - 0.2 * nucleus)
            dab[row, column] = tissue * node[STAINING] * max(0.0, brown)


def shade(
    h: F32,
    dab: F32,
    cover: F32,
    land: TissueMap,
    fibers: FiberTexture,
    sheet: CellSheet,
    corner: tuple[float, float],
    um_per_px: float,
    gap_um: float,
) -> None:
    """Complete the stain planes of a picture whose nuclei are drawn.

    Parameters
    ----------
    h, dab
        (rows, columns) float32: hematoxylin of the nuclei, DAB; changed in place.
    cover
        (rows, columns) how much of a pixel is nucleus.
    corner
        Position on the slide (um) of the first pixel's corner.
    gap_um
        Size of the gaps where three cells meet.
    """
    place = Place(
        x0=corner[0],
        y0=corner[1],
        um_per_px=um_per_px,
        node_x=land.ix,
        node_y=land.iy,
        fiber_x=fibers.ix,
        fiber_y=fibers.iy,
        cell_i=sheet.i,
        cell_j=sheet.j,
        cell_um=sheet.cell_um,
    )
    cells = sheet.cells
    # Positions and sizes side by side: every pixel reads those of 25 sites.
    sites = np.stack([cells["x"], cells["y"], cells["weight"]], axis=-1)
    _shade(h, dab, cover, land.planes, fibers.values, cells, sites, texture(), place, gap_um)
