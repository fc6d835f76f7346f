"""Pictures as other laboratories would have taken them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.arrays import U8
from inference.stain.vectors import RUIFROK
from models.training.augmentation import augmented, stain_map
from models.training.nuclear_stain import PatchNuclei, solid
from models.training.settings import Augmentation

STILL = Augmentation(
    stain=1,
    stain_angle=0,
    hematoxylin=(1, 1),
    dab=(1, 1),
    residual=(1, 1),
    blush=0,
    clear=0,
    brown=0,
    solid=0,
    white=255,
    mixing=0,
    gamma=(1, 1),
    blur=0,
    noise=0,
    jpeg=(100, 100),
)


def tissue(side: int = 64) -> U8:
    """Return blue discs in pale tissue."""
    y, x = np.mgrid[:side, :side]
    nuclei = ((x % 32 - 16) ** 2 + (y % 32 - 16) ** 2 < 49).astype(float)
    density = (0.08 + 0.5 * nuclei)[..., None] * RUIFROK.matrix()[0]
    return np.rint(245 * 10**-density).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([(1, 1), (5, 37), (64, 64)]))
def test_same_size_and_the_same_again(seed: int, size: tuple[int, int]) -> None:
    rgb = tissue()[: size[0], : size[1]]
    nuclei = PatchNuclei(np.array([(3, 3), (30, 2)], np.float32), np.array([True, False]), 1.0)
    one = augmented(rgb, Augmentation(), np.random.default_rng(seed), nuclei)
    again = augmented(rgb, Augmentation(), np.random.default_rng(seed), nuclei)
    assert one.shape == rgb.shape
    assert one.dtype == np.uint8
    assert np.array_equal(one, again)


def test_nothing_to_vary_leaves_the_picture() -> None:
    # White is 245 going in and 255 coming out.
    rgb = tissue()
    for seed in range(8):
        same = augmented(rgb, STILL, np.random.default_rng(seed))
        # JPEG halves the resolution of color at the rim of a nucleus.
        assert np.abs(same - rgb * (255 / 245)).mean() < 2


def test_the_map_of_stains_scales_each_stain() -> None:
    doubled = STILL.model_copy(update={"dab": (2.0, 2.0)})
    matrix = stain_map(doubled, np.random.default_rng(0))
    hematoxylin, dab, _ = RUIFROK.matrix()
    assert matrix @ dab == pytest.approx(2 * dab)
    assert matrix @ hematoxylin == pytest.approx(hematoxylin)


def test_brown_nuclei_are_brown_where_nuclei_are() -> None:
    rgb = tissue()
    brown = STILL.model_copy(update={"brown": 1.0})
    nuclei = PatchNuclei(np.array([(16, 16), (48, 48)], np.float32), np.array([True, False]), 1.0)
    plain = augmented(rgb, STILL, np.random.default_rng(4), nuclei).astype(int)
    varied = augmented(rgb, brown, np.random.default_rng(4), nuclei).astype(int)

    def blue_over_red(picture: U8, x: int, y: int) -> float:
        r, _, b = picture[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3).mean(axis=0)
        return float(b / r)

    changed = [
        (x, y)
        for x, y in ((16, 16), (48, 48))
        if blue_over_red(varied, x, y) < 0.8 * blue_over_red(plain, x, y)
    ]
    assert changed
    assert np.abs(varied - plain)[16, 48].max() < 12  # a nucleus that nobody named


def test_tumor_nuclei_are_filled_and_others_left() -> None:
    rgb = tissue()
    filled = STILL.model_copy(update={"solid": 1.0})
    nuclei = PatchNuclei(np.array([(16, 16), (48, 48)], np.float32), np.array([True, False]), 1.0)
    changes = []
    for seed in range(12):
        plain = augmented(rgb, STILL, np.random.default_rng(seed), nuclei).astype(int)
        varied = augmented(rgb, filled, np.random.default_rng(seed), nuclei).astype(int)
        change = np.abs(varied - plain).mean(axis=2)
        changes.append(change[13:20, 13:20].mean())
        assert change[42:55, 42:55].mean() < 4
        assert change[10:23, 42:55].mean() < 4  # a nucleus that nobody named
    assert np.mean(np.array(changes) > 8) > 0.8


def test_a_filled_nucleus_grows_with_the_patch() -> None:
    density = np.full((96, 96, 3), 0.05, np.float32)

    def area(scale: float) -> float:
        nuclei = PatchNuclei(np.array([(48, 48)], np.float32), np.array([True]), scale)
        sizes = []
        for seed in range(20):
            made = solid(density, nuclei, np.random.default_rng(seed))
            sizes.append(float((made[..., 0] > 0.2).sum()))
        return float(np.mean([size for size in sizes if size]))

    assert 3.0 < area(2.0) / area(1.0) < 5.0


def test_clearing_takes_the_ground_away() -> None:
    clear = STILL.model_copy(update={"clear": 1.0})
    rgb = tissue()
    picture = augmented(rgb, clear, np.random.default_rng(1))
    assert picture[0, 0].mean() > 1.02 * rgb[0, 0].mean()
    assert picture[16, 16].mean() < 0.9 * picture[0, 0].mean()
