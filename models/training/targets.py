"""The heatmap that a patch should give, and how much each cell of it weighs."""

import cv2
import numpy as np

from inference.arrays import F32, I64
from inference.grid import ANALYSIS_UM_PER_PX
from models.training.annotations import Box
from models.training.material import OTHER, TUMOR, UNSURE, Material
from models.training.placement import Placement
from models.training.settings import Target

STRIDE = 4
"""Patch pixels per heatmap cell, as in `models.training.network`."""

_REACH_SIGMAS = 3.5
_SUBCELL_BITS = 4


def to_cells(xy: F32) -> F32:
    """Convert pixels of a patch to cells: the center of cell j is at pixel (j + 0.5) * 4 - 0.5."""
    return np.asarray((xy + 0.5) / STRIDE - 0.5, np.float32)


def target_of(material: Material, placement: Placement, target: Target) -> tuple[F32, F32]:
    """Return what the network should answer for a patch, and the weight of each cell.

    The heatmap is the Gaussian of the nearest tumor nucleus. Weights: nothing outside of what is
    annotated; 1 on the ground of annotated crops, `Target.area` in polygons without tumor; in
    the disc of a nucleus that of the kind of the nearest nucleus, which for unsure ones is 0.

    Returns
    -------
    heatmap, weight
        (side / 4, side / 4) float32 each.
    """
    side = placement.side_px // STRIDE
    weight = _ground(material, placement, target, side)
    cell_um = STRIDE * ANALYSIS_UM_PER_PX
    reach = max(_REACH_SIGMAS * target.sigma_um, target.disc_um) / cell_um
    cells = to_cells(placement.to_patch(material.xy))
    near = ((cells > -reach) & (cells < side - 1 + reach)).all(axis=1)
    cells, meaning = cells[near], material.meaning[near]
    heatmap = np.zeros((side, side), np.float32)
    if not len(cells):
        return heatmap, weight
    squared = _squared_distances(cells, side)
    tumor = squared[meaning == TUMOR]
    if len(tumor):
        spread = np.float32(-0.5 * (cell_um / target.sigma_um) ** 2)
        heatmap = np.exp(spread * tumor.min(axis=0)).astype(np.float32)
    nearest: I64 = squared.argmin(axis=0)
    of_meaning = np.zeros(3, np.float32)
    of_meaning[[TUMOR, OTHER, UNSURE]] = target.tumor, target.other, 0.0
    in_disc = squared.min(axis=0) <= np.float32((target.disc_um / cell_um) ** 2)
    weight = np.where(in_disc & (weight > 0), of_meaning[meaning[nearest]], weight)
    return heatmap, weight.astype(np.float32)


def _squared_distances(cells: F32, side: int) -> F32:
    """Return (n, side, side) squared distances of points to the centers of cells."""
    grid = np.arange(side, dtype=np.float32)
    across, down = (grid - cells[:, :1]) ** 2, (grid - cells[:, 1:]) ** 2
    return across[:, None, :] + down[:, :, None]


def _ground(material: Material, placement: Placement, target: Target, side: int) -> F32:
    weight = np.zeros((side, side), np.float32)
    for kind, value in (("non-tumor", target.area), ("tumor", 0.0)):
        for area in material.areas:
            if area.kind == kind:
                _fill(weight, to_cells(placement.to_patch(area.outline)), value)
    margin = target.margin_um / material.um_per_px
    for box in material.boxes:
        _fill(weight, to_cells(placement.to_patch(_corners(box, margin))), 1.0)
    return weight


def _corners(box: Box, margin: float) -> F32:
    # Boxes are pixel edges, points pixel centers.
    x0, y0 = box[0] + margin - 0.5, box[1] + margin - 0.5
    x1, y1 = box[2] - margin - 0.5, box[3] - margin - 0.5
    if x0 >= x1 or y0 >= y1:
        return np.zeros((0, 2), np.float32)
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)


def _fill(weight: F32, outline: F32, value: float) -> None:
    if len(outline):
        corners = np.rint(outline * 2**_SUBCELL_BITS).astype(np.int32)
        cv2.fillPoly(weight, [corners], value, shift=_SUBCELL_BITS)
