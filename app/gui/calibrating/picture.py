"""Pictures on the page: what was found, and how the light falls."""

import cv2
import numpy as np
from PySide6.QtGui import QImage, QPixmap

from app.gui.theme import GRID
from inference.arrays import F64, U8

SIDE = 40 * GRID
_MIDDLE = 480
"""Pixels of the camera around the middle that are shown as they are."""


def reduced(rgb: U8) -> U8:
    """Return a picture (h, w, 3) small enough for the page."""
    height, width = rgb.shape[:2]
    factor = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def middle(rgb: U8) -> U8:
    """Return the middle of a picture at camera pixels."""
    height, width = rgb.shape[:2]
    side = min(SIDE, _MIDDLE, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(rgb[top : top + side, left : left + side])


def light_map(part: F64) -> U8:
    """Return the light (h, w), as a part of its highest, in colors that the color-blind can order.

    From half (dark blue) to all (yellow), with the scale at the right.
    """
    height = part.shape[0]
    scale = np.repeat(np.linspace(1.0, 0.5, height)[:, None], 24, axis=1)
    gap = np.full((height, 8), np.nan)
    whole = np.concatenate([part, gap, scale], axis=1)
    levels = np.rint(np.clip((whole - 0.5) / 0.5, 0, 1) * 255)
    gray = np.asarray(np.nan_to_num(levels), np.uint8)
    colored = np.asarray(cv2.applyColorMap(gray, cv2.COLORMAP_CIVIDIS), np.uint8)[..., ::-1].copy()
    colored[np.isnan(whole)] = 128
    wide = np.full((height, 48, 3), 0, np.uint8)
    for text, row in (("100 %", 12), ("75 %", height // 2 + 4), ("50 %", height - 4)):
        cv2.putText(
            wide, text, (4, row), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (200, 200, 200), 1, cv2.LINE_AA
        )
    return np.ascontiguousarray(np.concatenate([colored, wide], axis=1))


def pixmap(rgb: U8) -> QPixmap:
    """Return what Qt shows."""
    height, width = rgb.shape[:2]
    image = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)
