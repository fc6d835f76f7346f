import cv2
import numpy as np
import pytest

from inference.stain.estimation import estimate_vectors
from inference.stain.vectors import RUIFROK, StainVectors

WHITE = (234.0, 233.0, 242.0)
OTHER_LABORATORY = StainVectors((0.55, 0.72, 0.42), (0.30, 0.50, 0.81))


def degrees(first, second):
    cosine = np.dot(first, second) / np.linalg.norm(first) / np.linalg.norm(second)
    return np.degrees(np.arccos(min(cosine, 1)))


def stained_cells(vectors, hematoxylin, dab, noise, ringed=1.0, size=310):
    """Return blue nuclei in brown rings by Beer-Lambert, with camera noise in gray levels.

    The densities are those of the darkest nucleus and ring; `ringed` is the fraction of cells
    that has a ring.
    """
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:size, :size]
    nuclei, rings = np.zeros((size, size)), np.zeros((size, size))
    for row in range(20, size, 34):
        for column in range(20, size, 34):
            distance = np.hypot(y - row - rng.uniform(-4, 4), x - column - rng.uniform(-4, 4))
            nuclei = np.maximum(nuclei, (distance < 9) * rng.uniform(0.3, 1) * hematoxylin)
            strength = rng.uniform(0.3, 1) * dab * (rng.uniform() < ringed)
            rings = np.maximum(rings, ((distance > 12) & (distance < 15)) * strength)
    amounts = np.stack([cv2.GaussianBlur(stain, (0, 0), 1.2) for stain in (nuclei, rings)], axis=-1)
    amounts += (0.05, 0.03 if dab else 0)  # pale cytoplasm
    light = WHITE * 10 ** -(amounts @ vectors.matrix()[:2])
    return np.clip(np.rint(light + rng.normal(0, noise, light.shape)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("vectors", [RUIFROK, OTHER_LABORATORY])
@pytest.mark.parametrize(
    ("hematoxylin", "dab", "noise", "ringed", "most_degrees"),
    [
        (1.0, 1.0, 2.0, 1.0, 2.0),
        (1.0, 1.0, 4.0, 1.0, 2.5),
        (1.0, 1.0, 2.0, 0.1, 2.0),  # few cells stained
        (1.0, 0.4, 2.0, 1.0, 4.0),  # faint rings: pale cytoplasm tints them
        (1.3, 1.8, 2.0, 1.0, 2.0),
    ],
)
def test_known_vectors_are_found_again(vectors, hematoxylin, dab, noise, ringed, most_degrees):
    picture = stained_cells(vectors, hematoxylin, dab, noise, ringed)
    found = estimate_vectors(picture, WHITE)
    assert degrees(found.hematoxylin, vectors.hematoxylin) < most_degrees
    assert degrees(found.dab, vectors.dab) < most_degrees
    assert found.residual is None
    assert all(type(value) is float for value in found.hematoxylin + found.dab)


def test_dab_is_the_browner_whichever_is_more_abundant():
    for amounts in ((1.2, 0.5), (0.5, 1.2)):
        found = estimate_vectors(stained_cells(RUIFROK, *amounts, noise=2.0), WHITE)
        assert found.dab[2] > found.dab[0]
        assert found.hematoxylin[0] > found.hematoxylin[2]


@pytest.mark.parametrize("vectors", [RUIFROK, OTHER_LABORATORY])
@pytest.mark.parametrize(
    ("hematoxylin", "dab", "complaint"),
    [(1.0, 0.0, "brown"), (0.0, 1.0, "blue"), (0.0, 0.0, "almost no|no clear")],
)
def test_a_field_without_both_stains_is_refused(vectors, hematoxylin, dab, complaint):
    picture = stained_cells(vectors, hematoxylin, dab, noise=3.0)
    with pytest.raises(ValueError, match=complaint) as error:
        estimate_vectors(picture, WHITE)
    assert "\n" not in str(error.value)


def test_colors_that_are_not_hematoxylin_and_dab_are_refused():
    pink_and_yellow = StainVectors((0.30, 0.95, 0.08), (0.05, 0.25, 0.97))
    with pytest.raises(ValueError, match="degrees from the usual"):
        estimate_vectors(stained_cells(pink_and_yellow, 1.0, 1.0, noise=1.0), WHITE)


def test_glass_and_black_pixels_do_not_count():
    picture = stained_cells(RUIFROK, 1.0, 1.0, noise=2.0)
    framed = np.full((370, 370, 3), (234, 233, 242), np.uint8)
    framed[30:340, 30:340] = picture
    framed[:20] = 0
    found, plain = estimate_vectors(framed, WHITE), estimate_vectors(picture, WHITE)
    assert degrees(found.dab, plain.dab) < 0.5
    assert degrees(found.hematoxylin, plain.hematoxylin) < 0.5


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 400, 3)])
def test_a_tiny_or_blank_picture_is_refused(shape):
    with pytest.raises(ValueError, match="almost no"):
        estimate_vectors(np.full(shape, 234, np.uint8), WHITE)
