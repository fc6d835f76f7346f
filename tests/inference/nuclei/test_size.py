"""The size of nuclei against the pixel size that is set."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.arrays import F32
from inference.nuclei.size import FEWEST, LARGEST_UM, MARGIN, SMALLEST_UM, size_doubt

TWENTY, FORTY = 0.424, 0.212


def nuclei(median_um: float, um_per_px: float, count: int = 101, spread: float = 0.25) -> F32:
    """Return diameters whose median is as told, in pixels."""
    shares = np.exp(spread * np.linspace(-1.5, 1.5, count))
    return (median_um * shares / um_per_px).astype(np.float32)


@given(st.floats(SMALLEST_UM, LARGEST_UM), st.floats(0.05, 1.0))
def test_usual_nuclei_raise_no_doubt_at_any_pixel_size(median_um: float, um_per_px: float) -> None:
    assert size_doubt(nuclei(median_um, um_per_px), um_per_px) is None


@given(st.floats(SMALLEST_UM, LARGEST_UM))
def test_a_pixel_size_wrong_by_two_is_always_doubted(median_um: float) -> None:
    small = size_doubt(nuclei(median_um, TWENTY), FORTY, "40x")
    assert small is not None
    assert small.diameter_um == pytest.approx(median_um / 2, rel=1e-3)
    assert "the objective 40x in the light, and not a weaker one" in small.text
    large = size_doubt(nuclei(median_um, FORTY), TWENTY)
    assert large is not None
    assert "not a stronger one" in large.text
    assert len(large.text.splitlines()) == 1


def test_at_the_limits() -> None:
    for limit, factor in ((SMALLEST_UM / MARGIN, 0.99), (LARGEST_UM * MARGIN, 1.01)):
        assert size_doubt(nuclei(limit / factor, 1.0), 1.0) is None
        assert size_doubt(nuclei(limit * factor, 1.0), 1.0) is not None


def test_few_nuclei_say_nothing() -> None:
    assert size_doubt(nuclei(3.0, FORTY, FEWEST - 1), FORTY) is None
    assert size_doubt(np.full(100, np.nan, np.float32), FORTY) is None
    some = np.append(nuclei(3.0, FORTY, FEWEST), np.float32(np.nan))
    assert size_doubt(some, FORTY) is not None


@pytest.mark.parametrize("um_per_px", [0.0, -1.0, float("nan")])
def test_a_pixel_size_that_is_none_is_refused(um_per_px: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        size_doubt(nuclei(8.0, 1.0), um_per_px)
