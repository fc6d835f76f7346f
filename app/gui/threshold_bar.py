"""The thresholds: sliders beside histograms, and what is still to be confirmed."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.gui.actions import KeyMap
from app.gui.controls import action_button, label
from app.gui.intents import ChooseStain, ConfirmThresholds, ResetThresholds, TryThresholds
from app.gui.level_plot import LevelPlot
from app.gui.profile_choice import ProfileChoice
from app.gui.profile_form import ProfileForm
from app.gui.theme import DARK, GRID, Theme
from app.session.events import ShownField, SittingView
from inference.stain.density import from_units, to_units
from inference.stain.profile import StainProfile

METHODS = {"ring": "by ring profile", "paper": "by the paper's masks"}


class ThresholdBar(QWidget):
    """Shows the thresholds of the shown field and says where the user moves them.

    However fast a slider is moved, the newest position alone is said, once the window has time:
    nothing queues up.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._theme = DARK
        self._keys = KeyMap()
        self._stain: StainProfile | None = None
        self._changed = False
        self._shown: ShownField | None = None
        self._plots: dict[str, LevelPlot] = {}
        self._said = QTimer(self)
        self._said.setSingleShot(True)
        self._said.setInterval(0)
        self._said.timeout.connect(self._say)
        self.profile = ProfileChoice()
        self.profile.chosen.connect(lambda name: self.intent.emit(ChooseStain(name)))
        self._method = label("", "small")
        self._dirty = label("Thresholds not confirmed", "dirty")
        self._dirty.setToolTip("The slide still uses the old thresholds: confirm, or reset")
        # Else the slider would slip away from under the mouse that moves it.
        room = self._dirty.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self._dirty.setSizePolicy(room)
        self._confirm = action_button("confirm-thresholds", "Confirm", "first")
        self._confirm.clicked.connect(self.confirm)
        self._reset = action_button("reset-thresholds", "Reset")
        self._reset.clicked.connect(self.reset)
        self._save = action_button("save-profile", "Save as …", "small")
        self._save.clicked.connect(self.ask_profile_name)
        self.form = ProfileForm()
        self.form.closed.connect(self._look)
        self.form.hide()
        self._levels = QVBoxLayout()
        self._lay_out()
        self._look()

    @property
    def dirty(self) -> bool:
        """Whether thresholds were moved and not confirmed."""
        return self._shown is not None and self._shown.previewed

    @property
    def plots(self) -> dict[str, LevelPlot]:
        """By the names of the levels, weakest first."""
        return self._plots

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._theme = theme
        for plot in self._plots.values():
            plot.set_theme(theme)

    def set_keys(self, keys: KeyMap) -> None:
        """Show the keys in the tooltips."""
        self._keys = keys
        for name, plot in self._plots.items():
            plot.set_tip(_tip(name, keys))

    def take_sitting(self, sitting: SittingView) -> None:
        """Show the stain profile in force, and its thresholds unless some are being tried."""
        stain, before = sitting.stain, self._stain
        self._stain = stain
        levels = [(level.name, level.of) for level in stain.levels]
        if before is None or levels != [(level.name, level.of) for level in before.levels]:
            self._build(stain)
        slide = sitting.slide
        name = slide.stain if slide is not None else stain.name
        self.profile.show_name(name)
        self._changed = slide is not None and bool(slide.thresholds_od) and not slide.finished
        free = slide is not None and not slide.accepted and not slide.finished
        self.profile.setEnabled(free)
        why = "" if free else ": only before the first field"
        self.profile.setToolTip(f"Antibody, stainer and camera{why}")
        self._method.setText(f"Classified {METHODS[stain.method]}")
        self._look()

    def take_shown(self, shown: ShownField | None) -> None:
        """Show histograms and thresholds of the shown field; None shows no histograms."""
        self._shown = shown
        self._look()

    def step(self, level: str, by: int) -> None:
        """Move a threshold as a key does."""
        plot = self._plots.get(level)
        if plot is not None and plot.isEnabled():
            plot.step(by)

    def confirm(self) -> None:
        """Take the tried thresholds for the slide, if some are being tried."""
        if self.dirty:
            self.intent.emit(ConfirmThresholds())

    def reset(self) -> None:
        """Give up the tried thresholds; or else, go back to those of the stain profile."""
        if self._can_reset:
            self.intent.emit(ResetThresholds())

    @property
    def changed_profile(self) -> StainProfile | None:
        """The stain profile with the thresholds that are seen; None while they are its own."""
        if self._stain is None or not self._can_reset:
            return None
        shown = self._shown
        return self._stain.with_thresholds(shown.thresholds_od if shown is not None else {})

    def ask_profile_name(self) -> None:
        """Ask for the name under which to save the profile, or stop asking."""
        if not self.form.isHidden():
            self.form.leave()
        elif self._can_reset:
            self.form.ask()
            self._look()

    def _look(self) -> None:
        shown, stain = self._shown, self._stain
        for level in stain.levels if stain is not None else ():
            plot = self._plots[level.name]
            if shown is not None:
                plot.set_counts(getattr(shown.histograms, level.of))
                od = shown.thresholds_od.get(level.name, level.threshold_od)
            else:
                plot.set_counts(None)
                od = level.threshold_od
            if not self._said.isActive() and not plot.slider.isSliderDown():
                plot.set_threshold(to_units(od))
            plot.setEnabled(shown is not None)
        self._dirty.setVisible(self.dirty)
        self._confirm.setEnabled(self.dirty)
        self._reset.setEnabled(self._can_reset)
        asking = not self.form.isHidden()
        self._save.setText("Cancel" if asking else "Save as …")
        # The form stands in their place, so that the sliders keep theirs.
        self.profile.setVisible(not asking)
        self._method.setVisible(not asking)
        self._save.setEnabled(asking or self._can_reset)

    @property
    def _can_reset(self) -> bool:
        return self.dirty or self._changed

    def _build(self, stain: StainProfile) -> None:
        while (item := self._levels.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._plots = {}
        for level in stain.unit_levels:
            plot = LevelPlot(level)
            plot.set_theme(self._theme)
            plot.set_tip(_tip(level.name, self._keys))
            plot.moved.connect(lambda *_: self._said.start())
            self._plots[level.name] = plot
            self._levels.addWidget(plot, 1)

    def _say(self) -> None:
        self.intent.emit(
            TryThresholds({name: from_units(plot.threshold) for name, plot in self._plots.items()})
        )

    def _lay_out(self) -> None:
        ends = QHBoxLayout()
        ends.setSpacing(GRID)
        ends.addWidget(self._confirm, 1)
        ends.addWidget(self._reset, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        head = QHBoxLayout()
        head.addWidget(label("STAIN PROFILE", "head"))
        head.addStretch(1)
        head.addWidget(self._save)
        layout.addLayout(head)
        layout.addWidget(self.profile)
        layout.addWidget(self.form)
        layout.addWidget(self._method)
        self._levels.setSpacing(GRID)
        layout.addLayout(self._levels, 1)
        layout.addWidget(self._dirty)
        layout.addLayout(ends)


def _tip(level: str, keys: KeyMap) -> str:
    text = f"Threshold of the {level} level; drag the slider or the line"
    if level not in ("weak", "intense"):
        return text
    return f"{text} ({keys.key(f'{level}-down')}, {keys.key(f'{level}-up')})"
