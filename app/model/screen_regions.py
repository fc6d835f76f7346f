"""Regions for the screen: a veil where nothing counts, and outlines."""

from collections.abc import Sequence

import cv2
import numpy as np

from app.model.palette import HALO, REGION, VEIL, Color
from inference.arrays import F64, I32, U8
from inference.regions import Region

_SHIFT = 4
"""OpenCV takes corners in sixteenths of a pixel."""
_FARTHEST = 2.0**26
"""Corners farther away would not fit OpenCV's numbers; they are off any screen."""
_VEIL_OPACITY = 0.45


def lay_veil(canvas: U8, regions: Sequence[Region], to_view: F64) -> None:
    """Lay a thin gray over all that does not count.

    Parameters
    ----------
    canvas
        (h, w, 4) transparent, blue, green, red, opacity, premultiplied; changed in place.
    to_view
        (2, 3) from field pixels to pixels of the canvas.
    """
    if not regions:
        return
    veil = np.zeros(canvas.shape[:2], np.uint8)
    include = [region for region in regions if region.kind == "include"]
    if include:
        veil[:] = 255
        for region in include:
            veil = np.minimum(veil, 255 - _filled(region, to_view, canvas.shape[:2]))
    for region in regions:
        if region.kind == "exclude":
            veil = np.maximum(veil, _filled(region, to_view, canvas.shape[:2]))
    shades = np.rint(np.arange(256)[:, None] / 255 * _VEIL_OPACITY * _opaque(VEIL))
    cv2.LUT(cv2.merge([veil] * 4), shades.astype(np.uint8)[:, None], dst=canvas)


def lay_outlines(
    canvas: U8, regions: Sequence[Region], to_view: F64, width_px: float, *, on_tissue: bool
) -> None:
    """Draw the edges of regions, include whole and exclude dashed.

    Parameters
    ----------
    canvas
        (h, w, 4) premultiplied; changed in place.
    on_tissue
        Whether the lines get a dark edge.
    """
    for region in regions:
        for ring in (region.exterior, *region.holes):
            line = in_view(np.vstack([ring, ring[:1]]), to_view)
            pieces = [line] if region.kind == "include" else dashes(line, 4 * width_px)
            if on_tissue:
                _draw(canvas, pieces, width_px + 2, HALO)
            _draw(canvas, pieces, width_px, REGION)


def in_view(xy_px: F64, to_view: F64) -> F64:
    """Map (n, 2) points of the field by a (2, 3) matrix."""
    return np.asarray(xy_px @ to_view[:, :2].T + to_view[:, 2], np.float64)


def dashes(line: F64, length_px: float) -> list[F64]:
    """Cut a polyline of (n, 2) points into dashes with gaps as long, at most 500 of them."""
    place = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    count = min(500, max(1, round(place[-1] / (2 * length_px))))
    dash = place[-1] / (2 * count)
    pieces = []
    for start in np.arange(count) * 2 * dash:
        inside = place[(place > start) & (place < start + dash)]
        at = np.concatenate([[start], inside, [start + dash]])
        xy = [np.interp(at, place, line[:, axis]) for axis in (0, 1)]
        pieces.append(np.column_stack(xy))
    return pieces


def _filled(region: Region, to_view: F64, size: tuple[int, ...]) -> U8:
    """Return how much of each pixel lies in a region, 0 to 255; holes are outside."""
    mask = np.zeros(size, np.uint8)
    rings = [_fixed_point(in_view(ring, to_view)) for ring in (region.exterior, *region.holes)]
    cv2.fillPoly(mask, rings, (255,), cv2.LINE_AA, _SHIFT)
    return mask


def _draw(canvas: U8, lines: list[F64], width_px: float, color: Color) -> None:
    opaque = tuple(float(value) for value in _opaque(color))
    points = [_fixed_point(line) for line in lines]
    cv2.polylines(canvas, points, False, opaque, max(1, round(width_px)), cv2.LINE_AA, _SHIFT)


def _opaque(color: Color) -> F64:
    return np.array([*color[::-1], 255], np.float64)


def _fixed_point(line: F64) -> I32:
    near = np.clip(line, -_FARTHEST, _FARTHEST)
    return np.asarray(np.round(near * 2**_SHIFT), np.int32)
