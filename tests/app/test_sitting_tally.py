"""Cells as proposed and as edited, and the tally as a fold over the accepted fields."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.sitting_cells import edited_cells
from app.model.sitting_state import AddedCell, FieldEdits
from app.model.tally import fold, tally_field
from inference.cells.table import CellTable
from inference.regions import Region
from inference.scoring.counts import ClassCounts
from inference.scoring.profile import load_profile

RULES = load_profile("asco-cap-2018")


def table(classes: list[int]) -> CellTable:
    n = len(classes)
    xy = np.column_stack([np.arange(n) * 10.0, np.zeros(n)]).astype(np.float32)
    half = np.full(n, 0.5, np.float32)
    flags = np.ones(n, np.bool_)
    return CellTable(xy, half, np.array(classes, np.uint8), half, half, half, flags, flags)


def left_of(x: float, kind: str = "exclude") -> Region:
    corners = np.array([(-5, -5), (x, -5), (x, 5), (-5, 5)], np.float64)
    return Region(kind, corners)  # type: ignore[arg-type]


def test_both_tables_are_kept() -> None:
    edits = FieldEdits(
        {0: 4, -1: 3}, frozenset({2, -2}), (AddedCell(-1, 45.0, 0, 1), AddedCell(-2, 55, 0, 2))
    )
    cells = edited_cells(table([1, 2, 3]), edits, [left_of(5)])
    assert cells.proposed.cell_class.tolist() == [1, 2, 3]
    assert cells.proposed.counted.tolist() == [False, True, True]
    assert cells.edited.cell_class.tolist() == [4, 2, 3, 3, 2]
    assert cells.edited.counted.tolist() == [False, True, False, True, False]
    assert cells.numbers.tolist() == [0, 1, 2, -1, -2]
    assert cells.touched.tolist() == [True, False, True, True, True]
    assert cells.deleted.tolist() == [False, False, True, False, True]
    assert np.isnan(cells.edited.ring_od[3:]).all() and (cells.edited.confidence[3:] == 1).all()
    assert cells.edited.cell_class.dtype == np.uint8 and cells.edited.xy_px.dtype == np.float32


def test_a_cell_added_outside_of_the_include_regions_does_not_count() -> None:
    edits = FieldEdits(added=(AddedCell(-1, 95.0, 0, 1),))
    cells = edited_cells(table([1, 1]), edits, [left_of(50, "include")])
    assert cells.edited.counted.tolist() == [True, True, False]


@settings(deadline=None)
@given(
    classes=st.lists(st.integers(0, 4), max_size=8),
    data=st.data(),
)
def test_edits_against_a_cell_by_cell_count(classes: list[int], data: st.DataObject) -> None:
    n = len(classes)
    added = data.draw(st.lists(st.integers(0, 4), max_size=3))
    numbers = [*range(n), *(-1 - i for i in range(len(added)))]
    changed = {
        number: data.draw(st.integers(0, 4)) for number in numbers if data.draw(st.booleans())
    }
    deleted = frozenset(number for number in numbers if data.draw(st.booleans()))
    edits = FieldEdits(
        changed, deleted, tuple(AddedCell(-1 - i, 5.0, 5.0, c) for i, c in enumerate(added))
    )
    counts = tally_field("f", 1, edited_cells(table(classes), edits, ()), 0.2, RULES)
    expected = dict.fromkeys(range(5), 0)
    for number in numbers:
        if number not in deleted:
            own = classes[number] if number >= 0 else added[-1 - number]
            expected[changed.get(number, own)] += 1
    assert counts.edited.counts.as_tuple() == tuple(expected[code] for code in (4, 3, 2, 1, 0))
    assert counts.proposed.counts.as_tuple() == tuple(classes.count(c) for c in (4, 3, 2, 1, 0))


def test_the_fold_scores_what_is_edited_beside_what_was_proposed() -> None:
    strong = edited_cells(table([4] * 60), FieldEdits(), ())
    wrong = edited_cells(
        table([4] * 60), FieldEdits(dict.fromkeys(range(60), 0)), ()
    )  # all taken back by hand
    both = [tally_field("a", 1, strong, 0.2, RULES), tally_field("b", 2, wrong, 0.2, RULES)]
    tally = fold(both, RULES)
    assert tally.proposed.counts == ClassCounts(ic=120)
    assert tally.edited.counts == ClassCounts(ic=60, ns=60)
    assert tally.changed_by_hand
    untouched = fold(both[:1], RULES)
    assert untouched.edited is untouched.proposed and not untouched.changed_by_hand


def test_the_fold_depends_on_the_fields_alone_and_an_empty_one_has_a_score() -> None:
    fields = [
        tally_field(str(i), i, edited_cells(table([i % 5] * 9), FieldEdits(), ()), 0.2, RULES)
        for i in range(1, 8)
    ]
    assert fold(fields, RULES) == fold(list(fields), RULES)
    assert fold([], RULES).edited.n_cells == 0
