"""The markers of the classes as small pictures, the same as in the overlay."""

from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage, QPixmap

from app.gui.images import image_of
from app.model.markers import MarkerSize, draw_markers
from app.model.palette import CLASS_STYLES, HALO
from inference.arrays import U8
from inference.cells.classes import CellClass

ICON_PX = 16


@lru_cache(maxsize=64)
def _picture(cell_class: CellClass, side: int) -> U8:
    canvas = np.full((side, side, 3), HALO, np.uint8)
    size = MarkerSize(side * 0.34, max(1.2, side * 0.1), 0.0)
    middle = np.array([[(side - 1) / 2, (side - 1) / 2]], np.float32)
    draw_markers(canvas, middle, CLASS_STYLES[cell_class], size)
    return canvas


def class_icon(cell_class: CellClass, pixel_ratio: float = 1.0) -> QPixmap:
    """Return the marker of a class on a dark ground, 16 logical pixels wide."""
    image: QImage = image_of(_picture(cell_class, round(ICON_PX * pixel_ratio)))
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(pixel_ratio)
    return pixmap
