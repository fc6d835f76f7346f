"""Pages beside the main window: small windows of their own, which block nothing."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QMainWindow, QVBoxLayout, QWidget


class Page(QDialog):
    """A page: the keys of the main window work in it, but for Esc, which closes it."""

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the main window, whose key it is too; Qt calls this."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(event.key() == Qt.Key.Key_Escape)
            return event.isAccepted()
        return super().event(event)


class Pages:
    """Opens each page once and brings it to the front afterwards; Esc closes it.

    Parameters
    ----------
    window
        Gives its style, and takes the pages with it when it goes.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._dialogs: dict[str, QDialog] = {}

    def open(self, name: str, make: Callable[[], QWidget]) -> None:
        """Show a page, which is made the first time."""
        dialog = self._dialogs.get(name)
        if dialog is None:
            page = make()
            dialog = self._dialogs[name] = Page(self._window, Qt.WindowType.Tool)
            dialog.setWindowTitle(page.windowTitle())
            dialog.setFont(self._window.font())
            dialog.setStyleSheet(self._window.styleSheet())
            layout = QVBoxLayout(dialog)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(page)
            dialog.resize(page.size())
            if page.hasHeightForWidth():  # its text says how high it is, once it has its typeface
                for each in page.findChildren(QWidget):
                    each.ensurePolished()
                dialog.resize(page.width(), layout.totalHeightForWidth(page.width()))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def restyle(self) -> None:
        """Take the style of the window again."""
        for dialog in self._dialogs.values():
            dialog.setStyleSheet(self._window.styleSheet())
