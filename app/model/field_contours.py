"""Outlines of cells and membranes of a field, for export."""

from dataclasses import dataclass

import numpy as np

from inference.analyser import MeasuredField
from inference.arrays import F32, F64
from inference.cells.classes import CellClass, merged
from inference.cells.ring import ANGLES, RingSettings, radii_um
from inference.membrane.description import MembraneDescription
from inference.membrane.polylines import class_polylines


@dataclass(frozen=True, eq=False)
class FieldContours:
    """Lines of a field, in field pixels, the center of the top left pixel being (0, 0).

    Attributes
    ----------
    rings
        (n, 36, 2) the closed path on which the membrane of each cell was measured.
    membranes
        Polylines (m, 2) of the membrane skeleton, by the class that they stand for.
    """

    rings: F64
    membranes: dict[CellClass, list[F32]]


def field_contours(measured: MeasuredField, membranes: MembraneDescription) -> FieldContours:
    """Return the outlines of a measured field.

    Where a ray found no place in the field, the ring takes the nearest angle's radius; a cell
    without any has a ring of the first radius.
    """
    scale = np.asarray(measured.grid_scale, np.float64)
    radius_um = radii_um(RingSettings())[measured.rings.radius]
    radius_um = _filled(radius_um, measured.rings.seen)
    theta = 2 * np.pi * np.arange(ANGLES) / ANGLES
    rays = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    reach_px = radius_um[..., None] / measured.grid_um_per_px / scale
    rings = measured.nuclei.xy_px[:, None, :] + reach_px * rays
    classes = merged(membranes.classes, len(membranes.levels))
    lines = {
        CellClass(code): [
            ((line + 0.5) / scale - 0.5).astype(np.float32) for line in found if len(line) > 1
        ]
        for code, found in class_polylines(classes).items()
    }
    return FieldContours(np.asarray(rings, np.float64), lines)


def _filled(radius_um: F32, seen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> F32:
    """Replace unseen radii by that of the nearest seen angle around the ring."""
    around = np.arange(ANGLES)
    distance = abs(around[:, None] - around)
    distance = np.minimum(distance, ANGLES - distance)
    nearest = np.where(seen[:, None, :], distance, ANGLES).argmin(axis=2)
    return np.take_along_axis(radius_um, nearest, axis=1)
