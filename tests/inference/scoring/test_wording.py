from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.scoring.wording import percent, percent_beside, threshold_text


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 10**7), st.integers(0, 3), st.data())
def test_percent_equals_rounding_of_the_exact_fraction(
    total: int, decimals: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, total))
    exact = Fraction(100 * count, total)
    shown = Fraction(percent(count, total, decimals).removesuffix(" %"))
    half = Fraction(1, 2 * 10**decimals)
    assert -half <= exact - shown < half


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [
        (101, 812, "12.4 %"),
        (0, 7, "0.0 %"),
        (7, 7, "100.0 %"),
        (10, 100, "10.0 %"),
        (1001, 10_000, "10.01 %"),
        (999, 10_000, "9.99 %"),
        (100_001, 1_000_000, "10.0001 %"),
        (10**11 + 1, 10**12, "10.000000 %"),
    ],
)
def test_a_share_never_looks_equal_to_a_threshold_it_is_not(
    count: int, total: int, text: str
) -> None:
    assert percent_beside(count, total, 10, 100) == text


def test_thresholds_have_no_idle_zeros() -> None:
    assert threshold_text(10, 100) == "10 %"
    assert threshold_text(1, 40) == "2.5 %"
    assert threshold_text(0, 3) == "0 %"
    assert threshold_text(100, 100) == "100 %"
