import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.morphology import skeletonize

from inference.membrane.bits import pack, unpack
from inference.membrane.thinning import thin

PROPERTY = settings(deadline=None, derandomize=True, max_examples=60)


def smooth_mask(seed, shape=(90, 150)):
    noise = np.random.default_rng(seed).standard_normal(shape)
    return np.abs(ndimage.gaussian_filter(noise, 3)) < 0.03


def holes(mask):
    return ndimage.label(np.pad(~mask, 1, constant_values=True))[1]


@PROPERTY
@given(data=st.data())
def test_equals_the_article_pixel_by_pixel(data, masks, literal):
    mask = data.draw(masks)
    packed = pack(mask)
    words = packed.words.copy()
    np.testing.assert_array_equal(unpack(thin(packed)), literal.thin(mask))
    np.testing.assert_array_equal(packed.words, words)


def test_equals_the_article_where_rows_rest_long_before_the_end(literal):
    # A thick bar next to thin lines: most rows are skipped while the bar is still thinned.
    mask = smooth_mask(3)
    mask[20:60, 30:90] = True
    np.testing.assert_array_equal(unpack(thin(pack(mask))), literal.thin(mask))


@PROPERTY
@given(data=st.data())
def test_holes_are_kept_one_for_one(data, masks):
    mask = data.draw(masks)
    assert holes(unpack(thin(pack(mask)))) == holes(mask)


@pytest.mark.parametrize("ring", [(10, 1.0), (10, 2.5), (15, 1.0), (20.5, 1.0)])
def test_rings_that_meet_only_the_shared_neighborhoods_equal_scikit_image(ring):
    radius, half = ring
    y, x = np.mgrid[:60, :140]
    mask = np.abs(np.hypot(x - 64, y - 30) - radius) < half
    np.testing.assert_array_equal(unpack(thin(pack(mask))), skeletonize(mask, method="zhang"))


def test_a_frame_differs_from_scikit_image_in_its_corners_alone():
    mask = np.zeros((60, 140), bool)
    mask[5:50, 10:120] = True
    mask[10:45, 15:115] = False
    ours, theirs = unpack(thin(pack(mask))), skeletonize(mask, method="zhang")
    only_ours = np.argwhere(ours & ~theirs)
    corners = np.array([(7, 12), (7, 117), (47, 12), (47, 117)])
    away = np.abs(only_ours[:, None] - corners).max(2)
    assert (away.min(1) <= 1).all()
    assert (away.min(0) <= 1).all()
    assert not (theirs & ~ours).any()


def test_on_membranes_scikit_image_finds_the_same_lines():
    for seed in range(5):
        mask = smooth_mask(seed)
        ours, theirs = unpack(thin(pack(mask))), skeletonize(mask, method="zhang")
        assert holes(ours) == holes(theirs)
        far = ndimage.distance_transform_edt(~theirs)[ours] > 1.5
        assert far.mean() < 0.01


def test_what_the_article_loses():
    square = np.zeros((6, 6), bool)
    square[2:4, 2:4] = True
    assert not unpack(thin(pack(square))).any()
    slanted = np.eye(20, dtype=bool) | np.eye(20, k=1, dtype=bool)
    assert unpack(thin(pack(slanted))).sum() == 1
