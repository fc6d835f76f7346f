"""Which cells count: closed polygons with holes, against exact arithmetic on fractions."""

from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from inference.arrays import F32, Bool
from inference.regions import Region, counted, shifted

Ring = list[tuple[Fraction, Fraction]]


def on_edge(x: Fraction, y: Fraction, ring: Ring) -> bool:
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
        within = min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1)
        if cross == 0 and within:
            return True
    return False


def crossings_odd(x: Fraction, y: Fraction, ring: Ring) -> bool:
    inside = False
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


def fractions(ring: np.ndarray) -> Ring:
    return [(Fraction(float(x)), Fraction(float(y))) for x, y in ring]


def literal_covers(region: Region, x: Fraction, y: Fraction) -> bool:
    rings = [fractions(ring) for ring in (region.exterior, *region.holes)]
    if any(on_edge(x, y, ring) for ring in rings):
        return True
    return crossings_odd(x, y, rings[0]) and not any(crossings_odd(x, y, r) for r in rings[1:])


def literal_counted(xy: F32, regions: list[Region]) -> Bool:
    include = [r for r in regions if r.kind == "include"]
    exclude = [r for r in regions if r.kind == "exclude"]
    result = []
    for px, py in xy:
        x, y = Fraction(float(px)), Fraction(float(py))
        wanted = not include or any(literal_covers(r, x, y) for r in include)
        result.append(wanted and not any(literal_covers(r, x, y) for r in exclude))
    return np.array(result, np.bool_)


def rectangle(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)


def points(*pairs: tuple[float, float]) -> F32:
    return np.array(pairs, np.float32).reshape(-1, 2)


coordinate = st.integers(-4, 12).map(lambda n: n / 2)
pair = st.tuples(coordinate, coordinate)


@st.composite
def a_region(draw: st.DrawFn) -> Region:
    exterior = np.array(draw(st.lists(pair, min_size=3, max_size=6, unique=True)), np.float64)
    holes = draw(
        st.lists(st.lists(pair, min_size=3, max_size=4, unique=True), max_size=1).map(
            lambda rings: [np.array(ring, np.float64) for ring in rings]
        )
    )
    if holes and not shapely.Polygon(exterior, holes).is_valid:
        holes = []
    assume(shapely.Polygon(exterior, holes).is_valid)
    return Region(draw(st.sampled_from(["include", "exclude"])), exterior, tuple(holes))


@given(st.lists(a_region(), max_size=3), st.lists(pair, max_size=25))
def test_counted_equals_exact_arithmetic(
    regions: list[Region], pairs: list[tuple[float, float]]
) -> None:
    xy = points(*pairs)
    np.testing.assert_array_equal(counted(xy, regions), literal_counted(xy, regions))


def test_everything_counts_without_regions() -> None:
    assert counted(points((0, 0), (-3, 1e6)), []).tolist() == [True, True]


def test_no_cells() -> None:
    result = counted(points(), [Region("include", rectangle(0, 0, 4, 4))])
    assert result.shape == (0,)
    assert result.dtype == np.bool_


def test_edge_of_include_counts_and_edge_of_exclude_does_not() -> None:
    edge = points((0, 2), (4, 4), (2, 0))
    assert counted(edge, [Region("include", rectangle(0, 0, 4, 4))]).all()
    assert not counted(edge, [Region("exclude", rectangle(0, 0, 4, 4))]).any()


def test_holes_are_outside_and_their_edge_is_not() -> None:
    ring = Region("include", rectangle(0, 0, 9, 9), (rectangle(3, 3, 6, 6),))
    xy = points((1, 1), (4, 4), (3, 4), (10, 1))
    assert counted(xy, [ring]).tolist() == [True, False, True, False]


def test_exclude_wins_over_include_and_includes_add_up() -> None:
    regions = [
        Region("include", rectangle(0, 0, 2, 2)),
        Region("include", rectangle(5, 5, 8, 8)),
        Region("exclude", rectangle(6, 6, 9, 9), reason="necrosis"),
    ]
    xy = points((1, 1), (5.5, 5.5), (7, 7), (4, 4))
    assert counted(xy, regions).tolist() == [True, True, False, False]


def test_shifted_moves_exterior_and_holes_and_keeps_the_rest() -> None:
    region = Region("exclude", rectangle(0, 0, 9, 9), (rectangle(3, 3, 6, 6),), "DCIS")
    moved = shifted(region, -100.0, 7.5)
    assert (moved.kind, moved.reason) == ("exclude", "DCIS")
    step = np.array([-100.0, 7.5])
    np.testing.assert_array_equal(moved.exterior, region.exterior + step)
    np.testing.assert_array_equal(moved.holes[0], region.holes[0] + step)


@pytest.mark.parametrize(
    "ring", [np.zeros((2, 2)), np.zeros((4, 3)), np.array([(0, 0), (1, np.nan), (1, 1)])]
)
def test_impossible_rings_are_refused(ring: np.ndarray) -> None:
    with pytest.raises(ValueError, match="ring"):
        Region("include", ring)
    with pytest.raises(ValueError, match="ring"):
        Region("include", rectangle(0, 0, 1, 1), (ring,))
