"""The kernels of the simulated tissue against slow, literal twins."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.simulators.tissue.cells import ROW_STEP, cell_sheet
from hardware.simulators.tissue.membranes import membranes_at
from hardware.simulators.tissue.noise import hashed, normal, sampled, smooth_step, texture, wave
from hardware.simulators.tissue.optics import Stains, transmitted
from hardware.simulators.tissue.pattern import pattern
from hardware.simulators.tissue.tissue_map import tissue_map

WORD = (1 << 64) - 1
INDEX = st.integers(-(2**40), 2**40)
SEED = st.integers(0, 2**63 - 1)


def literal_hash(seed: int, ix: int, iy: int, channel: float) -> float:
    h = (seed * 0x9E3779B97F4A7C15 + int(channel) * 0xD1B54A32D192ED03) & WORD
    h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    h = (h + ix * 0x8CB92BA72F3D8DD7) & WORD
    h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & WORD
    h = (h + iy * 0xABC98388FB8FAC03) & WORD
    h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & WORD
    h ^= h >> 31
    return (h >> 11) / 2**53


def literal_wave(seed: int, x: float, y: float, channel: float) -> float:
    def fade(t: float) -> float:
        return 6 * t**5 - 15 * t**4 + 10 * t**3

    total = 0.0
    for cy in (math.floor(y), math.floor(y) + 1):
        for cx in (math.floor(x), math.floor(x) + 1):
            turn = math.floor(32 * literal_hash(seed, cx, cy, channel)) * math.pi / 16
            slope = (x - cx) * math.cos(turn) + (y - cy) * math.sin(turn)
            total += slope * (1 - fade(abs(x - cx))) * (1 - fade(abs(y - cy)))
    return total * 4.63


@given(SEED, INDEX, INDEX, st.integers(0, 10**6))
def test_the_hash_equals_its_twin_in_whole_numbers(seed, ix, iy, channel):
    assert hashed(seed, ix, iy, float(channel)) == literal_hash(seed, ix, iy, channel)


@given(SEED, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_gradient_noise_equals_its_twin(seed, x, y):
    assert wave(seed, x, y, 5.0) == pytest.approx(literal_wave(seed, x, y, 5.0), abs=1e-6)


def test_noise_has_unit_variance_and_no_mean():
    places = np.random.default_rng(1).uniform(-1000, 1000, (20000, 2))
    waves = [wave(3, x, y, 1.0) for x, y in places]
    bells = [normal(3, k, 7, 1.0) for k in range(20000)]
    for values in (waves, bells, texture().ravel()):
        assert np.mean(values) == pytest.approx(0, abs=0.03)
        assert np.std(values) == pytest.approx(1, abs=0.04)


@given(st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_the_texture_is_read_bilinear_and_periodic(x, y):
    table = texture()
    i, j = math.floor(x), math.floor(y)
    expected = 0.0
    for dj in (0, 1):
        for di in (0, 1):
            weight = (1 - abs(x - i - di)) * (1 - abs(y - j - dj))
            expected += weight * float(table[(j + dj) % 512, (i + di) % 512])
    assert sampled(table, x, y) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("t", "value"), [(-1.0, 0.0), (0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (9, 1)])
def test_smooth_step(t, value):
    assert smooth_step(float(t)) == value


@settings(max_examples=30)
@given(
    st.tuples(*[st.floats(0, 2)] * 3),
    st.tuples(*[st.floats(1, 255)] * 3),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_light_follows_beer_and_lambert(density, white, rows, columns):
    stains = Stains((0.6, 0.7, 0.3), (0.3, 0.5, 0.8), (0.5, 0.5, 0.7), dab_strength=1.5)
    planes = [np.full((rows, columns), d, np.float32) for d in density]
    light = transmitted(*planes, stains, white)
    od = np.zeros(3)
    strengths = (1, 1.5, 1)
    vectors = (stains.hematoxylin, stains.dab, stains.neutral)
    for amount, strength, vector in zip(density, strengths, vectors, strict=True):
        od += amount * strength * np.array(vector) / np.linalg.norm(vector)
    assert light.shape == (rows, columns, 3)
    np.testing.assert_allclose(light, np.broadcast_to(white * 10**-od, light.shape), rtol=1e-4)


def test_a_place_belongs_to_the_cell_of_least_power_among_all():
    land = tissue_map(pattern("2+"), 4, -200, -200, 400, 400)
    sheet = cell_sheet(pattern("2+"), 4, land, 0, 0, 200, 200)
    cells = sheet.cells
    sites = np.stack([cells["x"], cells["y"], cells["weight"]], axis=-1)
    near, found = np.empty(25), np.empty(2, np.int64)
    for wx, wy in np.random.default_rng(2).uniform(0, 200, (300, 2)):
        r = math.floor(wy / (sheet.cell_um * ROW_STEP) + 0.5) - sheet.j
        c = math.floor(wx / sheet.cell_um - 0.5 * ((r + sheet.j) & 1) + 0.5) - sheet.i
        _, wall, vertex = membranes_at(
            cells, sites, r, c, wx, wy, near, found, texture(), 1.0, 0.0, 0.0
        )
        power = (cells["x"] - wx) ** 2 + (cells["y"] - wy) ** 2 - cells["weight"]
        assert tuple(found) == np.unravel_index(np.argmin(power), power.shape)
        assert wall <= vertex
