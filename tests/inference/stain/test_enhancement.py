import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.stain.enhancement import (
    BILATERAL_RANGE_OD,
    BILATERAL_SIGMA_UM,
    Background,
    background_footprint,
    enhance,
)

DENSITIES = arrays(
    np.uint8, st.tuples(st.integers(1, 15), st.integers(1, 15)), elements=st.integers(0, 255)
)


def bilateral_twin(image, radius, sigma_range, sigma_px):
    """Return the bilateral filter by its definition, as real numbers; mirrored borders."""
    height, width = image.shape
    padded = np.pad(image.astype(float), radius, mode="reflect")
    out = np.zeros(image.shape)
    for y in range(height):
        for x in range(width):
            total = weights = 0.0
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    if dx * dx + dy * dy > radius * radius:
                        continue
                    value = padded[y + radius + dy, x + radius + dx]
                    difference = value - float(image[y, x])
                    weight = math.exp(
                        -(dx * dx + dy * dy) / (2 * sigma_px**2)
                        - difference**2 / (2 * sigma_range**2)
                    )
                    total += weight * value
                    weights += weight
            out[y, x] = total / weights
    return out


def extreme_twin(image, radius_px, choose):
    """Return the largest or smallest value within the radius of each pixel, border ignored."""
    height, width = image.shape
    out = np.zeros_like(image)
    for y in range(height):
        for x in range(width):
            out[y, x] = choose(
                image[j, i]
                for j in range(height)
                for i in range(width)
                if (j - y) ** 2 + (i - x) ** 2 <= radius_px**2
            )
    return out


@settings(max_examples=30, deadline=None)
@given(
    dab=DENSITIES,
    narrow_px=st.floats(1, 4),
    wide_px=st.floats(1, 6),
    allowance=st.integers(0, 60),
)
def test_contrast_is_the_density_less_its_openings(dab, narrow_px, wide_px, allowance):
    background = Background(0.5 * narrow_px, 0.5 * wide_px, allowance / 128)
    enhancement = enhance(dab, 0.5, background)
    density = enhancement.density.astype(int)
    fine, thick = (
        density - extreme_twin(extreme_twin(enhancement.density, radius, min), radius, max)
        for radius in (narrow_px, wide_px)
    )
    assert np.array_equal(enhancement.contrast, np.maximum(fine, thick - allowance))


@settings(max_examples=30, deadline=None)
@given(dab=arrays(np.uint8, st.tuples(st.integers(3, 11), st.integers(3, 11))))
def test_density_is_the_bilateral_filter(dab):
    found = enhance(dab, 0.424, None).density
    expected = bilateral_twin(dab, 2, BILATERAL_RANGE_OD * 128, BILATERAL_SIGMA_UM / 0.424)
    assert np.abs(found - expected).max() <= 1


def test_the_paper_s_plain_enhancement_has_the_density_for_contrast():
    dab = np.random.default_rng(1).integers(0, 256, (40, 31)).astype(np.uint8)
    plain = enhance(dab, 0.424, None)
    assert np.array_equal(plain.contrast, plain.density)
    assert np.array_equal(plain.density, enhance(dab, 0.424, Background()).density)


def test_the_disc_holds_the_pixels_within_its_radius():
    assert background_footprint(2.2 / 0.424).sum(axis=1).tolist() == [
        3,
        7,
        9,
        9,
        11,
        11,
        11,
        9,
        9,
        7,
        3,
    ]
    assert background_footprint(1.0).tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]


def test_a_membrane_on_blush_keeps_its_contrast_and_the_blush_goes():
    dab = np.zeros((101, 101), np.uint8)
    dab[:, 20:] = 60  # blush far wider than the disc
    dab[:, 60:63] = 160  # membrane of 1.3 um
    enhancement = enhance(dab, 0.424, Background())
    assert enhancement.contrast[50, 61] == 100
    assert enhancement.density[50, 61] == 160
    assert enhancement.contrast[:, 25:55].max() == 0
    assert enhancement.contrast[:, :18].max() == 0


def test_noise_is_smoothed_and_edges_stay():
    rng = np.random.default_rng(7)
    clean = np.full((80, 80), 40.0)
    clean[:, 40:] = 140
    noisy = np.rint(clean + rng.normal(0, 5, clean.shape)).astype(np.uint8)
    density = enhance(noisy, 0.424, None).density.astype(float)
    assert (density - clean).std() < 0.6 * (noisy - clean).std()
    assert np.abs(density[:, 38:42].mean(axis=0) - [40, 40, 140, 140]).max() < 4


def test_lengths_follow_the_pixel_size():
    dab = np.zeros((61, 61), np.uint8)
    dab[:, 27:34] = 100  # 7 px: 3.0 um at 0.424, 1.5 um at 0.212
    narrow = Background(membrane_radius_um=1.2, thick_radius_um=1.2)
    assert enhance(dab, 0.424, narrow).contrast[30, 30] == 0
    assert enhance(dab, 0.212, narrow).contrast[30, 30] == 100


def test_a_thick_membrane_stands_out_by_its_height_less_the_allowance():
    dab = np.zeros((61, 61), np.uint8)
    dab[:, 26:35] = 120  # 9 px: 3.8 um, wider than the narrow disc, not than the wide one
    dab[:20] //= 12  # a faint band of cytoplasm of the same width
    contrast = enhance(dab, 0.424, Background()).contrast
    assert contrast[40, 30] == 120 - 13
    assert contrast[5, 30] <= 1  # the bilateral filter rounds the edges of a faint band


def test_the_input_stays_as_it_was_and_may_be_read_only():
    dab = np.random.default_rng(2).integers(0, 256, (30, 30)).astype(np.uint8)
    before = dab.copy()
    dab.setflags(write=False)
    enhance(dab, 0.424, Background())
    assert np.array_equal(dab, before)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"um_per_px": 0.0}, "um per px must be positive"),
        ({"um_per_px": math.nan}, "um per px must be positive"),
        ({"background": Background(membrane_radius_um=0.3)}, "at least one pixel"),
        ({"background": Background(thick_radius_um=0.3)}, "at least one pixel"),
        ({"dab": np.zeros((4, 4, 3), np.uint8)}, "expected a density"),
        ({"dab": np.zeros((4, 4), np.float64)}, "expected a density"),
        ({"dab": np.zeros((0, 4), np.uint8)}, "expected a density"),
    ],
)
def test_bad_input_is_refused_with_one_line(change, complaint):
    plain = {"dab": np.zeros((4, 4), np.uint8), "um_per_px": 0.424, "background": Background()}
    arguments = plain | change
    with pytest.raises(ValueError, match=complaint):
        enhance(**arguments)
