"""False nuclei in tissue that is known to hold no tumor: muscle, nerves, stroma, infiltrate.

``python -m models.training.tumor_free --images DIR --areas GEOJSON --mpp X``

Crops with points lie where somebody thought of tumor; what a detector reports far from it shows in
polygons without tumor, where every reported nucleus is false. Bare glass in them does not count as
area. Exit code 2 and one line for unusable input.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from inference.arrays import F32, U8, Bool
from inference.nuclei.network.opening import NetworkSource, network_detector
from inference.nuclei.unavailable import DetectorUnavailable
from inference.stain.white import estimate_white
from models.training.annotations import AnnotationProblem
from models.training.areas import Area, read_areas
from models.training.images import image_file, read_rgb, write_rgb

_PER_UM2 = 2000.0
_LEAST_UM2 = 1000.0
"""Tissue of a polygon below which its rate says nothing."""
_GLASS = 0.98
"""Part of the white point's darkest channel above which a smoothed picture is bare glass: pale
muscle without stain lies at 0.92 to 0.97, and is tissue."""
_SMOOTH_UM = 0.75
_WORST = 12
_MARGIN_UM = 25.0


@dataclass(frozen=True)
class FreeArea:
    """A polygon without tumor.

    Attributes
    ----------
    area
        The polygon.
    false
        (n, 2) float32 nuclei that were reported in it, in pixels of the image.
    tissue_um2
        What of it is not bare glass.
    """

    area: Area
    false: F32
    tissue_um2: float


def free_areas(rgb: U8, reported: F32, areas: Sequence[Area], um_per_px: float) -> list[FreeArea]:
    """Count reported nuclei in the polygons of an image that hold no tumor.

    Parameters
    ----------
    rgb
        (h, w, 3).
    reported
        (n, 2) pixels of the image.
    areas
        Polygons of the image; those of tumor cut holes into the others. What lies in two counts
        in both.
    """
    tissue = _tissue(rgb, um_per_px)
    tumor = [area for area in areas if area.kind == "tumor"]
    for each in tumor:
        tissue &= ~_inside(each, tissue.shape)
    free = [xy for xy in reported if not any(_holds(each, xy) for each in tumor)]
    return [
        FreeArea(
            area,
            np.array([xy for xy in free if _holds(area, xy)], np.float32).reshape(-1, 2),
            float((tissue & _inside(area, tissue.shape)).sum()) * um_per_px**2,
        )
        for area in areas
        if area.kind == "non-tumor"
    ]


def _tissue(rgb: U8, um_per_px: float) -> Bool:
    darkest = np.ascontiguousarray(rgb.min(axis=2))
    smooth = cv2.GaussianBlur(darkest, (0, 0), _SMOOTH_UM / um_per_px)
    white = estimate_white(rgb)
    if white is None:  # no glass anywhere
        return np.ones(smooth.shape, np.bool_)
    return np.asarray(smooth < _GLASS * min(white), np.bool_)


def _inside(area: Area, shape: tuple[int, ...]) -> Bool:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(area.outline).astype(np.int32)], 1)
    return mask.astype(np.bool_)


def _holds(area: Area, xy: F32) -> bool:
    return cv2.pointPolygonTest(area.outline, (float(xy[0]), float(xy[1])), False) >= 0


def table(areas: Sequence[FreeArea]) -> Table:
    """Return a table: every image, and the polygons with most false nuclei."""
    made = Table(title="Tissue without tumor", title_justify="left")
    for head in ("", "polygons", "false", "um2", "in 2,000 um2"):
        made.add_column(head, justify="right" if head else "left", no_wrap=True)

    def add(name: str, own: Sequence[FreeArea], polygons: str) -> None:
        false, um2 = sum(len(each.false) for each in own), sum(each.tissue_um2 for each in own)
        rate = f"{false * _PER_UM2 / um2:.2f}" if um2 else "–"
        made.add_row(name, polygons, str(false), f"{um2:,.0f}", rate)

    names = sorted({each.area.image for each in areas})
    for name in names:
        own = [each for each in areas if each.area.image == name]
        add(name, own, str(len(own)))
    if len(names) > 1:
        add("all", areas, str(len(areas)))
    made.add_section()
    for each in _worst(areas):
        x, y = each.area.outline.mean(axis=0)
        add(f"{each.area.image} at {x:.0f}, {y:.0f}", [each], "")
    return made


def _worst(areas: Sequence[FreeArea]) -> list[FreeArea]:
    told = [each for each in areas if each.tissue_um2 >= _LEAST_UM2 and len(each.false)]
    return sorted(told, key=lambda each: -len(each.false))[:_WORST]


def write_pictures(
    areas: Sequence[FreeArea], images: Sequence[Path], folder: Path, um_per_px: float
) -> None:
    """Write the polygons with most false nuclei, worst first: outline blue, false nuclei red."""
    folder.mkdir(parents=True, exist_ok=True)
    margin = _MARGIN_UM / um_per_px
    for rank, each in enumerate(_worst(areas), 1):
        rgb = read_rgb(image_file(images, each.area.image))
        cv2.polylines(rgb, [np.rint(each.area.outline).astype(np.int32)], True, (20, 80, 255), 2)
        for x, y in each.false:
            place = (round(float(x)), round(float(y)))
            cv2.drawMarker(rgb, place, (230, 0, 0), cv2.MARKER_TILTED_CROSS, 14, 2)
        low = np.maximum(each.area.outline.min(axis=0) - margin, 0).astype(int)
        high = (each.area.outline.max(axis=0) + margin).astype(int)
        part = np.ascontiguousarray(rgb[low[1] : high[1], low[0] : high[0]])
        write_rgb(folder / f"{rank:02d}-{each.area.image}.png", part)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.tumor_free")
    add = parser.add_argument
    add("--images", type=Path, required=True, nargs="+", metavar="DIR", help="folders of images")
    add("--areas", type=Path, required=True, metavar="GEOJSON", help="coarse polygons")
    add("--mpp", type=float, required=True, metavar="X", help="um per px")
    add("--weights", type=Path, default=NetworkSource().weights, metavar="DIR", help="the network")
    add("--only", nargs="+", metavar="PATTERN", help="images to take, e.g. 'core-2-*'")
    add("--pictures", type=Path, metavar="DIR", help="write the worst polygons")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Count as the command line says; return the exit code."""
    given = _arguments(arguments)
    try:
        if not 0 < given.mpp < math.inf:
            raise AnnotationProblem("--mpp must be positive")
        areas = [
            area
            for area in read_areas(given.areas)
            if not given.only or any(fnmatch(area.image, one) for one in given.only)
        ]
        if not any(area.kind == "non-tumor" for area in areas):
            raise AnnotationProblem("no polygon without tumor is left: look at --areas and --only")
        detector = network_detector(NetworkSource(given.weights))
        counted: list[FreeArea] = []
        for name in sorted({area.image for area in areas}):
            rgb = read_rgb(image_file(given.images, name))
            own = [area for area in areas if area.image == name]
            reported = detector.detect(rgb, given.mpp).xy_px
            counted += free_areas(rgb, reported, own, given.mpp)
        Console().print(table(counted))
        if given.pictures:
            write_pictures(counted, given.images, given.pictures, given.mpp)
    except (AnnotationProblem, DetectorUnavailable, OSError, ValueError) as error:
        sys.stderr.write(f"tumor_free: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
