"""Antialiased markers for cells, from the signed distance to their shapes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from app.model.palette import HALO, ClassStyle, Color, MarkerShape
from inference.arrays import F32, F64, U8

_STEPS = 4
"""A marker lies on a quarter of a pixel: finer is not seen."""


@dataclass(frozen=True)
class MarkerSize:
    """Outer radius of a marker, width of its lines, and of its dark edge (0 for none)."""

    radius_px: float
    line_px: float
    halo_px: float


def draw_markers(canvas: U8, xy_px: F32, style: ClassStyle, size: MarkerSize) -> None:
    """Draw one class's marker at every point.

    Parameters
    ----------
    canvas
        (h, w, 3) RGB, changed in place.
    xy_px
        (n, 2) in pixels of `canvas`; points beside it are cut off or left out.
    style
        Color and shape.
    size
        In pixels of `canvas`.
    """
    quarters = np.round(xy_px.astype(np.float64) * _STEPS).astype(np.int64)
    reach = int(np.ceil(size.radius_px * 1.3 + size.halo_px)) + 1
    for qx, qy in quarters.tolist():
        x, fx = divmod(qx, _STEPS)
        y, fy = divmod(qy, _STEPS)
        ink, edge = _stamp(style.shape, (fx, fy), size, reach)
        if size.halo_px > 0:
            _blend(canvas, x - reach, y - reach, edge, HALO)
        _blend(canvas, x - reach, y - reach, ink, style.color)


def _blend(canvas: U8, left: int, top: int, alpha: F32, color: Color) -> None:
    height, width = canvas.shape[:2]
    rows, columns = alpha.shape
    y0, y1 = max(0, top), min(height, top + rows)
    x0, x1 = max(0, left), min(width, left + columns)
    if y0 >= y1 or x0 >= x1:
        return
    part = canvas[y0:y1, x0:x1]
    cover = alpha[y0 - top : y1 - top, x0 - left : x1 - left, None]
    part[:] = np.rint(part + cover * (np.array(color, np.float32) - part)).astype(np.uint8)


@cache
def _stamp(
    shape: MarkerShape, quarters: tuple[int, int], size: MarkerSize, reach: int
) -> tuple[F32, F32]:
    """Return how much of each pixel the marker and its dark edge cover, each (k, k), 0 to 1."""
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    x -= quarters[0] / _STEPS
    y -= quarters[1] / _STEPS
    distance = _DISTANCES[shape](x, y, size)
    ink = np.clip(0.5 - distance, 0, 1)
    edge = 0.75 * np.clip(0.5 + size.halo_px - distance, 0, 1)
    return ink.astype(np.float32), edge.astype(np.float32)


def _disc(x: F64, y: F64, size: MarkerSize) -> F64:
    return np.hypot(x, y) - size.radius_px


def _ring(x: F64, y: F64, size: MarkerSize) -> F64:
    return _outlined(_disc(x, y, size), size)


def _triangle(x: F64, y: F64, size: MarkerSize) -> F64:
    """Equilateral, point up; a little larger, since a triangle has less area than a disc."""
    slope: F64 = np.abs(x) * np.sqrt(0.75) - y / 2
    return np.maximum(slope, y) - 0.62 * size.radius_px


def _hollow_triangle(x: F64, y: F64, size: MarkerSize) -> F64:
    return _outlined(_triangle(x, y, size), size)


def _cross(x: F64, y: F64, size: MarkerSize) -> F64:
    """Diagonal, so that it is not taken for a cursor; a little smaller, since it is common."""
    length, half = 0.85 * size.radius_px, size.line_px / 2
    along: F64 = np.abs(x + y) / np.sqrt(2)
    across: F64 = np.abs(x - y) / np.sqrt(2)
    one = np.maximum(across - half, along - length)
    return np.minimum(one, np.maximum(along - half, across - length))


def _outlined(distance: F64, size: MarkerSize) -> F64:
    return np.abs(distance + size.line_px / 2) - size.line_px / 2


_DISTANCES: dict[MarkerShape, Callable[[F64, F64, MarkerSize], F64]] = {
    MarkerShape.DISC: _disc,
    MarkerShape.RING: _ring,
    MarkerShape.TRIANGLE: _triangle,
    MarkerShape.HOLLOW_TRIANGLE: _hollow_triangle,
    MarkerShape.CROSS: _cross,
}
