from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.arrays import F32, U8
from inference.nuclei.network.tiles import spans, tiled_heatmap

SIDES = st.integers(1, 9).map(lambda n: 32 * n)
CONTEXTS = st.sampled_from([0, 32, 64])
CORES = st.sampled_from([32, 64, 96, 288])


def seeing(context_px: int) -> Callable[[U8], F32]:
    """Return a literal network: each cell is the sum of all pixels at most so far from it.

    What lies beyond the border counts nothing, as in a convolution that pads with zeros.
    """

    def run(rgb: U8) -> F32:
        height, width = rgb.shape[:2]
        dark = 255 - rgb[..., 0].astype(np.int64)
        heatmap = np.zeros((height // 4, width // 4), np.float32)
        for y in range(height // 4):
            for x in range(width // 4):
                heatmap[y, x] = dark[
                    max(4 * y - context_px, 0) : 4 * y + 4 + context_px,
                    max(4 * x - context_px, 0) : 4 * x + 4 + context_px,
                ].sum()
        return heatmap

    return run


@settings(deadline=None, max_examples=40)
@given(height=SIDES, width=SIDES, context=CONTEXTS, core=CORES)
def test_tiles_give_the_heatmap_of_the_whole(
    height: int, width: int, context: int, core: int
) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    run = seeing(context)
    np.testing.assert_array_equal(tiled_heatmap(rgb, run, context, core), run(rgb))


def test_too_little_context_would_show() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    run = seeing(32)
    assert not np.array_equal(tiled_heatmap(rgb, run, 0, 64), run(rgb))


@given(
    length=st.integers(1, 300).map(lambda n: 32 * n),
    context=st.integers(0, 10).map(lambda n: 32 * n),
    core=st.integers(1, 64).map(lambda n: 32 * n),
)
def test_spans_cover_the_length_once_with_their_context(
    length: int, context: int, core: int
) -> None:
    kept: list[int] = []
    found = list(spans(length, context, core))
    for span in found:
        kept += range(span.core_first, span.core_last)
        assert 0 < span.core_last - span.core_first <= core
        assert 0 <= span.first <= max(span.core_first - context, 0)
        assert min(span.core_last + context, length) <= span.last <= length
        assert not [n for n in (span.first, span.last, span.core_first) if n % 32]
    assert kept == list(range(length))
    assert len({span.last - span.first for span in found}) == 1
