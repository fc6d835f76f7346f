import numpy as np
import pytest
from skimage.filters import threshold_otsu

from inference.arrays import F32
from inference.nuclei.rough_masks import (
    Densities,
    densities,
    gap_fraction,
    nuclear_contrast,
    nuclear_level,
    nucleus_parts,
    stained_region,
)
from inference.nuclei.rough_settings import RoughSettings
from inference.stain.deconvolution import Deconvolution
from inference.stain.vectors import RUIFROK

SETTINGS = RoughSettings()
UM = 0.848


def made(
    hematoxylin: F32 | None = None, dab: F32 | None = None, green: F32 | None = None
) -> Densities:
    """Return densities of 120 x 130 px that are zero where nothing is given."""
    zero = np.zeros((120, 130), np.float32)
    return Densities(
        zero if hematoxylin is None else hematoxylin,
        zero if dab is None else dab,
        zero if green is None else green,
        UM,
        (1.0, 1.0),
    )


def disc(x: float, y: float, radius_um: float) -> F32:
    v, u = np.mgrid[0:120, 0:130]
    return (np.hypot(u - x, v - y) * UM < radius_um).astype(np.float32)


def test_densities_are_halved_and_know_their_scale() -> None:
    rgb = np.full((33, 21, 3), 120, np.uint8)
    made = densities(rgb, 0.424, Deconvolution(RUIFROK, (240.0, 240.0, 240.0)), SETTINGS)
    assert made.hematoxylin.shape == made.dab.shape == made.green.shape == (16, 10)
    assert made.scale == (10 / 21, 16 / 33)
    assert made.um_per_px == pytest.approx(0.424 * 2.1)
    expected = 128 * np.log10(2) / RUIFROK.matrix()[0, 1]
    np.testing.assert_allclose(made.green, expected, rtol=1e-5)


def test_densities_stay_where_half_would_be_too_coarse() -> None:
    rgb = np.full((20, 30, 3), 200, np.uint8)
    made = densities(rgb, 0.6, Deconvolution(RUIFROK, (240.0, 240.0, 240.0)), SETTINGS)
    assert made.green.shape == (20, 30)
    assert made.um_per_px == 0.6


def test_nuclear_level_is_otsu_of_unstained_tissue() -> None:
    rng = np.random.default_rng(2)
    blocks = np.repeat(np.repeat(rng.choice([8.0, 30.0], (12, 13)), 10, 0), 10, 1)
    hematoxylin = blocks.astype(np.float32)
    green = np.full((120, 130), 20, np.float32)
    dab = np.zeros_like(green)
    # Neither glass nor brown may pull the level.
    hematoxylin[:40], green[:40] = 0, 0
    hematoxylin[80:], dab[80:] = 200, 150
    field = made(hematoxylin, dab, green)
    level = nuclear_level(field, SETTINGS)
    assert level is not None
    assert 14 < level < 25
    # The histogram's bins, 256 as in scikit-image, are the only rounding.
    where = (field.blurred(green, 2.0) > 0.03 * 128) & (field.blurred(dab, 1.0) < 0.1 * 128)
    assert level == pytest.approx(threshold_otsu(field.blurred(hematoxylin, 1.0)[where]), abs=1e-3)


def test_nuclear_level_of_a_field_that_is_brown_all_over() -> None:
    hematoxylin = 10 + 20 * disc(60, 60, 20)
    brown = np.full((120, 130), 90, np.float32)
    level = nuclear_level(made(hematoxylin, brown, brown), SETTINGS)
    assert level is not None
    assert 12 < level < 28


def test_no_nuclear_level_without_tissue() -> None:
    assert nuclear_level(made(), SETTINGS) is None


def test_nuclear_level_has_a_floor_and_bears_a_constant() -> None:
    flat = np.full((120, 130), 6, np.float32)
    assert nuclear_level(made(flat * 0 + 1, None, flat), SETTINGS) == pytest.approx(0.04 * 128)


def test_contrast_is_high_on_blue_and_on_a_hole_in_brown() -> None:
    blue = nuclear_contrast(made(20 * disc(40, 60, 3.5)), SETTINGS)
    hole = nuclear_contrast(made(None, 40 * (1 - disc(40, 60, 3.5))), SETTINGS)
    for contrast in (blue, hole):
        y, x = np.unravel_index(np.argmax(contrast), contrast.shape)
        assert (x, y) == (40, 60)
        assert contrast[60, 40] > 5


def test_stained_region_fills_a_cell_and_not_a_lumen() -> None:
    cell = disc(30, 60, 6.5) - disc(30, 60, 5.5)
    gland = disc(85, 60, 18) - disc(85, 60, 17)
    region = stained_region(made(None, 100 * (cell + gland)), SETTINGS)
    assert region[60, 30]
    assert region[60, 85 - round(17.5 / UM)]
    assert not region[60, 85]
    assert not region[0, 0]


def test_diffuse_brown_is_no_membrane() -> None:
    field = made(None, np.full((120, 130), 100, np.float32))
    assert not stained_region(field, SETTINGS).any()


def test_nucleus_parts_drop_the_small() -> None:
    hematoxylin = 40 * (disc(30, 60, 4) + disc(90, 60, 2))
    parts = nucleus_parts(made(hematoxylin), 20, RoughSettings(nucleus_min_um2=30))
    assert parts[60, 30]
    assert not parts[60, 90]


def test_gap_fraction_is_part_of_the_surroundings() -> None:
    green = np.full((120, 130), 20, np.float32)
    green[:, :65] = 0
    gaps = gap_fraction(made(None, None, green), SETTINGS)
    assert gaps[60, 5] == pytest.approx(1, abs=1e-3)
    assert gaps[60, 125] == pytest.approx(0, abs=1e-3)
    assert gaps[60, 64] == pytest.approx(0.5, abs=0.1)
