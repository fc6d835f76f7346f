"""What the height of a heatmap's peak is worth: scores over the threshold, and reliability.

All peaks down to `LOWEST` are taken once. A higher threshold only takes some of them away, since
a lower peak never suppresses a higher one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from inference.arrays import F32, Bool
from inference.nuclei.matching import DetectionScore
from models.training.annotations import AnnotatedPart
from models.training.csv_file import write_csv
from models.training.curves import curves_picture
from models.training.detections import ImageDetections
from models.training.images import write_rgb
from models.training.results import compared

LOWEST = 0.1
"""Least height that is looked at."""

THRESHOLDS = tuple(round(LOWEST + 0.02 * i, 2) for i in range(36))
"""0.1 to 0.8."""

EDGES = tuple(round(LOWEST + 0.1 * i, 1) for i in range(9))
"""Lower edges of the classes of height; the last one is open above."""


@dataclass(frozen=True)
class HeightClass:
    """The points that were reported with similar heights.

    Attributes
    ----------
    lowest
        Lower edge of the heights.
    reported
        Points that count: those on unsure nuclei do not.
    right
        Of these, those that are an annotated tumor nucleus.
    """

    lowest: float
    reported: int
    right: int

    @property
    def fraction(self) -> float | None:
        """Return the part that is right."""
        return self.right / self.reported if self.reported else None


@dataclass(frozen=True)
class Reliability:
    """One set at each threshold and in each class of height."""

    name: str
    scores: tuple[DetectionScore, ...]
    heights: tuple[HeightClass, ...]


def reliabilities(found: Iterable[ImageDetections], ignored: Sequence[str]) -> list[Reliability]:
    """Return one for each set, and one of all where there are several.

    Parameters
    ----------
    found
        With all peaks of `LOWEST` or higher.
    ignored
        Kinds that count neither for nor against.
    """
    of_set: dict[str, list[tuple[AnnotatedPart, ImageDetections]]] = {}
    for each in found:
        for part in each.parts:
            of_set.setdefault(part.group, []).append((part, each))
    sets = sorted(of_set.items())
    if len(sets) > 1:
        sets.append(("all", [pair for _, pairs in sets for pair in pairs]))
    return [_reliability(name, pairs, ignored) for name, pairs in sets]


def _reliability(
    name: str, pairs: Sequence[tuple[AnnotatedPart, ImageDetections]], ignored: Sequence[str]
) -> Reliability:
    scores = [DetectionScore()] * len(THRESHOLDS)
    heights: list[F32] = []
    rights: list[Bool] = []
    for part, image in pairs:
        for i, threshold in enumerate(THRESHOLDS):
            high = image.xy[image.confidence >= np.float32(threshold)]
            scores[i] += compared(part, high, image.um_per_px, ignored).comparison.score
        result = compared(part, image.xy, image.um_per_px, ignored)
        finders = result.comparison.found_by[result.is_tumor]
        right = np.isin(np.arange(len(result.detected)), finders[finders >= 0])
        counts = right | result.comparison.false_positive
        heights.append(image.confidence[result.taken][counts])
        rights.append(right[counts])
    height, is_right = np.concatenate(heights), np.concatenate(rights)
    place = np.digitize(height, np.array(EDGES, np.float32)) - 1
    classes = [
        HeightClass(edge, int((place == i).sum()), int(is_right[place == i].sum()))
        for i, edge in enumerate(EDGES)
    ]
    return Reliability(name, tuple(scores), tuple(classes))


def write_confidence(
    found: Sequence[ImageDetections], ignored: Sequence[str], in_use: float, folder: Path
) -> Table:
    """Write ``thresholds.csv``, ``reliability.csv`` and a picture for each set.

    Parameters
    ----------
    found, ignored
        See `reliabilities`.
    in_use
        The network's own threshold.
    folder
        Made if need be.

    Returns
    -------
    The table of the reliability, for the reader.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sets = reliabilities(found, ignored)
    across = f"least height of a peak in the heatmap, 0 to 1, no unit; in use: {in_use:g}"
    for each in sets:
        curves = {
            name: [
                (threshold, value)
                for threshold, score in zip(THRESHOLDS, each.scores, strict=True)
                if (value := getattr(score, key)) is not None
            ]
            for name, key in (("recall", "recall"), ("precision", "precision"), ("F1", "f1"))
        }
        picture = curves_picture(curves, 0.0, 1.0, across, f"{each.name}: part of the nuclei")
        write_rgb(folder / f"{each.name}.png", picture)
    write_csv(
        folder / "thresholds.csv",
        "set,threshold,recall,precision,f1,true_positives,false_positives,false_negatives",
        (
            (each.name, threshold, _text(s.recall), _text(s.precision), _text(s.f1),
             s.true_positives, s.false_positives, s.false_negatives)
            for each in sets
            for threshold, s in zip(THRESHOLDS, each.scores, strict=True)
        ),
    )  # fmt: skip
    write_csv(
        folder / "reliability.csv",
        "set,lowest_height,reported,right,fraction_right",
        (
            (each.name, row.lowest, row.reported, row.right, _text(row.fraction))
            for each in sets
            for row in each.heights
        ),
    )
    return _table(sets)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _table(sets: Sequence[Reliability]) -> Table:
    made = Table(title="Part of the reported points that is right", title_justify="left")
    made.add_column("height", no_wrap=True)
    for each in sets:
        made.add_column(each.name, justify="right")
    for i, edge in enumerate(EDGES):
        above = f"{EDGES[i + 1]:g}" if i + 1 < len(EDGES) else "1"
        rows = [each.heights[i] for each in sets]
        made.add_row(
            f"{edge:g} to {above}",
            *("–" if r.fraction is None else f"{r.fraction:.2f} of {r.reported}" for r in rows),
        )
    return made
