import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.arrays import F64
from inference.cells.classes import CellClass
from inference.cells.table import CellTable
from inference.scoring.clusters import count_field, largest_cluster
from inference.scoring.profile import load_profile


def literal_largest_cluster(points: list[tuple[int, int]], distance: int) -> int:
    """Walk from neighbor to neighbor in whole numbers."""
    left = set(range(len(points)))
    largest = 0
    while left:
        reached = [left.pop()]
        for here in reached:
            x, y = points[here]
            near = {
                other
                for other in left
                if (points[other][0] - x) ** 2 + (points[other][1] - y) ** 2 <= distance**2
            }
            left -= near
            reached.extend(near)
        largest = max(largest, len(reached))
    return largest


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40),
    st.integers(1, 12),
)
def test_largest_cluster_equals_its_literal_twin(
    points: list[tuple[int, int]], distance: int
) -> None:
    xy: F64 = np.array(points, np.float64).reshape(-1, 2)
    assert largest_cluster(xy, float(distance)) == literal_largest_cluster(points, distance)


def test_the_distance_itself_still_joins() -> None:
    xy = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0], [20.0, 20.0]])
    assert largest_cluster(xy, 5.0) == 3
    assert largest_cluster(xy, 4.999) == 1


def table(xy_px: list[tuple[float, float]], classes: list[CellClass]) -> CellTable:
    n = len(classes)
    zeros = np.zeros(n, np.float32)
    counted = np.ones(n, np.bool_)
    counted[-1] = False
    return CellTable(
        xy_px=np.array(xy_px, np.float32).reshape(-1, 2),
        confidence=zeros,
        cell_class=np.array(classes, np.uint8),
        ring_od=zeros,
        completeness=zeros,
        completeness_intense=zeros,
        enclosed_weak=np.zeros(n, np.bool_),
        counted=counted,
    )


def test_cells_outside_the_regions_join_no_cluster_and_link_none() -> None:
    # The last cell is not counted; it lies between two pairs and would make them a cluster of 5.
    classes = [CellClass.INTENSE_COMPLETE] * 5
    cells = table([(0.0, 0.0), (10.0, 0.0), (50.0, 0.0), (60.0, 0.0), (30.0, 0.0)], classes)
    field = count_field("a", cells, 1.0, load_profile("gastric-biopsy"))
    assert field.counts.ic == 4
    assert field.largest_cluster == {"ic+ii": 2, "ic+ii+wc+wi": 2}


def test_a_field_is_counted_with_the_clusters_of_its_profile() -> None:
    # A row of nuclei 15 um apart at 0.25 um per px; the unstained one in the middle and the one
    # outside the regions (the last) belong to no cluster.
    classes = [
        CellClass.INTENSE_COMPLETE,
        CellClass.INTENSE_INCOMPLETE,
        CellClass.WEAK_COMPLETE,
        CellClass.WEAK_INCOMPLETE,
        CellClass.NO_STAINING,
        CellClass.INTENSE_COMPLETE,
        CellClass.INTENSE_COMPLETE,
    ]
    cells = table([(60.0 * i, 7.0) for i in range(7)], classes)
    field = count_field("a", cells, 0.25, load_profile("gastric-biopsy"))
    assert field.largest_cluster == {"ic+ii": 2, "ic+ii+wc+wi": 4}
    assert field.counts.as_tuple() == (2, 1, 1, 1, 1)
    assert field.um_per_px == 0.25
    # The same pixels at 0.5 um per px are 30 um apart.
    coarse = count_field("a", cells, 0.5, load_profile("gastric-biopsy"))
    assert coarse.largest_cluster == {"ic+ii": 1, "ic+ii+wc+wi": 1}
    assert count_field("a", cells, 0.25, load_profile()).largest_cluster == {}
