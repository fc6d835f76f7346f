"""What a detector found beside what is annotated, and the scores that follow."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.arrays import F32, Bool
from inference.nuclei.matching import MATCH_UM, Comparison, DetectionScore, compare
from models.training.annotations import AnnotatedPart


@dataclass(frozen=True)
class PartResult:
    """What a detector found in one image or crop.

    Attributes
    ----------
    part
        The annotation.
    taken
        (n,) of all that was detected in the image, what lies in the part or within reach of it.
    detected
        (m, 2) float32 those, in pixels of the image.
    is_tumor
        Per annotated nucleus, whether it is to be found.
    comparison
        Of both.
    annotated, found
        Number of nuclei by kind.
    """

    part: AnnotatedPart
    taken: Bool
    detected: F32
    is_tumor: Bool
    comparison: Comparison
    annotated: Counter[str]
    found: Counter[str]


@dataclass(frozen=True)
class Summary:
    """Some results together: the score, and per kind how many nuclei there are and were found."""

    name: str
    score: DetectionScore
    annotated: Counter[str]
    found: Counter[str]

    @classmethod
    def of(cls, name: str, results: Iterable[PartResult]) -> "Summary":
        """Return the sum of results."""
        score, annotated, found = DetectionScore(), Counter[str](), Counter[str]()
        for result in results:
            score += result.comparison.score
            annotated += result.annotated
            found += result.found
        return cls(name, score, annotated, found)

    def as_json(self) -> dict[str, Any]:
        """Return plain data; ratios of nothing are null."""
        return {
            "name": self.name,
            "recall": self.score.recall,
            "precision": self.score.precision,
            "f1": self.score.f1,
            "true_positives": self.score.true_positives,
            "false_positives": self.score.false_positives,
            "false_negatives": self.score.false_negatives,
            "kinds": {
                kind: {"annotated": count, "found": self.found[kind]}
                for kind, count in sorted(self.annotated.items())
            },
        }


@dataclass(frozen=True)
class Evaluation:
    """All results at one pixel size; None stands for each image's own."""

    um_per_px: float | None
    results: tuple[PartResult, ...]

    def summaries(self) -> list[Summary]:
        """Return one summary for each set, and one of all where there are several."""
        groups: dict[str, list[PartResult]] = {}
        for result in self.results:
            groups.setdefault(result.part.group, []).append(result)
        rows = [Summary.of(name, results) for name, results in sorted(groups.items())]
        return [*rows, Summary.of("all", self.results)] if len(rows) > 1 else rows

    def each(self) -> list[Summary]:
        """Return one summary for each image or crop."""
        return [Summary.of(result.part.name, [result]) for result in self.results]


def compared(
    part: AnnotatedPart, detected: F32, um_per_px: float, ignored: Sequence[str]
) -> PartResult:
    """Compare detections of a whole image with one annotated part of it."""
    kinds = np.array(part.kinds, np.str_)
    taken: Bool = np.ones(len(detected), np.bool_)
    if part.box is not None:
        reach = MATCH_UM / um_per_px
        near = (detected >= np.array(part.box[:2]) - reach) & (
            detected <= np.array(part.box[2:]) + reach
        )
        taken = np.asarray(near.all(axis=1), np.bool_)
        detected = detected[taken]
    is_ignored = np.isin(kinds, ignored)
    is_tumor = np.char.startswith(kinds, "tumor") & ~is_ignored
    comparison = compare(detected, part.xy, is_tumor, is_ignored, um_per_px, part.box)
    found = Counter(kinds[comparison.found_by >= 0].tolist())
    return PartResult(part, taken, detected, is_tumor, comparison, Counter(part.kinds), found)
