"""The lines of a micrometer that were found, drawn over its picture to be looked at."""

import cv2
import numpy as np

from hardware.micrometer.reading import MicrometerReading
from inference.arrays import U8

_FIRST = (86, 180, 233)
_SECOND = (230, 159, 0)
"""Okabe-Ito's sky blue and orange, which the color-blind can tell apart."""
_INK = (0, 0, 0)
_PAPER = (255, 255, 255)
_SUBPIXEL_BITS = 4


def draw_lines(rgb: U8, reading: MicrometerReading) -> U8:
    """Return a copy of the picture with every found line over it, and the result above.

    Each line is drawn where it was found and in no other place: a line of the scale without color
    was not counted, and color beside lines says that the pixel size is wrong.

    Parameters
    ----------
    rgb
        (h, w, 3), the picture that was read.
    """
    out = np.ascontiguousarray(rgb).copy()
    height, width = out.shape[:2]
    thick = max(1, round(min(height, width) / 700))
    scale = 1 << _SUBPIXEL_BITS
    for family, color in zip(reading.families, (_FIRST, _SECOND), strict=False):
        for x0, y0, x1, y1 in np.rint(family.segments * scale).astype(int).tolist():
            cv2.line(out, (x0, y0), (x1, y1), color, thick, cv2.LINE_AA, _SUBPIXEL_BITS)
    text = (
        f"{reading.um_per_px:.5f} um/px   {reading.lines} lines, {reading.pitch_um:g} um apart   "
        f"residual {reading.residual_um:.3f} um"
    )
    size = width / 1100
    weight = max(1, round(1.6 * size))
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, weight)
    box = (min(width, text_width + 2 * text_height), 2 * text_height)
    cv2.rectangle(out, (0, 0), box, _PAPER, cv2.FILLED)
    place = (text_height, round(1.5 * text_height))
    cv2.putText(out, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, _INK, weight, cv2.LINE_AA)
    return out
