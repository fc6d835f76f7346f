import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from inference.membrane.bits import pack
from inference.membrane.discs import disc_hits

PROPERTY = settings(deadline=None, derandomize=True, max_examples=80)

RADII = st.sampled_from([0.0, 0.5, 1.0, 1.4, 1.5, 2.0, 2.3, 3.0, 5.0, 5.9, 7.1, 10.0])


@PROPERTY
@given(data=st.data(), radius=RADII)
def test_at_pixels_it_is_the_dilated_mask(data, radius, masks):
    mask = data.draw(masks)
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    # Around the field too: the dilated mask goes on there.
    margin = min(reach + 2, 12)
    dilated = ndimage.binary_dilation(np.pad(mask, margin), x**2 + y**2 <= radius**2)
    y, x = np.mgrid[: dilated.shape[0], : dilated.shape[1]].reshape(2, -1) - margin
    points = np.stack([x, y], 1)
    np.testing.assert_array_equal(disc_hits(pack(mask), points, radius), dilated.ravel())


@PROPERTY
@given(data=st.data(), radius=st.integers(0, 60), seed=st.integers(0, 9999))
def test_between_pixels_it_is_the_distance(data, radius, seed, masks, literal):
    mask = data.draw(masks)
    # Quarters and eighths of pixels: sums of squares are exact, and points do lie on the rim.
    low, high = (-40, -40), (4 * mask.shape[1] + 40, 4 * mask.shape[0] + 40)
    points = np.random.default_rng(seed).integers(low, high, (25, 2)) / 4
    expected = [literal.near(mask, x, y, radius / 8) for x, y in points]
    np.testing.assert_array_equal(disc_hits(pack(mask), points, radius / 8), expected)


def test_a_pixel_on_the_rim_belongs_to_the_disc():
    mask = np.zeros((20, 20), bool)
    mask[10, 10] = True
    points = np.array([[5.0, 10.0], [7.0, 6.0], [4.9, 10.0], [6.9, 6.0]])
    assert disc_hits(pack(mask), points, 5.0).tolist() == [True, True, False, False]


def test_points_far_out_and_no_points():
    mask = pack(np.ones((5, 70), bool))
    far = np.array([[1e30, 0], [0, -1e30], [-1e300, 1e300], [74.0, 2.0]])
    assert disc_hits(mask, far, 3.0).tolist() == [False] * 4
    assert disc_hits(mask, far[3:], 1e6).tolist() == [True]
    assert disc_hits(mask, np.zeros((0, 2), np.float32), 3.0).shape == (0,)


def test_bad_radius_and_points_are_refused():
    mask = pack(np.ones((5, 5), bool))
    for radius in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="0 px or more"):
            disc_hits(mask, np.zeros((1, 2)), radius)
    with pytest.raises(ValueError, match="finite"):
        disc_hits(mask, np.array([[np.inf, 0.0]]), 1.0)
