"""Image files of annotated nuclei."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from inference.arrays import U8
from models.training.annotations import AnnotationProblem

SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")


def image_file(folders: Sequence[Path], name: str) -> Path:
    """Return the file of an image that is named without its suffix; the first folder goes first.

    Raises
    ------
    AnnotationProblem
        With one line, if there is none.
    """
    for folder in folders:
        for suffix in SUFFIXES:
            file = folder / (name + suffix)
            if file.is_file():
                return file
    where = ", ".join(map(str, folders))
    raise AnnotationProblem(f"{where}: no image {name} there ({', '.join(SUFFIXES)})")


def read_rgb(file: Path) -> U8:
    """Return the image (h, w, 3) as stored: the annotation knows of no rotation in metadata.

    Raises
    ------
    AnnotationProblem
        With one line, if it cannot be read.
    """
    bgr = cv2.imread(str(file), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if bgr is None:
        raise AnnotationProblem(f"{file}: cannot be read as an image")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def write_rgb(file: Path, rgb: U8) -> None:
    """Write an image (h, w, 3).

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if not cv2.imwrite(str(file), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)):
        raise OSError(f"{file}: cannot be written")
