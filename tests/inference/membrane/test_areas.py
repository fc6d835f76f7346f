import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.membrane.areas import area_limits_px, enclosed_areas
from inference.membrane.bits import pack, unpack
from inference.membrane.runs import background_runs

PROPERTY = settings(deadline=None, derandomize=True, max_examples=80)


def picture(text):
    return np.array([[c == "#" for c in row] for row in text.split()])


@PROPERTY
@given(data=st.data())
def test_runs_are_the_4_connected_components_of_the_background(data, masks, literal):
    mask = data.draw(masks)
    runs = background_runs(pack(mask))
    labels = np.full(mask.shape, -1)
    for y in range(mask.shape[0]):
        previous = -1
        for run in range(runs.row_start[y], runs.row_start[y + 1]):
            assert previous < runs.first[run] < runs.stop[run]  # apart, and in order
            labels[y, runs.first[run] : runs.stop[run]] = runs.label[run]
            previous = runs.stop[run]
    expected = literal.components(mask) - 1
    assert runs.components == expected.max() + 1
    np.testing.assert_array_equal(labels, expected)


@PROPERTY
@given(data=st.data())
def test_areas_equal_the_literal_ones(data, masks, literal):
    mask = data.draw(masks)
    min_px = data.draw(st.integers(0, 6))
    max_px = min_px + data.draw(st.sampled_from([0, 5, 50, 1000]))
    areas = enclosed_areas(pack(mask), min_px, max_px)
    numbered, filled = literal.areas(mask, min_px, max_px)
    np.testing.assert_array_equal(unpack(areas.filled), filled)
    np.testing.assert_array_equal(areas.size_px, np.bincount(numbered.ravel())[1:])
    assert len(areas) == numbered.max()
    # All pixels, and a pixel around the field.
    around = np.pad(numbered, 1) - 1
    y, x = np.mgrid[: around.shape[0], : around.shape[1]].reshape(2, -1) - 1
    points = np.stack([x, y], 1)
    np.testing.assert_array_equal(areas.index_at(points), around.ravel())
    np.testing.assert_array_equal(areas.holds(points), np.pad(filled, 1).ravel())


def test_a_slanted_wall_divides_and_an_open_ring_encloses_nothing():
    skeleton = picture(
        """
        ..........
        ..#...###.
        .#.#..#.#.
        #...#.#...
        .#.#..###.
        ..#.......
        """
    )
    areas = enclosed_areas(pack(skeleton), 1, 100)
    assert areas.size_px.tolist() == [5]
    assert areas.index_at(np.array([[2, 3], [7, 2], [2, 1]])).tolist() == [0, -1, -1]
    assert areas.holds(np.array([[2, 3], [7, 2], [2, 1], [4, 3]])).tolist() == [
        True,
        False,
        True,
        True,
    ]


def test_a_wall_may_lie_on_the_border_but_an_area_may_not():
    skeleton = picture("#### #..# ####")
    assert len(enclosed_areas(pack(skeleton), 1, 9)) == 1
    assert len(enclosed_areas(pack(skeleton[:, 1:]), 1, 9)) == 0


def test_points_between_pixel_centers_belong_to_the_nearest():
    areas = enclosed_areas(pack(picture("#### #..# ####")), 1, 9)
    points = np.array([[0.5, 0.5], [0.49, 1], [2.4, 1.4], [2.5, 1], [-1e20, 1], [1, 1e20]])
    assert areas.index_at(points).tolist() == [0, -1, 0, -1, -1, -1]


def test_an_island_inside_does_not_split_an_area():
    skeleton = picture("##### #...# #.#.# #...# #####")
    areas = enclosed_areas(pack(skeleton), 8, 8)
    assert len(areas) == 1
    assert unpack(areas.filled).all()


def test_limits_are_areas_in_square_micrometers():
    # 0.5 um/px: four pixels are one square micrometer.
    assert area_limits_px(10, 100, 0.5) == (40, 400)
    assert area_limits_px(10.1, 100.1, 0.5) == (41, 400)
    with pytest.raises(ValueError, match="um per px must be positive, not 0"):
        area_limits_px(1, 2, 0)
    for limits in [(5, 4), (-1, 4), (0, float("inf")), (float("nan"), 1)]:
        with pytest.raises(ValueError, match="from a smaller to a larger size"):
            area_limits_px(*limits, 0.5)
