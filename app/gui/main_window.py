"""The main window: its parts and their places. What happens in it is `app.gui.wiring`'s."""

import base64
import json
import time
from collections.abc import Callable

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QSplitter,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

from app import RESEARCH_USE_ONLY
from app.gui.actions import ACTIONS, How, KeyMap
from app.gui.assets import window_font
from app.gui.banners import BannerStack
from app.gui.controls import ElidedLabel, label, set_role, show_keys
from app.gui.field_strip import FieldStrip
from app.gui.guide import GuideStrip
from app.gui.history_panel import HistoryPanel
from app.gui.live_view import PictureView
from app.gui.menus import Menus
from app.gui.offer_strip import OfferStrip
from app.gui.tally_panel import TallyPanel
from app.gui.theme import GRID, TEXT_PX, THEMES, ThemeName, style_sheet
from app.gui.threshold_bar import ThresholdBar
from app.gui.top_bar import TopBar
from app.live.freshness import FreshnessLimits

LEFT_WIDTH, RIGHT_WIDTH = 30 * GRID, 46 * GRID


class MainWindow(QMainWindow):
    """Top bar, picture, thresholds, tally, history, fields, and a line of state.

    It holds no state of the sitting: it shows what its parts are given, and says what the user
    does.

    Parameters
    ----------
    limits
        When an overlay is too old for the live picture.
    least_focus
        From when on a picture counts as sharp.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    action = Signal(str)
    """Name of an action that the user wants."""
    held = Signal(str, bool)
    """An action whose key went down (True) or up (False)."""
    closing = Signal()

    def __init__(
        self,
        limits: FreshnessLimits | None = None,
        least_focus: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.setObjectName("main")
        self.setFont(window_font(TEXT_PX))
        self.top = TopBar(least_focus)
        self.guide = GuideStrip()
        self.offer = OfferStrip()
        self.picture = PictureView(limits, clock)
        self.banners = BannerStack(self.picture)
        self.thresholds = ThresholdBar()
        self.tally = TallyPanel()
        self.history = HistoryPanel()
        self.strip = FieldStrip()
        self.menus = Menus(self, self.action.emit)
        self.top.action.connect(self.action)
        self.keys = KeyMap()
        self._down: set[str] = set()
        self._said = ElidedLabel(TEXT_PX)
        self._station = label("", "quiet")
        self._only = label(RESEARCH_USE_ONLY, "warning")
        self._only.setObjectName("research-use-only")
        self._lay_out()
        self._fill_status()
        self.set_title("")
        self.set_keys(self.keys)
        self.set_theme("dark")
        self.setMinimumSize(128 * GRID, 84 * GRID)
        self.resize(1280, 800)
        self.picture.setFocus()

    def set_title(self, slide: str) -> None:
        """Show the slide in the title, and always what the program is for."""
        self.setWindowTitle(" - ".join(filter(None, (slide, "HER2Scope", RESEARCH_USE_ONLY))))

    def set_theme(self, name: ThemeName) -> None:
        """Take the colors of a theme."""
        theme = THEMES[name]
        self.setStyleSheet(style_sheet(theme))
        for part in (self.top.readouts, self.picture, self.thresholds, self.tally, self.strip):
            part.set_theme(theme)
        self.menus.check("light-theme", on=name == "light")
        self.banners.place()

    def set_keys(self, keys: KeyMap) -> None:
        """Take other keys."""
        self.keys = keys
        self.menus.set_keys(keys)
        self.thresholds.set_keys(keys)
        show_keys(self, keys)
        self.release_held()

    def say(self, text: str, role: str = "quiet") -> None:
        """Show one line at the lower left until the next."""
        set_role(self._said, role)
        self._said.set_text(text)
        self._share_status()

    def say_station(self, text: str) -> None:
        """Show in a few words how camera, analysis, pedal and storage are."""
        self._station.setText(text)
        self._share_status()

    @property
    def said(self) -> str:
        """The line at the lower left."""
        return self._said.text()

    def layout_text(self) -> str:
        """Return the sizes of the parts, for `restore_layout`."""
        states = [splitter.saveState().data() for splitter in self._splitters]
        return json.dumps([base64.b64encode(state).decode() for state in states])

    def restore_layout(self, text: str) -> None:
        """Take the sizes of the last time; what cannot be read changes nothing."""
        try:
            states = [base64.b64decode(state) for state in json.loads(text)] if text else []
        except (ValueError, TypeError):
            return
        for splitter, state in zip(self._splitters, states, strict=False):
            splitter.restoreState(QByteArray(state))

    def release_held(self) -> None:
        """Let go of all keys that are held down: their releases may go elsewhere."""
        for name in sorted(self._down):
            self.held.emit(name, False)
        self._down.clear()

    # Events of Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Begin what a held key does; Qt calls this."""
        name = self._held_action(event)
        if name is None:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() and name not in self._down:
            self._down.add(name)
            self.held.emit(name, True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """End what a held key did; Qt calls this."""
        name = self._held_action(event)
        if name is None:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat() and name in self._down:
            self._down.discard(name)
            self.held.emit(name, False)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Let go of held keys when another window gets the keyboard; Qt calls this."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.release_held()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the banners and the line of state in their places; Qt calls this."""
        super().resizeEvent(event)
        self.banners.place()
        self._share_status()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tell that the window closes; Qt calls this."""
        self.release_held()
        self.closing.emit()
        super().closeEvent(event)

    def _held_action(self, event: QKeyEvent) -> str | None:
        # Shift only makes the stage faster; the arrows of a number pad are arrows, too.
        modifiers = event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        )
        if modifiers != Qt.KeyboardModifier.NoModifier:
            return None
        key = QKeySequence(event.key()).toString(QKeySequence.SequenceFormat.PortableText)
        name = self.keys.action_of(key) if key else None
        return name if name is not None and ACTIONS[name].how is How.HOLD else None

    def _share_status(self) -> None:
        """Let the state of the devices give way to a line that would be cut off beside it."""
        taken = self._station.sizeHint().width() + self._only.sizeHint().width() + 6 * GRID
        self._station.setVisible(self._said.whole_width + taken <= self.statusBar().width())

    def _lay_out(self) -> None:
        across = QSplitter(Qt.Orientation.Horizontal)
        left = QSplitter(Qt.Orientation.Vertical)
        self._splitters = (across, left)
        self.tally.setMinimumWidth(RIGHT_WIDTH)
        seen = QWidget()
        column = QVBoxLayout(seen)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.offer)
        column.addWidget(self.guide)
        column.addWidget(self.picture, 1)
        self.history.setMinimumHeight(14 * GRID)
        left.setMinimumWidth(LEFT_WIDTH)
        left.addWidget(self.thresholds)
        left.addWidget(self.history)
        for part in (left, seen, self.tally):
            across.addWidget(part)
        for splitter in self._splitters:
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        across.setStretchFactor(1, 1)
        left.setStretchFactor(1, 1)
        across.setSizes([LEFT_WIDTH, 1280 - LEFT_WIDTH - RIGHT_WIDTH, RIGHT_WIDTH])
        left.setSizes([50 * GRID, 20 * GRID])
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(1)
        rows.addWidget(self.top)
        rows.addWidget(across, 1)
        rows.addWidget(self.strip)
        self.setCentralWidget(whole)
        panels = (self.top, self.thresholds, self.tally, self.history, self.strip)
        for panel in (*panels, self.guide, self.offer):
            panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def _fill_status(self) -> None:
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(GRID, 0, GRID, 0)
        bar.addWidget(self._said, 1)
        bar.addPermanentWidget(self._station)
        bar.addPermanentWidget(label("  "))
        bar.addPermanentWidget(self._only)
        self.setStatusBar(bar)
