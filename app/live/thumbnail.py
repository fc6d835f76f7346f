"""The small picture of a field."""

import cv2
import numpy as np

from inference.arrays import U8

THUMBNAIL_PX = 192
"""Longer side of a thumbnail."""


def thumbnail(rgb: U8) -> U8:
    """Return a small picture of a field, read-only."""
    scale = min(1.0, THUMBNAIL_PX / max(rgb.shape[:2]))
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    # Halving is three times as fast as any other factor, and most of the work.
    while min(rgb.shape[:2]) > 4 * THUMBNAIL_PX and not any(side % 2 for side in rgb.shape[:2]):
        half = (rgb.shape[1] // 2, rgb.shape[0] // 2)
        rgb = np.asarray(cv2.resize(rgb, half, interpolation=cv2.INTER_AREA), np.uint8)
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    small.flags.writeable = False
    return small
