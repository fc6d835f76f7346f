"""A kept slide, to be looked at and not to be changed."""

from dataclasses import replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import RESEARCH_USE_ONLY
from app.gui.actions import ACTIONS, Group, KeyMap
from app.gui.assets import window_font
from app.gui.controls import ElidedLabel, label, set_role
from app.gui.field_layer import LAYERS
from app.gui.field_strip import FieldStrip
from app.gui.intents import Intent, OpenField
from app.gui.live_view import ZOOM_STEP, PictureView
from app.gui.tally_panel import SlideDesk, TallyPanel
from app.gui.theme import DARK, GRID, TEXT_PX, Theme
from app.slide_viewing import ViewedSlide
from inference.arrays import U8

READ_ONLY = "Read only: nothing of this slide can be changed here"
_PASSED_ON = {"light-theme", "full-screen", "slides"}
"""Actions of the main window that mean the same from here; those of its last menu, too."""


class SlideViewer(QWidget):
    """Picture, tally and fields of a kept slide, in a window of their own.

    Why beside the main window and not in it: the session holds the slide that lies on the stage,
    with its undo, its pedal and its eyepiece. A finished slide taken up into it could be opened
    again by an undo, and a press would have two slides to choose from. This page has no verb of
    the session at all and reads the store only, so that nothing can be lost or mixed up; the
    sitting goes on behind it, and a press of the pedal counts, as always, for what lies on the
    stage.

    The keys of the main window that change a slide do nothing here but say so: an undo that hits
    a slide out of sight would be worse than none.
    """

    field_wanted = Signal(str)
    """Name of the field whose picture is to be loaded, for `show_picture`."""
    export_wanted = Signal()
    """The slide is to be exported."""
    back_wanted = Signal()
    """The user goes back to the live sitting."""
    left = Signal()
    """The page is seen no more."""

    def __init__(self, keys: KeyMap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Slide, read only")
        self._keys = keys
        self._slide: ViewedSlide | None = None
        self._opened: str | None = None
        self._mark = label("", "chip")
        self._name = ElidedLabel(TEXT_PX, bold=True)
        self._back = QPushButton()
        self._back.setAutoDefault(False)
        self._back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._back.setProperty("role", "first")
        self._back.clicked.connect(self.back_wanted)
        self._says = label("", "quiet", wrap=True)
        self._waiting = label("", "quiet")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture = PictureView()
        self.picture.setAccessibleName("Field of a kept slide")
        self._seen = QStackedWidget()
        self._seen.addWidget(self._waiting)
        self._seen.addWidget(self.picture)
        self.tally = TallyPanel(read_only=True)
        self.strip = FieldStrip(read_only=True)
        self.strip.intent.connect(self._follow)
        self._overlay = True
        self._lay_out()
        self.set_keys(keys)

    # What is shown

    @property
    def opened(self) -> str | None:
        """The field that is opened."""
        return self._opened

    @property
    def words(self) -> tuple[str, str, str]:
        """What marks the slide, its name, and the line below the picture."""
        return self._mark.text(), self._name.text(), self._says.text()

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        for part in (self.picture, self.tally, self.strip):
            part.set_theme(theme)

    def set_keys(self, keys: KeyMap) -> None:
        """Take other keys."""
        self._keys = keys
        self._back.setText("Back to live (Esc)")
        self._back.setToolTip(f"Close this slide and go on with the sitting ({keys.key('live')})")

    def begin(self, title: str) -> None:
        """Show that another slide is being read."""
        self.forget()
        self._mark.setText("READ ONLY")
        self._name.set_text(title)
        self._say("Reading the slide …")
        self._waiting.setText("Reading the slide …")

    def show_slide(self, slide: ViewedSlide) -> None:
        """Show a slide, or more of the one that is shown; the first field is opened."""
        state, first = slide.state, self._slide is None
        self._slide = slide
        finished = slide.sitting.record.status == "finished"
        self._mark.setText("FINISHED SLIDE, READ ONLY" if finished else "NOT FINISHED, READ ONLY")
        self._name.set_text(f"{state.case} · {state.name}")
        self.window().setWindowTitle(f"{state.case} · {state.name} (read only)")
        self.strip.take_sitting(slide.view)
        self.strip.take_tally(slide.tally)
        self._show_desk()
        self._say_state()
        if first and not state.accepted:
            self._waiting.setText("This slide has no field that counts.")
        wanted = self._opened or next(iter(slide.fields), None)
        if wanted is not None and self._opened is None:
            self.open_field(wanted)

    def show_picture(self, field: str, rgb: U8) -> None:
        """Show a field whose picture was loaded, unless another one was opened since."""
        if self._slide is None or field != self._opened:
            return
        # Without the name of a field nothing in the picture can be selected, and nothing edited.
        self.picture.take_shown(replace(self._slide.fields[field], field=None, picture=rgb))
        self._seen.setCurrentWidget(self.picture)

    def show_problem(self, text: str) -> None:
        """Say in place of the picture why there is none."""
        self.picture.take_shown(None)
        self._waiting.setText(text)
        self._seen.setCurrentWidget(self._waiting)
        self._say(text, "failure")

    def open_field(self, field: str) -> None:
        """Open a field that is loaded."""
        slide = self._slide
        if slide is None or field == self._opened:
            return
        if field not in slide.fields:
            state = slide.state.field_named(field)
            dropped = state is not None and not state.accepted
            why = "was dropped" if dropped else "is not loaded"
            self._say(f"Field {state.number if state else field} {why}", "warning")
            return
        self._opened = field
        # Gone before the next one comes: no cells may lie over the picture of another field.
        self.picture.take_shown(None)
        self._waiting.setText(f"Loading field {slide.fields[field].number} …")
        self._seen.setCurrentWidget(self._waiting)
        self.strip.set_opened(field)
        self._show_desk()
        self._say_state()
        self.field_wanted.emit(field)

    def forget(self) -> None:
        """Let go of the slide and its pictures."""
        self._slide, self._opened = None, None
        self.picture.take_shown(None)
        self._seen.setCurrentWidget(self._waiting)
        self.strip.set_opened(None)

    # Keys

    def event(self, event: QEvent) -> bool:
        """Take the keys that would change the slide in work; Qt calls this."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(self._taken(event) is not None)
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Do what a key means here; Qt calls this."""
        action = self._taken(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            self.act(action)

    def act(self, action: str) -> None:
        """Do an action that only looks; any other is refused in one line."""
        picture = self.picture
        match action:
            case "previous-field":
                self.strip.open_beside(-1)
            case "next-field":
                self.strip.open_beside(1)
            case "live":
                self.back_wanted.emit()
            case "export":
                self.export_wanted.emit()
            case "overlay":
                self._overlay = not self._overlay
                picture.set_overlay_wanted(self._overlay)
            case "zoom-in":
                picture.zoom(ZOOM_STEP)
            case "zoom-out":
                picture.zoom(1 / ZOOM_STEP)
            case "zoom-fit":
                picture.zoom_whole()
            case "zoom-1":
                picture.zoom_to_pixels()
            case _ if action.removeprefix("layer-") in LAYERS:
                name = action.removeprefix("layer-")
                picture.set_layer(name, seen=not getattr(picture.layers, name))
            case _:
                text = f"“{ACTIONS[action].text}” is not done here: the slide is read only"
                self._say(text, "warning")

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """Say that the page is higher than its text; Qt and `Pages` call this."""
        return False

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Tell that the page is seen no more; Qt calls this."""
        super().hideEvent(event)
        if not event.spontaneous():  # it is there still when it is only minimized
            self.left.emit()

    def _taken(self, event: QKeyEvent) -> str | None:
        """Return the action that a key stands for, when it is not left to the main window."""
        if event.key() == Qt.Key.Key_Escape:
            return None  # closes the page
        key = QKeySequence(event.keyCombination())
        action = self._keys.action_of(key.toString(QKeySequence.SequenceFormat.PortableText))
        if action is None or action in _PASSED_ON or ACTIONS[action].group is Group.WINDOW:
            return None
        return action

    def _follow(self, intent: Intent) -> None:
        if isinstance(intent, OpenField) and intent.field is not None:
            self.open_field(intent.field)

    def _say(self, text: str, role: str = "quiet") -> None:
        set_role(self._says, role)
        self._says.setText(text)

    def _say_state(self) -> None:
        slide = self._slide
        if slide is None:
            return
        loaded, of = len(slide.fields), len(slide.state.accepted)
        if slide.tally.pending:
            self._say(f"Loading field {loaded + 1} of {of} …")
        elif slide.problems:
            self._say("\n".join(text[:1].upper() + text[1:] for text in slide.problems), "failure")
        elif slide.note:
            self._say(slide.note[:1].upper() + slide.note[1:], "warning")
        else:
            self._say(f"{READ_ONLY}. A press of the pedal counts for the slide on the stage.")

    def _show_desk(self) -> None:
        slide = self._slide
        if slide is not None:
            shown = slide.fields.get(self._opened) if self._opened is not None else None
            self.tally.show_desk(SlideDesk(sitting=slide.view, tally=slide.tally, shown=shown))

    def _lay_out(self) -> None:
        head = QFrame()
        head.setProperty("role", "panel")
        line = QHBoxLayout(head)
        line.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        line.setSpacing(2 * GRID)
        self._mark.setProperty("role", "dirty")
        line.addWidget(self._mark)
        line.addWidget(self._name, 1)
        line.addWidget(self._back)
        across = QHBoxLayout()
        across.setSpacing(1)
        across.addWidget(self._seen, 1)
        self.tally.setFixedWidth(46 * GRID)
        across.addWidget(self.tally)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * GRID, GRID // 2, 2 * GRID, GRID // 2)
        foot.setSpacing(2 * GRID)
        foot.addWidget(self._says, 1)
        foot.addWidget(label(RESEARCH_USE_ONLY, "warning"))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(1)
        rows.addWidget(head)
        rows.addLayout(across, 1)
        rows.addWidget(self.strip)
        rows.addLayout(foot)
        for panel in (head, self.tally, self.strip):
            panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFont(window_font(TEXT_PX))
        self.set_theme(DARK)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(140 * GRID, 98 * GRID)
