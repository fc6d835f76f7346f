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
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from inference.arrays import U8
from inference.nuclei.choice import DetectorKind, DetectorUnavailable
from inference.nuclei.network.manifest import read_manifest
from inference.nuclei.network.opening import NetworkSource
from inference.stain.density import White
from models.training.annotations import AnnotatedPart, AnnotationProblem, read_annotations
from models.training.coarser import as_20x
from models.training.confidence import LOWEST, write_confidence
from models.training.detections import detections
from models.training.error_pictures import error_picture
from models.training.images import image_file, read_rgb, write_rgb
from models.training.results import Evaluation, Summary, compared

SHIPPED = NetworkSource()

_WORST_PICTURES = 12
_FILE_COLUMNS = 160
"""Width of tables that go to a file or a pipe, whose width nobody knows."""


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
    found = detections(parts, images, um_per_px, detector, white, network, worse)
    results = [
        compared(part, each.xy, each.um_per_px, ignored) for each in found for part in each.parts
    ]
    return Evaluation(um_per_px, tuple(results))


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
    add("--curves", type=Path, metavar="DIR", help="write scores over the threshold, likewise")
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
        if given.curves:
            low = replace(network, threshold=LOWEST)
            mpp = runs[0].um_per_px
            found = detections(parts, given.images, mpp, "linknet", given.white, low, worse)
            in_use = read_manifest(network.weights).threshold
            console.print(write_confidence(tuple(found), given.ignore, in_use, given.curves))
    except (AnnotationProblem, DetectorUnavailable, OSError, ValueError) as error:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(
            f"evaluate: {error}"
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
