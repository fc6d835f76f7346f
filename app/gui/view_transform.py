"""Where the field lies in the view: zoom and pan, without Qt."""

from dataclasses import dataclass, replace

import numpy as np

from app.live.view import Crop, View
from inference.arrays import F64

MOST_SCALE = 24.0
"""Largest zoom: view pixels per camera pixel."""


@dataclass(frozen=True)
class ViewTransform:
    """From pixels of the field to pixels of the view; pixel centers are whole numbers in both.

    Attributes
    ----------
    field_width, field_height
        Size of the field.
    view_width, view_height
        Size of the view in pixels of the screen.
    zoom
        1 shows the whole field; it cannot be smaller.
    x_px, y_px
        Place of the field in the middle of the view.
    """

    field_width: int
    field_height: int
    view_width: int
    view_height: int
    zoom: float = 1.0
    x_px: float = 0.0
    y_px: float = 0.0

    @staticmethod
    def whole(field: tuple[int, int], view: tuple[int, int]) -> "ViewTransform":
        """Show the whole field; sizes are width and height."""
        return ViewTransform(*field, *view)._placed()

    @property
    def fit(self) -> float:
        """View pixels per field pixel at which the whole field is seen."""
        return min(self.view_width / self.field_width, self.view_height / self.field_height)

    @property
    def scale(self) -> float:
        """View pixels per field pixel."""
        return self.fit * self.zoom

    @property
    def matrix(self) -> F64:
        """The (2, 3) map from field to view."""
        x0, y0 = self.to_view(0.0, 0.0)
        return np.array([[self.scale, 0.0, x0], [0.0, self.scale, y0]])

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the field."""
        return (
            (x - self.x_px) * self.scale + (self.view_width - 1) / 2,
            (y - self.y_px) * self.scale + (self.view_height - 1) / 2,
        )

    def to_field(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the view."""
        return (
            (x - (self.view_width - 1) / 2) / self.scale + self.x_px,
            (y - (self.view_height - 1) / 2) / self.scale + self.y_px,
        )

    def zoomed(self, factor: float, at: tuple[float, float] | None = None) -> "ViewTransform":
        """Zoom so that what lies at a point of the view stays there; None is the middle."""
        x, y = at or ((self.view_width - 1) / 2, (self.view_height - 1) / 2)
        keep_x, keep_y = self.to_field(x, y)
        most = max(1.0, MOST_SCALE / self.fit)
        after = replace(self, zoom=min(most, max(1.0, self.zoom * factor)))
        there_x, there_y = after.to_field(x, y)
        return replace(
            after, x_px=self.x_px + keep_x - there_x, y_px=self.y_px + keep_y - there_y
        )._placed()

    def at_scale(self, scale: float) -> "ViewTransform":
        """Zoom to so many view pixels per field pixel, about the middle."""
        return self.zoomed(scale / self.scale)

    def panned(self, dx: float, dy: float) -> "ViewTransform":
        """Push the field by pixels of the view."""
        return replace(
            self, x_px=self.x_px - dx / self.scale, y_px=self.y_px - dy / self.scale
        )._placed()

    def resized(self, view: tuple[int, int]) -> "ViewTransform":
        """Return the same part of the field in a view of another size."""
        return replace(self, view_width=view[0], view_height=view[1])._placed()

    def of_field(self, field: tuple[int, int]) -> "ViewTransform":
        """Return the same part of a field of another size."""
        if field == (self.field_width, self.field_height):
            return self
        x, y = self.x_px * field[0] / self.field_width, self.y_px * field[1] / self.field_height
        after = replace(self, field_width=field[0], field_height=field[1], x_px=x, y_px=y)
        return after._placed()

    def rectangle(self, crop: Crop) -> tuple[float, float, float, float]:
        """Return left, top, width and height of a part of the field, edge to edge, in the view.

        Edges lie half a pixel beside the centers: 0 is the view's left edge.
        """
        x, y = self.to_view(crop.x0_px - 0.5, crop.y0_px - 0.5)
        return x + 0.5, y + 0.5, crop.width_px * self.scale, crop.height_px * self.scale

    def wanted(self) -> View:
        """Return what the acquisition must make for this view."""
        if self.zoom == 1.0:
            return View(self.view_width, self.view_height)
        left, top = self.to_field(-0.5, -0.5)
        right, bottom = self.to_field(self.view_width - 0.5, self.view_height - 0.5)
        x0, y0 = max(0, int(np.floor(left + 0.5))), max(0, int(np.floor(top + 0.5)))
        x1 = min(self.field_width, int(np.ceil(right + 0.5)))
        y1 = min(self.field_height, int(np.ceil(bottom + 0.5)))
        # Rounded up, so that the picture is as large as it is painted, to a pixel, both ways.
        width = max(1, int(np.ceil((x1 - x0) * self.scale)))
        height = max(1, int(np.ceil((y1 - y0) * self.scale)))
        return View(width, height, Crop(x0, y0, max(1, x1 - x0), max(1, y1 - y0)))

    def _placed(self) -> "ViewTransform":
        """Keep the field in the view: no gap at a side that could be filled."""
        half_x = (self.view_width / 2) / self.scale
        half_y = (self.view_height / 2) / self.scale
        return replace(
            self,
            x_px=_between(self.x_px, half_x, self.field_width),
            y_px=_between(self.y_px, half_y, self.field_height),
        )


def _between(center: float, half: float, size: int) -> float:
    """Keep a window of 2 x half inside of 0 to size (edges); center it when it is larger."""
    if 2 * half >= size:
        return (size - 1) / 2
    return min(max(center, half - 0.5), size - 0.5 - half)
