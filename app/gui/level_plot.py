"""One staining level: the histogram that its threshold cuts, and the slider below it."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from app.gui.assets import window_font
from app.gui.controls import label
from app.gui.theme import DARK, GRID, SMALL_PX, Theme
from inference.arrays import I64
from inference.levels import Level
from inference.stain.density import UNITS_PER_OD, from_units

HIGHEST_OD = {"contrast": 0.6, "density": 1.6}
"""Right end of the axes: hardly any pixel lies beyond, and nobody sets a threshold there."""
_WORDS = {"contrast": "Membrane contrast", "density": "DAB density"}
"""What is compared, as its axis says it."""
_HANDLE_PX = 8
"""Half of the slider's handle: axis and groove end in one line with it."""


def share_above(counts: I64, threshold: int) -> float:
    """Return the part of the pixels above a threshold, 0 to 1; 0 without pixels."""
    total = int(counts.sum())
    return float(counts[threshold + 1 :].sum() / total) if total else 0.0


class LevelPlot(QWidget):
    """A histogram with a line in it; the line and the slider move together.

    A threshold is compared with one of two images: the weak level with the membrane contrast,
    the intense level with the density. Each has a histogram and an axis of its own, so that the
    line always lies in the histogram that it cuts.

    Parameters
    ----------
    level
        Whose threshold it is; its value is the first one shown.
    """

    moved = Signal(str, int)
    """The user moved the threshold: name of the level, and units of 1/128 OD."""

    def __init__(self, level: Level, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = level
        self._counts: I64 | None = None
        self._setting = False
        self._title = label("", "strong")
        self._axis = label(f"{_WORDS[level.of]}, OD (log count)", "small")
        self._share = label("", "quiet")
        most = math.ceil(max(HIGHEST_OD[level.of] * UNITS_PER_OD, 1.25 * level.threshold))
        self._most = min(255, most)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(1, self._most)
        self._slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._slider.setAccessibleName(f"Threshold of the {level.name} level")
        # Not a PlotWidget, which makes menus that outlive it.
        self._plot = pg.GraphicsLayoutWidget()
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self._ticks = pg.AxisItem("bottom")
        self._line = pg.InfiniteLine(pos=0, angle=90, movable=True)
        self._curve = pg.PlotCurveItem([0.0, 1e-6], [0.0], stepMode="center", fillLevel=0.0)
        self._set_up_plot()
        self._lay_out()
        self.set_theme(DARK)
        self.set_threshold(level.threshold)
        self._slider.valueChanged.connect(self._slid)
        self._line.sigPositionChanged.connect(self._dragged)

    @property
    def level(self) -> Level:
        """Name, and what is compared; with the threshold that is shown."""
        return Level(self._level.name, self.threshold, self._level.of)

    @property
    def threshold(self) -> int:
        """The threshold that is shown, in units."""
        return self._slider.value()

    @property
    def slider(self) -> QSlider:
        """The slider."""
        return self._slider

    def set_tip(self, tip: str) -> None:
        """Say what it is and which keys move it."""
        for widget in (self._slider, self._plot):
            widget.setToolTip(tip)

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._plot.setBackground(theme.panel)
        self._curve.setBrush(pg.mkBrush(theme.edge))
        self._curve.setPen(pg.mkPen(None))
        self._line.setPen(pg.mkPen(theme.accent, width=2))
        self._line.setHoverPen(pg.mkPen(theme.accent, width=4))
        self._ticks.setPen(pg.mkPen(theme.edge))
        self._ticks.setTextPen(pg.mkPen(theme.quiet))

    def set_threshold(self, units: int) -> None:
        """Show a threshold; this is not a move by the user."""
        self._setting = True
        self._slider.setValue(units)
        self._line.setValue(from_units(self._slider.value()))
        self._setting = False
        self._write()

    def step(self, by: int) -> None:
        """Move the threshold as a key does."""
        self._slider.setValue(self._slider.value() + by)

    def set_counts(self, counts: I64 | None) -> None:
        """Show the histogram of a field, (256,); None shows none."""
        if counts is self._counts:
            return
        self._counts = counts
        if counts is None:
            self._curve.setData([0.0, 1e-6], [0.0])
        else:
            edges = (np.arange(self._most + 2) - 0.5) / UNITS_PER_OD
            # A logarithm: the stained pixels, which matter, are few beside the glass.
            heights = np.log10(counts[: self._most + 1] + 1.0)
            self._curve.setData(edges, heights)
            self._box.setYRange(0.0, max(1.0, float(heights.max())), padding=0.02)
        self._write()

    def _slid(self, units: int) -> None:
        if not self._setting:
            self._setting = True
            self._line.setValue(from_units(units))
            self._setting = False
            self._write()
            self.moved.emit(self._level.name, units)

    def _dragged(self) -> None:
        if not self._setting:
            self._slider.setValue(round(float(self._line.value()) * UNITS_PER_OD))

    def _write(self) -> None:
        self._title.setText(f"t_{self._level.name} {from_units(self.threshold):.3f}")
        share = 0.0 if self._counts is None else 100 * share_above(self._counts, self.threshold)
        self._share.setText("" if self._counts is None else f"{share:.1f} % above")

    def _set_up_plot(self) -> None:
        whole = self._plot.ci
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addItem(self._box, 0, 0)
        whole.addItem(self._ticks, 1, 0)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._ticks.linkToView(self._box)
        self._ticks.setHeight(18)
        self._ticks.setStyle(tickFont=window_font(SMALL_PX), tickTextOffset=2, tickLength=-3)
        self._box.setXRange(from_units(1), from_units(self._most), padding=0)
        self._box.addItem(self._curve)
        self._line.setBounds((from_units(1), from_units(self._most)))
        self._box.addItem(self._line)
        self._plot.setMinimumHeight(4 * GRID)
        self._plot.setMaximumHeight(16 * GRID)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(_HANDLE_PX, 0, _HANDLE_PX, 0)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._share)
        framed = QHBoxLayout()
        framed.setContentsMargins(_HANDLE_PX, 0, _HANDLE_PX, 0)
        framed.addWidget(self._plot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 4)
        below = QHBoxLayout()
        below.setContentsMargins(_HANDLE_PX, 0, _HANDLE_PX, 0)
        below.addWidget(self._axis)
        layout.addLayout(head)
        layout.addLayout(framed, 1)
        layout.addWidget(self._slider)
        layout.addLayout(below)
