"""The five classes as a table with bars: marker, name, count, percentage, interval."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.gui.assets import window_font
from app.gui.class_icons import ICON_PX, class_icon
from app.gui.theme import DARK, TEXT_PX, Theme
from app.model.palette import CLASS_STYLES
from inference.cells.classes import CellClass
from inference.scoring.counts import ClassCounts
from inference.scoring.intervals import Interval, wilson
from inference.scoring.score import Estimate, SlideScore
from inference.scoring.wording import percent

ROW_PX = 24
_COUNT_PX = 48
_SHARE_PX = 56
_NAME_PX = 128


@dataclass(frozen=True)
class ClassRow:
    """One class.

    Attributes
    ----------
    count, total
        Cells of the class, and all counted cells.
    interval
        95 % interval of the share; None without cells.
    over_fields
        Whether the interval holds the differences between fields, too.
    """

    cell_class: CellClass
    count: int
    total: int
    interval: Interval | None
    over_fields: bool = False

    @property
    def share(self) -> str:
        """The percentage as text."""
        return percent(self.count, self.total) if self.total else "–"

    @property
    def words(self) -> str:
        """The row in one line."""
        name = f"{self.cell_class.label}: {self.count} of {self.total} cells"
        if self.interval is None:
            return name
        low, high = 100 * self.interval.low, 100 * self.interval.high
        basis = "cells and fields" if self.over_fields else "cells"
        return f"{name}, {self.share} (95 % interval over {basis}: {low:.1f} to {high:.1f} %)"


def rows_of_slide(score: SlideScore) -> tuple[ClassRow, ...]:
    """Return the classes of a slide; intervals are the widest of both kinds."""
    return tuple(_slide_row(each, score.estimates[each.symbol], score) for each in CLASS_STYLES)


def _slide_row(cell_class: CellClass, estimate: Estimate, score: SlideScore) -> ClassRow:
    interval = estimate.widest if score.n_cells else None
    over_fields = estimate.bootstrap is not None
    return ClassRow(cell_class, estimate.count, score.n_cells, interval, over_fields)


def rows_of_field(counts: ClassCounts) -> tuple[ClassRow, ...]:
    """Return the classes of one field; intervals are over its cells."""
    rows = []
    for each in CLASS_STYLES:
        count = counts.of(each.symbol)
        interval = wilson(count, counts.total) if counts.total else None
        rows.append(ClassRow(each, count, counts.total, interval))
    return tuple(rows)


class ClassBars(QWidget):
    """Paints the table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._rows: tuple[ClassRow, ...] = rows_of_field(ClassCounts())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Classes of the counted cells")

    @property
    def rows(self) -> tuple[ClassRow, ...]:
        """What is shown."""
        return self._rows

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._theme = theme
        self.update()

    def set_rows(self, rows: tuple[ClassRow, ...]) -> None:
        """Show other counts."""
        self._rows = rows
        self.setAccessibleDescription("; ".join(row.words for row in rows))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size of the table; Qt asks for it."""
        return QSize(_NAME_PX + ICON_PX + _COUNT_PX + _SHARE_PX + 96, len(self._rows) * ROW_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least size; Qt asks for it."""
        return QSize(_NAME_PX + ICON_PX + _COUNT_PX + _SHARE_PX + 56, len(self._rows) * ROW_PX)

    def event(self, event: QEvent) -> bool:
        """Show the interval of a row as a tooltip; Qt calls this."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = event.pos().y() // ROW_PX
            if 0 <= place < len(self._rows):
                QToolTip.showText(event.globalPos(), self._rows[place].words, self)
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint; Qt calls this."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(window_font(TEXT_PX))
        for place, row in enumerate(self._rows):
            self._paint_row(painter, QRectF(0, place * ROW_PX, self.width(), ROW_PX), row)

    def _paint_row(self, painter: QPainter, room: QRectF, row: ClassRow) -> None:
        theme = self._theme
        icon = class_icon(row.cell_class, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(room.left(), room.top() + (ROW_PX - ICON_PX) / 2), icon)
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        x = room.left() + ICON_PX + 8
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(x, room.top(), _NAME_PX, ROW_PX), middle, row.cell_class.label)
        x += _NAME_PX
        painter.drawText(QRectF(x, room.top(), _COUNT_PX, ROW_PX), middle | right, f"{row.count}")
        x += _COUNT_PX
        painter.setPen(QColor(theme.quiet))
        painter.drawText(QRectF(x, room.top(), _SHARE_PX, ROW_PX), middle | right, row.share)
        x += _SHARE_PX + 8
        self._paint_bar(painter, QRectF(x, room.top() + 6, room.right() - x, ROW_PX - 12), row)

    def _paint_bar(self, painter: QPainter, room: QRectF, row: ClassRow) -> None:
        painter.fillRect(room, QColor(self._theme.track))
        color = QColor(*CLASS_STYLES[row.cell_class].color)
        if row.total:
            # The track stays seen around it: a white bar has no end on a light panel.
            share = room.adjusted(0, 1, 0, -1)
            share.setWidth(room.width() * row.count / row.total)
            painter.fillRect(share, color)
        if row.interval is None:
            return
        low = room.left() + row.interval.low * room.width()
        high = room.left() + row.interval.high * room.width()
        y = room.center().y()
        for ink, width in ((QColor(self._theme.track), 4.0), (QColor(255, 255, 255), 1.5)):
            painter.setPen(QPen(ink, width))
            painter.drawLine(QPointF(low, y), QPointF(high, y))
            for x in (low, high):
                painter.drawLine(QPointF(x, y - 3), QPointF(x, y + 3))
