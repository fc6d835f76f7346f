import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import hed_from_rgb, rgb2hed, rgb_from_hed, separate_stains

from inference.stain.deconvolution import Deconvolution, separate
from inference.stain.density import UNITS_PER_OD
from inference.stain.vectors import RUIFROK, StainVectors

HED = StainVectors(
    hematoxylin=tuple(rgb_from_hed[0]), dab=tuple(rgb_from_hed[2]), residual=tuple(rgb_from_hed[1])
)
"""scikit-image's own vectors, whose third stain is eosin."""

PICTURES = arrays(
    np.uint8,
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)),
    elements=st.integers(0, 255),
)
WHITES = st.tuples(*[st.floats(2, 300)] * 3)


def reference_units(rgb, vectors, white):
    """Return hematoxylin and DAB in units, as real numbers clipped to a byte."""
    units = np.clip(separate(rgb, vectors, white) * UNITS_PER_OD, 0, 255)
    return units[..., 0], units[..., 1]


def every_color(step, offset=0):
    """Return the RGB cube as a picture, each channel in steps that end at 255."""
    levels = np.unique(np.append(np.arange(offset, 256, step), 255)).astype(np.uint8)
    red, green, blue = np.meshgrid(levels, levels, levels, indexing="ij")
    cube = np.stack([red, green, blue], axis=-1)
    return cube.reshape(len(levels), -1, 3)


@pytest.mark.parametrize(
    "vectors", [RUIFROK, HED, StainVectors((0.55, 0.76, 0.35), (0.5, 0.7, 0.51))]
)
@pytest.mark.parametrize("white", [(255.0, 255.0, 255.0), (234.2, 231.7, 242.5)])
def test_tables_agree_with_the_formula_over_the_whole_color_cube(vectors, white):
    rgb = every_color(step=5)
    hematoxylin, dab = Deconvolution(vectors, white).hematoxylin_and_dab(rgb)
    expected_hematoxylin, expected_dab = reference_units(rgb, vectors, white)
    # Half a unit is the rounding to bytes; the fixed point may add a hundredth.
    assert np.abs(hematoxylin - expected_hematoxylin).max() < 0.51
    assert np.abs(dab - expected_dab).max() < 0.51
    assert dab.max() == 255
    assert dab.min() == 0


@settings(max_examples=60, deadline=None)
@given(rgb=PICTURES, white=WHITES)
def test_tables_agree_with_the_formula_on_any_picture(rgb, white):
    deconvolution = Deconvolution(RUIFROK, white)
    hematoxylin, dab = deconvolution.hematoxylin_and_dab(rgb)
    expected_hematoxylin, expected_dab = reference_units(rgb, RUIFROK, white)
    assert np.abs(hematoxylin - expected_hematoxylin).max() <= 1
    assert np.abs(dab - expected_dab).max() <= 1
    assert np.array_equal(deconvolution.dab(rgb), dab)


@settings(max_examples=40, deadline=None)
@given(hematoxylin=st.tuples(*[st.floats(0.05, 1)] * 3), dab=st.tuples(*[st.floats(0.05, 1)] * 3))
def test_tables_agree_with_the_formula_for_any_vectors_that_are_accepted(hematoxylin, dab):
    try:
        vectors = StainVectors(hematoxylin, dab)
    except ValueError:
        return
    rgb, white = every_color(step=51), (240.0, 230.0, 250.0)
    expected = reference_units(rgb, vectors, white)
    for found, wanted in zip(
        Deconvolution(vectors, white).hematoxylin_and_dab(rgb), expected, strict=True
    ):
        assert np.abs(found - wanted).max() <= 1


def test_the_formula_is_that_of_scikit_image():
    # separate_stains takes the logarithm of I / 255, divides by log(1e-6) = -6 in decades, and
    # clips negative amounts.
    rgb = every_color(step=15, offset=1)
    matrix = np.linalg.inv(RUIFROK.matrix())
    theirs = separate_stains(rgb, matrix) * 6
    ours = separate(rgb, RUIFROK, (255.0, 255.0, 255.0))
    assert np.allclose(np.maximum(ours, 0), theirs, atol=1e-9)


def test_both_stains_agree_with_rgb2hed():
    rgb = every_color(step=15, offset=1)
    lengths = np.linalg.norm(rgb_from_hed, axis=1)
    assert np.allclose(np.linalg.inv(rgb_from_hed), hed_from_rgb)
    theirs = np.minimum(rgb2hed(rgb) * 6 * lengths * UNITS_PER_OD, 255)
    hematoxylin, dab = Deconvolution(HED, (255.0, 255.0, 255.0)).hematoxylin_and_dab(rgb)
    assert np.abs(hematoxylin - theirs[..., 0]).max() <= 1
    assert np.abs(dab - theirs[..., 2]).max() <= 1


def test_known_amounts_of_stain_come_back():
    amounts = np.array([[0.0, 0.0], [0.6, 0.0], [0.0, 0.9], [0.4, 0.5]])
    white = np.array([240.0, 235.0, 245.0])
    rgb = np.rint(white * 10 ** -(amounts @ RUIFROK.matrix()[:2])).astype(np.uint8)[None]
    hematoxylin, dab = Deconvolution(RUIFROK, tuple(white)).hematoxylin_and_dab(rgb)
    assert np.abs(hematoxylin[0] / 128 - amounts[:, 0]).max() < 0.03
    assert np.abs(dab[0] / 128 - amounts[:, 1]).max() < 0.03


def test_pictures_of_several_bands_views_and_read_only_ones_give_the_same():
    rgb = np.random.default_rng(5).integers(0, 256, (203, 131, 3)).astype(np.uint8)
    deconvolution = Deconvolution(RUIFROK, (240.0, 240.0, 240.0))
    expected = np.rint(reference_units(rgb, RUIFROK, deconvolution.white)[1])
    assert np.abs(deconvolution.dab(rgb) - expected).max() <= 1
    view = rgb[::-1, 3:, ::-1]
    assert np.array_equal(deconvolution.dab(view), deconvolution.dab(view.copy()))
    frozen = rgb.copy()
    frozen.setflags(write=False)
    assert np.array_equal(deconvolution.dab(frozen), deconvolution.dab(rgb))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="white point"):
        Deconvolution(RUIFROK, (0.0, 255.0, 255.0))
    deconvolution = Deconvolution(RUIFROK, (255.0, 255.0, 255.0))
    for method in (deconvolution.dab, deconvolution.hematoxylin_and_dab):
        with pytest.raises(ValueError, match="RGB picture"):
            method(np.zeros((3, 3), np.uint8))
