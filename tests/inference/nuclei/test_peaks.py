import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from inference.arrays import AnyArray
from inference.nuclei.peaks import local_maxima


def neighbors(image: AnyArray, y: int, x: int) -> list[tuple[int, int]]:
    height, width = image.shape
    return [
        (v, u)
        for v in range(max(y - 1, 0), min(y + 2, height))
        for u in range(max(x - 1, 0), min(x + 2, width))
        if (v, u) != (y, x)
    ]


def parabola(before: float, middle: float, after: float) -> float:
    curvature = before - 2.0 * middle + after
    if not (-math.inf < curvature < 0.0):
        return 0.0
    return min(max(0.5 * (before - after) / curvature, -0.5), 0.5)


def literal_maxima(image: AnyArray, threshold: float, radius: float) -> list[tuple[float, ...]]:
    """Flood every plateau from its first pixel, then compare all pairs."""
    height, width = image.shape
    found = []
    seen: set[tuple[int, int]] = set()
    for y in range(height):
        for x in range(width):
            value = float(image[y, x])
            if (y, x) in seen or not value >= threshold:
                continue
            plateau, waiting = {(y, x)}, [(y, x)]
            highest = True
            while waiting:
                for near in neighbors(image, *waiting.pop()):
                    if float(image[near]) > value:
                        highest = False
                    elif float(image[near]) == value and near not in plateau:
                        plateau.add(near)
                        waiting.append(near)
            seen |= plateau
            if not highest:
                continue
            at_x = sum(u for _, u in plateau) / len(plateau)
            at_y = sum(v for v, _ in plateau) / len(plateau)
            if len(plateau) == 1 and 0 < x < width - 1:
                at_x += parabola(float(image[y, x - 1]), value, float(image[y, x + 1]))
            if len(plateau) == 1 and 0 < y < height - 1:
                at_y += parabola(float(image[y - 1, x]), value, float(image[y + 1, x]))
            found.append((at_x, at_y, value))
    kept: list[tuple[float, ...]] = []
    for one in sorted(found, key=lambda m: -m[2]):
        if all((one[0] - k[0]) ** 2 + (one[1] - k[1]) ** 2 >= radius * radius for k in kept):
            kept.append(one)
    return kept


SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=13)
FEW_BYTES = arrays(np.uint8, SHAPES, elements=st.integers(0, 3))
BYTES = arrays(np.uint8, SHAPES, elements=st.integers(0, 255))
FLOATS = arrays(
    np.float32,
    SHAPES,
    elements=st.floats(-2, 2, width=16) | st.sampled_from([math.inf, -math.inf, math.nan]),
)


@settings(deadline=None)
@given(
    image=FEW_BYTES | BYTES | FLOATS,
    threshold=st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 100.0]),
    radius=st.sampled_from([0.0, 0.5, 1.0, 1.5, 3.0, 7.3, 40.0]),
)
def test_equals_literal(image: AnyArray, threshold: float, radius: float) -> None:
    xy, value = local_maxima(image, threshold, radius)
    expected = np.array(literal_maxima(image, threshold, radius), np.float32).reshape(-1, 3)
    np.testing.assert_array_equal(np.column_stack([xy, value]), expected)
    assert xy.dtype == value.dtype == np.float32


def test_bands_of_rows_join() -> None:
    image = np.random.default_rng(5).integers(0, 6, (301, 77)).astype(np.uint8)
    xy, value = local_maxima(image, 1, 2.0)
    expected = np.array(literal_maxima(image, 1, 2.0), np.float32)
    np.testing.assert_array_equal(np.column_stack([xy, value]), expected)


def test_parabola_finds_the_summit_between_pixels() -> None:
    y, x = np.mgrid[0:21, 0:31]
    image = (9 - 0.02 * (x - 14.3) ** 2 - 0.05 * (y - 7.8) ** 2).astype(np.float32)
    xy, value = local_maxima(image, 0, 3)
    np.testing.assert_allclose(xy, [[14.3, 7.8]], atol=1e-3)
    assert value[0] == image[8, 14]


def test_plateau_is_one_maximum_in_its_middle() -> None:
    image = np.zeros((9, 12), np.uint8)
    image[2:5, 3:8] = 200
    xy, _ = local_maxima(image, 1, 0)
    np.testing.assert_array_equal(xy, [[5, 3]])


def test_shoulder_is_no_maximum() -> None:
    image = np.zeros((5, 12), np.uint8)
    image[2, 2:9] = 50
    image[2, 9] = 51
    xy, value = local_maxima(image, 1, 0)
    np.testing.assert_array_equal(value, [51])
    assert xy[0, 1] == 2


@pytest.mark.parametrize("corner", [(0, 0), (0, 9), (6, 0), (6, 9), (0, 4), (3, 9)])
def test_maximum_on_the_border(corner: tuple[int, int]) -> None:
    image = np.zeros((7, 10), np.float32)
    image[corner] = 1
    xy, _ = local_maxima(image, 0.5, 2)
    np.testing.assert_array_equal(xy, [corner[::-1]])


def test_removed_maximum_removes_nothing() -> None:
    image = np.zeros((3, 30), np.uint8)
    image[1, [5, 9, 13]] = 30, 20, 10
    xy, _ = local_maxima(image, 1, 6)
    np.testing.assert_array_equal(xy[:, 0], [5, 13])


def test_non_contiguous_image() -> None:
    image = np.random.default_rng(1).random((40, 60)).astype(np.float32)
    for view in (image[::2, ::3], image.T):
        xy, _ = local_maxima(view, 0.3, 2)
        np.testing.assert_array_equal(xy, local_maxima(view.copy(), 0.3, 2)[0])


def test_empty_image() -> None:
    xy, value = local_maxima(np.zeros((0, 5), np.uint8), 0, 1)
    assert xy.shape == (0, 2)
    assert len(value) == 0


@pytest.mark.parametrize(
    ("image", "radius"),
    [
        (np.zeros((3, 3, 3), np.uint8), 1),
        (np.zeros((3, 3)), 1),
        (np.zeros((3, 3), np.uint8), -1),
        (np.zeros((3, 3), np.uint8), math.nan),
    ],
)
def test_refuses(image: AnyArray, radius: float) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        local_maxima(image, 1, radius)
