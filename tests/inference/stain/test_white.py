import cv2
import numpy as np
import pytest

from inference.stain.vectors import RUIFROK
from inference.stain.white import estimate_white, white_from_blank


def empty_field(white, shape=(300, 400), noise=2.0, falloff=0.0, seed=0):
    """Return a noisy field of clean glass that darkens towards its corners by a fraction."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    light = 1 - falloff * (x * x + y * y) / 2
    field = light[..., None] * np.asarray(white) + rng.normal(0, noise, (*shape, 3))
    return np.clip(np.rint(field), 0, 255).astype(np.uint8)


def tissue(white, shape=(300, 400), grain=0.12, seed=0):
    """Return textured hematoxylin-stained tissue without a gap."""
    rng = np.random.default_rng(seed)
    density = 0.25 + cv2.GaussianBlur(rng.normal(0, 5 * grain, shape), (0, 0), 2.0)
    od = np.maximum(density, 0.05)[..., None] * RUIFROK.matrix()[0]
    light = np.asarray(white) * 10**-od + rng.normal(0, 2, (*shape, 3))
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("white", [(234, 233, 242), (219, 236, 248), (180, 175, 160)])
@pytest.mark.parametrize("shape", [(300, 400), (31, 47), (900, 600)])
def test_an_empty_field_gives_its_white(white, shape):
    found = white_from_blank(empty_field(white, shape))
    assert np.allclose(found, white, atol=1)
    assert all(type(value) is float for value in found)


def test_dust_and_a_little_falloff_do_no_harm():
    field = empty_field((230, 231, 235), falloff=0.2)
    cv2.circle(field, (100, 80), 6, (90, 80, 70), -1)
    cv2.circle(field, (300, 200), 3, (40, 40, 40), -1)
    assert np.allclose(white_from_blank(field), (215, 216, 220), atol=4)


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        (empty_field((60, 58, 61)), "too dark"),
        (empty_field((0, 0, 0), noise=0), "too dark"),
        (empty_field((240, 241, 255)), "overexposed.*blue"),
        (np.full((64, 64, 3), 255, np.uint8), "overexposed"),
        (tissue((234, 233, 242)), "structure"),
        (empty_field((230, 215, 150)), "colored"),
        (empty_field((240, 240, 240), falloff=0.5), "unevenly lit"),
    ],
)
def test_what_is_no_empty_field_is_refused_with_one_line(field, complaint):
    with pytest.raises(ValueError, match=complaint) as error:
        white_from_blank(field)
    assert "\n" not in str(error.value)


def test_half_an_empty_field_beside_tissue_is_refused():
    field = empty_field((234, 233, 242))
    field[:, 200:] = tissue((234, 233, 242))[:, 200:]
    with pytest.raises(ValueError, match="structure"):
        white_from_blank(field)


@pytest.mark.parametrize("white", [(234, 233, 242), (219, 236, 248)])
@pytest.mark.parametrize("gap", [24, 60, 140])
def test_a_lumen_in_tissue_gives_the_white(white, gap):
    picture = tissue(white)
    glass = empty_field(white, seed=3)
    inside = cv2.circle(np.zeros(picture.shape[:2], np.uint8), (180, 150), gap, 1, -1) > 0
    picture[inside] = glass[inside]
    found = estimate_white(picture)
    assert found is not None
    assert np.abs(np.array(found) - white).max() <= 2


def test_a_picture_that_is_all_glass_gives_its_white():
    found = estimate_white(empty_field((234, 233, 242)))
    assert found is not None
    assert np.allclose(found, (234, 233, 242), atol=1)


def test_the_size_of_the_picture_does_not_matter():
    picture = tissue((234, 233, 242), (1000, 1500))
    picture[300:600, 500:800] = empty_field((234, 233, 242), (300, 300))
    found = estimate_white(picture)
    assert found is not None
    assert np.abs(np.array(found) - (234, 233, 242)).max() <= 2


@pytest.mark.parametrize(
    "picture",
    [
        tissue((234, 233, 242)),
        empty_field((90, 90, 95)),  # flat, but dark
        empty_field((235, 200, 150)),  # flat, but colored: even, pale brown
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((50, 3, 3), np.uint8),
    ],
)
def test_a_picture_without_glass_has_no_white(picture):
    assert estimate_white(picture) is None


def test_even_tissue_beside_brighter_structure_is_not_taken_for_glass():
    picture = tissue((250, 250, 250), grain=0.3)
    picture[100:130, 100:130] = empty_field((190, 195, 205), (30, 30))
    assert estimate_white(picture) is None
