"""Tools and layers at the left, and what is known of the live picture at the right."""

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.gui.controls import action_button, label, set_role
from app.gui.field_layer import LAYERS
from app.gui.hand import Tool
from app.gui.theme import DARK, GRID, Theme
from app.live.preview import Preview

_SHORT = {
    Tool.SELECT: "Select",
    Tool.ADD: "Add",
    Tool.DELETE: "Delete",
    Tool.LASSO: "Lasso",
    Tool.POLYGON: "Polygon",
}


class FocusMeter(QWidget):
    """A bar that is full when the picture is sharp, with a mark where it becomes usable."""

    def __init__(self, least: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._least = least
        self._focus: float | None = None
        self.setFixedSize(QSize(9 * GRID, GRID))
        self.setAccessibleName("Focus")

    @property
    def focus(self) -> float | None:
        """What is shown."""
        return self._focus

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._theme = theme
        self.update()

    def set_focus(self, focus: float | None) -> None:
        """Show a sharpness, 0 to 1; None where there is nothing to be sharp."""
        if focus != self._focus:
            self._focus = focus
            self.setAccessibleDescription("unknown" if focus is None else f"{focus:.2f}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint; Qt calls this."""
        theme, room = self._theme, QRectF(self.rect())
        painter = QPainter(self)
        painter.fillRect(room, QColor(theme.track))
        if self._focus is not None:
            bar = QRectF(room)
            bar.setWidth(room.width() * self._focus)
            usable = self._focus >= self._least
            # Bright on the dark track in both themes.
            painter.fillRect(bar, QColor(DARK.good if usable else DARK.warning))
        mark = room.left() + room.width() * self._least
        painter.fillRect(QRectF(mark, room.top(), 1, room.height()), QColor(DARK.text))


class Readouts(QWidget):
    """Objective and scale, focus, frame rate and age: always seen."""

    def __init__(self, least_focus: float = 0.25, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview: Preview | None = None
        self._objective = label("No objective", "title")
        self._scale = label("scale unknown", "failure")
        self._focus = FocusMeter(least_focus)
        self._rate = label("– fps", "quiet")
        self._age = label("– ms", "quiet")
        for each, width in ((self._rate, 8), (self._age, 8)):
            each.setMinimumWidth(width * GRID)
        self._objective.setToolTip("The objective in the light")
        self._scale.setToolTip("Calibrated size of a camera pixel")
        self._focus.setToolTip("Sharpness of the live picture; right of the mark it can be used")
        self._rate.setToolTip("Pictures of the camera per second")
        self._age.setToolTip("Age of the picture on the screen")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for each in (self._objective, self._scale):
            layout.addWidget(each)
        layout.addSpacing(GRID)
        layout.addWidget(label("Focus", "quiet"))
        layout.addWidget(self._focus)
        layout.addSpacing(GRID)
        for each in (self._rate, self._age):
            layout.addWidget(each)

    @property
    def focus_meter(self) -> FocusMeter:
        """The bar."""
        return self._focus

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._focus.set_theme(theme)

    def take_preview(self, preview: Preview) -> None:
        """Keep the newest picture; `refresh` writes about it."""
        self._preview = preview

    def refresh(self, now_s: float) -> None:
        """Write what is known; to be called a few times a second, so that it can be read."""
        preview = self._preview
        if preview is None:
            return
        objective = preview.objective
        self._objective.setText("No objective" if objective is None else objective.name)
        um_per_px = None if objective is None else objective.um_per_px
        known = um_per_px is not None
        self._scale.setText(f"{um_per_px:.3f} µm/px" if known else "scale unknown")
        set_role(self._scale, "quiet" if known else "failure")
        self._focus.set_focus(preview.focus)
        self._rate.setText(f"{preview.rate_fps:.0f} fps")
        age_s = max(0.0, now_s - preview.taken_s)
        self._age.setText(f"{1000 * age_s:.0f} ms" if age_s < 10 else f"{age_s:.0f} s")
        set_role(self._age, "failure" if age_s > preview.interval_s + 0.1 else "quiet")


class TopBar(QWidget):
    """Tools, layers and readouts in one line."""

    action = Signal(str)
    """Name of an action."""

    def __init__(self, least_focus: float = 0.25, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(5 * GRID)
        self.readouts = Readouts(least_focus)
        self._tools: dict[Tool, QPushButton] = {}
        self._layers: dict[str, QPushButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, 0, 2 * GRID, 0)
        layout.setSpacing(GRID // 2)
        for tool, text in _SHORT.items():
            button = action_button(tool.value, text, "flat")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, it=tool.value: self.action.emit(it))
            self._tools[tool] = button
            layout.addWidget(button)
        layout.addSpacing(2 * GRID)
        for name in LAYERS:
            button = action_button(f"layer-{name}", role="flat")
            button.clicked.connect(lambda _=False, it=name: self.action.emit(f"layer-{it}"))
            self._layers[name] = button
            layout.addWidget(button)
        layout.addSpacing(2 * GRID)
        self._steps: dict[str, QPushButton] = {}
        for name in ("undo", "redo"):
            button = action_button(name, role="flat")
            button.setEnabled(False)
            button.clicked.connect(lambda _=False, it=name: self.action.emit(it))
            self._steps[name] = button
            layout.addWidget(button)
        layout.addStretch(1)
        layout.addWidget(self.readouts)
        self.show_tool(Tool.SELECT)

    def show_tool(self, tool: Tool) -> None:
        """Mark the tool in hand."""
        for each, button in self._tools.items():
            button.setChecked(each is tool)

    def show_layer(self, name: str, *, seen: bool) -> None:
        """Mark a layer that is seen."""
        self._layers[name].setChecked(seen)

    def show_step(self, name: str, text: str | None) -> None:
        """Show what undo or redo would do; None when there is nothing."""
        self._steps[name].setEnabled(text is not None)
        self._steps[name].setAccessibleDescription(text or "")
