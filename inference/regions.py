"""Regions that a pathologist draws, and which cells they let count."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from inference.arrays import F32, F64, Bool


@dataclass(frozen=True, eq=False)
class Region:
    """One polygon of a field.

    A region is a closed set: points on its outer edge, and on the edge of a hole, belong to it.
    So a cell on the edge of an include region counts and one on the edge of an exclude region
    does not.

    Attributes
    ----------
    kind
        ``include``: only cells inside count; ``exclude``: cells inside do not count.
    exterior
        (n, 2) corners x, y in pixels of the field, the center of the top left pixel being
        (0, 0); the last corner is joined to the first and need not repeat it. n is 3 or more.
    holes
        The same for every hole.
    reason
        Why it was drawn, e.g. ``DCIS``; empty where nothing was said.
    """

    kind: Literal["include", "exclude"]
    exterior: F64
    holes: tuple[F64, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        for ring in (self.exterior, *self.holes):
            if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3:
                raise ValueError(f"a ring needs (n, 2) corners with n at least 3, not {ring.shape}")
            if not np.isfinite(ring).all():
                raise ValueError("a ring has a corner that is not finite")


def shifted(region: Region, dx_px: float, dy_px: float) -> Region:
    """Move a region, e.g. by (-x0, -y0) from a whole image to a field cut at (x0, y0)."""
    step = np.array([dx_px, dy_px], np.float64)
    holes = tuple(hole + step for hole in region.holes)
    return Region(region.kind, region.exterior + step, holes, region.reason)


def counted(xy_px: F32, regions: Sequence[Region]) -> Bool:
    """Tell which cells count: inside any include region, outside every exclude region.

    Parameters
    ----------
    xy_px
        (n, 2) nucleus centers, in the pixels in which the regions are given.
    regions
        Without an include region the whole field is included.

    Returns
    -------
    (n,) bool.
    """
    include = [region for region in regions if region.kind == "include"]
    exclude = [region for region in regions if region.kind == "exclude"]
    inside = np.full(len(xy_px), not include)
    for region in include:
        inside |= _covers(region, xy_px)
    for region in exclude:
        inside &= ~_covers(region, xy_px)
    return inside


def _covers(region: Region, xy_px: F32) -> Bool:
    polygon = shapely.Polygon(region.exterior, region.holes)
    shapely.prepare(polygon)
    # Not contains_xy, which leaves the edge out. GEOS answers with exact orientation tests.
    points = xy_px.astype(np.float64)
    return np.asarray(shapely.intersects_xy(polygon, points[:, 0], points[:, 1]), np.bool_)
