"""What is drawn over the picture, as an image that is rendered again only when it changes."""

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QImage

from app.gui.images import overlay_view
from app.gui.view_transform import ViewTransform
from app.model.overlay import OverlayStyle
from app.model.screen_overlay import Canvas, CellMarks
from app.model.steps import CellNumber, DrawnRegion
from app.session.events import ShownField
from hardware.eyepiece_calibration import Affine
from inference.arrays import U8, Bool

LAYERS = ("cells", "membranes", "regions")
LEAST_RADIUS_PX = 2.75
"""A whole field has cells nine pixels apart: larger markers would hide the membranes. Shapes are
told apart when zoomed in."""


@dataclass(frozen=True)
class Layers:
    """Which layers are seen."""

    cells: bool = True
    membranes: bool = True
    regions: bool = True

    @property
    def style(self) -> OverlayStyle:
        """As the renderer takes it."""
        return OverlayStyle(
            marker_radius_least_px=LEAST_RADIUS_PX,
            marker_line_least_px=1.0,
            membrane_least_px=1.0,
            markers=self.cells,
            membrane_lines=self.membranes,
            region_lines=self.regions,
        )

    def with_layer(self, name: str, *, seen: bool) -> "Layers":
        """Return the layers with one of `LAYERS` switched."""
        return replace(self, **{name: seen})


@dataclass(frozen=True)
class Selection:
    """What the next edit changes: cells by number, or a region by name."""

    cells: frozenset[CellNumber] = frozenset()
    region: str | None = None

    def within(self, shown: ShownField | None) -> "Selection":
        """Return what of it is still there."""
        if shown is None:
            return Selection()
        here = set(shown.cells.numbers[~shown.cells.deleted].tolist())
        region = self.region if region_named(shown, self.region) else None
        return Selection(frozenset(self.cells & here), region)

    def rows(self, shown: ShownField) -> Bool:
        """Return (n,) which rows of the shown cells are selected."""
        return np.isin(shown.cells.numbers, list(self.cells))


def region_named(shown: ShownField, name: str | None) -> DrawnRegion | None:
    """Return a region of the shown field."""
    return next((each for each in shown.regions if each.region == name), None)


def field_canvas(transform: ViewTransform, layers: Layers) -> Canvas:
    """Return what the cells of a field are drawn on in a view."""
    return Canvas(
        Affine.from_matrix(transform.matrix),
        transform.view_width,
        transform.view_height,
        layers.style,
        on_tissue=True,
    )


class FieldLayer:
    """Keeps the overlay of a view, drawn."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._pixels: U8 | None = None
        self.renders = 0
        """How often it was drawn here: once for each change, however often it is painted, and
        never for what came drawn."""

    def image(self, shown: ShownField, canvas: Canvas, selection: Selection) -> QImage:
        """Return the overlay for a view; the memory stays until the next call."""
        key = (shown, canvas, selection.cells)
        known = self._key
        same = known is not None and known[0] is shown and known[1:] == key[1:]
        if not same or self._pixels is None:
            drawn = None if selection.cells else shown.drawings.get(canvas)
            if drawn is None:
                marks = CellMarks(shown.cells.touched, selection.rows(shown))
                drawn = canvas.draw(shown.overlay, marks)
                self.renders += 1
            self._pixels, self._key = drawn, key
        return overlay_view(self._pixels)
