"""Detected against annotated nuclei: the paper's recall, precision and F1."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from inference.arrays import F32, I64, Bool

MATCH_UM = 5.0
"""Largest distance of a detection from its nucleus (Zhang 2020, section 4)."""


@dataclass(frozen=True)
class DetectionScore:
    """Counts of one or more images; scores add up.

    Attributes
    ----------
    true_positives
        Annotated nuclei that were found.
    false_positives
        Detections without a nucleus.
    false_negatives
        Annotated nuclei that were missed.
    """

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    @property
    def recall(self) -> float | None:
        """Return the found part of the annotated nuclei; None where there are none."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def precision(self) -> float | None:
        """Return the true part of the detections; None where there are none."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def f1(self) -> float | None:
        """Return the harmonic mean of recall and precision; None where nothing was or should be."""
        wrong = self.false_positives + self.false_negatives
        return _ratio(2 * self.true_positives, 2 * self.true_positives + wrong)

    def __add__(self, other: "DetectionScore") -> "DetectionScore":
        return DetectionScore(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def match_nearest(detected: F32, annotated: F32, distance: float) -> I64:
    """Pair detections with annotated nuclei one-to-one, nearest pairs first.

    The nearest pair of all within the distance (included) is taken, both leave, and so on. Of
    equally near pairs that with the earlier annotated nucleus goes first, then that with the
    earlier detection. This is not the assignment with the most pairs: a nucleus may lose its
    only detection to a nearer nucleus that has two.

    Parameters
    ----------
    detected, annotated
        (n, 2) and (m, 2) points, in the unit of the distance.
    distance
        Largest distance of a pair.

    Returns
    -------
    (k, 2) int64 pairs: row of `detected`, row of `annotated`; nearest first.
    """
    if not len(detected) or not len(annotated):
        return np.zeros((0, 2), np.int64)
    here, there = detected.astype(np.float64), annotated.astype(np.float64)
    # The tree rounds in its own way: ask for a little more, and let one formula decide.
    near = cKDTree(here).sparse_distance_matrix(
        cKDTree(there), distance * (1 + 1e-9), output_type="ndarray"
    )
    i, j = near["i"].astype(np.int64), near["j"].astype(np.int64)
    squared = ((here[i] - there[j]) ** 2).sum(axis=1)
    order = np.lexsort((i, j, squared))
    order = order[squared[order] <= distance * distance]
    free_here = np.ones(len(here), np.bool_)
    free_there = np.ones(len(there), np.bool_)
    pairs = []
    for a, b in zip(i[order].tolist(), j[order].tolist(), strict=True):
        if free_here[a] and free_there[b]:
            free_here[a] = free_there[b] = False
            pairs.append((a, b))
    return np.array(pairs, np.int64).reshape(-1, 2)


@dataclass(frozen=True)
class Comparison:
    """Detections of one image beside its annotation.

    Attributes
    ----------
    found_by
        (m,) int64, per annotated point the detection that belongs to it, -1 without.
    false_positive
        (n,) bool, per detection.
    score
        Tumor nuclei alone.
    """

    found_by: I64
    false_positive: Bool
    score: DetectionScore


def compare(
    detected: F32,
    annotated: F32,
    is_tumor: Bool,
    is_ignored: Bool,
    um_per_px: float,
    counted_box: tuple[float, float, float, float] | None = None,
    distance_um: float = MATCH_UM,
) -> Comparison:
    """Match detections with tumor nuclei, then what is left with points to ignore, then the rest.

    Tumor nuclei go first, as in the paper, which annotates no others. A detection left over near
    a point to be ignored (one-to-one again) counts neither for nor against. What is then left is
    false, and is matched with the nuclei of other kinds only to say which of them were taken for
    tumor.

    Parameters
    ----------
    detected, annotated
        (n, 2) and (m, 2) float32, pixels of the image.
    is_tumor, is_ignored
        (m,) bool; a point that is neither is a nucleus that must not be found.
    um_per_px
        Pixel size.
    counted_box
        x0, y0, x1, y1 of the annotated part of the image. A detection outside may find a nucleus
        inside, but is not false; None counts the whole image.
    distance_um
        Largest distance of a detection from its nucleus.
    """
    if not um_per_px > 0:
        raise ValueError(f"um per px must be positive, not {um_per_px}")
    distance = distance_um / um_per_px
    found_by = np.full(len(annotated), -1, np.int64)
    left = np.ones(len(detected), np.bool_)
    inside = np.ones(len(detected), np.bool_)
    if counted_box is not None:
        x0, y0, x1, y1 = counted_box
        x, y = detected[:, 0], detected[:, 1]
        inside = (x0 <= x) & (x < x1) & (y0 <= y) & (y < y1)
    others = ~is_tumor & ~is_ignored
    for kind in (is_tumor, is_ignored, others):
        eligible = left if kind is is_tumor else left & inside
        rows, columns = np.flatnonzero(eligible), np.flatnonzero(kind)
        pairs = match_nearest(detected[rows], annotated[columns], distance)
        found_by[columns[pairs[:, 1]]] = rows[pairs[:, 0]]
        if kind is not others:
            left[rows[pairs[:, 0]]] = False
    false_positive = left & inside
    found = int(np.count_nonzero(found_by[is_tumor] >= 0))
    score = DetectionScore(
        true_positives=found,
        false_positives=int(np.count_nonzero(false_positive)),
        false_negatives=int(np.count_nonzero(is_tumor)) - found,
    )
    return Comparison(found_by, false_positive, score)
