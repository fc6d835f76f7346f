import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.stain.density import UNITS_PER_OD, from_units, optical_density, to_units


def test_a_byte_reaches_two_optical_densities():
    assert UNITS_PER_OD == 128
    assert round(from_units(255), 2) == 1.99


@pytest.mark.parametrize(
    ("od", "units"), [(0.0, 0), (0.12, 15), (0.7, 90), (1.0, 128), (0.5 / 128, 1), (0.49 / 128, 0)]
)
def test_units_are_the_nearest(od, units):
    assert to_units(od) == units


@given(st.integers(0, 255))
def test_units_survive_the_way_there_and_back(units):
    assert to_units(from_units(units)) == units


def test_density_is_the_decadic_logarithm_of_the_light_lost_per_channel():
    rgb = np.array([[[200, 24, 255]]], np.uint8)
    density = optical_density(rgb, (200.0, 240.0, 25.5))
    assert np.allclose(density, [[[0.0, 1.0, -1.0]]])


def test_black_counts_as_one():
    black, one = np.zeros((1, 1, 3), np.uint8), np.ones((1, 1, 3), np.uint8)
    density = optical_density(black, (255.0, 255.0, 255.0))
    assert np.array_equal(density, optical_density(one, (255.0, 255.0, 255.0)))
    assert math.isclose(density[0, 0, 0], math.log10(255))


@pytest.mark.parametrize(
    "white", [(0.0, 255.0, 255.0), (255.0, -3.0, 255.0), (255.0, math.nan, 255.0), (240.0, 240.0)]
)
def test_an_impossible_white_is_refused(white):
    with pytest.raises(ValueError, match="white point must be three numbers"):
        optical_density(np.zeros((2, 2, 3), np.uint8), white)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_not_an_rgb_picture_is_refused(picture):
    with pytest.raises(ValueError, match="expected an 8-bit RGB picture"):
        optical_density(picture, (255.0, 255.0, 255.0))
