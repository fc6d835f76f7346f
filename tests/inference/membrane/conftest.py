"""Slow, literal twins of the membrane kernels, and the masks on which both are compared."""

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import ndimage

FOUR = ndimage.generate_binary_structure(2, 1)
EIGHT = ndimage.generate_binary_structure(2, 2)
AROUND = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]


def _mask(kind, height, width, seed):
    rng = np.random.default_rng(seed)
    if kind in ("full", "empty"):
        return np.full((height, width), kind == "full")
    if kind == "noise":
        return rng.random((height, width)) < rng.random()
    smooth = ndimage.gaussian_filter(rng.standard_normal((height, width)), rng.choice([1.0, 2.0]))
    smooth /= max(smooth.std(), 1e-9)
    if kind == "blobs":
        return smooth > rng.normal()
    return np.abs(smooth) < rng.uniform(0.1, 0.8)  # bands, many of them closed


@pytest.fixture(scope="session")
def masks():
    """Return a strategy of masks; widths lie about the ends of words, and at one pixel."""
    widths = st.one_of(
        st.sampled_from([1, 2, 3, 63, 64, 65, 127, 128, 129]),
        st.integers(min_value=1, max_value=70),
    )
    kinds = st.sampled_from(["noise", "blobs", "bands", "bands", "full", "empty"])
    return st.builds(_mask, kinds, st.integers(1, 22), widths, st.integers(0, 2**32 - 1))


class Literal:
    """The method as its sources state it, pixel by pixel."""

    @staticmethod
    def thin(mask):
        """Zhang & Suen 1984."""
        image = np.pad(mask, 1).astype(int)
        while True:
            deleted = 0
            for odd in (True, False):
                marked = []
                for y, x in zip(*np.nonzero(image), strict=True):
                    around = [image[y + dy, x + dx] for dy, dx in AROUND]
                    p2, p4, p6, p8 = around[::2]
                    steps = sum(around[i] == 0 and around[(i + 1) % 8] == 1 for i in range(8))
                    if odd:
                        sides = p2 * p4 * p6 == 0 and p4 * p6 * p8 == 0
                    else:
                        sides = p2 * p4 * p8 == 0 and p2 * p6 * p8 == 0
                    if 2 <= sum(around) <= 6 and steps == 1 and sides:
                        marked.append((y, x))
                for y, x in marked:
                    image[y, x] = 0
                deleted += len(marked)
            if deleted == 0:
                return image[1:-1, 1:-1] > 0

    @staticmethod
    def components(skeleton):
        """Label the background from 1, 4-connected; 0 is skeleton."""
        return ndimage.label(~skeleton, FOUR)[0]

    @staticmethod
    def areas(skeleton, min_px, max_px):
        """Label the enclosed areas from 1, and return the filled mask."""
        labels = Literal.components(skeleton)
        border = set(labels[0]) | set(labels[-1]) | set(labels[:, 0]) | set(labels[:, -1])
        numbered = np.zeros(labels.shape, int)
        found = 0
        for label in range(1, labels.max() + 1):
            area = labels == label
            if label not in border and min_px <= area.sum() <= max_px:
                found += 1
                numbered[area] = found
        inside = numbered > 0
        return numbered, inside | (ndimage.binary_dilation(inside, EIGHT) & skeleton)

    @staticmethod
    def closure(skeleton, min_px, max_px):
        """0 none, 1 incomplete, 2 complete."""
        components = np.pad(Literal.components(skeleton), 1, constant_values=-1)
        areas = np.pad(Literal.areas(skeleton, min_px, max_px)[0], 1)
        result = np.zeros(skeleton.shape, np.uint8)
        for y, x in zip(*np.nonzero(skeleton), strict=True):
            labels = set(components[y : y + 3, x : x + 3].ravel()) - {0}
            complete = areas[y : y + 3, x : x + 3].any() and len(labels) > 1
            result[y, x] = 2 if complete else 1
        return result

    @staticmethod
    def near(mask, x, y, radius):
        """Whether a mask pixel is at most the radius away from a point."""
        ys, xs = np.nonzero(mask)
        return bool(((xs - x) ** 2 + (ys - y) ** 2 <= radius**2).any())


@pytest.fixture(scope="session")
def literal():
    return Literal
