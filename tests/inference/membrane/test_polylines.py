from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.membrane.bits import pack, unpack
from inference.membrane.polylines import class_polylines
from inference.membrane.thinning import thin

PROPERTY = settings(deadline=None, derandomize=True, max_examples=80)


def literal_links(classes):
    """Return the links of each pixel (x, y): its neighbors, less the bridged diagonals."""
    pixels = {(x, y): classes[y, x] for y, x in zip(*np.nonzero(classes), strict=True)}
    links = {}
    for (x, y), code in pixels.items():
        links[x, y] = set()
        for dx, dy in [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]:
            bridged = dx and dy and code in (pixels.get((x + dx, y)), pixels.get((x, y + dy)))
            if pixels.get((x + dx, y + dy)) == code and not bridged:
                links[x, y].add((x + dx, y + dy))
    return pixels, links


@PROPERTY
@given(data=st.data(), seed=st.integers(0, 999))
def test_every_link_is_in_exactly_one_line(data, seed, masks):
    mask = data.draw(masks)
    skeleton = unpack(thin(pack(mask))) if data.draw(st.booleans()) else mask
    rng = np.random.default_rng(seed)
    blocks = np.kron(rng.integers(1, 5, (4, 12)), np.ones((6, 11), int))
    classes = (blocks[: mask.shape[0], : mask.shape[1]] * skeleton).astype(np.uint8)
    pixels, links = literal_links(classes)
    walked, covered = Counter(), set()
    lines_of = class_polylines(classes)
    assert list(lines_of) == sorted(set(pixels.values()))
    for code, lines in lines_of.items():
        for line in lines:
            assert line.dtype == np.float32
            points = [(int(x), int(y)) for x, y in line]
            covered |= set(points)
            assert all(pixels[p] == code for p in points)
            assert all(len(links[p]) == 2 for p in points[1:-1])
            closed = len(points) > 1 and points[0] == points[-1]
            assert closed or all(len(links[p]) != 2 for p in (points[0], points[-1]))
            walked.update(frozenset(pair) for pair in pairwise(points))
    assert walked == Counter({frozenset((p, q)): 1 for p in links for q in links[p]})
    assert covered == set(pixels)


def picture(*rows):
    return np.array([[int(c) if c.isdigit() else 0 for c in row] for row in rows], np.uint8)


def test_a_loop_closes_and_a_lone_pixel_is_a_point():
    lines = class_polylines(picture("..4...", ".4.4..", "..4..2"))
    assert list(lines) == [2, 4]
    assert lines[2][0].tolist() == [[5, 2]]
    (loop,) = lines[4]
    assert loop[0].tolist() == loop[-1].tolist() == [2, 0]
    assert {tuple(p) for p in loop.tolist()} == {(2, 0), (3, 1), (2, 2), (1, 1)}
    assert len(loop) == 5


def test_three_lines_share_their_junction():
    lines = class_polylines(picture("1...1", ".1.1.", "..1..", "..1..", "..1.."))[1]
    assert sorted(line.tolist() for line in lines) == [
        [[0, 0], [1, 1], [2, 2]],
        [[2, 2], [2, 3], [2, 4]],
        [[4, 0], [3, 1], [2, 2]],
    ]


def test_lines_of_different_classes_do_not_join():
    lines = class_polylines(picture("11122"))
    assert [line.tolist() for line in lines[1]] == [[[0, 0], [1, 0], [2, 0]]]
    assert [line.tolist() for line in lines[2]] == [[[3, 0], [4, 0]]]


def test_nothing_gives_nothing_and_three_dimensions_are_refused():
    assert class_polylines(np.zeros((3, 4), np.uint8)) == {}
    assert class_polylines(np.zeros((0, 4), np.uint8)) == {}
    with pytest.raises(ValueError, match="two dimensions"):
        class_polylines(np.zeros((3, 4, 3), np.uint8))
