"""The table of actions as menus and shortcuts of a window."""

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.gui.actions import ACTIONS, Group, How, KeyMap


class Menus:
    """Makes one `QAction` for each action, in the menu of its group.

    Keys that are held and the key of the pedal are shown in the menus, and are no shortcuts:
    those who tell a press from a release take them.

    Parameters
    ----------
    window
        Gets the menu bar.
    do
        Called with the name of an action.
    """

    def __init__(self, window: QMainWindow, do: Callable[[str], None]) -> None:
        self._actions: dict[str, QAction] = {}
        self._shortcuts = {How.PRESS}
        menus: dict[Group, QMenu] = {}
        for group in Group:
            menus[group] = window.menuBar().addMenu(group.value)
        for name, spec in ACTIONS.items():
            action = QAction(spec.text, window)
            action.setCheckable(spec.checkable)
            action.setToolTip(spec.tip)
            action.setStatusTip(spec.tip)
            action.triggered.connect(lambda _=False, it=name: do(it))
            menus[spec.group].addAction(action)
            self._actions[name] = action

    def press_pedal_key(self) -> None:
        """Let the key of the pedal be a shortcut: the pedal itself types none."""
        self._shortcuts.add(How.PEDAL)

    def set_keys(self, keys: KeyMap) -> None:
        """Take other keys."""
        for name, action in self._actions.items():
            spec, key = ACTIONS[name], keys.key(name)
            if spec.how in self._shortcuts:
                action.setShortcut(QKeySequence(key))
            else:
                action.setText(f"{spec.text}\t{key}")

    def check(self, name: str, *, on: bool) -> None:
        """Show whether a state is on; nothing is done."""
        self._actions[name].setChecked(on)

    def enable(self, name: str, *, possible: bool, text: str | None = None) -> None:
        """Show whether an action is possible, and what it would do."""
        self._actions[name].setEnabled(possible)
        if text is not None:
            self._actions[name].setText(text)

    def is_enabled(self, name: str) -> bool:
        """Whether an action is possible."""
        return self._actions[name].isEnabled()
