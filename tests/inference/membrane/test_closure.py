import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.membrane.areas import enclosed_areas
from inference.membrane.bits import pack, unpack
from inference.membrane.closure import LevelLines, membrane_classes
from inference.membrane.thinning import thin

PROPERTY = settings(deadline=None, derandomize=True, max_examples=80)


def closure(skeleton, min_px, max_px):
    packed = pack(skeleton)
    return membrane_classes([LevelLines(packed, enclosed_areas(packed, min_px, max_px))])


@PROPERTY
@given(data=st.data())
def test_equals_the_literal_classes(data, masks, literal):
    mask = data.draw(masks)
    skeleton = unpack(thin(pack(mask))) if data.draw(st.booleans()) else mask
    min_px = data.draw(st.integers(1, 6))
    max_px = min_px + data.draw(st.sampled_from([0, 5, 50, 1000]))
    classes = closure(skeleton, min_px, max_px)
    np.testing.assert_array_equal(classes, literal.closure(skeleton, min_px, max_px))


def picture(text):
    return np.array([[int(c) if c.isdigit() else 0 for c in row] for row in text.split()], np.uint8)


def test_rings_are_complete_and_the_branches_on_them_are_not():
    expected = picture(
        """
        ..............
        .22222222.....
        .2......2.....
        .2...1112.....
        .2......211111
        .2......2.....
        .22222222.....
        ..............
        """
    )
    classes = closure(expected > 0, 5, 100)
    np.testing.assert_array_equal(classes, expected)


def test_a_ring_of_the_wrong_size_is_incomplete():
    ring = np.pad(np.zeros((4, 4), bool), 1, constant_values=True)
    assert set(closure(ring, 16, 16).ravel()) == {0, 2}
    assert set(closure(ring, 17, 99).ravel()) == {0, 1}
    assert set(closure(ring, 1, 15).ravel()) == {0, 1}


def test_the_wall_between_a_cell_and_a_lumen_is_complete():
    # Two rooms, the right one larger than a cell: the wall between them is the cell's.
    skeleton = np.pad(np.zeros((4, 20), bool), 1, constant_values=True)
    skeleton[:, 6] = True
    classes = closure(skeleton, 4, 25)
    assert (classes[1:5, 6] == 2).all()
    assert (classes[:, :7][skeleton[:, :7]] == 2).all()
    assert (classes[:, 8:][skeleton[:, 8:]] == 1).all()


@PROPERTY
@given(data=st.data())
def test_the_strongest_level_decides_the_code(data, masks, literal):
    skeletons = [data.draw(masks)]
    expected = literal.closure(skeletons[0], 2, 40)
    for k in (1, 2):
        keep = np.random.default_rng(data.draw(st.integers(0, 999))).random(skeletons[0].shape)
        skeletons.append(skeletons[-1] & (keep < 0.9))
        own = literal.closure(skeletons[-1], 2, 40)
        expected = np.where(own > 0, own + 2 * k, expected)
    lines = [LevelLines(pack(each), enclosed_areas(pack(each), 2, 40)) for each in skeletons]
    np.testing.assert_array_equal(membrane_classes(lines), expected)


def test_levels_must_be_there_and_of_one_size():
    def lines(width):
        mask = pack(np.zeros((3, width), bool))
        return LevelLines(mask, enclosed_areas(mask, 1, 2))

    with pytest.raises(ValueError, match="at least one staining level"):
        membrane_classes([])
    with pytest.raises(ValueError, match="differ in size"):
        membrane_classes([lines(3), lines(4)])
