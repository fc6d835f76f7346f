"""Recall, precision and F1 of a nucleus detector on annotated images.

``python -m models.training.evaluate --images DIR... --points CSV... --mpp X``

A detection within 5 um of a still unmatched annotated tumor nucleus is a true positive,
one-to-one, nearest pairs first (`inference.nuclei.matching`). Several pixel sizes may be given
for images whose pixel size nobody stated; none is needed where the annotation states it. Exit code
2 and one line for input that is unusable.
"""

import argparse
import json
import math
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, get_args

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from inference.arrays import F32, U8, Bool
from inference.nuclei.choice import DetectorKind, DetectorUnavailable, choose_detector
from inference.nuclei.matching import MATCH_UM, Comparison, DetectionScore, compare
from inference.nuclei.network.opening import NetworkSource
from inference.stain.density import White
from inference.stain.vectors import RUIFROK
from inference.stain.white import estimate_white
from models.training.annotations import AnnotatedPart, AnnotationProblem, read_annotations
from models.training.coarser import as_20x
from models.training.error_pictures import error_picture
from models.training.images import image_file, read_rgb, write_rgb

SHIPPED = NetworkSource()

_WORST_PICTURES = 12
_FILE_COLUMNS = 160
"""Width of tables that go to a file or a pipe, whose width nobody knows."""


@dataclass(frozen=True)
class PartResult:
    """What a detector found in one image or crop."""

    part: AnnotatedPart
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
    if part.box is not None:
        reach = MATCH_UM / um_per_px
        near = (detected >= np.array(part.box[:2]) - reach) & (
            detected <= np.array(part.box[2:]) + reach
        )
        detected = detected[near.all(axis=1)]
    is_ignored = np.isin(kinds, ignored)
    is_tumor = np.char.startswith(kinds, "tumor") & ~is_ignored
    comparison = compare(detected, part.xy, is_tumor, is_ignored, um_per_px, part.box)
    found = Counter(kinds[comparison.found_by >= 0].tolist())
    return PartResult(part, detected, is_tumor, comparison, Counter(part.kinds), found)


def evaluate(
    parts: Sequence[AnnotatedPart],
    images: Sequence[Path],
    um_per_px: float | None,
    detector: DetectorKind = "auto",
    white: White | None = None,
    ignored: Sequence[str] = ("unsure",),
    network: NetworkSource = SHIPPED,
    worse: Callable[[U8, float], tuple[U8, float]] | None = None,
) -> Evaluation:
    """Detect and compare at one pixel size.

    Parameters
    ----------
    images
        Folders of the images.
    um_per_px
        Pixel size of all images; None takes what the annotation of each states.
    white
        White point; None takes each image's own bare glass, and for an image that shows none the
        median of the others.
    ignored
        Kinds that count neither for nor against. Of the rest, those that begin with "tumor" are
        to be found, and no others.
    network
        Of the detectors that have one.
    worse
        Makes of an image and its pixel size those that the detector gets.
    """
    of_image: dict[str, list[AnnotatedPart]] = {}
    for part in parts:
        of_image.setdefault(part.image, []).append(part)
    files = {name: image_file(images, name) for name in of_image}
    sizes = {name: um_per_px or _stated(own) for name, own in of_image.items()}
    whites = dict.fromkeys(files, white) if white else _whites(files)
    results = []
    console = Console(stderr=True)
    for name, file in track(
        files.items(),
        "detecting",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ):
        chosen, _ = choose_detector(detector, RUIFROK, whites[name], network)
        rgb, own_size = read_rgb(file), sizes[name]
        seen_size = own_size
        if worse is not None:
            rgb, seen_size = worse(rgb, own_size)
        detected = chosen.detect(rgb, seen_size).xy_px
        # The middle of the first pixel is 0 before and after.
        detected = (detected + np.float32(0.5)) * np.float32(seen_size / own_size) - 0.5
        results += [compared(part, detected, own_size, ignored) for part in of_image[name]]
    return Evaluation(um_per_px, tuple(results))


def _stated(parts: Sequence[AnnotatedPart]) -> float:
    for part in parts:
        if part.um_per_px is not None:
            return part.um_per_px
    raise AnnotationProblem(f"{parts[0].image}: nobody states its pixel size: --mpp")


def _whites(files: dict[str, Path]) -> dict[str, White]:
    own = {name: estimate_white(read_rgb(file)) for name, file in files.items()}
    known = [white for white in own.values() if white is not None]
    if not known:
        raise AnnotationProblem("no image shows bare glass to take the white point from: --white")
    red, green, blue = (statistics.median(channel) for channel in zip(*known, strict=True))
    return {name: white or (red, green, blue) for name, white in own.items()}


def table(title: str, rows: Sequence[Summary]) -> Table:
    """Return a table: score, and the part of each kind's nuclei that was found."""
    kinds = sorted({kind for row in rows for kind in row.annotated})
    made = Table(title=title, title_justify="left")
    made.add_column("", no_wrap=True)
    for head in ("F1", "recall", "precision", "tumor", "false", *(f"found {k}" for k in kinds)):
        made.add_column(head, justify="right")
    for row in rows:
        score = row.score
        made.add_row(
            row.name,
            *(_decimals(value) for value in (score.f1, score.recall, score.precision)),
            str(score.true_positives + score.false_negatives),
            str(score.false_positives),
            *(
                _decimals(row.found[kind] / row.annotated[kind] if row.annotated[kind] else None)
                for kind in kinds
            ),
        )
    return made


def _decimals(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def write_pictures(evaluation: Evaluation, images: Sequence[Path], folder: Path) -> None:
    """Write pictures of the worst parts, worst first, with what was found, missed and false."""
    folder.mkdir(parents=True, exist_ok=True)
    worst = sorted(
        evaluation.results,
        key=lambda r: 1.0 if r.comparison.score.f1 is None else r.comparison.score.f1,
    )
    for rank, result in enumerate(worst[:_WORST_PICTURES], 1):
        rgb = read_rgb(image_file(images, result.part.image))
        picture = error_picture(
            rgb, result.part, result.is_tumor, result.detected, result.comparison
        )
        file = folder / f"{rank:02d}-{result.part.name}.png"
        write_rgb(file, picture)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.evaluate")
    add = parser.add_argument
    add("--images", type=Path, required=True, nargs="+", metavar="DIR", help="folders of images")
    add("--points", type=Path, required=True, nargs="+", metavar="CSV", help="annotated nuclei")
    add("--mpp", type=_positive, nargs="+", metavar="X", help="um per px; else as annotated")
    add("--detector", choices=get_args(DetectorKind), default="auto")
    add("--weights", type=Path, metavar="DIR", help="folder of another network")
    add("--as-20x", action="store_true", help="let the images be worse, as of a 20x objective")
    add("--white", type=_white, metavar="R,G,B", help="white point; else from bare glass")
    add("--ignore", nargs="*", default=["unsure"], metavar="KIND", help="kinds that do not count")
    add("--only", nargs="+", metavar="PATTERN", help="images to take, e.g. 'core-2-*'")
    add("--json", type=Path, metavar="FILE", help="write all figures")
    add("--pictures", type=Path, metavar="DIR", help="write the worst parts, at the first --mpp")
    return parser.parse_args(arguments)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be positive, not {text}")
    return value


def _white(text: str) -> White:
    values = [float(part) for part in text.split(",")]
    if len(values) != 3:
        raise argparse.ArgumentTypeError(f"expected R,G,B, not {text}")
    return values[0], values[1], values[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate as the command line says; return the exit code."""
    given = _arguments(arguments)
    network = NetworkSource(given.weights) if given.weights else SHIPPED
    worse = as_20x if given.as_20x else None
    try:
        parts = [part for file in given.points for part in read_annotations(file)]
        if given.only:
            parts = [p for p in parts if any(fnmatch(p.image, one) for one in given.only)]
        if not parts:
            raise AnnotationProblem("no image is left: look at --points and --only")
        runs = [
            evaluate(
                parts, given.images, mpp, given.detector, given.white, given.ignore, network, worse
            )
            for mpp in given.mpp or [None]
        ]
        console = Console()
        if not console.is_terminal:
            console.width = max(console.width, _FILE_COLUMNS)
        if len(runs) == 1:
            console.print(table("Images", runs[0].each()))
        for run in runs:
            size = f"{run.um_per_px:g}" if run.um_per_px else "their own"
            console.print(table(f"Sets at {size} um per px", run.summaries()))
        if given.json:
            text = json.dumps(
                [
                    {
                        "um_per_px": run.um_per_px,
                        "images": [row.as_json() for row in run.each()],
                        "sets": [row.as_json() for row in run.summaries()],
                    }
                    for run in runs
                ],
                indent=1,
            )
            given.json.write_text(text + "\n", encoding="utf-8")
        if given.pictures:
            write_pictures(runs[0], given.images, given.pictures)
    except (AnnotationProblem, DetectorUnavailable, OSError, ValueError) as error:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(
            f"evaluate: {error}"
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
