"""The keys of all actions, to be read and to be changed."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.gui.actions import ACTIONS, KeyMap, KeyRefused
from app.gui.controls import label, set_role
from app.gui.theme import GRID

_ELSEWHERE = (
    "Fixed: in a small menu the key beside each choice; Return and Esc end what is drawn. While "
    "the eyepiece is calibrated: arrows move the mark by 1 px (with Shift by 10), Return takes it, "
    "Backspace goes back, Del takes the chosen mark away, Esc ends."
)


class KeysPage(QWidget):
    """A table of all actions. A key that stands for another action is refused."""

    changed = Signal(object)
    """The new `KeyMap`."""

    def __init__(self, keys: KeyMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self._keys = keys
        self._table = QTableWidget(len(ACTIONS), 3)
        self._table.setHorizontalHeaderLabels(["Menu", "Action", "Key"])
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self._table.verticalHeader().setDefaultSectionSize(3 * GRID)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setShowGrid(False)
        self._table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._table.itemSelectionChanged.connect(self._chosen)
        self._edit = QKeySequenceEdit()
        self._edit.setMaximumSequenceLength(1)
        self._edit.setToolTip("Press the new key here")
        self._edit.editingFinished.connect(self._take)
        self._usual = QPushButton("Usual key")
        self._usual.setToolTip("Take the key back that the program came with")
        self._usual.clicked.connect(self._take_usual)
        self._all_usual = QPushButton("All usual")
        self._all_usual.setToolTip("Take all keys back that the program came with")
        self._all_usual.clicked.connect(self._take_all_usual)
        self._says = label("Choose an action, then press its new key.", "quiet", wrap=True)
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self._edit, 1)
        line.addWidget(self._usual)
        line.addWidget(self._all_usual)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._says)
        layout.addLayout(line)
        layout.addWidget(label(_ELSEWHERE, "quiet", wrap=True))
        self.resize(60 * GRID, 80 * GRID)
        self._write()
        self._chosen()

    @property
    def says(self) -> str:
        """The line below the table."""
        return self._says.text()

    def set_keys(self, keys: KeyMap) -> None:
        """Show other keys."""
        self._keys = keys
        self._write()

    def choose(self, action: str) -> None:
        """Choose the action whose key is to change."""
        self._table.selectRow(list(ACTIONS).index(action))

    def try_key(self, key: str) -> bool:
        """Give the chosen action a key; False when it is refused."""
        action = self._action
        if action is None:
            return False
        return self._try(lambda: self._keys.with_key(action, key))

    def _try(self, change: Callable[[], KeyMap]) -> bool:
        try:
            keys = change()
        except KeyRefused as refusal:
            set_role(self._says, "failure")
            self._says.setText(f"Not changed: {refusal}.")
            return False
        self._set(keys)
        return True

    @property
    def _action(self) -> str | None:
        row = self._table.currentRow()
        return list(ACTIONS)[row] if row >= 0 and self._table.selectedItems() else None

    def _set(self, keys: KeyMap) -> None:
        self.set_keys(keys)
        set_role(self._says, "quiet")
        self._says.setText("Changed; it holds at once.")
        self.changed.emit(keys)

    def _chosen(self) -> None:
        action = self._action
        for widget in (self._edit, self._usual):
            widget.setEnabled(action is not None)
        if action is not None:
            self._edit.setKeySequence(QKeySequence(self._keys.key(action)))
            set_role(self._says, "quiet")
            self._says.setText(ACTIONS[action].tip + ".")

    def _take(self) -> None:
        key = self._edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        action = self._action
        if action is not None and key and key != self._keys.key(action):
            self.try_key(key)

    def _take_usual(self) -> None:
        if self._action is not None:
            self.try_key(ACTIONS[self._action].key)

    def _take_all_usual(self) -> None:
        self._try(self._keys.usual)

    def _write(self) -> None:
        for row, (name, spec) in enumerate(ACTIONS.items()):
            own = name in self._keys.own
            texts = (spec.group.value, spec.text, self._keys.key(name) + (" *" if own else ""))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(spec.tip)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self._table.setItem(row, column, item)
        self._table.resizeColumnToContents(0)
        self._table.resizeColumnToContents(2)
