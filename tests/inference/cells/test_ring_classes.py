"""Classes from rings: the comparisons, against a literal twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.cells.classes import CellClass, merged
from inference.cells.ring import ANGLES, RingProfiles
from inference.cells.ring_classes import classify_rings, ring_density
from inference.levels import Level

LEVELS = (Level("weak", 10, "contrast"), Level("intense", 90, "density"))


def rings(
    contrast: np.ndarray, density: np.ndarray, seen: np.ndarray | None = None
) -> RingProfiles:
    seen = np.ones(contrast.shape, np.bool_) if seen is None else seen
    return RingProfiles(
        contrast.astype(np.uint8),
        density.astype(np.uint8),
        np.zeros(contrast.shape, np.uint8),
        seen,
    )


def twin(
    profile: RingProfiles, levels: tuple[Level, ...], complete: float, touched: float
) -> list[int]:
    codes = []
    for i in range(len(profile)):
        code = 0
        for k in range(len(levels)):
            hits = total = 0
            for j in range(ANGLES):
                if not profile.seen[i, j]:
                    continue
                total += 1
                hits += all(
                    getattr(profile, level.of)[i, j] > level.threshold for level in levels[: k + 1]
                )
            fraction = np.float32(hits) / np.float32(max(total, 1))
            if fraction > complete:
                code = 2 * k + 2
            elif fraction > touched:
                code = 2 * k + 1
        codes.append(code)
    return codes


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 9), st.integers(1, 3))
def test_the_codes_are_the_twins(seed: int, n: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (n, ANGLES)
    profile = rings(
        rng.integers(0, 30, shape), rng.integers(60, 130, shape), rng.random(shape) < 0.8
    )
    middle = Level("moderate", 80, "density")
    levels = {1: LEVELS[:1], 2: LEVELS, 3: (LEVELS[0], middle, LEVELS[1])}[count]
    found = classify_rings(profile, levels, 0.5, 0.25)
    assert found.codes.tolist() == twin(profile, levels, 0.5, 0.25)
    assert found.completeness.shape == (n, count)
    assert (np.diff(found.completeness, axis=1) <= 0).all()


def one_cell(weak: int, intense: int) -> RingProfiles:
    """Return a cell of which `weak` angles are weak and the first `intense` of them intense."""
    angle = np.arange(ANGLES)[None]
    return rings(np.where(angle < weak, 11, 10), np.where(angle < intense, 91, 90))


@pytest.mark.parametrize(
    ("weak", "intense", "expected"),
    [
        (0, 0, CellClass.NO_STAINING),
        (14, 0, CellClass.NO_STAINING),  # 14 / 36 = 0.389
        (15, 0, CellClass.WEAK_INCOMPLETE),  # 0.417 > 0.4
        (25, 0, CellClass.WEAK_INCOMPLETE),  # 0.694
        (26, 0, CellClass.WEAK_COMPLETE),  # 0.722 > 0.7
        (36, 14, CellClass.WEAK_COMPLETE),
        (36, 15, CellClass.INTENSE_INCOMPLETE),  # precedence over weak complete
        (36, 26, CellClass.INTENSE_COMPLETE),
        (10, 36, CellClass.NO_STAINING),  # dense blush without a membrane is no membrane
    ],
)
def test_five_classes_in_the_papers_order(weak: int, intense: int, expected: CellClass) -> None:
    found = classify_rings(one_cell(weak, intense), LEVELS, 0.7, 0.4)
    assert merged(found.codes, 2).tolist() == [expected]


def test_unseen_angles_count_neither_way() -> None:
    seen = np.arange(ANGLES)[None] < 18
    contrast = np.where(np.arange(ANGLES)[None] < 18, 20, 0)
    profile = rings(contrast, np.full((1, ANGLES), 50), seen)
    assert classify_rings(profile, LEVELS, 0.7, 0.4).completeness[0, 0] == 1
    assert ring_density(profile)[0] == pytest.approx(50 / 128)


def test_a_ring_seen_nowhere_is_unstained() -> None:
    nowhere = rings(
        np.full((1, ANGLES), 200), np.full((1, ANGLES), 200), np.zeros((1, ANGLES), np.bool_)
    )
    assert classify_rings(nowhere, LEVELS, 0.7, 0.4).codes.tolist() == [0]
    assert ring_density(nowhere).tolist() == [0]


def test_levels_merge_into_the_papers_five() -> None:
    three = np.arange(7, dtype=np.uint8)
    assert merged(three, 3).tolist() == [0, 1, 2, 1, 2, 3, 4]
    assert merged(np.arange(5, dtype=np.uint8), 2).tolist() == [0, 1, 2, 3, 4]
    assert merged(np.arange(3, dtype=np.uint8), 1).tolist() == [0, 1, 2]
