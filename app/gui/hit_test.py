"""What lies under the pointer; distances in um, so that they mean the same at every zoom."""

from collections.abc import Sequence

import numpy as np
import shapely

from app.model.steps import DrawnRegion, Points
from inference.arrays import F32, I64, Bool

CELL_REACH_UM = 5.0
"""A click farther from a nucleus than the radius of a tumor cell does not mean it."""


def nearest_cell(
    xy_px: F32, visible: Bool, x_px: float, y_px: float, um_per_px: float, reach_um: float
) -> int | None:
    """Return the row of the visible cell nearest to a point, or None when none is in reach."""
    rows = np.flatnonzero(visible)
    if len(rows) == 0:
        return None
    away = np.hypot(xy_px[rows, 0] - x_px, xy_px[rows, 1] - y_px) * um_per_px
    best = int(np.argmin(away))
    return int(rows[best]) if away[best] <= reach_um else None


def cells_within(xy_px: F32, visible: Bool, polygon: Points) -> I64:
    """Return the rows of the visible cells that lie in a polygon or on its edge."""
    if len(polygon) < 3:
        return np.zeros(0, np.int64)
    shape = shapely.Polygon(polygon)
    shapely.prepare(shape)
    inside = shapely.intersects_xy(shape, xy_px[:, 0].astype(float), xy_px[:, 1].astype(float))
    return np.flatnonzero(inside & visible).astype(np.int64)


def region_at(regions: Sequence[DrawnRegion], x_px: float, y_px: float) -> str | None:
    """Return the name of the region that was drawn last of those that hold a point."""
    point = shapely.Point(x_px, y_px)
    for region in reversed(regions):
        if shapely.intersects(shapely.Polygon(region.exterior, region.holes), point):
            return region.region
    return None


def corner_at(
    corners: Points, x_px: float, y_px: float, um_per_px: float, reach_um: float
) -> int | None:
    """Return the place of the corner nearest to a point, or None when none is in reach."""
    away = [float(np.hypot(x - x_px, y - y_px)) * um_per_px for x, y in corners]
    best = int(np.argmin(away))
    return best if away[best] <= reach_um else None


def simplified(points: Points, tolerance_px: float) -> Points:
    """Return a drawn line with fewer points that is nowhere farther away than the tolerance."""
    if len(points) < 4:
        return points
    line = shapely.LineString([*points, points[0]]).simplify(tolerance_px)
    corners = tuple((float(x), float(y)) for x, y in line.coords[:-1])
    return corners if len(corners) >= 3 else points


def worth_a_region(points: Points, um_per_px: float) -> bool:
    """Say whether a drawn line encloses more than a slip of the hand: 25 um²."""
    if len(points) < 3:
        return False
    return bool(shapely.Polygon(points).buffer(0).area * um_per_px**2 > 25.0)
