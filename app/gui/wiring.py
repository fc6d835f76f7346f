"""What the user wants, done: intents and actions of the main window to the session."""

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QComboBox

from app.gui.about import AboutPage
from app.gui.actions import ACTIONS, KeyMap, usable_keys
from app.gui.display import Display
from app.gui.field_layer import LAYERS
from app.gui.guide import HINTS, Course, Deed
from app.gui.hand import Tool
from app.gui.intents import (
    AddCell,
    BeginSlide,
    ChooseRules,
    ChooseStain,
    ConfirmThresholds,
    DeleteCells,
    DeleteRegion,
    DrawRegion,
    DriveBy,
    DropField,
    FinishSlide,
    FocusBy,
    GiveScore,
    GoTo,
    Intent,
    LabelRegion,
    MoveRegion,
    OpenField,
    ResetThresholds,
    ReshapeRegion,
    SetClass,
    ShowView,
    TryThresholds,
)
from app.gui.keys_page import KeysPage
from app.gui.live_view import ZOOM_STEP
from app.gui.main_window import MainWindow
from app.gui.offer_strip import BEGIN_NEW, GO_ON
from app.gui.pages import Pages
from app.gui.stage_drive import StageDrive
from app.gui.verbs import Verbs
from app.settings import WindowSettings

_DEEDS: dict[str, Deed] = {hint.deed: hint.deed for hint in HINTS}


class Wiring(QObject):
    """Joins the main window, the session and the stage.

    Parameters
    ----------
    window, display
        The window, and what shows events in it.
    session
        Does what the user wants.
    drive
        The stage, when the program can move it.
    objectives
        Names of the objectives that can be selected, weakest first.
    settings
        How the window looked last time.
    """

    settings_changed = Signal(object)
    """The new `WindowSettings`, to be saved."""
    keys_changed = Signal(object)
    """The new `KeyMap`."""

    def __init__(
        self,
        window: MainWindow,
        display: Display,
        session: Verbs,
        *,
        drive: StageDrive | None = None,
        objectives: tuple[str, ...] = (),
        settings: WindowSettings | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._display = display
        self._session = session
        self._drive = drive
        self._objectives = objectives
        self._settings = settings or WindowSettings()
        self._course = Course(ended=self._settings.guided)
        self._overlay = True
        self._crosshair = False
        self._pages = Pages(window)
        self._verbs = self._window_verbs()
        views = (window.picture, window.thresholds, window.tally, window.history, window.strip)
        for view in views:
            view.intent.connect(self.follow)
        window.picture.said.connect(window.say)
        window.picture.changed.connect(self._picture_changed)
        window.action.connect(self.do)
        window.held.connect(self._hold)
        window.closing.connect(self.keep_layout)
        window.guide.skip.connect(self._skip_guide)
        display.asked.connect(self.do)
        display.did.connect(self._note_seen)
        self._restore()

    @property
    def pages(self) -> Pages:
        """The small windows beside the main one, for others that have some."""
        return self._pages

    # Intents

    def follow(self, intent: Intent) -> None:  # noqa: PLR0912 - one line per kind
        """Do what a view says that the user wants."""
        session = self._session
        match intent:
            case ShowView(view=view):
                session.set_view(view)
            case DriveBy(dx_px=dx, dy_px=dy):
                self._drag(dx, dy)
            case FocusBy(steps=steps):
                self._focus(steps)
            case TryThresholds(thresholds_od=thresholds):
                if not session.preview_thresholds(thresholds):
                    self._window.say("These thresholds are out of order", "failure")
            case ConfirmThresholds():
                session.confirm_thresholds()
                self.note("moved threshold")
            case ResetThresholds():
                self._reset_thresholds()
            case ChooseStain(stain=stain):
                session.choose_stain(stain)
            case ChooseRules(rules=rules):
                session.choose_rules(rules)
            case GiveScore(score=score, comment=comment):
                session.give_score(score, comment)
            case FinishSlide():
                session.finish_slide()
            case BeginSlide(case=case, name=name):
                session.next_slide(case, name)
            case OpenField(field=field):
                session.open_field(field)
            case DropField(field=field):
                session.drop_field(field)
            case GoTo(standing=standing):
                self._go_to(standing)
            case _:
                shown = self._display.shown
                if shown is not None and shown.field is not None:
                    self._edit(shown.field, intent)

    def _edit(self, field: str, intent: Intent) -> None:
        session = self._session
        match intent:
            case SetClass(cells=cells, cell_class=cell_class):
                session.reclassify_cells(field, cells, cell_class)
            case DeleteCells(cells=cells):
                session.delete_cells(field, cells)
            case AddCell(x_px=x, y_px=y, cell_class=cell_class):
                session.add_cell(field, x, y, cell_class)
            case DrawRegion(exterior=exterior, kind=kind, reason=reason):
                session.add_region(field, kind, exterior, (), reason)
            case MoveRegion(region=region, dx_px=dx, dy_px=dy):
                session.move_region(field, region, dx, dy)
            case ReshapeRegion(region=region, exterior=exterior, holes=holes):
                session.reshape_region(field, region, exterior, holes)
            case LabelRegion(region=region, kind=kind, reason=reason):
                session.label_region(field, region, kind, reason)
            case DeleteRegion(region=region):
                session.delete_region(field, region)

    def _go_to(self, standing: int) -> None:
        sitting = self._display.desk.sitting
        if sitting is None:
            return
        now = sum(entry.stands for entry in sitting.history)
        # The first step put the slide on the stage; that is not taken back by a click.
        wanted = max(1, standing)
        step = self._session.undo if wanted < now else self._session.redo
        for _ in range(abs(wanted - now)):
            if not step():
                return

    def _reset_thresholds(self) -> None:
        shown = self._display.shown
        if shown is not None and shown.previewed:
            self._session.cancel_thresholds()
            self.note("moved threshold")
        else:
            self._session.reset_thresholds()

    def _drag(self, dx_px: float, dy_px: float) -> None:
        preview = self._display.preview
        objective = preview.objective if preview is not None else None
        if self._drive is None:
            self._window.say("This stage is driven by hand")
        elif objective is not None and objective.um_per_px is not None:
            self._drive.drag(dx_px, dy_px, objective.um_per_px)
            self.note("drove")

    def _focus(self, steps: float) -> None:
        if self._drive is None:
            self._window.say("This focus is driven by hand")
        else:
            self._drive.focus(steps)
            self.note("focused")

    def _hold(self, action: str, down: bool) -> None:
        preview = self._display.preview
        if self._drive is None:
            self._window.say("This stage is driven by hand")
            return
        if preview is not None and preview.objective and preview.objective.um_per_px:
            self._drive.set_field(preview.field_width_px * preview.objective.um_per_px)
        modifiers = QApplication.keyboardModifiers()
        fast = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self._drive.hold(action, down=down, fast=fast)
        self.note("focused" if action.startswith("focus-") else "drove")

    # Actions

    def serve(self, action: str, do: Callable[[], object]) -> None:
        """Let an action be done by a part that is joined to the window elsewhere."""
        self._verbs[action] = do

    def do(self, action: str) -> None:
        """Do an action by its name, wherever it was asked for."""
        window, picture = self._window, self._window.picture
        if action in self._verbs:
            self._verbs[action]()
        elif action in {tool.value for tool in Tool}:
            picture.set_tool(Tool(action))
        elif action.startswith("layer-"):
            self._toggle_layer(action.removeprefix("layer-"))
        elif action.startswith("score-"):
            window.tally.own.toggle(action.removeprefix("score-"))
        elif picture.act(action):
            return
        elif action == "cancel":
            if picture.stored:
                self._session.open_field(None)
        elif action.startswith("class-") or action == "delete":
            window.say("Nothing is selected: click a cell, or draw around some")
        elif action in ACTIONS:
            self._session.do(action)
        else:
            window.say(f"No action is called {action}", "failure")

    def _window_verbs(self) -> dict[str, Callable[[], object]]:
        window, session = self._window, self._session
        picture, bar = window.picture, window.thresholds
        return {
            "comment": window.tally.own.write_comment,
            "finish-slide": window.tally.finish,
            "go-on": lambda: window.offer.answer(GO_ON),
            "next-slide": self._next_slide,
            "choose-rules": lambda: self._open_list(window.tally.rules),
            "count-field": window.tally.change_counts,
            "choose-stain": lambda: self._open_list(bar.profile),
            "previous-field": lambda: window.strip.open_beside(-1),
            "next-field": lambda: window.strip.open_beside(1),
            "drop-field": self._drop_shown,
            "live": lambda: session.open_field(None),
            "weak-down": lambda: bar.step("weak", -1),
            "weak-up": lambda: bar.step("weak", 1),
            "intense-down": lambda: bar.step("intense", -1),
            "intense-up": lambda: bar.step("intense", 1),
            "confirm-thresholds": self._confirm,
            "reset-thresholds": bar.reset,
            "overlay": self._toggle_overlay,
            "crosshair": self._toggle_crosshair,
            "zoom-in": lambda: picture.zoom(ZOOM_STEP),
            "zoom-out": lambda: picture.zoom(1 / ZOOM_STEP),
            "zoom-fit": picture.zoom_whole,
            "zoom-1": picture.zoom_to_pixels,
            "light-theme": self._toggle_theme,
            "full-screen": self._toggle_full_screen,
            "next-objective": self._next_objective,
            "take-white": session.take_white,
            "keys": lambda: self._pages.open("keys", self._keys_page),
            "about": lambda: self._pages.open("about", AboutPage),
            "guide": self._begin_guide,
            "quit": window.close,
        }

    def _confirm(self) -> None:
        """Close a polygon that is being drawn, or else confirm the thresholds."""
        if not self._window.picture.act("confirm"):
            self._window.thresholds.confirm()

    def _open_list(self, box: QComboBox) -> None:
        """Open a list, ready for the arrow keys, or say when it can be chosen from."""
        if box.isEnabled():
            box.setFocus()
            box.showPopup()
        else:
            self._window.say(f"{box.accessibleName()} cannot be changed now: {box.toolTip()}")

    def _next_slide(self) -> None:
        if self._window.offer.asking:
            self._window.offer.answer(BEGIN_NEW)
        else:
            self._window.tally.ask_next_slide()

    def _drop_shown(self) -> None:
        shown = self._display.shown
        if shown is not None and shown.field is not None:
            self._session.drop_field(shown.field)

    def _next_objective(self) -> None:
        preview = self._display.preview
        names = self._objectives
        if not names:
            self._window.say("This nosepiece is turned by hand")
            return
        current = preview.objective.name if preview is not None and preview.objective else ""
        place = names.index(current) + 1 if current in names else 0
        self._session.select_objective(names[place % len(names)])

    def _toggle_overlay(self) -> None:
        self._overlay = not self._overlay
        self._window.picture.set_overlay_wanted(self._overlay)
        self._window.menus.check("overlay", on=self._overlay)

    def _toggle_crosshair(self) -> None:
        self._crosshair = not self._crosshair
        self._window.picture.set_crosshair(self._crosshair)
        self._window.menus.check("crosshair", on=self._crosshair)

    def _toggle_layer(self, name: str) -> None:
        if name in LAYERS:
            seen = not getattr(self._window.picture.layers, name)
            self._show_layer(name, seen=seen)
            hidden = [each for each in LAYERS if not getattr(self._window.picture.layers, each)]
            self._keep(hidden_layers=tuple(hidden))

    def _show_layer(self, name: str, *, seen: bool) -> None:
        self._window.picture.set_layer(name, seen=seen)
        self._window.top.show_layer(name, seen=seen)
        self._window.menus.check(f"layer-{name}", on=seen)

    def _toggle_theme(self) -> None:
        theme = "light" if self._settings.theme == "dark" else "dark"
        self._keep(theme=theme)
        self._show_theme()

    def _show_theme(self) -> None:
        self._window.set_theme(self._settings.theme)
        self._pages.restyle()

    def _toggle_full_screen(self) -> None:
        full = not self._window.isFullScreen()
        self._window.setWindowState(
            Qt.WindowState.WindowFullScreen if full else Qt.WindowState.WindowNoState
        )
        self._window.menus.check("full-screen", on=full)

    def _picture_changed(self) -> None:
        picture = self._window.picture
        self._window.top.show_tool(picture.tool)
        if picture.selection.cells:
            self.note("looked")

    # Guide

    def note(self, done: Deed | str) -> None:
        """Note something that the guide may wait for."""
        if self._course.ended or done not in _DEEDS:
            return
        self._course = self._course.after(_DEEDS[done])
        self._show_guide()

    def _note_seen(self, done: Deed | str) -> None:
        # A stage that the program drives moves when it is driven; what is seen may be a picture
        # that only becomes sharp.
        if done != "drove" or self._drive is None:
            self.note(done)

    def _begin_guide(self) -> None:
        self._course = Course()
        self._show_guide()

    def _skip_guide(self) -> None:
        self._course = self._course.skipped()
        self._show_guide()

    def _show_guide(self) -> None:
        hint = self._course.hint
        keys = self._window.keys
        text = hint.text.format_map({name: keys.key(name) for name in ACTIONS}) if hint else ""
        self._window.guide.show_course(self._course, text)
        if self._course.ended and not self._settings.guided:
            self._keep(guided=True)

    # What is remembered

    def keep_layout(self) -> None:
        """Remember place and sizes of the window."""
        geometry = bytes(self._window.saveGeometry().toBase64().data()).decode()
        self._keep(geometry=geometry, layout=self._window.layout_text())

    def _restore(self) -> None:
        settings, window = self._settings, self._window
        keys, problems = usable_keys(settings.keys)
        window.set_keys(keys)
        for problem in problems:
            window.say(problem, "failure")
        for name in LAYERS:
            self._show_layer(name, seen=name not in settings.hidden_layers)
        window.menus.check("overlay", on=True)
        window.restore_layout(settings.layout)
        if settings.geometry:
            window.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode()))
        self._show_theme()
        if not settings.guided:
            self._begin_guide()

    def _keep(self, **changes: object) -> None:
        settings = self._settings.model_copy(update=changes)
        if settings != self._settings:
            self._settings = settings
            self.settings_changed.emit(settings)

    # Pages beside the window

    def _keys_page(self) -> KeysPage:
        page = KeysPage(self._window.keys)
        page.changed.connect(self.take_keys)
        self.keys_changed.connect(page.set_keys)
        return page

    def take_keys(self, keys: KeyMap) -> None:
        """Take other keys, at once and for the next start."""
        self._window.set_keys(keys)
        self._show_guide()
        self._keep(keys=dict(keys.own))
        self.keys_changed.emit(keys)
