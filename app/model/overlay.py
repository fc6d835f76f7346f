"""What is drawn over a field, and the drawing, on tissue or on black."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.model.markers import MarkerSize, draw_markers
from app.model.membrane_lines import nearest_piece, skeleton_lines
from app.model.palette import CLASS_STYLES, HALO, REGION, VEIL, Color
from inference.arrays import F32, F64, I32, U8, Bool
from inference.cells.classes import CellClass
from inference.regions import Region

_SHIFT = 4
"""OpenCV takes corners in sixteenths of a pixel."""
_BAND = 256
"""Rows that are blended at once: a whole field in floats is large."""
_MEMBRANE_HALO_PX = 0.8


@dataclass(frozen=True, eq=False)
class Overlay:
    """What is drawn over one field; all coordinates are pixels of the field.

    Attributes
    ----------
    width_px, height_px, um_per_px
        Size and pixel size of the field.
    xy_px
        (n, 2) nucleus centers.
    cell_class
        (n,) codes of `CellClass`.
    counted
        (n,) whether the cell counts; those that do not are drawn fainter.
    membranes
        (h, w) class image of the skeleton on the analysis grid, which covers the whole field
        at its own scale: 0 nothing, else the `CellClass` that the membrane stands for.
    regions
        What the pathologist drew.
    """

    width_px: int
    height_px: int
    um_per_px: float
    xy_px: F32
    cell_class: U8
    counted: Bool
    membranes: U8
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True)
class OverlayStyle:
    """Sizes of what is drawn; nothing is drawn smaller than its least size in pixels."""

    marker_radius_um: float = 1.9
    marker_radius_least_px: float = 3.5
    marker_line_um: float = 0.5
    marker_line_least_px: float = 1.2
    membrane_um: float = 0.45
    membrane_least_px: float = 1.1
    region_um: float = 1.0
    region_least_px: float = 2.0
    markers: bool = True
    membrane_lines: bool = True
    region_lines: bool = True


def draw_on(rgb: U8, overlay: Overlay, style: OverlayStyle | None = None) -> U8:
    """Draw over tissue, with a dark edge around everything, and a veil where nothing counts.

    Parameters
    ----------
    rgb
        (h, w, 3) the field; left as it is.
    overlay
        Made for a field of that size.
    style
        Sizes and layers; the default shows all.

    Returns
    -------
    (h, w, 3) RGB.

    Raises
    ------
    ValueError
        The overlay is of a field of another size.
    """
    if rgb.shape[:2] != (overlay.height_px, overlay.width_px):
        raise ValueError(
            f"the overlay is for {overlay.width_px} x {overlay.height_px} px, "
            f"the field has {rgb.shape[1]} x {rgb.shape[0]} px"
        )
    canvas = rgb.copy()
    _draw(canvas, overlay, style or OverlayStyle(), on_tissue=True)
    return canvas


def draw_on_black(overlay: Overlay, style: OverlayStyle | None = None) -> U8:
    """Draw on black, for a display that adds its light to the tissue; returns (h, w, 3) RGB."""
    canvas = np.zeros((overlay.height_px, overlay.width_px, 3), np.uint8)
    _draw(canvas, overlay, style or OverlayStyle(), on_tissue=False)
    return canvas


def _draw(canvas: U8, overlay: Overlay, style: OverlayStyle, *, on_tissue: bool) -> None:
    px_per_um = 1 / overlay.um_per_px
    if style.region_lines and overlay.regions:
        width = max(style.region_least_px, style.region_um * px_per_um)
        _draw_regions(canvas, overlay, width, on_tissue=on_tissue)
    if style.membrane_lines:
        width = max(style.membrane_least_px, style.membrane_um * px_per_um)
        _draw_membranes(canvas, overlay.membranes, width, on_tissue=on_tissue)
    if style.markers:
        _draw_cells(canvas, overlay, style, on_tissue=on_tissue)


def _draw_cells(canvas: U8, overlay: Overlay, style: OverlayStyle, *, on_tissue: bool) -> None:
    px_per_um = 1 / overlay.um_per_px
    radius = max(style.marker_radius_least_px, style.marker_radius_um * px_per_um)
    line = max(style.marker_line_least_px, style.marker_line_um * px_per_um)
    halo = max(1.0, line / 2) if on_tissue else 0.0
    whole = MarkerSize(radius, line, halo)
    faint = MarkerSize(radius * 0.6, line * 0.7, halo * 0.7)
    # The rare, decisive classes last, on top of the others.
    for cell_class in CellClass:
        of_class = overlay.cell_class == cell_class
        look = CLASS_STYLES[cell_class]
        draw_markers(canvas, overlay.xy_px[of_class & overlay.counted], look, whole)
        draw_markers(canvas, overlay.xy_px[of_class & ~overlay.counted], look, faint)


def _draw_membranes(canvas: U8, membranes: U8, width_px: float, *, on_tissue: bool) -> None:
    height, width = canvas.shape[:2]
    pieces, codes = skeleton_lines(membranes, width, height)
    reach = width_px / 2 + _MEMBRANE_HALO_PX + 0.5
    distance, nearest = nearest_piece(pieces, codes, width, height, reach)
    colors = np.zeros((len(CellClass), 3), np.float32)
    for cell_class, look in CLASS_STYLES.items():
        colors[cell_class] = look.color
    for top in range(0, height, _BAND):
        band = slice(top, top + _BAND)
        away = distance[band]
        if on_tissue:
            _lay(canvas[band], 0.5 * np.clip(reach - away, 0, 1), HALO)
        _lay(canvas[band], np.clip(width_px / 2 + 0.5 - away, 0, 1), colors[nearest[band]])


def _draw_regions(canvas: U8, overlay: Overlay, width_px: float, *, on_tissue: bool) -> None:
    """Veil what does not count; outline include regions whole and exclude regions dashed."""
    size = canvas.shape[:2]
    if on_tissue:
        include = [_filled(region, size) for region in overlay.regions if region.kind == "include"]
        exclude = [_filled(region, size) for region in overlay.regions if region.kind == "exclude"]
        veil = np.zeros(size, np.float32) if not include else 1 - np.max(include, axis=0)
        for cover in exclude:
            veil = np.maximum(veil, cover)
        _lay(canvas, veil * np.float32(0.45), VEIL)
    for region in overlay.regions:
        lines = [_closed(ring) for ring in (region.exterior, *region.holes)]
        if region.kind == "exclude":
            lines = [dash for line in lines for dash in _dashes(line, 4 * width_px)]
        if on_tissue:
            _polylines(canvas, lines, width_px + 2, HALO)
        _polylines(canvas, lines, width_px, REGION)


def _filled(region: Region, size: tuple[int, int]) -> F32:
    """Return how much of each pixel lies in a region, 0 to 1; holes are outside."""
    mask = np.zeros(size, np.uint8)
    rings = [_fixed_point(ring) for ring in (region.exterior, *region.holes)]
    cv2.fillPoly(mask, rings, (255,), cv2.LINE_AA, _SHIFT)
    return mask.astype(np.float32) / np.float32(255)


def _closed(ring: F64) -> F64:
    return np.vstack([ring, ring[:1]])


def _dashes(line: F64, length_px: float) -> list[F64]:
    """Cut a polyline into dashes with gaps as long."""
    step = np.hypot(*np.diff(line, axis=0).T)
    place = np.concatenate([[0.0], np.cumsum(step)])
    count = max(1, round(place[-1] / (2 * length_px)))
    dash = place[-1] / (2 * count)
    pieces = []
    for start in np.arange(count) * 2 * dash:
        inside = place[(place > start) & (place < start + dash)]
        at = np.concatenate([[start], inside, [start + dash]])
        xy = [np.interp(at, place, line[:, axis]) for axis in (0, 1)]
        pieces.append(np.column_stack(xy))
    return pieces


def _polylines(canvas: U8, lines: list[F64], width_px: float, color: Color) -> None:
    points = [_fixed_point(line) for line in lines]
    cv2.polylines(canvas, points, False, color, round(width_px), cv2.LINE_AA, _SHIFT)


def _fixed_point(line: F64) -> I32:
    return np.asarray(np.round(line * 2**_SHIFT), np.int32)


def _lay(canvas: U8, cover: F32, color: Color | F32) -> None:
    """Blend a color, or (h, w, 3) colors, over the canvas, in place."""
    for top in range(0, len(canvas), _BAND):
        band = slice(top, top + _BAND)
        target = color[band] if isinstance(color, np.ndarray) else np.array(color, np.float32)
        part = canvas[band]
        part[:] = np.rint(part + cover[band, :, None] * (target - part)).astype(np.uint8)
