"""What the hand is drawing or dragging, from the button's press to its release, without Qt."""

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from app.gui.hit_test import simplified
from app.model.steps import DrawnRegion, Points

LASSO_STEP = 2.0
"""Pixels of the view between two points of a lasso."""


@dataclass(frozen=True)
class Push:
    """Drags the picture: the stage, or the zoomed view. Points are pixels of the view."""

    x: float
    y: float


@dataclass(frozen=True)
class Box:
    """A rectangle from corner to corner, in pixels of the field."""

    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def outline(self) -> Points:
        """Its four corners."""
        (x0, y0), (x1, y1) = self.start, self.end
        return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


@dataclass(frozen=True)
class Lasso:
    """A line drawn by hand, in pixels of the field."""

    outline: Points = ()

    def with_point(self, x: float, y: float, least_px: float) -> "Lasso":
        """Return it with one more point, unless that is nearly where the last one is."""
        if self.outline:
            before_x, before_y = self.outline[-1]
            if (x - before_x) ** 2 + (y - before_y) ** 2 < least_px**2:
                return self
        return Lasso((*self.outline, (x, y)))

    def smooth(self, tolerance_px: float) -> Points:
        """Return the corners that matter."""
        return simplified(self.outline, tolerance_px)


@dataclass(frozen=True)
class Polygon:
    """Corners set one by one, in pixels of the field; `hover` is where the next would be."""

    outline: Points = ()
    hover: tuple[float, float] | None = None


@dataclass(frozen=True)
class RegionDrag:
    """A region that is moved as a whole, by pixels of the field."""

    region: DrawnRegion
    start: tuple[float, float]
    by: tuple[float, float] = (0.0, 0.0)

    @property
    def outline(self) -> Points:
        """Where its edge would be."""
        return self.region.shifted(*self.by).exterior


@dataclass(frozen=True)
class CornerDrag:
    """A corner of a region that is dragged."""

    region: DrawnRegion
    corner: int
    outline: Points = field(default=())

    def to(self, x: float, y: float) -> "CornerDrag":
        """Return it with the corner elsewhere."""
        corners = list(self.outline or self.region.exterior)
        corners[self.corner] = (x, y)
        return replace(self, outline=tuple(corners))


Gesture: TypeAlias = Push | Box | Lasso | Polygon | RegionDrag | CornerDrag
