import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.arrays import F32
from inference.nuclei.matching import DetectionScore, compare, match_nearest

# Whole and half numbers make many ties and pairs at exactly the distance.
COORDINATES = st.integers(0, 24).map(lambda i: i / 2)
POINTS = st.integers(0, 9).flatmap(lambda n: arrays(np.float32, (n, 2), elements=COORDINATES))
DISTANCES = st.sampled_from([0.0, 0.5, 2.5, 5.0, 30.0])


def literal_match(detected: F32, annotated: F32, distance: float) -> list[list[int]]:
    """Take the best of all free pairs, again and again."""
    pairs: list[list[int]] = []
    free_i, free_j = set(range(len(detected))), set(range(len(annotated)))
    while True:
        best = None
        for j in sorted(free_j):
            for i in sorted(free_i):
                dx = float(detected[i, 0]) - float(annotated[j, 0])
                dy = float(detected[i, 1]) - float(annotated[j, 1])
                squared = dx * dx + dy * dy
                if squared <= distance * distance and (best is None or squared < best[0]):
                    best = squared, i, j
        if best is None:
            return pairs
        pairs.append([best[1], best[2]])
        free_i.remove(best[1])
        free_j.remove(best[2])


@settings(deadline=None)
@given(detected=POINTS, annotated=POINTS, distance=DISTANCES)
def test_equals_literal(detected: F32, annotated: F32, distance: float) -> None:
    assert match_nearest(detected, annotated, distance).tolist() == literal_match(
        detected, annotated, distance
    )


def points(*xy: tuple[float, float]) -> F32:
    return np.array(xy, np.float32).reshape(-1, 2)


def test_nearest_pair_goes_first() -> None:
    # The most pairs would be 0-0 and 1-1; the nearest pair takes nucleus 0 from detection 0.
    pairs = match_nearest(points((0, 0), (3, 0)), points((4, 0), (9, 0)), 5.0)
    assert pairs.tolist() == [[1, 0]]


def test_distance_is_included_and_in_um() -> None:
    one, two = points((0, 0)), points((10, 0))
    tumor, ignored = np.array([True]), np.array([False])
    assert compare(one, two, tumor, ignored, 0.5).score == DetectionScore(1, 0, 0)
    assert compare(one, two, tumor, ignored, 0.51).score == DetectionScore(0, 1, 1)


def test_kinds() -> None:
    annotated = points((0, 0), (20, 0), (40, 0), (60, 0))
    is_tumor = np.array([True, True, False, False])
    is_ignored = np.array([False, False, True, False])
    detected = points((1, 0), (41, 0), (42, 0), (61, 0), (80, 0))
    result = compare(detected, annotated, is_tumor, is_ignored, 1.0)
    assert result.found_by.tolist() == [0, -1, 1, 3]
    assert result.false_positive.tolist() == [False, False, True, True, True]
    assert result.score == DetectionScore(1, 3, 1)


def test_tumor_goes_before_a_nearer_nucleus_to_ignore() -> None:
    result = compare(
        points((0, 0)),
        points((1, 0), (4, 0)),
        np.array([False, True]),
        np.array([True, False]),
        1.0,
    )
    assert result.found_by.tolist() == [-1, 0]


def test_detections_outside_of_the_annotated_box_are_not_false() -> None:
    detected = points((9, 5), (11, 5), (12, 5), (11, 1))
    annotated = points((9, 5), (9.9, 4))
    tumor = np.array([True, True])
    result = compare(detected, annotated, tumor, ~tumor, 1.0, (0, 0, 10, 10))
    # Detection 1 finds the nucleus at the edge from outside; 2 and 3 count for nothing.
    assert result.found_by.tolist() == [0, 1]
    assert result.score == DetectionScore(2, 0, 0)


def test_scores() -> None:
    score = DetectionScore(6, 2, 4) + DetectionScore(3, 1, 2)
    assert score == DetectionScore(9, 3, 6)
    assert score.recall == pytest.approx(9 / 15)
    assert score.precision == pytest.approx(9 / 12)
    assert score.f1 is not None
    assert score.f1 == pytest.approx(2 * (0.6 * 0.75) / (0.6 + 0.75))


def test_scores_of_nothing() -> None:
    nothing = DetectionScore()
    assert nothing.recall is nothing.precision is nothing.f1 is None
    assert DetectionScore(0, 3, 0).f1 == 0


@pytest.mark.parametrize("um_per_px", [0.0, -1.0, math.nan])
def test_refuses_a_pixel_size(um_per_px: float) -> None:
    with pytest.raises(ValueError, match="um per px must be positive"):
        compare(points(), points(), np.zeros(0, bool), np.zeros(0, bool), um_per_px)
