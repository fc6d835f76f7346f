"""The picture with all that lies over it: two drawings of images, and a hand that edits."""

import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.choices import class_choices, question
from app.gui.field_layer import FieldLayer, Layers, Selection, field_canvas, region_named
from app.gui.gestures import CornerDrag, Polygon, RegionDrag
from app.gui.hand import (
    AskArea,
    AskCells,
    AskNewCell,
    AskRegion,
    Hand,
    Outcome,
    Pan,
    Pointer,
    Say,
    Scene,
    Tool,
)
from app.gui.inline_menu import InlineMenu
from app.gui.intents import DeleteCells, DeleteRegion, FocusBy, SetClass, ShowView
from app.gui.picture_source import PictureSource
from app.gui.theme import DARK, Theme
from app.gui.view_painting import (
    paint_corners,
    paint_crosshair,
    paint_gesture,
    paint_picture,
    paint_scale_bar,
    paint_words,
)
from app.gui.view_transform import ViewTransform
from app.live.freshness import FreshnessLimits, OverlayVerdict
from app.live.preview import Preview
from app.live.view import Crop, View
from app.model.screen_overlay import Canvas
from app.model.steps import Points
from app.session.events import ShownField
from inference.arrays import U8

ZOOM_STEP = 1.25
_WHEEL_NOTCH = 120


class PictureView(QWidget):
    """Shows the live picture or an opened field, with its overlay, and edits the field.

    Parameters
    ----------
    limits
        When an overlay is too old to lie over the live picture.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    intent = Signal(object)
    """An `app.gui.intents.Intent`."""
    said = Signal(str)
    """One line for the user: why nothing happened."""
    changed = Signal()
    """Zoom, tool or selection are others now."""
    picked = Signal(object)
    """(x, y) in camera pixels of a click while picking."""
    painted = Signal(object)
    """After the first painting of a preview or of a shown field, which is handed over."""

    def __init__(
        self,
        limits: FreshnessLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._limits = limits or FreshnessLimits()
        self._clock = clock
        self._theme = DARK
        self._transform: ViewTransform | None = None
        self._source = PictureSource()
        self._shown: ShownField | None = None
        self._overlay_wanted = True
        self._layers = Layers()
        self._layer = FieldLayer()
        self._crosshair = False
        self._picking = False
        self._mark: tuple[float, float] | None = None
        self._hand = Hand()
        self._draft: Points = ()
        self._overlay_seen = False
        self._unpainted: dict[type, Preview | ShownField] = {}
        self._menu = InlineMenu(self)
        self._menu.chosen.connect(self._take_choice)
        self._menu.closed.connect(self._drop_draft)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(320, 240))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Live picture")

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._theme = theme
        self.update()

    def take_preview(self, preview: Preview) -> None:
        """Show a picture of the camera, unless an opened field is shown."""
        self._source.preview = preview
        if not self.stored:
            self._fit_field()
            self._unpainted[Preview] = preview
            self.update()

    def take_shown(self, shown: ShownField | None) -> None:
        """Show a field's cells over the picture; None shows none."""
        before, self._shown = self._shown, shown
        if before is None or shown is None or before.field != shown.field:
            self._hand.cancel()
            self._drop_draft()
            self._menu.close_menu()
        self._hand.selection = self._hand.selection.within(shown)
        self._source.open(shown if shown is not None and shown.stored else None)
        self._fit_field()
        self.changed.emit()
        self.update()
        if shown is not None:
            self._unpainted[ShownField] = shown
            if shown.drawings or (before is not None and before.result is shown.result):
                self.repaint()  # at once: what came drawn is seen soon, and each place of a slider

    def take_picture(self, field: str, rgb: U8) -> None:
        """Show the pixels of the opened field, which come later than its cells."""
        self._source.take_pixels(field, rgb)
        self.update()

    def check(self) -> None:
        """Look whether the overlay may still be seen; to be called every 30 ms."""
        if self.overlay_visible is not self._overlay_seen:
            self.update()

    @property
    def stored(self) -> bool:
        """Whether an opened field is shown and not the live picture."""
        return self._source.stored

    @property
    def shown(self) -> ShownField | None:
        """The field whose cells are to be shown."""
        return self._shown

    @property
    def verdict(self) -> OverlayVerdict:
        """Whether the overlay may be painted now, and if not, why."""
        result = self._shown.result if self._shown is not None else None
        return self._source.verdict(self._overlay_wanted, result, self._clock(), self._limits)

    @property
    def overlay_visible(self) -> bool:
        """Whether the overlay may be painted now."""
        return self.verdict.visible

    @property
    def transform(self) -> ViewTransform | None:
        """Where the field lies in the view; None before the first picture."""
        return self._transform

    @property
    def canvas(self) -> Canvas | None:
        """What cells are drawn on; None before the first picture."""
        transform = self._transform
        return None if transform is None else field_canvas(transform, self._layers)

    # What the user sets

    @property
    def layers(self) -> Layers:
        """Which layers are seen."""
        return self._layers

    def set_layer(self, name: str, *, seen: bool) -> None:
        """Switch a layer."""
        self._layers = self._layers.with_layer(name, seen=seen)
        self.update()

    def set_overlay_wanted(self, wanted: bool) -> None:
        """Switch all layers at once."""
        self._overlay_wanted = wanted
        self.update()

    def set_crosshair(self, seen: bool) -> None:
        """Switch the crosshair."""
        self._crosshair = seen
        self.update()

    def set_picking(self, picking: bool) -> None:
        """Take clicks into the live picture as places, and do nothing else with them."""
        self._picking = picking
        self._hand.cancel()
        self.setCursor(Qt.CursorShape.CrossCursor if picking else Qt.CursorShape.ArrowCursor)

    def set_mark(self, mark: tuple[float, float] | None) -> None:
        """Mark a place in camera pixels; None marks none."""
        self._mark = mark
        self.update()

    @property
    def tool(self) -> Tool:
        """What the left button does."""
        return self._hand.tool

    def set_tool(self, tool: Tool) -> None:
        """Take a tool."""
        self._hand.take_tool(tool)
        self._menu.close_menu()
        drawing = tool in (Tool.ADD, Tool.LASSO, Tool.POLYGON)
        shape = Qt.CursorShape.CrossCursor if drawing else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.changed.emit()
        self.update()

    @property
    def selection(self) -> Selection:
        """What the next edit changes."""
        return self._hand.selection

    def zoom(self, factor: float) -> None:
        """Zoom about the middle."""
        if self._transform is not None:
            self._move_view(self._transform.zoomed(factor))

    def zoom_whole(self) -> None:
        """Show the whole field."""
        self.zoom(1e-9)

    def zoom_to_pixels(self) -> None:
        """Show one camera pixel as one pixel of the screen."""
        if self._transform is not None:
            self._move_view(self._transform.at_scale(1.0))

    def act(self, action: str) -> bool:
        """Do an action that belongs to the picture; False when it means nothing now."""
        if action.startswith("class-"):
            return self._set_class(action.removeprefix("class-"))
        if action == "delete":
            return self._delete()
        if action == "cancel":
            return self._cancel()
        if action == "confirm":
            return self._close_polygon()
        return False

    # Events of Qt

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        """Paint; Qt calls this."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surround))
        visible = self._overlay_seen = self.overlay_visible
        transform = self._transform
        picture = None if transform is None else self._source.picture(transform)
        if transform is None or picture is None:
            text = "Loading the field …" if self.stored else "Waiting for the camera …"
            color = QColor(self._theme.quiet)
            paint_words(painter, QRectF(self.rect()), text, color)
            return
        image, crop = picture
        paint_picture(painter, transform, image, crop, self._ratio)
        if visible and self._shown is not None:
            canvas = field_canvas(transform, self._layers)
            over = self._layer.image(self._shown, canvas, self._hand.selection)
            over.setDevicePixelRatio(self._ratio)
            painter.drawImage(QPointF(0, 0), over)
            self._draw_handles(painter)
        paint_gesture(painter, self._hand.gesture, self._draft, self._on_screen)
        um_per_px = self._source.um_per_px
        if um_per_px is not None:
            step = um_per_px / transform.scale * self._ratio
            paint_scale_bar(painter, self._picture_place(transform, crop), step)
        if self._mark is not None:
            paint_crosshair(painter, self._on_screen((self._mark,))[0])
        if self._crosshair:
            paint_crosshair(painter, (self.width() / 2, self.height() / 2))
        painter.end()
        waiting, self._unpainted = self._unpainted, {}
        for item in waiting.values():
            self.painted.emit(item)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Ask for a picture of the new size; Qt calls this."""
        super().resizeEvent(event)
        if self._transform is None:
            self.intent.emit(ShowView(View(*self._view_size)))
        else:
            self._move_view(self._transform.resized(self._view_size))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom at the pointer, or turn the focus with Ctrl; Qt calls this."""
        notches = event.angleDelta().y() / _WHEEL_NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.intent.emit(FocusBy(notches))
        elif self._transform is not None:
            at = self._in_view(event.position())
            self._move_view(self._transform.zoomed(ZOOM_STEP**notches, at))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin a click or a drag; Qt calls this."""
        if event.button() != Qt.MouseButton.LeftButton or self._transform is None:
            return
        self._menu.close_menu()
        if self._picking:
            self.picked.emit(self._pointer(event).field)
        else:
            self._follow(self._hand.press(self._pointer(event), self._scene), event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go on with a drag; Qt calls this."""
        if self._transform is not None:
            self._follow(self._hand.move(self._pointer(event), self._scene), event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """End a click or a drag; Qt calls this."""
        if event.button() == Qt.MouseButton.LeftButton and self._transform is not None:
            self._follow(self._hand.release(self._pointer(event), self._scene), event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Close a polygon; Qt calls this."""
        if self._hand.tool is Tool.POLYGON:
            self._follow(self._hand.close_polygon(self._scene), event)
        else:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Choose in the small menu; Qt calls this."""
        if not (event.text() and self._menu.take_key(event.text())):
            super().keyPressEvent(event)

    # The view

    @property
    def _ratio(self) -> float:
        return self.devicePixelRatioF()

    @property
    def _view_size(self) -> tuple[int, int]:
        size = self.size() * self._ratio
        return max(1, size.width()), max(1, size.height())

    @property
    def _scene(self) -> Scene:
        shown = self._shown
        editable = shown is not None and shown.field is not None and self.overlay_visible
        transform = self._transform
        assert transform is not None
        return Scene(
            shown if editable else None, transform.scale, transform.zoom > 1, not self.stored
        )

    def _fit_field(self) -> None:
        known, size = self._transform, self._source.field_size
        if known is None and size is not None:
            self._transform = ViewTransform.whole(size, self._view_size)
        elif known is not None and size is not None:
            self._move_view(known.of_field(size))

    def _move_view(self, transform: ViewTransform) -> None:
        if transform != self._transform:
            self._transform = transform
            self._menu.close_menu()
            self.intent.emit(ShowView(transform.wanted()))
            self.changed.emit()
            self.update()

    def _picture_place(self, transform: ViewTransform, crop: Crop) -> QRectF:
        """Return the part of the view that the picture fills, in logical pixels."""
        place = QRectF(*(value / self._ratio for value in transform.rectangle(crop)))
        return place.intersected(QRectF(self.rect()))

    def _draw_handles(self, painter: QPainter) -> None:
        shown, gesture = self._shown, self._hand.gesture
        region = region_named(shown, self._hand.selection.region) if shown is not None else None
        if region is None or isinstance(gesture, RegionDrag | CornerDrag):
            return
        paint_corners(painter, self._on_screen(region.exterior))

    def _on_screen(self, points: Points) -> list[tuple[float, float]]:
        assert self._transform is not None
        ratio = self._ratio
        places = [self._transform.to_view(x, y) for x, y in points]
        return [((x + 0.5) / ratio, (y + 0.5) / ratio) for x, y in places]

    # The hand

    def _in_view(self, place: QPointF) -> tuple[float, float]:
        return place.x() * self._ratio - 0.5, place.y() * self._ratio - 0.5

    def _pointer(self, event: QMouseEvent) -> Pointer:
        assert self._transform is not None
        x, y = self._in_view(event.position())
        more = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        return Pointer(*self._transform.to_field(x, y), x, y, more)

    def _follow(self, outcomes: list[Outcome], event: QMouseEvent) -> None:
        at = event.position().toPoint()
        for outcome in outcomes:
            match outcome:
                case Pan(dx=dx, dy=dy):
                    if self._transform is not None:
                        self._move_view(self._transform.panned(dx, dy))
                case Say(text=text):
                    self.said.emit(text)
                case AskCells() | AskNewCell() | AskArea() | AskRegion():
                    self._ask(outcome, at)
                case _:
                    self.intent.emit(outcome)
        self.changed.emit()
        self.update()

    def _ask(self, what: AskCells | AskNewCell | AskArea | AskRegion, at: QPoint) -> None:
        assert self._shown is not None
        if isinstance(what, AskArea):
            self._draft = what.outline
        title, detail, choices = question(what, self._shown, self._hand.selection.cells)
        self._menu.open(title, detail, choices, at)

    def _take_choice(self, meaning: object) -> None:
        self._drop_draft()
        if isinstance(meaning, frozenset):
            self._hand.take_tool(Tool.SELECT)
            self._hand.select(meaning)
            self.changed.emit()
        else:
            self.intent.emit(meaning)
        self.setFocus()
        self.update()

    def _drop_draft(self) -> None:
        self._draft = ()
        self.update()

    def _set_class(self, place: str) -> bool:
        if self._menu.take_key(place):
            return True
        cells = tuple(sorted(self._hand.selection.cells))
        choice = next((each for each in class_choices(cells) if each.key == place), None)
        if not cells or choice is None or not isinstance(choice.meaning, SetClass):
            return False
        self.intent.emit(choice.meaning)
        return True

    def _delete(self) -> bool:
        selection = self._hand.selection
        self._menu.close_menu()
        if selection.cells:
            self.intent.emit(DeleteCells(tuple(sorted(selection.cells))))
        elif selection.region is not None:
            self.intent.emit(DeleteRegion(selection.region))
        else:
            return False
        return True

    def _cancel(self) -> bool:
        if self._menu.isVisible():
            self._menu.close_menu()
            return True
        had = self._hand.cancel()
        if had:
            self.changed.emit()
            self.update()
        return had

    def _close_polygon(self) -> bool:
        if not isinstance(self._hand.gesture, Polygon):
            return False
        corner = self._on_screen(self._hand.gesture.outline[-1:])[0]
        at = QPoint(round(corner[0]), round(corner[1]))
        for outcome in self._hand.close_polygon(self._scene):
            if isinstance(outcome, AskArea):
                self._ask(outcome, at)
        self.update()
        return True
