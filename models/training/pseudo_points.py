"""Points of the present network on tissue that nobody annotated, for self-training.

``python -m models.training.pseudo_points --images DIR --areas GEOJSON --annotated CSV --out DIR``

Squares that lie inside tumor polygons and outside annotated crops become crops: peaks of the
heatmap of `--sure` or higher are tumor, those down to `--unsure` are unsure and do not count, and
the rest is background. Validation and test images of the settings are never touched. Writes
``points.csv`` and ``crops.csv``, which ``train`` takes as a further ``--points``. Exit code 2 and
one line for unusable input.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from inference.arrays import U8
from inference.nuclei.network.opening import NetworkSource, network_detector
from inference.nuclei.points import NucleusPoints
from inference.nuclei.unavailable import DetectorUnavailable
from models.training.annotations import AnnotationProblem, Box, read_annotations
from models.training.areas import Area, read_areas
from models.training.csv_file import write_csv
from models.training.images import image_file, read_rgb
from models.training.settings import SettingsProblem, read_settings

SETTINGS = Path(__file__).with_name("nuclei.toml")


def free_squares(
    shape: tuple[int, int], areas: Sequence[Area], taken: Sequence[Box], side: int
) -> Iterator[tuple[int, int]]:
    """Return left and top of each square that is all tumor and that nobody has annotated.

    Parameters
    ----------
    shape
        Height and width of the image.
    areas
        Polygons of the image; those without tumor cut holes into those of tumor.
    taken
        Annotated crops, x0, y0, x1, y1.
    side
        Of a square, in pixels of the image.
    """
    free = np.zeros(shape, np.uint8)
    for kind, value in (("tumor", 1), ("non-tumor", 0)):
        outlines = [np.rint(area.outline).astype(np.int32) for area in areas if area.kind == kind]
        for outline in outlines:
            cv2.fillPoly(free, [outline], value)
    for x0, y0, x1, y1 in taken:
        free[max(0, int(y0)) : max(0, int(np.ceil(y1))), max(0, int(x0)) : int(np.ceil(x1))] = 0
    for top in range(0, shape[0] - side + 1, side):
        for left in range(0, shape[1] - side + 1, side):
            if free[top : top + side, left : left + side].all():
                yield left, top


def rows_of(
    nuclei: NucleusPoints, left: int, top: int, side: int, sure: float
) -> Iterator[tuple[float, float, str]]:
    """Return x, y and kind of the nuclei inside of a square."""
    for (x, y), height in zip(nuclei.xy_px.tolist(), nuclei.confidence.tolist(), strict=True):
        if left <= x < left + side and top <= y < top + side:
            yield round(x, 1), round(y, 1), "tumor" if height >= sure else "unsure"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.pseudo_points")
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR", help="folder of the images")
    add("--areas", type=Path, required=True, metavar="GEOJSON", help="coarse polygons")
    add("--annotated", type=Path, required=True, nargs="+", metavar="CSV", help="known nuclei")
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the results")
    add("--weights", type=Path, default=NetworkSource().weights, metavar="DIR", help="the network")
    add("--settings", type=Path, default=SETTINGS, metavar="TOML", help="of the training")
    add("--side", type=float, default=40.0, metavar="UM", help="of a square")
    add("--sure", type=float, default=0.6, metavar="X", help="least height of a tumor nucleus")
    add("--unsure", type=float, default=0.12, metavar="X", help="least height of an unsure one")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write points and crops as the command line says; return the exit code."""
    given = _arguments(arguments)
    points: list[Sequence[object]] = []
    crops: list[Sequence[object]] = []
    try:
        if given.sure <= given.unsure:
            raise AnnotationProblem("--sure must be above --unsure")
        if not given.side > 0:
            raise AnnotationProblem("--side must be positive")
        of = read_settings(given.settings).images
        areas = read_areas(given.areas)
        known = [part for file in given.annotated for part in read_annotations(file)]
        detector = network_detector(NetworkSource(given.weights, threshold=given.unsure))
        side = round(given.side / of.um_per_px)
        for name in sorted({area.image for area in areas} - {*of.validation, *of.test}):
            rgb: U8 = read_rgb(image_file([given.images], name))
            whole = (0.0, 0.0, float(rgb.shape[1]), float(rgb.shape[0]))
            taken = [part.box or whole for part in known if part.image == name]
            nuclei = detector.detect(rgb, of.um_per_px)
            own = [area for area in areas if area.image == name]
            for left, top in free_squares(rgb.shape[:2], own, taken, side):
                crop = f"{name}-{left}-{top}"
                crops.append((crop, name, left, top, side, side))
                points += [
                    (crop, name, *row) for row in rows_of(nuclei, left, top, side, given.sure)
                ]
        given.out.mkdir(parents=True, exist_ok=True)
        write_csv(given.out / "points.csv", "crop,core,x,y,kind", points)
        write_csv(given.out / "crops.csv", "crop,core,x,y,width,height", crops)
    except (
        AnnotationProblem, DetectorUnavailable, SettingsProblem, OSError, ValueError
    ) as error:  # fmt: skip
        sys.stderr.write(f"pseudo_points: {error}\n")
        return 2
    tumor = sum(row[-1] == "tumor" for row in points)
    sys.stdout.write(
        f"{len(crops)} squares of {given.side:g} um: {tumor} tumor nuclei, "
        f"{len(points) - tumor} unsure\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
