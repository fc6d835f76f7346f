"""Annotated nuclei as CSV files.

Two layouts are read:

- a file for each image, named as the image, with the columns ``x, y, kind``, or a folder of such;
- one file for many, with ``crop, core, x, y, kind``, beside a ``crops.csv`` with ``crop, core, x,
  y, width, height``: crops of larger images (cores) in which every nucleus is annotated. A further
  column ``um_per_px`` may state the pixel size of each image.

Coordinates are pixels of the image.
"""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inference.arrays import F32

Box = tuple[float, float, float, float]

_CROPS = "crops.csv"


class AnnotationProblem(ValueError):
    """Annotations that cannot be used; the message is one line for the user."""


@dataclass(frozen=True)
class AnnotatedPart:
    """An image, or the annotated part of one.

    Attributes
    ----------
    name
        Of the image or the crop.
    image
        Name of the image file without its suffix.
    group
        The set that it belongs to: the core of a crop, an image's name without its number.
    box
        x0, y0, x1, y1 of the annotated part; None for a whole image.
    xy
        (n, 2) float32 nuclei.
    kinds
        Their kinds, in American spelling.
    um_per_px
        Pixel size of the image; None where the annotation does not state it.
    """

    name: str
    image: str
    group: str
    box: Box | None
    xy: F32
    kinds: tuple[str, ...]
    um_per_px: float | None = None


def read_annotations(path: Path) -> list[AnnotatedPart]:
    """Read a CSV file of either layout, or all CSV files of a folder.

    Raises
    ------
    AnnotationProblem
        With one line, if the file, or the crops.csv that it needs, cannot be understood, or the
        folder holds none.
    """
    if path.is_dir():
        files = sorted(set(path.glob("*.csv")) - {path / _CROPS})
        if not files:
            raise AnnotationProblem(f"{path}: holds no CSV file")
        return [part for file in files for part in read_annotations(file)]
    rows = _rows(path)
    if not rows or "crop" not in rows[0]:
        return [_part(path, path.stem, path.stem, _group(path.stem), None, rows)]
    crops = _rows(path.with_name(_CROPS))
    rows_of_crop: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        rows_of_crop.setdefault(row["crop"], []).append(row)
    parts = []
    for crop in crops:
        try:
            x, y, width, height = (float(crop[key]) for key in ("x", "y", "width", "height"))
            name, core = crop["crop"], crop["core"]
            um_per_px = float(crop["um_per_px"]) if "um_per_px" in crop else None
        except (KeyError, ValueError) as error:
            raise AnnotationProblem(
                f"{path.with_name('crops.csv')}: expected crop, core, x, y, width, height"
            ) from error
        box = (x, y, x + width, y + height)
        part = _part(path, name, core, core, box, rows_of_crop.pop(name, []))
        parts.append(replace(part, um_per_px=um_per_px))
    if rows_of_crop:
        missing = ", ".join(sorted(rows_of_crop)[:5])
        raise AnnotationProblem(f"{path}: crops that crops.csv does not name: {missing}")
    return parts


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AnnotationProblem(f"{path}: cannot be read as CSV ({error})") from error


def _part(
    path: Path, name: str, image: str, group: str, box: Box | None, rows: list[dict[str, str]]
) -> AnnotatedPart:
    try:
        points = [(float(row["x"]), float(row["y"])) for row in rows]
        kinds = tuple(row["kind"].strip().lower().replace("tumour", "tumor") for row in rows)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise AnnotationProblem(f"{path}: expected the columns x, y, kind in each row") from error
    xy = np.array(points, np.float32).reshape(-1, 2)
    if not np.isfinite(xy).all():
        raise AnnotationProblem(f"{path}: holds a coordinate that is not a finite number")
    return AnnotatedPart(name, image, group, box, xy, kinds)


def _group(stem: str) -> str:
    return stem.rstrip("0123456789").rstrip("-_ ") or stem
