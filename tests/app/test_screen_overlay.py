"""The overlay in the pixels of a window, against slow and literal twins."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.model.markers import MarkerSize, draw_markers
from app.model.overlay import OverlayStyle
from app.model.palette import CLASS_STYLES
from app.model.screen_lines import NOTHING, bordered, grid_to_view, mark_dots, mark_lines
from app.model.screen_overlay import CellMarks, screen_overlay
from app.model.screen_stamps import lay_stamps, marker_sheet, placed
from inference.arrays import F64, U8
from inference.cells.classes import CellClass
from tests.app.overlays import IDENTITY, LINES_ONLY, MARKERS_ONLY, an_overlay, cells

# Membranes


def joined(classes: U8, y: int, x: int) -> list[tuple[int, int]]:
    """Neighbors in the way of the definition: straight, or diagonal where no corner joins."""

    def has(ny: int, nx: int) -> bool:
        inside = 0 <= ny < classes.shape[0] and 0 <= nx < classes.shape[1]
        return bool(inside and classes[ny, nx])

    found = [
        (y + dy, x + dx) for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)) if has(y + dy, x + dx)
    ]
    diagonals = [(dy, dx) for dy in (-1, 1) for dx in (-1, 1)]
    return found + [
        (y + dy, x + dx)
        for dy, dx in diagonals
        if has(y + dy, x + dx) and not has(y + dy, x) and not has(y, x + dx)
    ]


def smooth(classes: U8, y: int, x: int) -> tuple[float, float]:
    near = joined(classes, y, x)
    if len(near) < 2:
        return float(x), float(y)
    mean_x = sum(nx for _, nx in near) / len(near)
    mean_y = sum(ny for ny, _ in near) / len(near)
    return (x + mean_x) / 2, (y + mean_y) / 2


def literal_lines(
    classes: U8, to_view: F64, reach: float, shape: tuple[int, int]
) -> tuple[F64, list[list[set[int]]]]:
    """Squared distance to the nearest joint, and the classes of all that are (nearly) so near."""
    pieces = []
    for y, x in np.argwhere(classes > 0).tolist():
        near = joined(classes, y, x)
        for ny, nx in near or [(y, x)]:
            pieces.append(
                (
                    smooth(classes, y, x),
                    smooth(classes, ny, nx),
                    int(classes[y, x]),
                    int(classes[ny, nx]),
                )
            )
    squared = np.full(shape, reach * reach)
    codes: list[list[set[int]]] = [[set() for _ in range(shape[1])] for _ in range(shape[0])]
    for vy in range(shape[0]):
        for vx in range(shape[1]):
            found = []
            for start, end, code_a, code_b in pieces:
                (ax, ay), (bx, by) = (to_view @ [*point, 1.0] for point in (start, end))
                dx, dy = bx - ax, by - ay
                length = dx * dx + dy * dy
                along = 0.0 if length == 0 else ((vx - ax) * dx + (vy - ay) * dy) / length
                along = min(1.0, max(0.0, along))
                away = (vx - ax - along * dx) ** 2 + (vy - ay - along * dy) ** 2
                middle = abs(along - 0.5) < 1e-3
                found.append(
                    (away, {code_a, code_b} if middle else {code_a if along < 0.5 else code_b})
                )
            if not found:
                continue
            best = min(away for away, _ in found)
            if best < reach * reach:
                squared[vy, vx] = best
                tolerance = 2 * reach * reach / 8000
                near_by = [kinds for away, kinds in found if away <= best + tolerance]
                codes[vy][vx] = set().union(*near_by)
    return squared, codes


maps = st.builds(
    lambda scale, turn, mirror, dx, dy: np.array(
        [
            [scale * math.cos(turn), -mirror * scale * math.sin(turn), dx],
            [scale * math.sin(turn), mirror * scale * math.cos(turn), dy],
        ]
    ),
    st.floats(0.3, 4.0),
    st.sampled_from([0.0, 0.3, math.pi / 2, 2.5]),
    st.sampled_from([1.0, -1.0]),
    st.floats(-6.0, 6.0),
    st.floats(-6.0, 6.0),
)


@settings(max_examples=60, deadline=None)
@given(
    classes=arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, max_side=7),
        elements=st.sampled_from([0, 0, 0, 1, 2, 3, 4]),
    ),
    to_view=maps,
    reach=st.floats(0.6, 3.0),
    band=st.integers(0, 9),
)
def test_lines_lie_where_a_literal_reading_puts_them(
    classes: U8, to_view: F64, reach: float, band: int
) -> None:
    shape = (9, 11)
    keys = np.empty(shape, np.uint16)
    padded = bordered(classes)
    mark_lines(padded, to_view, reach, 0, band, keys)
    mark_lines(padded, to_view, reach, band, shape[0], keys)
    squared, codes = literal_lines(classes, to_view, reach, shape)
    unit = reach * reach / 8000
    found = np.where(keys == NOTHING, reach * reach, (keys >> 3) * unit)
    np.testing.assert_allclose(found, squared, atol=2 * unit + 1e-4)
    for y, x in np.argwhere(keys != NOTHING).tolist():
        if squared[y, x] < reach * reach - 2 * unit:
            assert 7 - (int(keys[y, x]) & 7) in codes[y][x]


def literal_dots(
    classes: U8, to_view: F64, reach: float, shape: tuple[int, int]
) -> tuple[F64, list[list[set[int]]]]:
    """Squared distance to the nearest dot, less the slack, and the classes that are so near."""
    dots = []
    for y, x in np.argwhere(classes > 0).tolist():
        dots.append(((x, y), int(classes[y, x])))
        for ny, nx in joined(classes, y, x):
            if ny == y + 1 and nx != x:
                middle = ((x + nx) / 2, (y + ny) / 2)
                dots.append((middle, max(int(classes[y, x]), int(classes[ny, nx]))))
    # Half of how much farther (squared) the middle between two dots is than a line there.
    slack = abs(np.linalg.det(to_view[:, :2])) / 8
    squared = np.full(shape, reach * reach)
    codes: list[list[set[int]]] = [[set() for _ in range(shape[1])] for _ in range(shape[0])]
    tolerance = 2 * reach * reach / 8000
    for vy in range(shape[0]):
        for vx in range(shape[1]):
            found = []
            for point, code in dots:
                x, y = to_view @ [*point, 1.0]
                # Beyond the reach to either side nothing is drawn, whatever the slack.
                if max(abs(vx - x), abs(vy - y)) <= reach:
                    away = (vx - x) ** 2 + (vy - y) ** 2 - slack
                    found.append((min(max(away, 0.0), reach * reach), code))
            if found:
                best = min(away for away, _ in found)
                squared[vy, vx] = best
                codes[vy][vx] = {code for away, code in found if away <= best + tolerance}
    return squared, codes


coarse_maps = maps.map(lambda to_view: to_view * np.array([[0.18], [0.18]]))
"""Scales from 0.05 to 0.72: dots are for views that are coarser than the grid."""


@settings(max_examples=60, deadline=None)
@given(
    classes=arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, max_side=7),
        elements=st.sampled_from([0, 0, 0, 1, 2, 3, 4]),
    ),
    to_view=coarse_maps,
    reach=st.floats(0.6, 3.0),
    band=st.integers(0, 9),
)
def test_dots_lie_where_a_literal_reading_puts_them(
    classes: U8, to_view: F64, reach: float, band: int
) -> None:
    shape = (9, 11)
    keys = np.empty(shape, np.uint16)
    padded = bordered(classes)
    mark_dots(padded, to_view, reach, 0, band, keys)
    mark_dots(padded, to_view, reach, band, shape[0], keys)
    squared, codes = literal_dots(classes, to_view, reach, shape)
    unit = reach * reach / 8000
    found = np.where(keys == NOTHING, reach * reach, (keys >> 3) * unit)
    edge = np.zeros(shape, bool)
    for y, x in np.argwhere(classes > 0).tolist():
        for point in ((x, y), *(((x + nx) / 2, (y + ny) / 2) for ny, nx in joined(classes, y, x))):
            vx, vy = to_view @ [*point, 1.0]
            rows, columns = np.indices(shape)
            farther = np.maximum(abs(columns - vx), abs(rows - vy))
            edge |= abs(farther - reach) < 1e-4  # on one side or the other by rounding
    np.testing.assert_allclose(found[~edge], squared[~edge], atol=2 * unit + 1e-4)
    for y, x in np.argwhere((keys != NOTHING) & ~edge).tolist():
        if squared[y, x] < reach * reach - 2 * unit:
            assert 7 - (int(keys[y, x]) & 7) in codes[y][x]


@pytest.mark.parametrize("scale", [0.2, 0.35, 0.5, 0.74])
def test_in_a_coarse_view_dots_look_like_lines(scale: float) -> None:
    """A ring, a slanting and a straight membrane: nowhere half a pixel of difference."""
    y, x = np.indices((160, 160))
    away = np.hypot(x - 70, y - 80)
    classes = np.where((away >= 44.5) & (away < 45.5), 4, 0).astype(np.uint8)
    classes[150, 10:140] = 2
    slant = np.arange(100)
    classes[slant + 20, np.clip(120 + slant // 3, 0, 159)] = 3
    to_view = np.array([[scale, 0.0, 1.3], [0.0, scale, 0.7]])
    side = int(160 * scale)
    reach = 2.0
    lines, dots = np.empty((2, side, side), np.uint16)
    mark_lines(bordered(classes), to_view, reach, 0, side, lines)
    mark_dots(bordered(classes), to_view, reach, 0, side, dots)

    def distance(keys: Any) -> Any:
        return np.sqrt(np.where(keys == NOTHING, reach * reach, (keys >> 3) * reach**2 / 8000))

    differs = abs(distance(lines) - distance(dots))[distance(lines) < reach]
    assert differs.max() < 0.5
    assert np.mean(differs) < 0.1


def test_of_two_membranes_equally_near_the_stronger_is_seen() -> None:
    classes = np.zeros((3, 3), np.uint8)
    classes[1, 0], classes[1, 2] = 2, 4
    keys = np.empty((3, 3), np.uint16)
    mark_lines(bordered(classes), IDENTITY, 2.0, 0, 3, keys)
    assert 7 - (int(keys[1, 1]) & 7) == 4


def test_a_line_is_as_wide_as_asked_and_has_a_dark_edge() -> None:
    classes = np.zeros((1, 40), np.uint8)
    classes[0] = 4
    overlay = an_overlay(40, 21, um_per_px=1.0, membranes=np.repeat(classes, 1, axis=0))
    style = OverlayStyle(markers=False, membrane_um=5.0)
    drawn = screen_overlay(overlay, IDENTITY, 40, 21, style)
    color = (*CLASS_STYLES[CellClass.INTENSE_COMPLETE].color[::-1], 255)
    inked = (drawn[:, 20] == color).all(axis=1)
    assert inked.sum() == 5
    edge = drawn[~inked, 20]
    assert edge[edge[:, 3] > 0].shape[0] == 2
    assert (edge[:, :3].max(axis=1) < 40).all()


def test_a_membrane_keeps_its_place_whatever_the_grid() -> None:
    # One skeleton pixel of a grid that is three times as coarse as the field.
    membranes = np.zeros((4, 4), np.uint8)
    membranes[1, 2] = 1
    overlay = an_overlay(12, 12, membranes=membranes)
    drawn = screen_overlay(overlay, IDENTITY, 12, 12, LINES_ONLY, on_tissue=False)
    y, x = np.nonzero(drawn[..., 3])
    assert (x.mean(), y.mean()) == (7.0, 4.0)


@given(
    grid=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    field=st.tuples(st.integers(1, 99), st.integers(1, 99)),
    to_view=maps,
)
def test_the_grid_covers_the_whole_field(
    grid: tuple[int, int], field: tuple[int, int], to_view: F64
) -> None:
    from_grid = grid_to_view(grid, field, to_view)
    corners = ((-0.5, -0.5), (grid[1] - 0.5, grid[0] - 0.5))
    of_field = ((-0.5, -0.5), (field[1] - 0.5, field[0] - 0.5))
    for (gx, gy), (fx, fy) in zip(corners, of_field, strict=True):
        np.testing.assert_allclose(from_grid @ [gx, gy, 1], to_view @ [fx, fy, 1], atol=1e-6)


# Markers


def literal_stamps(
    canvas: U8, stamps: U8, kind: list[int], quarter: list[int], corner: list[list[int]]
) -> U8:
    result = canvas.copy()
    side = stamps.shape[2]
    for k, q, (left, top) in zip(kind, quarter, corner, strict=True):
        for y in range(side):
            for x in range(side):
                if 0 <= top + y < canvas.shape[0] and 0 <= left + x < canvas.shape[1]:
                    ink = stamps[k, q, y, x].astype(int)
                    below = result[top + y, left + x].astype(int) * (255 - ink[3])
                    result[top + y, left + x] = ink + (below + 127) // 255
    return result


@settings(max_examples=40, deadline=None)
@given(
    places=st.lists(
        st.tuples(st.integers(0, 4), st.floats(-9, 24), st.floats(-9, 18)), max_size=12
    ),
    shape=st.tuples(st.integers(1, 15), st.integers(1, 20)),
    data=st.data(),
)
def test_stamps_are_laid_as_a_literal_reading_lays_them(
    places: list[tuple[int, float, float]], shape: tuple[int, int], data: st.DataObject
) -> None:
    sheet = marker_sheet(MarkerSize(3.5, 1.25, 1.0))
    xy = np.array([place[1:] for place in places], np.float64).reshape(-1, 2)
    kind = np.array([place[0] for place in places], np.int32)
    corner, quarter = placed(xy, sheet.reach_px)
    canvas = np.zeros((*shape, 4), np.uint8)
    band = data.draw(st.integers(0, shape[0]))
    lay_stamps(canvas, sheet.pixels, kind, quarter, corner, 0, band)
    lay_stamps(canvas, sheet.pixels, kind, quarter, corner, band, shape[0])
    expected = literal_stamps(
        np.zeros((*shape, 4), np.uint8),
        sheet.pixels,
        kind.tolist(),
        quarter.tolist(),
        corner.tolist(),
    )
    np.testing.assert_array_equal(canvas, expected)


def test_stamps_are_premultiplied() -> None:
    pixels = marker_sheet(MarkerSize(4.0, 1.5, 1.0)).pixels.astype(int)
    assert (pixels[..., :3] <= pixels[..., 3:]).all()


@pytest.mark.parametrize("cell_class", list(CellClass))
def test_a_marker_looks_as_in_saved_pictures(cell_class: CellClass) -> None:
    overlay = an_overlay(41, 31, **cells((20.25, 15.5), code=cell_class))
    style = OverlayStyle(
        membrane_lines=False, marker_radius_um=1.0, marker_line_um=0.3, marker_line_least_px=1.0
    )
    drawn = screen_overlay(overlay, IDENTITY, 41, 31, style)
    tissue = np.full((31, 41, 3), 150, np.uint8)
    over = drawn[..., 2::-1] + tissue * (1 - drawn[..., 3:] / 255)
    # The renderer steps sizes by quarters of a pixel.
    size = MarkerSize(4.0, 1.25, 1.0)
    draw_markers(tissue, overlay.xy_px, CLASS_STYLES[cell_class], size)
    assert np.abs(over - tissue).max() <= 2
    assert (drawn[..., 3] > 0).any()


def test_decisive_classes_lie_on_top() -> None:
    both = an_overlay(
        40,
        40,
        xy_px=np.full((2, 2), 20, np.float32),
        cell_class=np.array([4, 0], np.uint8),
        counted=np.ones(2, np.bool_),
    )
    drawn = screen_overlay(both, IDENTITY, 40, 40, MARKERS_ONLY)
    color = CLASS_STYLES[CellClass.INTENSE_COMPLETE].color
    assert tuple(drawn[20, 20, 2::-1]) == color


def test_cells_that_do_not_count_are_smaller() -> None:
    areas = [
        (
            screen_overlay(an_overlay(**cells((40, 30), counted=it)), IDENTITY, 80, 60)[..., 3] > 0
        ).sum()
        for it in (True, False)
    ]
    assert 0 < areas[1] < 0.7 * areas[0]


def test_changed_and_selected_cells_stand_out_each_in_its_way() -> None:
    overlay = an_overlay(**cells((40, 30)))
    yes, no = np.ones(1, np.bool_), np.zeros(1, np.bool_)
    plain = screen_overlay(overlay, IDENTITY, 80, 60, marks=CellMarks(no, no))
    edited = screen_overlay(overlay, IDENTITY, 80, 60, marks=CellMarks(yes, no))
    selected = screen_overlay(overlay, IDENTITY, 80, 60, marks=CellMarks(no, yes))
    pictures = [plain, edited, selected]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (pictures[one] != pictures[other]).any(axis=2).sum() > 20
    np.testing.assert_array_equal(plain, screen_overlay(overlay, IDENTITY, 80, 60))


def test_markers_grow_with_the_zoom_but_never_vanish() -> None:
    overlay = an_overlay(**cells((40, 30)))
    widths = []
    for scale in (0.1, 1.0, 4.0):
        to_view = np.array([[scale, 0, 50 - 40 * scale], [0, scale, 50 - 30 * scale]])
        drawn = screen_overlay(overlay, to_view, 101, 101, MARKERS_ONLY, on_tissue=False)
        widths.append(np.ptp(np.nonzero(drawn[..., 3])[1]) + 1)
    assert 7 <= widths[0] < widths[1] < widths[2]
