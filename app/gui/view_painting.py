"""The picture, and what is painted over it by hand: scale bar, crosshair, what is being drawn."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from app.gui.assets import window_font
from app.gui.gestures import Box, CornerDrag, Gesture, Lasso, Polygon, RegionDrag
from app.gui.theme import GRID, SMALL_PX
from app.gui.view_transform import ViewTransform
from app.live.view import Crop
from app.model.palette import HALO, TEXT
from app.model.sheet import nice_length_um
from app.model.steps import Points

Point = tuple[float, float]
"""In logical pixels of the view."""

_DARK = QColor(*HALO)
_LIGHT = QColor(*TEXT)


def paint_picture(
    painter: QPainter, transform: ViewTransform, image: QImage, crop: Crop, ratio: float
) -> None:
    """Paint a part of the field at its place.

    Parameters
    ----------
    ratio
        Pixels of the screen per logical pixel.
    """
    left, top, width, height = transform.rectangle(crop)
    if abs(width - image.width()) < 1 and abs(height - image.height()) < 1:
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(round(left) / ratio, round(top) / ratio), image)
    else:  # until the picture for this zoom has come
        painter.drawImage(QRectF(*(v / ratio for v in (left, top, width, height))), image)


def paint_scale_bar(painter: QPainter, room: QRectF, um_per_view_px: float) -> None:
    """Paint a bar of a round length, at most a fifth of the room wide, at its lower left."""
    length_um = nice_length_um(min(max(0.2 * room.width(), 40), 240) * um_per_view_px)
    length = length_um / um_per_view_px
    text = f"{length_um:g} µm" if length_um < 1000 else f"{length_um / 1000:g} mm"
    ground = QRectF(room.left() + 2 * GRID, room.bottom() - 5.5 * GRID, length + 2 * GRID, 4 * GRID)
    painter.fillRect(ground, QColor(*HALO, 190))
    painter.setFont(window_font(SMALL_PX + 1))
    painter.setPen(_LIGHT)
    painter.drawText(
        ground.adjusted(0, 3, 0, -12),
        Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter,
        text,
    )
    bar = QRectF(ground.left() + GRID, ground.bottom() - 9, length, 2)
    painter.fillRect(bar, _LIGHT)
    for x in (bar.left(), bar.right() - 2):
        painter.fillRect(QRectF(x, bar.top() - 3, 2, 8), _LIGHT)


def paint_crosshair(painter: QPainter, middle: Point) -> None:
    """Paint a cross with an open middle."""
    for color, width in ((_DARK, 3.0), (_LIGHT, 1.0)):
        painter.setPen(QPen(color, width))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            start = QPointF(middle[0] + 8 * dx, middle[1] + 8 * dy)
            painter.drawLine(start, start + QPointF(16 * dx, 16 * dy))


def paint_draft(painter: QPainter, points: Sequence[Point], *, closed: bool) -> None:
    """Paint what is being drawn or dragged."""
    if len(points) < 2:
        return
    line = QPolygonF([QPointF(x, y) for x, y in points])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(255, 255, 255, 28) if closed else Qt.BrushStyle.NoBrush)
    for color, width in ((_DARK, 3.5), (_LIGHT, 1.5)):
        painter.setPen(QPen(color, width))
        if closed:
            painter.drawPolygon(line)
        else:
            painter.drawPolyline(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_corners(painter: QPainter, points: Sequence[Point]) -> None:
    """Paint the handles of a selected region."""
    for x, y in points:
        painter.fillRect(QRectF(x - 4, y - 4, 8, 8), _DARK)
        painter.fillRect(QRectF(x - 3, y - 3, 6, 6), _LIGHT)


def paint_gesture(
    painter: QPainter,
    gesture: Gesture | None,
    draft: Points,
    on_screen: Callable[[Points], list[Point]],
) -> None:
    """Paint what the hand is drawing or dragging, or else the area that a menu asks about."""
    match gesture:
        case Polygon(outline=outline, hover=hover) if hover is not None:
            line = on_screen((*outline, hover))
            paint_draft(painter, line, closed=False)
            paint_corners(painter, line[:-1])
        case Lasso(outline=outline):
            paint_draft(painter, on_screen(outline), closed=False)
        case Box() | RegionDrag() | CornerDrag():
            paint_draft(painter, on_screen(gesture.outline), closed=True)
        case _:
            paint_draft(painter, on_screen(draft), closed=True)


def paint_words(painter: QPainter, room: QRectF, text: str, color: QColor) -> None:
    """Paint a line in the middle of an empty view."""
    painter.setFont(window_font(SMALL_PX + 4))
    painter.setPen(color)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
