"""Overlay pictures as PNG files, one a field."""

from pathlib import Path

import cv2

from app.storage.atomic import atomic_write
from app.storage.file_names import file_stem
from inference.arrays import U8


def overlay_name(field: str) -> str:
    """Return a file name for a field's picture that every common file system takes.

    What Windows forbids becomes ``%`` and its hexadecimal code, ``%`` itself included, so that
    two fields never share a name.
    """
    return f"{file_stem(field)}-overlay.png"


def contours_name(field: str) -> str:
    """Return the file name of a field's contours, likewise."""
    return f"{file_stem(field)}-cells.geojson"


def write_overlay_png(path: Path, rgb: U8) -> None:
    """Write a picture (h, w, 3) RGB, whole or not at all.

    No physical size is written: at 0.25 um a pixel, programs that obey it place the picture
    less than a millimeter wide on a page. The scale bar is in the picture.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    encoded, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not encoded:
        raise OSError(f"{path}: the picture of {rgb.shape} could not be encoded as PNG")
    with atomic_write(path) as part:
        part.write_bytes(data.tobytes())
