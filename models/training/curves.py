"""Curves as a picture."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from inference.arrays import U8

_SIZE = (520, 900)
_MARGIN = 60
_COLORS = ((0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (90, 90, 90))
"""Told apart by color-blind readers too (Okabe & Ito 2008)."""
_GRAY = (205, 205, 205)
_INK = (60, 60, 60)

Curve = Sequence[tuple[float, float]]


def curves_picture(
    curves: Mapping[str, Curve], low: float, high: float, across: str, up: str
) -> U8:
    """Draw curves of one scale over each other, with a legend.

    Parameters
    ----------
    curves
        Name to points (x, y).
    low, high
        Range of y; what lies outside is drawn at the border.
    across, up
        What x and y are, with their units.

    Returns
    -------
    (520, 900, 3) RGB.
    """
    height, width = _SIZE
    picture = np.full((height, width, 3), 255, np.uint8)
    most = max((x for curve in curves.values() for x, _ in curve), default=1.0) or 1.0

    def place(x: float, y: float) -> tuple[int, int]:
        part = min(max((y - low) / (high - low), 0.0), 1.0)
        inner = (width - 2 * _MARGIN, height - 2 * _MARGIN)
        return round(_MARGIN + x / most * inner[0]), round(height - _MARGIN - part * inner[1])

    for part in range(6):
        y = low + (high - low) * part / 5
        cv2.line(picture, place(0, y), place(most, y), _GRAY, 1)
        _write(picture, f"{y:.3g}", (8, place(0, y)[1] + 4), _INK)
        _write(
            picture,
            f"{most * part / 5:.3g}",
            (place(most * part / 5, low)[0] - 12, height - 36),
            _INK,
        )
    _write(picture, across, (width // 2 - 4 * len(across), height - 12), _INK)
    _write(picture, up, (8, 16), _INK)
    for number, (name, curve) in enumerate(curves.items()):
        color = _COLORS[number % len(_COLORS)]
        points = np.array([place(x, y) for x, y in curve], np.int32).reshape(-1, 1, 2)
        cv2.polylines(picture, [points], False, color, 2, cv2.LINE_AA)
        _write(picture, name, (_MARGIN + 10 + 200 * number, 42), color)
    return picture


def _write(picture: U8, text: str, place: tuple[int, int], color: tuple[int, int, int]) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, color, 1, cv2.LINE_AA)
