import numpy as np
import pytest

from inference.cells.classes import CellClass
from inference.cells.table import CellTable
from inference.scoring.counts import MOST_CELLS, ClassCounts, FieldCounts, quantity_name


def cells_of(classes: list[CellClass], counted: list[bool]) -> CellTable:
    n = len(classes)
    zeros = np.zeros(n, np.float32)
    return CellTable(
        xy_px=np.zeros((n, 2), np.float32),
        confidence=zeros,
        cell_class=np.array(classes, np.uint8),
        ring_od=zeros,
        completeness=zeros,
        completeness_intense=zeros,
        enclosed_weak=np.zeros(n, np.bool_),
        counted=np.array(counted, np.bool_),
    )


def test_only_counted_cells_are_counted_each_in_its_class() -> None:
    classes = [CellClass.INTENSE_COMPLETE] * 5 + [CellClass.INTENSE_INCOMPLETE] * 4
    classes += [CellClass.WEAK_COMPLETE] * 3 + [CellClass.WEAK_INCOMPLETE] * 2
    classes += [CellClass.NO_STAINING, CellClass.NO_STAINING, CellClass.INTENSE_COMPLETE]
    counted = [True] * 15 + [False, False]
    assert ClassCounts.from_cells(cells_of(classes, counted)) == ClassCounts(5, 4, 3, 2, 1)


def test_sum_total_and_quantity() -> None:
    counts = ClassCounts(1, 2, 3, 4, 5) + ClassCounts(10, 20, 30, 40, 50)
    assert counts == ClassCounts(11, 22, 33, 44, 55)
    assert counts.total == 165
    assert counts.of("ii+wi") == 66
    assert counts.of("ns") == 55


@pytest.mark.parametrize("bad", [-1, 1.0, "1", True, None, MOST_CELLS + 1])
def test_a_count_is_a_whole_number_from_zero(bad: object) -> None:
    with pytest.raises(ValueError, match="count of wc"):
        ClassCounts(wc=bad)  # type: ignore[arg-type]


def test_quantities_have_one_name() -> None:
    assert quantity_name(["wi", "ii", "wc", "ii"]) == "ii+wc+wi"
    with pytest.raises(ValueError, match="not xx"):
        quantity_name(["ic", "xx"])
    with pytest.raises(ValueError, match="not none"):
        quantity_name([])


@pytest.mark.parametrize(
    ("quantity", "size"),
    [("ic+ii", 4), ("ic+ii", -1), ("ic+ii", 0), ("wc", 1), ("ii+ic", 2), ("xx", 1)],
)
def test_clusters_must_fit_the_counts(quantity: str, size: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        FieldCounts("a", ClassCounts(ic=2, ii=1), {quantity: size})


@pytest.mark.parametrize("um_per_px", [0.0, -0.2, float("nan"), float("inf")])
def test_pixel_size_must_be_positive(um_per_px: float) -> None:
    with pytest.raises(ValueError, match="um per px"):
        FieldCounts("a", ClassCounts(), um_per_px=um_per_px)


def test_a_field_keeps_its_own_copy_of_the_clusters() -> None:
    clusters = {"ic": 2}
    field = FieldCounts("a", ClassCounts(ic=2), clusters)
    clusters["ic"] = 1
    assert field.largest_cluster == {"ic": 2}
