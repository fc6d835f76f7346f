"""What was done, step by step, and what went wrong."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.intents import GoTo
from app.gui.theme import GRID
from app.live.trouble import Trouble
from app.session.events import SittingView

MOST_MESSAGES = 500


class HistoryList(QListWidget):
    """The steps, the newest last; a click on one goes back or forward to it."""

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: list[tuple[str, bool]] = []
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setAccessibleName("Steps")
        self.itemClicked.connect(self._clicked)
        self.itemActivated.connect(self._clicked)

    def take_sitting(self, sitting: SittingView) -> None:
        """Show the steps of the sitting; rows that did not change stay."""
        wanted = [(entry.text, entry.stands) for entry in sitting.history]
        if wanted == self._texts:
            return
        same = 0
        for before, after in zip(self._texts, wanted, strict=False):
            if before != after:
                break
            same += 1
        while self.count() > same:
            self.takeItem(self.count() - 1)
        for place, (text, stands) in enumerate(wanted[same:], start=same):
            self.addItem(_history_item(place, text, stands=stands))
        self._texts = wanted
        standing = sum(stands for _, stands in wanted)
        if standing:
            self.scrollToItem(self.item(standing - 1))

    def _clicked(self, item: QListWidgetItem) -> None:
        self.intent.emit(GoTo(self.row(item) + 1))


class MessageList(QListWidget):
    """Everything that failed or was refused, with its time; the newest last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setWordWrap(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Messages")

    def add(self, trouble: Trouble) -> None:
        """Add a message; one that comes again at once is counted and not repeated."""
        last = self.item(self.count() - 1)
        text = f"{trouble.source}: {trouble.text}"
        if last is not None and last.data(Qt.ItemDataRole.UserRole) == text:
            times = int(last.data(Qt.ItemDataRole.UserRole + 1)) + 1
        else:
            last, times = QListWidgetItem(), 1
            last.setData(Qt.ItemDataRole.UserRole, text)
            self.addItem(last)
        last.setData(Qt.ItemDataRole.UserRole + 1, times)
        often = f" ({times} times)" if times > 1 else ""
        last.setText(f"{time.strftime('%H:%M:%S')}  {text}{often}")
        last.setToolTip(trouble.detail or trouble.text)
        while self.count() > MOST_MESSAGES:
            self.takeItem(0)
        self.scrollToBottom()


class HistoryPanel(QWidget):
    """Steps and messages, one behind the other."""

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.steps = HistoryList()
        self.steps.intent.connect(self.intent)
        self.messages = MessageList()
        self._unread = 0
        self._pages = QStackedWidget()
        self._pages.addWidget(self.steps)
        self._pages.addWidget(self.messages)
        self._of_steps = _tab("History", "Show what was done")
        self._of_messages = _tab("Messages", "Show what went wrong")
        self._of_steps.clicked.connect(lambda: self.show_page(0))
        self._of_messages.clicked.connect(lambda: self.show_page(1))
        head = QHBoxLayout()
        head.setSpacing(GRID // 2)
        for widget in (self._of_steps, self._of_messages):
            head.addWidget(widget)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)
        self.show_page(0)

    @property
    def unread(self) -> int:
        """Messages that came while other things were shown."""
        return self._unread

    def show_page(self, page: int) -> None:
        """Show the steps (0) or the messages (1)."""
        self._pages.setCurrentIndex(page)
        self._of_steps.setChecked(page == 0)
        self._of_messages.setChecked(page == 1)
        if page == 1:
            self._unread = 0
        self._of_messages.setText(f"Messages ({self._unread})" if self._unread else "Messages")

    def take_sitting(self, sitting: SittingView) -> None:
        """Show the steps."""
        self.steps.take_sitting(sitting)

    def take_trouble(self, trouble: Trouble) -> None:
        """Add a message."""
        self.messages.add(trouble)
        if self._pages.currentIndex() == 0:
            self._unread += 1
        self.show_page(self._pages.currentIndex())


def _history_item(place: int, text: str, *, stands: bool) -> QListWidgetItem:
    item = QListWidgetItem(f"{place + 1}  {text}")
    font = QFont()
    font.setItalic(not stands)
    font.setStrikeOut(not stands)
    item.setFont(font)
    way = "Go back to this step" if stands else "Do again up to this step"
    item.setToolTip(f"{text}\n{way}")
    return item


def _tab(text: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setCheckable(True)
    made.setProperty("role", "flat")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setToolTip(tip)
    return made
