import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.simulators.microscope.numbering import read_number, write_number
from hardware.simulators.microscope.sensor import (
    _FIRST_MASK,
    _NOISE_UNIT,
    Sensor,
    _noise,
    expose,
)
from hardware.simulators.microscope.tiles import Patch

NONE = (1.0, 1.0, 1.0)


def frozen(picture):
    picture.setflags(write=False)
    return picture


def whole(picture):
    height, width = picture.shape[:2]
    return [Patch(frozen(picture), 0, 0, 0, 0, height, width)]


def literal(sensor, picture, drift, number):
    """Slow twin: the sentence of the class, pixel by pixel, and its noise."""
    height, width = picture.shape[:2]
    out = np.empty_like(picture)
    for row in range(height):
        hashed = (row * 2654435761 + number * 2246822519) % 2**32
        first = (hashed >> 9) & _FIRST_MASK
        y = 2 * row + 1 - height
        for column in range(width):
            x = 2 * column + 1 - width
            for c in range(3):
                across = 1 - sensor.vignetting * x * x / (width**2 + height**2)
                down = 1 - sensor.vignetting * y * y / (width**2 + height**2)
                light = picture[row, column, c] * sensor.gains[c] * drift[c] * across * down
                sigma = 0.0
                if sensor.full_well > 0:
                    sigma = np.sqrt(sensor.read_noise**2 + light * 255 / sensor.full_well)
                light += _noise()[first + 3 * column + c] / _NOISE_UNIT * sigma
                out[row, column, c] = int(min(255.0, max(0.0, light + 0.5)))
    return out


@settings(max_examples=30, deadline=None)
@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    seed=st.integers(0, 99),
    number=st.integers(0, 2**31),
    well=st.sampled_from([0.0, 300.0, 9000.0]),
    drift=st.tuples(*[st.floats(0.3, 1.7)] * 3),
)
def test_it_takes_the_picture_that_the_slow_one_takes(size, seed, number, well, drift):
    height, width = size
    sensor = Sensor(width, height, gains=(1.1, 1.0, 0.9), vignetting=0.3, full_well=well)
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    fast = expose(sensor, whole(picture), drift, number).astype(int)
    slow = literal(sensor, picture, drift, number)
    # The fast one counts in 32 bits, so that a half may fall to the other side.
    assert np.abs(fast - slow).max() <= 1
    assert (fast != slow).mean() < 0.02 or (fast != slow).sum() == 1


@settings(max_examples=30, deadline=None)
@given(row=st.integers(0, 7), column=st.integers(0, 9), number=st.integers(0, 999))
def test_a_picture_in_pieces_is_the_same_as_in_one(row, column, number):
    sensor = Sensor(9, 7)
    tile = frozen(np.random.default_rng(number).integers(0, 256, (20, 20, 3), np.uint8))
    one = expose(sensor, [Patch(tile, 5, 3, 0, 0, 7, 9)], NONE, number)
    pieces = [
        Patch(tile, 5 + r0, 3 + c0, r0, c0, r1 - r0, c1 - c0)
        for r0, r1 in ((0, row), (row, 7))
        for c0, c1 in ((0, column), (column, 9))
    ]
    assert np.array_equal(expose(sensor, pieces, NONE, number), one)


def test_noise_is_that_of_photons_and_new_in_each_picture():
    sensor = Sensor(256, 256, vignetting=0)
    for level in (30, 120, 240):
        tile = np.full((256, 256, 3), level, np.uint8)
        picture = expose(sensor, whole(tile), NONE, 3)
        assert picture.mean() == pytest.approx(level, abs=0.1)
        # Rounding adds a twelfth.
        variance = 0.7**2 + level * 255 / 9000 + 1 / 12
        assert picture.var() == pytest.approx(variance, rel=0.05)
        other = expose(sensor, whole(tile), NONE, 4)
        together = np.corrcoef(picture.ravel(), other.ravel())[0, 1]
        assert abs(together) < 0.02


def test_vignetting_darkens_the_corners():
    sensor = Sensor(101, 101, vignetting=0.2, full_well=0)
    picture = expose(sensor, whole(np.full((101, 101, 3), 200, np.uint8)), NONE, 0)
    assert picture[50, 50, 0] == 200
    # A product of two parts loses 0.2 - 0.1 ** 2 in the corner.
    assert picture[0, 0, 0] == pytest.approx(200 * 0.81, abs=2)
    assert picture[0, 50, 0] == pytest.approx(200 * 0.9, abs=2)


@pytest.mark.parametrize("number", [0, 1, 5, 2**31, 2**32 - 1])
@pytest.mark.parametrize("width", [32, 100, 600])
def test_a_number_can_be_read_back(number, width):
    rgb = np.full((9, width, 3), 100, np.uint8)
    write_number(rgb, number)
    assert read_number(rgb) == number


def test_a_number_needs_room():
    with pytest.raises(ValueError, match="no room"):
        write_number(np.zeros((9, 31, 3), np.uint8), 1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width_px": 0}, "0 x 3008"),
        ({"frames_per_s": 0}, "frames per s"),
        ({"gains": (1.0, 1.0, 3.0)}, "gains"),
        ({"vignetting": 1.0}, "vignetting"),
        ({"full_well": -1.0}, "full well"),
    ],
)
def test_impossible_sensors_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Sensor(**wrong)
