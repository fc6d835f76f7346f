from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.scoring.counts import SYMBOLS, ClassCounts, FieldCounts
from inference.scoring.profile import load_profile
from inference.scoring.score import score_slide

TEN = Fraction(10, 100)
ONE = Fraction(1, 100)


def literal_asco(c: ClassCounts) -> str:
    """Read the guideline's table row by row, in exact fractions."""
    if c.total < 100:
        return "not assessable"
    ic, ii, wc, wi = (Fraction(k, c.total) for k in (c.ic, c.ii, c.wc, c.wi))
    stained = c.ic + c.ii + c.wc + c.wi
    if ic > TEN:
        return "3+"
    if ic + wc > TEN or (ic >= ONE and c.ic >= 3) or ii > TEN:
        return "2+"
    if ii + wi + wc > TEN:
        return "1+"
    return "0+" if Fraction(stained, c.total) >= ONE and stained >= 3 else "0"


def literal_zhang(c: ClassCounts) -> str:
    if c.total < 100:
        return "not assessable"
    ic, ii, wc, wi = (Fraction(k, c.total) for k in (c.ic, c.ii, c.wc, c.wi))
    if ic >= TEN:
        return "3+"
    if wc + ii >= TEN:
        return "2+"
    return "1+" if wi >= TEN else "0"


def literal_resection(c: ClassCounts) -> str:
    if c.total < 100:
        return "not assessable"
    if Fraction(c.ic + c.ii, c.total) >= TEN:
        return "3+"
    return "2+" if Fraction(c.total - c.ns, c.total) >= TEN else "0"


LITERAL: dict[str, Callable[[ClassCounts], str]] = {
    "asco-cap-2018": literal_asco,
    "zhang-2020": literal_zhang,
    "gastric-resection": literal_resection,
}


@st.composite
def near_thresholds(draw: st.DrawFn) -> ClassCounts:
    """Counts of which the stained ones lie about 0, 1 and 10 % of the whole."""
    tenth = draw(st.integers(5, 60))
    near = st.sampled_from([0, 1, 2, 3, tenth // 10, tenth // 2, tenth - 1, tenth, tenth + 1])
    stained = [draw(near) for _ in range(4)]
    shift = draw(st.integers(-1, 1))
    return ClassCounts(*stained, max(0, 10 * tenth - sum(stained) + shift))


@pytest.mark.parametrize("name", LITERAL)
@settings(deadline=None, derandomize=True, max_examples=300)
@given(counts=near_thresholds())
def test_scores_equal_their_literal_twins_in_fractions(name: str, counts: ClassCounts) -> None:
    found = score_slide([FieldCounts("a", counts)], load_profile(name))
    assert found.score == LITERAL[name](counts)
    assert found.score in found.possible


# Changes of one cell that can only raise the score. Others are not among them on purpose: the
# guideline's tables compare kinds of staining apart, so that e.g. a weak complete cell turned
# intense can leave the 10 % of 1+ without reaching a floor.
RAISING = {
    "asco-cap-2018": [
        ("ns", "wi"),
        ("ns", "wc"),
        ("ns", "ii"),
        ("ns", "ic"),
        ("wi", "wc"),
        ("wi", "ii"),
    ],
    "zhang-2020": [
        ("ns", "wi"),
        ("ns", "wc"),
        ("ns", "ii"),
        ("ns", "ic"),
        ("wc", "ii"),
        ("ii", "wc"),
    ],
    "gastric-resection": [(weaker, stronger) for stronger, weaker in pairwise(SYMBOLS)],
}


@pytest.mark.parametrize(
    ("name", "weaker", "stronger"),
    [(name, weaker, stronger) for name, pairs in RAISING.items() for weaker, stronger in pairs],
)
@settings(deadline=None, derandomize=True, max_examples=60)
@given(counts=near_thresholds())
def test_stronger_staining_never_lowers_the_score(
    name: str, weaker: str, stronger: str, counts: ClassCounts
) -> None:
    cells = dict(zip(SYMBOLS, counts.as_tuple(), strict=True))
    if cells[weaker] == 0:
        return
    cells[weaker] -= 1
    cells[stronger] += 1
    profile = load_profile(name)
    before = score_slide([FieldCounts("a", counts)], profile).score
    after = score_slide([FieldCounts("a", ClassCounts(**cells))], profile).score
    assert after.rank >= before.rank


@settings(deadline=None, derandomize=True, max_examples=15)
@given(
    st.lists(near_thresholds(), min_size=1, max_size=5).flatmap(
        lambda fields: st.tuples(st.just(fields), st.permutations(fields))
    )
)
def test_the_order_of_fields_changes_nothing(
    pair: tuple[list[ClassCounts], list[ClassCounts]],
) -> None:
    first, second = (
        score_slide([FieldCounts(str(i), c) for i, c in enumerate(fields)], load_profile())
        for fields in pair
    )
    assert first.record() == second.record()
