import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from inference.cells.classes import CellClass
from inference.levels import Level
from inference.membrane.bits import unpack
from inference.membrane.description import describe
from inference.membrane.paper_classes import classify_by_masks

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)

LEVELS = [Level("weak", 100, "contrast"), Level("intense", 100, "density")]


def ring_field():
    """Draw five cells, 0.5 um/px: rings of radius 8 px, as contrast and density."""
    contrast, density = np.zeros((2, 40, 200), np.uint8)
    y, x = np.mgrid[:40, :200]
    for center, stained in ((20, "all"), (60, "part"), (100, "weak"), (140, "open")):
        ring = np.abs(np.hypot(x - center, y - 20) - 8) < 1.5
        if stained == "open":
            ring &= x < center + 3
        contrast[ring] = 200
        if stained == "all":
            density[ring] = 200
        if stained == "part":
            density[ring & (x < center)] = 200
    return contrast, density


def test_five_cells_of_five_classes():
    contrast, density = ring_field()
    description = describe(contrast, density, LEVELS, 0.5, 10, 100)
    centers = np.array([[20, 20], [60, 20], [100, 20], [140, 20], [180, 20]], np.float32)
    result = classify_by_masks(description, centers, 4.0, 0.5)
    assert result.codes.dtype == np.uint8
    assert [CellClass(c).symbol for c in result.codes] == ["ic", "ii", "wc", "wi", "ns"]
    assert result.enclosed_weak.tolist() == [True, True, True, False, False]


def test_the_dilation_is_in_micrometers():
    contrast, density = ring_field()
    description = describe(contrast, density, LEVELS, 0.5, 10, 100)
    center = np.array([[140, 20]], np.float32)
    # The ring's inner edge is 7 px = 3.5 um away.
    assert classify_by_masks(description, center, 3.5, 0.5).codes.tolist() == [1]
    assert classify_by_masks(description, center, 3.0, 0.5).codes.tolist() == [0]


@PROPERTY
@given(seed=st.integers(0, 9999), levels=st.integers(1, 3), dilation_um=st.integers(0, 5))
def test_equals_the_paper_s_sets(seed, levels, dilation_um, literal):
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.standard_normal((2, 45, 80)), (0, 2, 2))
    contrast, density = np.clip(60 - 400 * np.abs(smooth), 0, 255).astype(np.uint8)
    thresholds = [Level(str(k), 20 + 8 * k, "density" if k else "contrast") for k in range(levels)]
    description = describe(contrast, density, thresholds, 0.5, 2, 60)
    points = rng.integers((-6, -6), (86, 51), (30, 2)).astype(np.float32)
    result = classify_by_masks(description, points, float(dilation_um), 0.5)
    codes, enclosed_weak = [], []
    for x, y in points.astype(int):
        inside = 0 <= x < 80 and 0 <= y < 45
        code = 0
        for k in reversed(range(levels)):
            found = description.levels[k]
            if inside and literal.areas(unpack(found.skeleton), 8, 240)[1][y, x]:
                code = 2 * k + 2
            elif literal.near(unpack(found.mask), x, y, dilation_um / 0.5):
                code = 2 * k + 1
            if code:
                break
        codes.append(code)
        weak = unpack(description.levels[0].areas.filled)
        enclosed_weak.append(bool(inside and weak[y, x]))
    assert result.codes.tolist() == codes
    assert result.enclosed_weak.tolist() == enclosed_weak


def test_no_cells_and_bad_input():
    contrast, density = ring_field()
    description = describe(contrast, density, LEVELS, 0.5, 10, 100)
    none = classify_by_masks(description, np.zeros((0, 2), np.float32), 2.5, 0.5)
    assert len(none.codes) == len(none.enclosed_weak) == 0
    point = np.zeros((1, 2), np.float32)
    with pytest.raises(ValueError, match="um per px must be positive"):
        classify_by_masks(description, point, 2.5, 0.0)
    with pytest.raises(ValueError, match="0 px or more"):
        classify_by_masks(description, point, -1.0, 0.5)
