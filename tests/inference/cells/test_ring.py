"""The ring profile against a literal twin, and on drawn rings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.arrays import F32, U8
from inference.cells.ring import (
    ANGLES,
    RingSettings,
    _closed_path,
    radii_um,
    ray_limits,
    ring_profiles,
)


def twin_limits(xy: F32, um_per_px: float, s: RingSettings) -> F32:
    """Each ray against the bisector with every other nucleus, by the definition."""
    points = xy.astype(np.float64) * um_per_px
    limits = np.full((len(xy), ANGLES), s.outer_um)
    for i, p in enumerate(points):
        for q in np.delete(points, i, axis=0):
            for j in range(ANGLES):
                theta = 2 * np.pi * j / ANGLES
                along = (q - p) @ np.array([np.cos(theta), np.sin(theta)])
                if along > 1e-12:
                    crossing = (q - p) @ (q - p) / 2 / along
                    limit = max(s.inner_um, crossing + s.margin_um)
                    limits[i, j] = min(limits[i, j], limit)
    return limits.astype(np.float32)


def twin_path(samples: F32, usable: list[int], stiffness: float) -> list[int]:
    """Two laps of dynamic programming over every pair of radii, no shortcut."""
    angles, count = samples.shape
    best, came = np.zeros(count), []
    for lap in range(2 * angles):
        cost = best[None, :] - stiffness * abs(np.subtract.outer(np.arange(count), range(count)))
        if lap == 0:
            cost = np.where(np.eye(count), best, -np.inf)
        came.append(cost.argmax(axis=1))
        best = cost.max(axis=1)
        here = usable[lap % angles]
        if here:
            best = np.where(np.arange(count) < here, best + samples[lap % angles], -1e9)
    k, path = int(best.argmax()), [0] * angles
    for lap in range(2 * angles - 1, angles // 2 - 1, -1):
        if lap < angles // 2 + angles:
            path[lap % angles] = k
        k = int(came[lap][k])
    return path


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 24), st.sampled_from([0.0, 1.25, 2.5, 40.0]))
def test_the_path_is_the_twins_path(seed: int, count: int, stiffness: float) -> None:
    rng = np.random.default_rng(seed)
    # Multiples of 2^-12 below 8: every sum is exact in float32, and ties are all but impossible.
    samples = (rng.integers(0, 2**15, (ANGLES, count)) / 2**12).astype(np.float32)
    usable = rng.integers(0, count + 1, ANGLES)
    path = np.zeros(ANGLES, np.int64)
    came = np.empty((2 * ANGLES, count), np.uint8)
    _closed_path(samples, usable, np.float32(stiffness), came, path)
    twin = twin_path(samples, list(usable), stiffness)
    seen = usable > 0
    assert path[seen].tolist() == np.array(twin)[seen].tolist()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12))
def test_rays_end_where_the_neighbors_begin(seed: int, n: int) -> None:
    xy = (np.random.default_rng(seed).random((n, 2)) * 60).astype(np.float32)
    limits = ray_limits(xy, 0.424, RingSettings())
    np.testing.assert_allclose(limits, twin_limits(xy, 0.424, RingSettings()), rtol=1e-5)


def test_two_nuclei_at_one_place_do_not_divide_by_zero() -> None:
    xy = np.array([[10, 10], [10, 10], [14, 10]], np.float32)
    limits = ray_limits(xy, 0.5, RingSettings())
    assert np.isfinite(limits).all()
    assert limits.min() >= RingSettings().inner_um


def drawn_ring(size: int, center: tuple[float, float], radius_px: float, value: int) -> U8:
    y, x = np.mgrid[:size, :size]
    distance = np.hypot(x - center[0], y - center[1])
    return np.where(abs(distance - radius_px) < 1.2, value, 0).astype(np.uint8)


@pytest.mark.parametrize("um_per_px", [0.2, 0.424, 0.5])
def test_a_drawn_ring_is_found_at_its_radius_and_height(um_per_px: float) -> None:
    center = (40.3, 39.8)
    image = drawn_ring(81, center, 5.0 / um_per_px, 60)
    rings = ring_profiles(
        image, image // 2, np.array([center], np.float32), um_per_px, RingSettings()
    )
    found_um = radii_um(RingSettings())[rings.radius[0]]
    assert abs(found_um - 5.0).max() <= 1.2 * um_per_px + 0.3
    assert rings.contrast[0].min() >= 40
    assert rings.seen.all()
    assert abs(rings.density[0].astype(int) - rings.contrast[0] // 2).max() <= 1


def test_a_ray_never_reaches_the_neighbors_far_membrane() -> None:
    # The near cell is bare; only the neighbor, 8 um to the right, has a ring.
    um = 0.424
    here, there = (40.0, 40.0), (40.0 + 8 / um, 40.0)
    image = drawn_ring(100, there, 4.0 / um, 90)
    xy = np.array([here, there], np.float32)
    rings = ring_profiles(image, image, xy, um, RingSettings())
    shared = np.count_nonzero(rings.contrast[0] > 20)
    assert shared <= 10, "only the stretch toward the neighbor is shared"
    assert np.count_nonzero(rings.contrast[1] > 20) == ANGLES


def test_rays_that_leave_the_field_are_not_seen() -> None:
    image = np.zeros((30, 50), np.uint8)
    corner = np.array([[0, 0], [49, 29], [25, 15]], np.float32)
    rings = ring_profiles(image, image, corner, 0.424, RingSettings())
    assert np.count_nonzero(rings.seen[0]) == 10  # 0 to 90 degrees, both included
    assert np.count_nonzero(rings.seen[1]) == 10
    assert rings.seen[2].all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (7, 3)])
def test_tiny_fields_and_points_outside(shape: tuple[int, int]) -> None:
    image = np.full(shape, 200, np.uint8)
    xy = np.array([[0, 0], [-5, -5], [1000, 3]], np.float32)
    rings = ring_profiles(image, image, xy, 0.424, RingSettings())
    assert len(rings) == 3
    assert not rings.seen[2].any()


def test_no_cells() -> None:
    image = np.zeros((9, 9), np.uint8)
    rings = ring_profiles(image, image, np.zeros((0, 2), np.float32), 0.424, RingSettings())
    assert len(rings) == 0
