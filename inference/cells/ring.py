"""The ring profile of each cell: what its membrane looks like at 36 angles, free of thresholds.

From the nucleus center a ray leaves at each angle. On every ray the place with the strongest
membrane contrast is sought such that neighboring rays find neighboring places: the closed path
of greatest total contrast in polar coordinates, where a step in radius from one ray to the next
costs contrast. The path may not go past the line halfway to the next nucleus (plus a margin for
a membrane that does not lie in the middle), or it would count the neighbor's far side.

Contrast and density at the path are kept; classes follow from them by comparisons alone
(`inference.cells.ring_classes`), so that a moved threshold costs no look at the image.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from inference.arrays import F32, F64, I64, U8, Bool
from inference.kernel import inlined, kernel, over_rows
from inference.stain.density import UNITS_PER_OD

ANGLES = 36
"""Rays per cell; 10 degrees, or 0.9 um of a membrane 5 um from the center."""


@dataclass(frozen=True)
class RingSettings:
    """Where the membrane of a cell is looked for. Lengths in um.

    Attributes
    ----------
    inner_um, outer_um, step_um
        First and last radius, and the distance of samples along a ray.
    margin_um
        How far beyond the line halfway to the next nucleus a membrane may lie.
    stiffness_od
        Contrast (optical density) that one step in radius between neighboring rays costs.
    """

    inner_um: float = 1.8
    outer_um: float = 8.1
    step_um: float = 0.3
    margin_um: float = 1.2
    stiffness_od: float = 0.02


@dataclass(frozen=True)
class RingProfiles:
    """The rings of n cells.

    Attributes
    ----------
    contrast, density
        (n, 36) uint8 in units of 1/128 OD: background-removed DAB and plain DAB at the place of
        the membrane on each ray; ray j leaves at j * 10 degrees, x right, y down.
    radius
        (n, 36) uint8, index of the sample on the ray where the membrane was found.
    seen
        (n, 36) whether the ray's first samples lie inside the field; others count nowhere.
    """

    contrast: U8
    density: U8
    radius: U8
    seen: Bool

    def __len__(self) -> int:
        return len(self.contrast)


def radii_um(settings: RingSettings) -> F32:
    """Return the radii of the samples on a ray, in um."""
    count = int((settings.outer_um - settings.inner_um) / settings.step_um + 1e-6) + 1
    return (settings.inner_um + settings.step_um * np.arange(count)).astype(np.float32)


def ray_limits(xy_grid: F32, um_per_px: float, settings: RingSettings) -> F32:
    """Return how far each ray may look, (n, 36) in um.

    A ray ends `margin_um` past the place where it crosses the perpendicular bisector to any
    other nucleus within reach, and never before the first sample.
    """
    limits = np.full((len(xy_grid), ANGLES), settings.outer_um, np.float32)
    points = xy_grid.astype(np.float64) * um_per_px
    # A bisector farther away than this cannot shorten any ray.
    reach = 2 * (settings.outer_um - settings.margin_um)
    if len(points) > 1 and reach > 0:
        pairs = cKDTree(points).query_pairs(reach, output_type="ndarray").astype(np.int64)
        _limit_by_neighbors(points, pairs, limits, _rays(), settings.margin_um, settings.inner_um)
    return limits


def _rays() -> F64:
    """Return the (36, 2) directions of the rays."""
    theta = 2 * np.pi * np.arange(ANGLES) / ANGLES
    return np.stack([np.cos(theta), np.sin(theta)], axis=1)


@kernel
def _limit_by_neighbors(
    points: F64, pairs: I64, limits: F32, rays: F64, margin: float, least: float
) -> None:
    for p in range(pairs.shape[0]):
        for side in range(2):
            cell, other = pairs[p, side], pairs[p, 1 - side]
            dx = points[other, 0] - points[cell, 0]
            dy = points[other, 1] - points[cell, 1]
            half_square = (dx * dx + dy * dy) / 2.0
            for j in range(rays.shape[0]):
                # The ray meets the bisector where its component along the line between the
                # two nuclei is half their distance.
                along = dx * rays[j, 0] + dy * rays[j, 1]
                if along * limits[cell, j] > half_square:
                    limit = max(least, half_square / along + margin)
                    limits[cell, j] = min(limits[cell, j], limit)


def ring_profiles(
    contrast: U8, density: U8, xy_grid: F32, um_per_px: float, settings: RingSettings
) -> RingProfiles:
    """Measure the membrane ring of every cell.

    Parameters
    ----------
    contrast, density
        (h, w) uint8, see `inference.stain.enhancement.Enhancement`.
    xy_grid
        (n, 2) nucleus centers in pixels of these images.
    um_per_px
        Pixel size of these images.
    """
    n = len(xy_grid)
    radii = radii_um(settings)
    limits = ray_limits(xy_grid, um_per_px, settings)
    # How many samples each ray has before its limit; the first is always there.
    counts = np.maximum(np.searchsorted(radii, limits.ravel(), side="right"), 1)
    counts = counts.reshape(limits.shape).astype(np.int64)
    profiles = RingProfiles(
        contrast=np.zeros((n, ANGLES), np.uint8),
        density=np.zeros((n, ANGLES), np.uint8),
        radius=np.zeros((n, ANGLES), np.uint8),
        seen=np.zeros((n, ANGLES), np.bool_),
    )
    points = np.ascontiguousarray(xy_grid, np.float32)
    reach = (radii / np.float32(um_per_px)).astype(np.float32)
    rays = _rays().astype(np.float32)
    # One step of path cost in the same 1/128 OD units as the contrast.
    stiffness = np.float32(settings.stiffness_od * UNITS_PER_OD)
    over_rows(
        lambda first, last: _measure(
            contrast, density, points, reach, rays, counts, stiffness, first, last,
            profiles.contrast, profiles.density, profiles.radius, profiles.seen,
        ),
        n,
    )  # fmt: skip
    return profiles


@inlined
def _bilinear(image: U8, x: np.float32, y: np.float32) -> np.float32:
    x0, y0 = int(x), int(y)
    x1, y1 = min(x0 + 1, image.shape[1] - 1), min(y0 + 1, image.shape[0] - 1)
    fx, fy = x - np.float32(x0), y - np.float32(y0)
    a, b = np.float32(image[y0, x0]), np.float32(image[y0, x1])
    c, d = np.float32(image[y1, x0]), np.float32(image[y1, x1])
    top = a + (b - a) * fx
    return top + (c + (d - c) * fx - top) * fy


@kernel
def _measure(
    contrast: U8,
    density: U8,
    points: F32,
    reach: F32,
    rays: F32,
    counts: I64,
    stiffness: np.float32,
    first: int,
    last: int,
    out_contrast: U8,
    out_density: U8,
    out_radius: U8,
    seen: Bool,
) -> None:
    right, bottom = np.float32(contrast.shape[1] - 1), np.float32(contrast.shape[0] - 1)
    angles, count = counts.shape[1], reach.shape[0]
    samples = np.empty((angles, count), np.float32)
    usable = np.empty(angles, np.int64)
    path = np.empty(angles, np.int64)
    came = np.empty((2 * angles, count), np.uint8)
    for cell in range(first, last):
        x0, y0 = points[cell, 0], points[cell, 1]
        for j in range(angles):
            usable[j] = 0
            for k in range(counts[cell, j]):
                x, y = x0 + reach[k] * rays[j, 0], y0 + reach[k] * rays[j, 1]
                if x < 0 or y < 0 or x > right or y > bottom:
                    break
                samples[j, k] = _bilinear(contrast, x, y)
                usable[j] = k + 1
        _closed_path(samples, usable, stiffness, came, path)
        for j in range(angles):
            if usable[j] == 0:
                continue
            k = path[j]
            x, y = x0 + reach[k] * rays[j, 0], y0 + reach[k] * rays[j, 1]
            seen[cell, j] = True
            out_radius[cell, j] = k
            out_contrast[cell, j] = np.uint8(samples[j, k] + np.float32(0.5))
            out_density[cell, j] = np.uint8(_bilinear(density, x, y) + np.float32(0.5))


@kernel
def _closed_path(samples: F32, usable: I64, stiffness: np.float32, came: U8, path: I64) -> None:
    """Find the path of greatest contrast around the ring, twice around so that it closes.

    The middle of the two laps, which feels both of its sides, is the path. A ray without
    samples carries every radius over unchanged.
    """
    angles, count = samples.shape
    blocked = np.float32(-1e9)
    best = np.zeros(count, np.float32)
    for lap in range(2 * angles):
        j = lap % angles
        for k in range(count):
            came[lap, k] = k
        if lap > 0:
            # The cheapest way to a radius is a chain of single steps: a distance transform of
            # slope `stiffness`, outward and then inward.
            for k in range(1, count):
                stepped = best[k - 1] - stiffness
                if stepped > best[k]:
                    best[k] = stepped
                    came[lap, k] = came[lap, k - 1]
            for k in range(count - 2, -1, -1):
                stepped = best[k + 1] - stiffness
                if stepped > best[k]:
                    best[k] = stepped
                    came[lap, k] = came[lap, k + 1]
        if usable[j] > 0:
            for k in range(usable[j]):
                best[k] += samples[j, k]
            for k in range(usable[j], count):
                best[k] = blocked
    at = np.argmax(best)
    half = angles // 2
    for lap in range(2 * angles - 1, half - 1, -1):
        if lap < half + angles:
            path[lap % angles] = at
        at = np.int64(came[lap, at])
