"""The fields of the slide as a strip of small pictures."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.gui.assets import window_font
from app.gui.controls import action_button, label
from app.gui.images import image_of
from app.gui.intents import DropField, OpenField
from app.gui.theme import DARK, GRID, SMALL_PX, Theme
from app.session.events import FieldCard, Saved, SittingView, TallyView
from inference.arrays import U8

CARD_WIDTH, CARD_HEIGHT = 13 * GRID, 12 * GRID
_PICTURE = QRectF(4, 4, CARD_WIDTH - 8, 7 * GRID)


def card_state(card: FieldCard) -> tuple[str, str]:
    """Return the state of a field in a word, and the role of its color."""
    if not card.accepted:
        return "dropped", "quiet"
    if card.saved is Saved.UNSAVED:
        return "NOT SAVED", "failure"
    if card.saved is Saved.SAVING:
        return "saving …", "warning"
    return ("saved, edited" if card.edited else "saved"), "quiet"


class FieldThumb(QWidget):
    """One field: picture, number, cells and state."""

    clicked = Signal(str)

    def __init__(self, card: FieldCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._card = card
        self._cells: int | None = None
        self._opened = False
        self._pixels: U8 | None = None
        self._pixmap = QPixmap()
        self.setFixedSize(QSize(CARD_WIDTH, CARD_HEIGHT))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_card(card, None, opened=False)

    @property
    def words(self) -> tuple[str, str]:
        """The two lines below the picture."""
        cells = "" if self._cells is None else f" · {self._cells} cells"
        return f"{self._card.number}{cells}", card_state(self._card)[0]

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._theme = theme
        self.update()

    def show_card(self, card: FieldCard, cells: int | None, *, opened: bool) -> None:
        """Show another state of the field."""
        self._card, self._cells, self._opened = card, cells, opened
        if card.thumbnail is not None and card.thumbnail is not self._pixels:
            self._pixels = card.thumbnail
            self._pixmap = QPixmap.fromImage(image_of(card.thumbnail))
        first, second = self.words
        warnings = "".join(f"\n• {text}" for text in card.warnings)
        self.setToolTip(f"Field {first}, {second}{warnings}\nClick to open or close (Return)")
        self.setAccessibleName(f"Field {first}, {second}")
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Open or close the field; Qt calls this."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self._card.field)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open or close the field; Qt calls this."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit(self._card.field)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint; Qt calls this."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(theme.pressed if self._opened else theme.panel))
        painter.fillRect(_PICTURE, QColor(theme.track))
        if not self._pixmap.isNull():
            painter.setOpacity(1.0 if self._card.accepted else 0.3)
            painter.drawPixmap(_PICTURE, self._pixmap, _cut(self._pixmap))
            painter.setOpacity(1.0)
        if self._opened or self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        first, second = self.words
        color = getattr(theme, card_state(self._card)[1])
        painter.setFont(window_font(SMALL_PX + 1))
        painter.setPen(QColor(theme.text if self._card.accepted else theme.quiet))
        below = QRectF(6, _PICTURE.bottom() + 2, CARD_WIDTH - 12, 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, first)
        painter.setFont(window_font(SMALL_PX))
        painter.setPen(QColor(color))
        painter.drawText(below.translated(0, 15), Qt.AlignmentFlag.AlignVCenter, second)
        if self._card.warnings and self._card.accepted:
            painter.setPen(QColor(theme.warning))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(below.translated(0, 15), right, "!")


class FieldStrip(QWidget):
    """Shows the fields of the slide, and says which one is to be opened or dropped.

    Parameters
    ----------
    read_only
        Whether the slide is only looked at: then there is no dropping, and no live picture.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, read_only: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._theme = DARK
        self._thumbs: dict[str, FieldThumb] = {}
        self._cards: dict[str, FieldCard] = {}
        self._cells: Mapping[str, int] = {}
        self._opened: str | None = None
        self._count = label("No field yet", "small")
        self._live = action_button("live", "Live", "small")
        self._live.clicked.connect(lambda: self.intent.emit(OpenField(None)))
        self._drop = action_button("drop-field", "Drop", "small")
        self._drop.clicked.connect(self.drop_opened)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID // 2)
        self._row.addStretch(1)
        self._empty = label(
            "Press the pedal where a field is worth counting; it will stand here.", "quiet"
        )
        self._row.insertWidget(0, self._empty)
        self._lay_out()
        if read_only:
            self._empty.setText("This slide has no field.")
            self._live.hide()
            self._drop.hide()
        self._look()

    @property
    def thumbs(self) -> dict[str, FieldThumb]:
        """The small pictures by the names of the fields, in their order."""
        return self._thumbs

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._theme = theme
        for thumb in self._thumbs.values():
            thumb.set_theme(theme)

    def take_sitting(self, sitting: SittingView) -> None:
        """Show the fields of the slide."""
        wanted = {card.field: card for card in sitting.fields}
        if list(wanted)[: len(self._cards)] != list(self._cards):
            self._clear()
        self._cards = wanted
        for card in sitting.fields:
            if card.field not in self._thumbs:
                self._add(card)
        self._look()

    def take_tally(self, tally: TallyView) -> None:
        """Show how many cells each field counts."""
        self._cells = {each.field: each.edited.counts.total for each in tally.tally.fields}
        self._look()

    def set_opened(self, field: str | None) -> None:
        """Mark the field that is opened."""
        self._opened = field
        self._look()

    def open_beside(self, step: int) -> None:
        """Open the field before (-1) or after (1) the opened one; from live, the last."""
        names = list(self._thumbs)
        if not names:
            return
        if self._opened in names:
            place = min(max(0, names.index(self._opened) + step), len(names) - 1)
        else:
            place = len(names) - 1
        self.intent.emit(OpenField(names[place]))

    def drop_opened(self) -> None:
        """Drop the opened field, when it counts."""
        if self._droppable:
            assert self._opened is not None
            self.intent.emit(DropField(self._opened))

    @property
    def _droppable(self) -> bool:
        card = self._cards.get(self._opened) if self._opened else None
        return card is not None and card.accepted

    def _add(self, card: FieldCard) -> None:
        thumb = FieldThumb(card)
        thumb.set_theme(self._theme)
        thumb.clicked.connect(self._toggle)
        self._thumbs[card.field] = thumb
        self._row.insertWidget(len(self._thumbs) - 1, thumb)
        # Once the row has taken its place, show the newest.
        holder, bar = self._scroll.widget(), self._scroll.horizontalScrollBar()
        assert holder is not None
        holder.adjustSize()
        bar.setValue(bar.maximum())

    def _toggle(self, field: str) -> None:
        self.intent.emit(OpenField(None if field == self._opened else field))

    def _clear(self) -> None:
        for thumb in self._thumbs.values():
            self._row.removeWidget(thumb)
            thumb.hide()
            thumb.deleteLater()
        self._thumbs = {}
        self._cards = {}

    def _look(self) -> None:
        for name, thumb in self._thumbs.items():
            card = self._cards[name]
            cells = self._cells.get(name) if card.accepted else None
            thumb.show_card(card, cells, opened=name == self._opened)
        self._empty.setVisible(not self._thumbs)
        counted = sum(card.accepted for card in self._cards.values())
        self._count.setText(f"{counted} counted" if self._cards else "none yet")
        self._live.setEnabled(self._opened is not None)
        self._drop.setEnabled(self._droppable)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(GRID // 2)
        side.addWidget(label("FIELDS", "head"))
        side.addWidget(self._count)
        side.addStretch(1)
        ends = QHBoxLayout()
        ends.setSpacing(GRID // 2)
        ends.addWidget(self._live)
        ends.addWidget(self._drop)
        side.addLayout(ends)
        holder = QWidget()
        holder.setLayout(self._row)
        self._scroll = QScrollArea()
        self._scroll.setWidget(holder)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setFixedHeight(CARD_HEIGHT + GRID)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, 0)
        layout.setSpacing(2 * GRID)
        layout.addLayout(side)
        layout.addWidget(self._scroll, 1)


def _cut(pixmap: QPixmap) -> QRectF:
    """Return the middle of a picture in the shape of the card's."""
    width, height = float(pixmap.width()), float(pixmap.height())
    wanted = _PICTURE.width() / _PICTURE.height()
    if width / height > wanted:
        kept = height * wanted
        return QRectF((width - kept) / 2, 0, kept, height)
    kept = width / wanted
    return QRectF(0, (height - kept) / 2, width, kept)
