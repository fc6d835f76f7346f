"""Regions and the whole overlay in the pixels of a window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.overlay import OverlayStyle
from app.model.palette import REGION
from app.model.screen_lines import NOTHING, lay_lines
from app.model.screen_overlay import screen_overlay
from app.model.screen_regions import dashes
from app.model.screen_stamps import STEPS, placed
from inference.arrays import F64
from inference.regions import Region
from tests.app.overlays import IDENTITY, an_overlay, cells


def square(kind: str) -> Region:
    corners = np.array([(20, 15), (60, 15), (60, 45), (20, 45)], np.float64)
    return Region(kind, corners)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "inside", "outside"), [("include", 0, 115), ("exclude", 115, 0)])
def test_what_does_not_count_is_veiled(kind: str, inside: int, outside: int) -> None:
    drawn = screen_overlay(an_overlay(regions=(square(kind),)), IDENTITY, 80, 60)
    assert drawn[30, 40, 3] == inside
    assert drawn[5, 5, 3] == outside


def test_the_outline_of_a_region_is_seen_even_in_the_eyepiece() -> None:
    overlay = an_overlay(regions=(square("include"),))
    drawn = screen_overlay(overlay, IDENTITY, 80, 60, on_tissue=False)
    assert drawn[30, 40, 3] == 0
    assert tuple(drawn[30, 20]) == (*REGION, 255)


def test_the_edge_of_an_excluded_region_is_broken() -> None:
    whole, broken = (
        (
            screen_overlay(an_overlay(regions=(square(kind),)), IDENTITY, 80, 60, on_tissue=False)[
                ..., 3
            ]
            > 0
        ).sum()
        for kind in ("include", "exclude")
    )
    assert 0.3 * whole < broken < 0.8 * whole


def test_a_region_far_beside_the_view_is_no_trouble() -> None:
    far = Region("exclude", np.array([(1e9, 1e9), (2e9, 1e9), (1e9, 2e9)]))
    drawn = screen_overlay(an_overlay(regions=(far,)), IDENTITY * 24, 80, 60)
    assert not drawn.any()


@given(
    st.lists(st.tuples(st.floats(0, 99), st.floats(0, 99)), min_size=2, max_size=6),
    st.floats(1, 30),
)
def test_dashes_cover_half_of_a_line(points: list[tuple[float, float]], length: float) -> None:
    line = np.array(points)
    whole = np.hypot(*np.diff(line, axis=0).T).sum()
    pieces = dashes(line, length)
    drawn = sum(float(np.hypot(*np.diff(piece, axis=0).T).sum()) for piece in pieces)
    assert drawn == pytest.approx(whole / 2, abs=1e-6)


def test_without_light_where_nothing_is_and_frozen() -> None:
    drawn = screen_overlay(an_overlay(), IDENTITY, 33, 21)
    assert drawn.shape == (21, 33, 4)
    assert not drawn.any()
    assert drawn.flags.c_contiguous
    assert not drawn.flags.writeable


def test_layers_can_be_left_out() -> None:
    membranes = np.full((30, 40), 4, np.uint8)
    overlay = an_overlay(**cells((40, 30)), membranes=membranes, regions=(square("exclude"),))
    nothing = OverlayStyle(markers=False, membrane_lines=False, region_lines=False)
    assert not screen_overlay(overlay, IDENTITY, 80, 60, nothing).any()


@pytest.mark.parametrize(
    ("to_view", "width"),
    [
        (np.zeros((2, 3)), 10),
        (np.eye(3), 10),
        (np.full((2, 3), np.nan), 10),
        (IDENTITY, 0),
    ],
)
def test_a_view_of_nothing_is_refused(to_view: F64, width: int) -> None:
    with pytest.raises(ValueError, match="view"):
        screen_overlay(an_overlay(), to_view, width, 10)


def test_a_quarter_is_the_finest_step() -> None:
    corner, quarter = placed(np.array([[5.0, 7.0], [5.25, 6.5], [4.9, 7.1]]), 3)
    assert corner.tolist() == [[2, 4], [2, 3], [2, 4]]
    assert quarter.tolist() == [0, STEPS * 2 + 1, 0]


def test_lines_are_laid_over_what_is_there() -> None:
    keys = np.full((1, 3), NOTHING, np.uint16)
    keys[0, 1] = 7 - 4
    canvas = np.full((1, 3, 4), 255, np.uint8)
    ink = np.zeros((5, 4), np.float32)
    ink[4] = (10, 20, 30, 255)
    lay_lines(canvas, keys, ink, np.zeros(4, np.float32), 1.0, 0.0, 1.0, 0, 1)
    assert canvas[0].tolist() == [[255] * 4, [10, 20, 30, 255], [255] * 4]
