"""The picture over a field: what is where, in which color and shape."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.markers import MarkerSize, draw_markers
from app.model.membrane_lines import nearest_piece, skeleton_lines
from app.model.overlay import OverlayStyle, draw_on, draw_on_black
from app.model.palette import CLASS_STYLES, REGION
from app.model.sheet import sheet
from inference.arrays import F32, F64, U8
from inference.cells.classes import CellClass
from inference.regions import Region
from tests.app.overlays import an_overlay


def cells(*xy: tuple[float, float], classes: list[int], counted: bool = True) -> dict[str, Any]:
    return {
        "xy_px": np.array(xy, np.float32),
        "cell_class": np.array(classes, np.uint8),
        "counted": np.full(len(classes), counted),
    }


def rectangle(x0: float, y0: float, x1: float, y1: float) -> F64:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)


def gray(width: int = 80, height: int = 60) -> U8:
    return np.full((height, width, 3), 200, np.uint8)


# Markers


@pytest.mark.parametrize("cell_class", list(CellClass))
def test_a_marker_is_centered_on_its_cell_and_has_its_color(cell_class: CellClass) -> None:
    overlay = an_overlay(**cells((40, 30), classes=[cell_class]))
    drawn = draw_on_black(overlay)
    y, x = np.nonzero(drawn.any(axis=2))
    # A triangle points up: its middle in height is above the point, never beside it.
    assert (x.min() + x.max()) / 2 == 40
    assert abs((y.min() + y.max()) / 2 - 30) <= (3 if "INCOMPLETE" in cell_class.name else 0)
    color = np.array(CLASS_STYLES[cell_class].color)
    assert (np.abs(drawn.astype(int) - color).sum(axis=2) == 0).any()


def test_every_class_has_a_shape_of_its_own() -> None:
    covers = []
    for style in CLASS_STYLES.values():
        canvas = np.zeros((41, 41, 3), np.uint8)
        draw_markers(canvas, np.array([[20, 20]], np.float32), style, MarkerSize(8, 2, 0))
        covers.append(canvas.max(axis=2) / max(style.color))
    for i, one in enumerate(covers):
        for other in covers[:i]:
            union = np.maximum(one, other).sum()
            assert np.abs(one - other).sum() > 0.25 * union


def test_a_disc_covers_its_area_wherever_it_lies() -> None:
    style = CLASS_STYLES[CellClass.INTENSE_COMPLETE]
    for shift in (0, 0.25, 0.5, 0.75):
        canvas = np.zeros((41, 41, 3), np.uint8)
        xy = np.array([[20 + shift, 20 - shift]], np.float32)
        draw_markers(canvas, xy, style, MarkerSize(7, 1, 0))
        cover = canvas[..., 2] / style.color[2]
        assert cover.sum() == pytest.approx(np.pi * 49, rel=0.02)
        y, x = np.mgrid[0:41, 0:41]
        assert (cover * x).sum() / cover.sum() == pytest.approx(xy[0, 0], abs=0.02)
        assert (cover * y).sum() / cover.sum() == pytest.approx(xy[0, 1], abs=0.02)


def test_markers_are_sized_in_um_and_never_below_their_least_size() -> None:
    def width_px(um_per_px: float) -> int:
        overlay = an_overlay(um_per_px=um_per_px, **cells((40, 30), classes=[4]))
        return int(np.count_nonzero(draw_on_black(overlay)[30].any(axis=1)))

    assert width_px(0.125) == pytest.approx(2 * 1.9 / 0.125, abs=2)
    assert width_px(0.25) == pytest.approx(2 * 1.9 / 0.25, abs=2)
    assert width_px(4.0) == pytest.approx(2 * 3.5, abs=2)


def test_cells_that_do_not_count_are_drawn_smaller() -> None:
    whole = draw_on_black(an_overlay(**cells((40, 30), classes=[4])))
    faint = draw_on_black(an_overlay(**cells((40, 30), classes=[4], counted=False)))
    assert 0 < np.count_nonzero(faint.any(axis=2)) < 0.6 * np.count_nonzero(whole.any(axis=2))


def test_the_strongest_class_lies_on_top() -> None:
    overlay = an_overlay(**cells((40, 30), (40, 30), classes=[4, 0]))
    assert tuple(draw_on_black(overlay)[30, 40]) == CLASS_STYLES[CellClass.INTENSE_COMPLETE].color


def test_cells_at_and_beyond_the_border_are_cut_off() -> None:
    at = [(0.0, 0.0), (79.0, 59.0), (-3.0, 70.0), (-500.0, 20.0), (40.0, 900.0)]
    drawn = draw_on_black(an_overlay(**cells(*at, classes=[4] * 5)))
    assert drawn[0, 0].any()
    assert drawn[59, 79].any()
    assert not drawn[20:40, 20:60].any()


def test_on_light_tissue_a_marker_has_a_dark_edge() -> None:
    overlay = an_overlay(**cells((40, 30), classes=[0]))
    white = np.full((60, 80, 3), 255, np.uint8)
    assert draw_on(white, overlay).min() < 100
    assert draw_on_black(overlay)[..., 0].max() == 255


# Membranes


def literal_nearest(pieces: F32, codes: U8, shape: tuple[int, int], reach: float) -> F64:
    """Give the distance from every pixel to the nearest piece, in double precision."""
    distance = np.full(shape, reach)
    for y in range(shape[0]):
        for x in range(shape[1]):
            for ax, ay, bx, by in pieces.astype(np.float64):
                dx, dy = bx - ax, by - ay
                length2 = dx * dx + dy * dy
                t = 0.0 if length2 == 0 else ((x - ax) * dx + (y - ay) * dy) / length2
                t = min(1.0, max(0.0, t))
                distance[y, x] = min(
                    distance[y, x], float(np.hypot(x - ax - t * dx, y - ay - t * dy))
                )
    return distance


place = st.floats(-3, 12, width=32)


@settings(deadline=None)
@given(
    st.lists(st.tuples(place, place, place, place, st.integers(1, 4)), max_size=5),
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(0.5, 4, width=32),
)
def test_nearest_piece_equals_its_literal_twin(
    lines: list[tuple[float, float, float, float, int]], width: int, height: int, reach: float
) -> None:
    pieces = np.array([line[:4] for line in lines], np.float32).reshape(-1, 4)
    codes = np.array([line[4] for line in lines], np.uint8)
    distance, nearest = nearest_piece(pieces, codes, width, height, reach)
    expected = literal_nearest(pieces, codes, (height, width), reach)
    np.testing.assert_allclose(distance, expected, atol=1e-4)
    clear = np.abs(expected - reach) > 1e-3
    np.testing.assert_array_equal((nearest > 0)[clear], (expected < reach)[clear])
    for code in np.unique(codes):  # the class at a pixel is that of a piece as near as any
        alone = literal_nearest(pieces[codes == code], codes, (height, width), reach)
        at = nearest == code
        np.testing.assert_allclose(alone[at], expected[at], atol=1e-4)


def test_of_pieces_equally_near_the_strongest_shows() -> None:
    piece = np.array([[0, 0, 4, 0]] * 3, np.float32)
    _, nearest = nearest_piece(piece, np.array([1, 4, 2], np.uint8), 5, 1, 2.0)
    assert nearest.tolist() == [[4] * 5]


def joined_literally(membranes: U8) -> float:
    """Give the number of joints: right, down, and diagonals that no corner makes up for."""
    height, width = membranes.shape

    def on(y: int, x: int) -> bool:
        return 0 <= y < height and 0 <= x < width and bool(membranes[y, x])

    joints = 0
    for y, x in np.argwhere(membranes).tolist():
        joints += on(y, x + 1) + on(y + 1, x)
        joints += on(y + 1, x + 1) and not on(y, x + 1) and not on(y + 1, x)
        joints += on(y + 1, x - 1) and not on(y, x - 1) and not on(y + 1, x)
    return joints


@given(st.integers(1, 9), st.integers(1, 9), st.randoms(use_true_random=False))
def test_skeleton_lines_join_what_is_joined_and_lose_no_pixel(
    width: int, height: int, random: Any
) -> None:
    membranes = np.array(
        [[random.choice([0, 0, 1, 2, 3, 4]) for _ in range(width)] for _ in range(height)], np.uint8
    )
    pieces, codes = skeleton_lines(membranes, width, height)
    lone = int(np.count_nonzero((pieces[:, :2] == pieces[:, 2:]).all(axis=1)))
    assert len(pieces) - lone == 2 * joined_literally(membranes)
    assert set(codes.tolist()) == set(membranes[membranes > 0].tolist())
    if len(pieces):
        assert pieces.min() >= 0
        assert pieces[:, [0, 2]].max() <= width - 1
        assert pieces[:, [1, 3]].max() <= height - 1


def test_lines_lie_where_the_grid_says_they_lie() -> None:
    membranes = np.zeros((10, 20), np.uint8)
    membranes[4, 5:15] = 2
    pieces, codes = skeleton_lines(membranes, 40, 20)
    # Grid pixel 4 covers field pixels 8 and 9; ends stay at the centers of 5 and 14.
    np.testing.assert_allclose(pieces[:, [1, 3]], 8.5)
    assert (pieces[:, [0, 2]].min(), pieces[:, [0, 2]].max()) == (10.5, 28.5)
    assert set(codes.tolist()) == {2}


def test_stairs_become_a_straight_line() -> None:
    membranes = np.zeros((40, 80), np.uint8)
    x = np.arange(4, 76)
    membranes[x // 2, x] = 1  # two to the right, one down
    pieces, _ = skeleton_lines(membranes, 80, 40)
    inner = (pieces[:, 0] > 10) & (pieces[:, 0] < 70)
    away = (pieces[inner, 1] - (pieces[inner, 0] - 0.5) / 2) / np.hypot(1, 0.5)
    assert np.abs(away).max() < 0.1


def test_a_membrane_shows_its_class_on_black_and_a_dark_edge_on_tissue() -> None:
    membranes = np.zeros((30, 40), np.uint8)
    membranes[15, 5:20] = CellClass.WEAK_COMPLETE
    membranes[15, 20:35] = CellClass.INTENSE_COMPLETE
    overlay = an_overlay(membranes=membranes, um_per_px=0.1)
    black = draw_on_black(overlay)
    assert tuple(black[30, 20]) == CLASS_STYLES[CellClass.WEAK_COMPLETE].color
    assert tuple(black[30, 60]) == CLASS_STYLES[CellClass.INTENSE_COMPLETE].color
    tissue = draw_on(gray(), overlay)
    assert tuple(tissue[30, 20]) == CLASS_STYLES[CellClass.WEAK_COMPLETE].color
    column = tissue[:, 20].astype(int).sum(axis=1)
    assert column[:30].min() < 500 < column[20]
    assert (tissue[:20] == 200).all()


# Regions


def test_what_does_not_count_is_veiled() -> None:
    regions = (
        Region("include", rectangle(10, 10, 189, 149)),
        Region("exclude", rectangle(40, 40, 140, 120), (rectangle(70, 60, 110, 100),), "DCIS"),
    )
    drawn = draw_on(gray(200, 160), an_overlay(200, 160, regions=regions))
    veiled = tuple(drawn[3, 3])
    assert max(veiled) < 200
    assert tuple(drawn[25, 25]) == (200, 200, 200)  # included
    assert tuple(drawn[80, 55]) == veiled  # excluded
    assert tuple(drawn[80, 90]) == (200, 200, 200)  # in the hole of the excluded region


def test_include_edges_are_whole_and_exclude_edges_dashed() -> None:
    def edge(kind: Any) -> U8:
        region = Region(kind, rectangle(10, 10, 69, 49))
        overlay = an_overlay(um_per_px=0.5, regions=(region,))
        return draw_on_black(overlay)[10, 10:70, 0]

    assert (edge("include") == REGION[0]).all()
    dashed = edge("exclude") > 128
    assert 0.3 < dashed.mean() < 0.8
    assert np.count_nonzero(np.diff(dashed.astype(int)) == 1) >= 2


def test_regions_far_beyond_the_field_neither_fail_nor_show() -> None:
    far = Region("exclude", rectangle(1e5, 1e5, 1.2e5, 1.2e5))
    around = Region("include", rectangle(-9e4, -9e4, 9e4, 9e4))
    np.testing.assert_array_equal(draw_on(gray(), an_overlay(regions=(far, around))), gray())


# The whole


def test_the_field_given_is_left_as_it_is() -> None:
    rgb = gray()
    draw_on(rgb, an_overlay(**cells((40, 30), classes=[4])))
    assert (rgb == 200).all()


def test_layers_can_be_left_out() -> None:
    membranes = np.full((30, 40), 1, np.uint8)
    region = Region("include", rectangle(10, 10, 69, 49))
    overlay = an_overlay(membranes=membranes, regions=(region,), **cells((40, 30), classes=[4]))
    nothing = OverlayStyle(markers=False, membrane_lines=False, region_lines=False)
    np.testing.assert_array_equal(draw_on(gray(), overlay, nothing), gray())
    assert not draw_on_black(overlay, nothing).any()


def test_an_overlay_of_another_field_is_refused() -> None:
    with pytest.raises(ValueError, match="is for 80 x 60 px, the field has 60 x 80 px"):
        draw_on(gray(60, 80), an_overlay())


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 2)])
def test_a_tiny_field_can_be_drawn_and_framed(size: tuple[int, int]) -> None:
    width, height = size
    overlay = an_overlay(
        width,
        height,
        membranes=np.full((1, 1), 3, np.uint8),
        regions=(Region("exclude", rectangle(0, 0, 1, 1)),),
        **cells((0, 0), classes=[2]),
    )
    picture = draw_on(np.full((height, width, 3), 200, np.uint8), overlay)
    assert picture.shape == (height, width, 3)
    assert sheet(picture, overlay, "tiny").shape[1] == 400
