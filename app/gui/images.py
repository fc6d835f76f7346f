"""Arrays as Qt images."""

import numpy as np
from PySide6.QtGui import QImage

from inference.arrays import U8


def image_of(pixels: U8) -> QImage:
    """Return a picture as an image that owns its pixels.

    Parameters
    ----------
    pixels
        (h, w, 3) RGB.
    """
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def opaque_view(bgra: U8) -> QImage:
    """Return an image over the memory of (h, w, 4) blue, green, red, 255, which must stay."""
    height, width = bgra.shape[:2]
    return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_RGB32)


def overlay_view(bgra: U8) -> QImage:
    """Return an image over the memory of a premultiplied (h, w, 4), which must stay."""
    height, width = bgra.shape[:2]
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(bgra.data, width, height, 4 * width, kind)
