import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.membrane.bits import BitMask, contains, intersect, pack, pack_above, unpack

PROPERTY = settings(deadline=None, derandomize=True, max_examples=60)


@PROPERTY
@given(data=st.data())
def test_packing_returns_the_mask_and_keeps_border_and_rest_zero(data, masks):
    mask = data.draw(masks)
    packed = pack(mask)
    assert (packed.height, packed.width) == mask.shape
    np.testing.assert_array_equal(unpack(packed), mask)
    for y, row in enumerate(packed.words.tolist()):
        for k, word in enumerate(row):
            for bit in range(64):
                x = (k - 1) * 64 + bit
                inside = 0 < y <= mask.shape[0] and 0 <= x < mask.shape[1]
                assert (word >> bit) & 1 == (inside and bool(mask[y - 1, x]))


@pytest.mark.parametrize("threshold", [-1, 0, 1, 127, 254, 255, 256])
def test_a_pixel_at_the_threshold_is_not_above_it(threshold):
    image = np.arange(3 * 256, dtype=np.uint16).reshape(12, 64).astype(np.uint8)
    above = np.array([[int(v) > threshold for v in row] for row in image])
    np.testing.assert_array_equal(unpack(pack_above(image, threshold)), above)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_empty_fields_are_masks_too(shape):
    assert unpack(pack(np.ones(shape, bool))).shape == shape


def test_parts_of_larger_arrays_are_packed():
    image = np.random.default_rng(1).integers(0, 256, (40, 200), np.uint8)[3::2, 5:150:3]
    np.testing.assert_array_equal(unpack(pack_above(image, 99)), image > 99)


def test_intersect():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 7, 130)) < 0.5
    np.testing.assert_array_equal(unpack(intersect(pack(a), pack(b))), a & b)
    with pytest.raises(ValueError, match="130 x 7 and 129 x 7 pixels do not match"):
        intersect(pack(a), pack(b[:, :129]))


def test_points_belong_to_the_pixel_whose_center_is_nearest():
    mask = np.zeros((4, 70), bool)
    mask[0, 0] = mask[2, 64] = mask[3, 69] = True
    points = [(-0.5, -0.5), (-0.51, 0), (0.49, 0.49), (0.5, 0), (64, 2), (63.5, 1.5), (64, 2.5)]
    points += [(69.4, 3.4), (69.5, 3), (69, 3.5), (1e30, 0), (0, -1e30), (0, -4)]
    expected = [True, False, True, False, True, True, False, True, *[False] * 5]
    np.testing.assert_array_equal(contains(pack(mask), np.array(points)), expected)
    assert contains(pack(mask), np.zeros((0, 2), np.float32)).shape == (0,)


def test_points_that_are_none_are_refused():
    mask = pack(np.ones((3, 3), bool))
    with pytest.raises(ValueError, match="finite"):
        contains(mask, np.array([[0.0, np.nan]]))
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        contains(mask, np.zeros((2, 3)))


def test_shapes_that_are_none_are_refused():
    with pytest.raises(ValueError, match="two dimensions"):
        pack(np.ones((2, 2, 3), bool))
    with pytest.raises(ValueError, match="do not hold rows of 65 pixels"):
        BitMask(np.zeros((4, 3), np.uint64), 65)
