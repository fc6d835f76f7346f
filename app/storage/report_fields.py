"""The pictures of the fields in the report."""

from collections.abc import Sequence
from io import BytesIO

import cv2
import numpy as np
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.model.slide_report import ReportField
from app.storage.pdf_text import BOLD, REGULAR, shortened
from app.storage.report_ink import QUIET, Box, right_text, text
from inference.arrays import U8

MOST_FIELDS = 10
_GAP = 8.0
_CAPTION = 16.0
_HEAD = 16.0
_COLUMNS = 5
_SMALLEST, _LARGEST = 72.0, 150.0
_PX_PER_POINT = 4.2
"""About 300 dots per inch."""
_JPEG_QUALITY = 88


def draw_fields(canvas: Canvas, box: Box, fields: Sequence[ReportField]) -> None:
    """Draw the first ten fields as large as the room allows."""
    shown = fields[:MOST_FIELDS]
    head = "Fields"
    if len(shown) < len(fields):
        head = f"Fields (the first {len(shown)} of {len(fields)})"
    text(canvas, box.left, box.top - 8, head, BOLD, 9)
    if not shown:
        text(canvas, box.left, box.top - 22, "none", REGULAR, 8.5, QUIET)
        return
    columns, size = _grid(len(shown), box)
    pitch = (box.width - size) / (columns - 1)
    for place, field in enumerate(shown):
        row, column = divmod(place, columns)
        left = box.left + column * min(pitch, size + 2 * _GAP)
        top = box.top - _HEAD - row * (size + _CAPTION)
        _draw_picture(canvas, Box(left, top, size, size), field.picture)
        cells = f"{field.n_cells} cell{'' if field.n_cells == 1 else 's'}"
        room = size - canvas.stringWidth(cells, REGULAR, 7) - 6
        baseline = top - size - 8
        text(canvas, left, baseline, shortened(field.name, REGULAR, 7, room), REGULAR, 7)
        right_text(canvas, left + size, baseline, cells, REGULAR, 7, QUIET)


def fields_height(n: int) -> float:
    """Return the least height in which so many fields can still be told apart."""
    shown = min(n, MOST_FIELDS)
    return _HEAD + -(-shown // _COLUMNS) * (_SMALLEST + _CAPTION)


def _grid(n: int, box: Box) -> tuple[int, float]:
    """Return the number of columns and the side of the pictures: as large as they can be.

    One row less is worth a tenth of the size, since it leaves fewer holes.
    """

    def side(columns: int) -> float:
        wide = (box.width - (columns - 1) * _GAP) / columns
        return min(_LARGEST, wide, (box.height - _HEAD) / -(-n // columns) - _CAPTION)

    columns = max(
        range(3, _COLUMNS + 1), key=lambda columns: side(columns) * 0.9 ** -(-n // columns)
    )
    return columns, side(columns)


def _draw_picture(canvas: Canvas, box: Box, picture: U8) -> None:
    """Draw a picture as large as the box allows, its shape kept, at the bottom left."""
    h, w = picture.shape[:2]
    scale = min(box.width / w, box.height / h)
    jpeg = ImageReader(_jpeg(picture, box.width * _PX_PER_POINT))
    canvas.drawImage(jpeg, box.left, box.bottom, w * scale, h * scale)


def _jpeg(picture: U8, longest_px: float) -> BytesIO:
    h, w = picture.shape[:2]
    scale = min(1.0, longest_px / max(h, w))
    size = max(1, round(w * scale)), max(1, round(h * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bgr = np.ascontiguousarray(small[..., ::-1])
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return BytesIO(data.tobytes())
