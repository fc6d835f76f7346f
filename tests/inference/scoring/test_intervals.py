from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from inference.scoring.counts import ClassCounts
from inference.scoring.intervals import RESAMPLES, Interval, bootstrap, wilson


@pytest.mark.parametrize(
    ("total", "low", "high"), [(100, 5.5, 17.4), (500, 7.7, 12.9), (1000, 8.3, 12.0)]
)
def test_published_wilson_intervals_of_ten_percent(total: int, low: float, high: float) -> None:
    interval = wilson(total // 10, total)
    assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == (low, high)


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 20_000), st.data())
def test_wilson_equals_scipy(total: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, total))
    expected = binomtest(count, total).proportion_ci(0.95, method="wilson")
    interval = wilson(count, total)
    assert interval.low == pytest.approx(expected.low, abs=1e-12)
    assert interval.high == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= interval.low <= count / total <= interval.high <= 1


def test_nothing_is_known_without_cells() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)


def test_bootstrap_needs_two_fields_with_cells() -> None:
    field = ClassCounts(1, 2, 3, 4, 5)
    assert bootstrap([], ["ic"]) is None
    assert bootstrap([field, ClassCounts()], ["ic"]) is None
    assert bootstrap([field, field], ["ic"]) is not None


def test_bootstrap_of_equal_fields_has_no_width_and_of_unequal_ones_has() -> None:
    field = ClassCounts(10, 0, 20, 0, 70)
    same = bootstrap([field] * 4, ["ic", "ic+wc"])
    assert same == (Interval(0.1, 0.1), Interval(0.3, 0.3))
    other = bootstrap([field, ClassCounts(50, 0, 0, 0, 50)], ["ic", "ns"])
    assert other is not None
    # Two fields: (first, first), (second, second), or one of each.
    assert other == (Interval(0.1, 0.5), Interval(0.5, 0.7))


def test_bootstrap_ends_have_their_rank_among_all_resamples_drawn_one_by_one() -> None:
    fields = [ClassCounts(k, 3, 0, 20, 77 - k) for k in (0, 4, 9, 15, 30)]
    fields[2] += ClassCounts(ns=200)
    shares = np.array(
        [
            float(Fraction(sum(f.ic + f.ii for f in drawn), sum(f.total for f in drawn)))
            for drawn in product(fields, repeat=5)
        ]
    )
    found = bootstrap(fields, ["ic+ii"])
    assert found is not None
    # The shares of few fields lie in steps, so ranks are compared and not values; four standard
    # errors of a rank that is estimated from the resamples.
    error = 4 * np.sqrt(0.025 * 0.975 / RESAMPLES)
    for end, rank in ((found[0].low, 0.025), (found[0].high, 0.975)):
        assert (shares < end - 1e-12).mean() <= rank + error
        assert (shares <= end + 1e-12).mean() >= rank - error


@settings(deadline=None, derandomize=True, max_examples=20)
@given(
    st.lists(st.builds(ClassCounts, *[st.integers(0, 50)] * 5), max_size=6).flatmap(
        lambda fields: st.tuples(st.just(fields), st.permutations(fields))
    )
)
def test_bootstrap_does_not_depend_on_the_order_of_fields(
    pair: tuple[list[ClassCounts], list[ClassCounts]],
) -> None:
    names = ["ic", "ii+wc+wi"]
    assert bootstrap(pair[0], names) == bootstrap(pair[1], names)


def test_bootstrap_in_blocks_equals_bootstrap_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [ClassCounts(k, 0, 0, 0, 50) for k in range(9)]
    at_once = bootstrap(fields, ["ic"])
    monkeypatch.setattr("inference.scoring.intervals._BLOCK", 9 * (RESAMPLES // 3))
    assert bootstrap(fields, ["ic"]) == at_once
