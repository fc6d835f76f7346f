import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from inference.levels import Level
from inference.membrane.bits import unpack
from inference.membrane.description import describe

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


def images(seed, height, width):
    """Return contrast and density as smooth random images."""
    noise = np.random.default_rng(seed).standard_normal((2, height, width))
    smooth = ndimage.gaussian_filter(noise, (0, 2, 2))
    smooth /= max(smooth.std(), 1e-9)
    return np.clip(60 - 40 * np.abs(smooth), 0, 255).astype(np.uint8)


@PROPERTY
@given(
    seed=st.integers(0, 9999),
    height=st.integers(1, 40),
    width=st.sampled_from([1, 2, 30, 64, 65, 90]),
    thresholds=st.lists(
        st.tuples(st.integers(20, 60), st.sampled_from(["contrast", "density"])),
        min_size=1,
        max_size=3,
    ),
)
def test_levels_follow_the_paper_s_steps(seed, height, width, thresholds, literal):
    contrast, density = images(seed, height, width)
    levels = [Level(f"level {k}", t, of) for k, (t, of) in enumerate(thresholds)]
    description = describe(contrast, density, levels, 0.5, 1.0, 40.0)
    mask, classes = np.ones(contrast.shape, bool), np.zeros(contrast.shape, np.uint8)
    weakest = None
    for k, (level, found) in enumerate(zip(levels, description.levels, strict=True)):
        image = contrast if level.of == "contrast" else density
        mask = mask & (image > level.threshold)
        weakest = literal.thin(mask) if weakest is None else weakest
        skeleton = weakest & mask
        own = literal.closure(skeleton, 4, 160)
        classes = np.where(own > 0, own + 2 * k, classes)
        assert found.level is level
        np.testing.assert_array_equal(unpack(found.mask), mask)
        np.testing.assert_array_equal(unpack(found.skeleton), skeleton)
        np.testing.assert_array_equal(
            unpack(found.areas.filled), literal.areas(skeleton, 4, 160)[1]
        )
    np.testing.assert_array_equal(description.classes, classes)


def test_bad_input_is_refused():
    image = np.zeros((4, 5), np.uint8)
    weak = [Level("weak", 20, "contrast")]
    with pytest.raises(ValueError, match="at least one staining level"):
        describe(image, image, [], 0.5, 1, 2)
    with pytest.raises(ValueError, match="of one size"):
        describe(image, image[1:], weak, 0.5, 1, 2)
    with pytest.raises(ValueError, match="of one size"):
        describe(np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5, 3), np.uint8), weak, 0.5, 1, 2)
    with pytest.raises(ValueError, match="um per px"):
        describe(image, image, weak, 0, 1, 2)
    with pytest.raises(ValueError, match="from a smaller to a larger size"):
        describe(image, image, weak, 0.5, 2, 1)
