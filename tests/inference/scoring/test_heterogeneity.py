import numpy as np
import pytest
from scipy.stats import chi2_contingency

from inference.scoring.counts import ClassCounts
from inference.scoring.heterogeneity import EFFECT, heterogeneity


def fields_with(shares: list[float], cells: int = 1000) -> list[ClassCounts]:
    return [
        ClassCounts(ic=round(share * cells), ns=cells - round(share * cells)) for share in shares
    ]


def test_p_and_effect_follow_scipys_chi_square() -> None:
    fields = [ClassCounts(9, 30, 0, 100, 60), ClassCounts(30, 20, 0, 80, 90), ClassCounts(ns=50)]
    table = np.array([[c.ic, c.ii, c.wi, c.ns] for c in fields])
    expected = chi2_contingency(table, correction=False)
    found = heterogeneity(fields)
    n = table.sum()
    assert found.p == pytest.approx(expected.pvalue)
    assert found.w == pytest.approx(np.sqrt(expected.statistic / n - 6 / (n - 1)))


def test_two_populations_of_fields_are_heterogeneous() -> None:
    found = heterogeneity(fields_with([0.05] * 5 + [0.4] * 5))
    assert found.w == pytest.approx(0.42, abs=0.01)
    assert found.marked


def test_an_ordinary_scatter_is_significant_but_small() -> None:
    found = heterogeneity(fields_with([0.10, 0.20] * 5))
    assert found.p < 0.01
    assert found.w < EFFECT / 2
    assert not found.marked


def test_chance_alone_is_not_heterogeneity() -> None:
    generator = np.random.default_rng(5)
    shares = [0.1, 0.2, 0.1, 0.3, 0.3]
    for _ in range(50):
        draws = generator.multinomial(100, shares, size=8)
        assert not heterogeneity([ClassCounts(*map(int, row)) for row in draws]).marked


def test_a_large_effect_in_few_cells_is_not_significant() -> None:
    found = heterogeneity([ClassCounts(ic=2), ClassCounts(ns=2)])
    assert found.w > EFFECT
    assert not found.marked


@pytest.mark.parametrize(
    "fields",
    [[], [ClassCounts(1, 2, 3, 4, 5)], [ClassCounts(ic=3), ClassCounts()], [ClassCounts(ic=5)] * 3],
)
def test_nothing_to_compare_is_no_difference(fields: list[ClassCounts]) -> None:
    found = heterogeneity(fields)
    assert (found.p, found.w, found.marked) == (1.0, 0.0, False)
