"""The overlay in the pixels of a window, fast enough to follow a slider.

A pure function of the overlay, where it goes, and how it looks: the main window lays the result
over the tissue, the eyepiece shows it on black, where transparent is no light.
"""

from dataclasses import dataclass

import numpy as np

from app.model.markers import MarkerSize
from app.model.overlay import Overlay, OverlayStyle
from app.model.palette import CLASS_STYLES, HALO
from app.model.screen_lines import bordered, grid_to_view, lay_lines, mark_dots, mark_lines
from app.model.screen_regions import in_view, lay_outlines, lay_veil
from app.model.screen_stamps import (
    EDITED,
    SELECTED,
    StampSheet,
    frame_sheet,
    lay_stamps,
    marker_sheet,
    placed,
)
from hardware.eyepiece_calibration import Affine
from inference.arrays import F64, I32, U8, Bool
from inference.cells.classes import CellClass
from inference.kernel import over_rows

_HALO_PX = 0.8
_HALO_OPACITY = 0.5
_DOTS_BELOW = 0.75
"""Pixels of the view per pixel of the grid below which dots make the lines."""
_SIZE_STEP_PX = 0.25
"""Marker sizes are rounded to it, so that zooming does not draw new stamps at every step."""


@dataclass(frozen=True)
class Canvas:
    """Where and how an overlay is drawn; a drawing made for one canvas fits no other.

    Attributes
    ----------
    field_to_view
        Pixels of the field to pixels of the view.
    width_px, height_px
        Size of the view.
    style, on_tissue
        As `screen_overlay` takes them.
    """

    field_to_view: Affine
    width_px: int
    height_px: int
    style: OverlayStyle
    on_tissue: bool

    def draw(self, overlay: Overlay, marks: "CellMarks | None" = None) -> U8:
        """Draw an overlay, as `screen_overlay` does; on any thread."""
        return screen_overlay(
            overlay,
            self.field_to_view.matrix,
            self.width_px,
            self.height_px,
            self.style,
            on_tissue=self.on_tissue,
            marks=marks,
        )


@dataclass(frozen=True, eq=False)
class CellMarks:
    """Which cells stand out.

    Attributes
    ----------
    edited
        (n,) cells that the pathologist changed or added: in corners.
    selected
        (n,) cells that the next edit changes: in a frame.
    """

    edited: Bool
    selected: Bool


def screen_overlay(
    overlay: Overlay,
    field_to_view: F64,
    width_px: int,
    height_px: int,
    style: OverlayStyle | None = None,
    *,
    on_tissue: bool = True,
    marks: CellMarks | None = None,
) -> U8:
    """Render an overlay for a view.

    Parameters
    ----------
    overlay
        What is drawn.
    field_to_view
        (2, 3) affine map from field pixels to view pixels; pixel centers are whole numbers in
        both. Sizes in um follow from it.
    width_px, height_px
        Size of the view.
    style
        Sizes and layers; the default shows all.
    on_tissue
        Dark edges around everything, and a veil where nothing counts; False for a display that
        adds its light to the tissue.
    marks
        Cells that stand out.

    Returns
    -------
    (height, width, 4) uint8, contiguous and read-only: blue, green, red, opacity,
    premultiplied, as ``QImage.Format_ARGB32_Premultiplied`` has it.

    Raises
    ------
    ValueError
        The map does not keep areas above zero, or the view is empty.
    """
    look = style or OverlayStyle()
    to_view = np.ascontiguousarray(field_to_view, np.float64)
    if to_view.shape != (2, 3) or not np.isfinite(to_view).all():
        raise ValueError(f"the view needs a finite (2, 3) map, not one of {to_view.shape}")
    scale = float(np.sqrt(abs(np.linalg.det(to_view[:, :2]))))
    if scale <= 0 or width_px < 1 or height_px < 1:
        raise ValueError("the view shows nothing")
    px_per_um = scale / overlay.um_per_px
    canvas = np.zeros((height_px, width_px, 4), np.uint8)
    if look.region_lines and overlay.regions:
        width = max(look.region_least_px, look.region_um * px_per_um)
        if on_tissue:
            lay_veil(canvas, overlay.regions, to_view)
        lay_outlines(canvas, overlay.regions, to_view, width, on_tissue=on_tissue)
    if look.membrane_lines and overlay.membranes.any():
        width = max(look.membrane_least_px, look.membrane_um * px_per_um)
        _lay_membranes(canvas, overlay, to_view, width, on_tissue=on_tissue)
    if look.markers and len(overlay.xy_px):
        _lay_cells(canvas, overlay, to_view, look, px_per_um, marks, on_tissue=on_tissue)
    canvas.flags.writeable = False
    return canvas


def _lay_membranes(
    canvas: U8, overlay: Overlay, to_view: F64, width_px: float, *, on_tissue: bool
) -> None:
    halo_px = _HALO_PX if on_tissue else 0.0
    reach = width_px / 2 + halo_px + 0.5
    field = overlay.height_px, overlay.width_px
    grid = overlay.membranes.shape[0], overlay.membranes.shape[1]
    from_grid = grid_to_view(grid, field, to_view)
    padded = bordered(overlay.membranes)
    keys = np.empty(canvas.shape[:2], np.uint16)
    ink = np.zeros((len(CellClass), 4), np.float32)
    for cell_class, class_style in CLASS_STYLES.items():
        ink[cell_class] = (*class_style.color[::-1], 255)
    halo = np.array([*HALO[::-1], 255], np.float32) * np.float32(_HALO_OPACITY)

    mark = mark_dots if abs(np.linalg.det(from_grid[:, :2])) < _DOTS_BELOW**2 else mark_lines

    def band(first: int, last: int) -> None:
        mark(padded, from_grid, reach, first, last, keys)
        lay_lines(canvas, keys, ink, halo, width_px, halo_px, reach, first, last)

    over_rows(band, len(canvas))


def _lay_cells(
    canvas: U8,
    overlay: Overlay,
    to_view: F64,
    look: OverlayStyle,
    px_per_um: float,
    marks: CellMarks | None,
    *,
    on_tissue: bool,
) -> None:
    radius = _stepped(max(look.marker_radius_least_px, look.marker_radius_um * px_per_um))
    line = _stepped(max(look.marker_line_least_px, look.marker_line_um * px_per_um))
    halo = max(1.0, line / 2) if on_tissue else 0.0
    whole = MarkerSize(radius, line, halo)
    faint = MarkerSize(radius * 0.6, line * 0.7, halo * 0.7)
    xy = in_view(overlay.xy_px.astype(np.float64), to_view)
    far = 2 * radius + 8
    inside = (xy > -far) & (xy < np.array([canvas.shape[1], canvas.shape[0]]) + far)
    near = np.asarray(inside.all(axis=1))
    # The rare, decisive classes last, on top of the others.
    order = np.argsort(overlay.cell_class, kind="stable")
    order = order[near[order]]
    counted = overlay.counted[order]
    for size, chosen in ((faint, order[~counted]), (whole, order[counted])):
        _stamp(canvas, marker_sheet(size), xy[chosen], overlay.cell_class[chosen].astype(np.int32))
    if marks is not None:
        for flags, kind in ((marks.edited, EDITED), (marks.selected, SELECTED)):
            chosen = np.flatnonzero(flags & near)
            _stamp(canvas, frame_sheet(whole), xy[chosen], np.full(len(chosen), kind, np.int32))


def _stamp(canvas: U8, sheet: StampSheet, xy: F64, kind: I32) -> None:
    if len(xy) == 0:
        return
    corner, quarter = placed(xy, sheet.reach_px)
    over_rows(
        lambda first, last: lay_stamps(canvas, sheet.pixels, kind, quarter, corner, first, last),
        len(canvas),
    )


def _stepped(size_px: float) -> float:
    return max(1, round(size_px / _SIZE_STEP_PX)) * _SIZE_STEP_PX
