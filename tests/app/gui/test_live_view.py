"""The picture: what is painted, what is rendered again, what clicks do."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.gui.field_layer import FieldLayer, Layers, Selection, field_canvas
from app.gui.hand import NO_FIELD, Tool
from app.gui.intents import (
    AddCell,
    DeleteCells,
    DeleteRegion,
    DrawRegion,
    DriveBy,
    FocusBy,
    LabelRegion,
    SetClass,
    ShowView,
)
from app.gui.live_view import PictureView
from app.gui.view_transform import ViewTransform
from app.live.freshness import FreshnessLimits
from app.live.view import View
from app.model.palette import CLASS_STYLES
from app.model.steps import DrawnRegion
from inference.arrays import U8
from inference.cells.classes import CellClass

NOW = 10.42
REGION = DrawnRegion(
    "r", "exclude", ((200.0, 100.0), (300.0, 100.0), (300.0, 200.0), (200.0, 200.0))
)


class Bench:
    """A view of 800 x 600 px on a field of 400 x 300: twice as large."""

    def __init__(self, qtbot: QtBot, made: SimpleNamespace) -> None:
        self.now = NOW
        self.made = made
        self.view = PictureView(FreshnessLimits(), lambda: self.now)
        qtbot.addWidget(self.view)
        self.view.resize(800, 600)
        self.intents: list[Any] = []
        self.view.intent.connect(self.intents.append)
        with qtbot.waitExposed(self.view):
            self.view.show()
        self.intents.clear()

    def with_field(self, **changes: Any) -> "Bench":
        self.view.take_preview(self.made.preview())
        self.view.take_shown(self.made.shown(**changes))
        return self

    def place(self, x: float, y: float) -> QPoint:
        """Where a pixel of the field is, at the whole field."""
        return QPoint(round(2 * x + 0.5), round(2 * y + 0.5))

    def click(self, x: float, y: float, shift: bool = False) -> None:
        modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(self.view, Qt.MouseButton.LeftButton, modifier, self.place(x, y))

    def drag(self, *places: tuple[float, float]) -> None:
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(self.view, left, pos=self.place(*places[0]))
        for place in places[1:]:
            QTest.mouseMove(self.view, self.place(*place))
        QTest.mouseRelease(self.view, left, pos=self.place(*places[-1]))

    def pixels(self) -> U8:
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


@pytest.fixture
def bench(qtbot: QtBot, made: SimpleNamespace) -> Bench:
    return Bench(qtbot, made)


def has(pixels: U8, cell_class: CellClass) -> bool:
    return bool((pixels == CLASS_STYLES[cell_class].color).all(axis=2).any())


# Painting


def test_the_overlay_lies_over_the_picture(bench: Bench) -> None:
    bench.with_field()
    pixels = bench.pixels()
    assert tuple(pixels[300, 700]) == (200, 200, 200)
    assert has(pixels, CellClass.INTENSE_COMPLETE)
    # The marker of cell 4, intense complete, lies on its place.
    assert tuple(pixels[2 * 150, 2 * 50]) == CLASS_STYLES[CellClass.INTENSE_COMPLETE].color


@pytest.mark.parametrize(
    ("changes", "now"),
    [
        ({"still_since": 6}, NOW),
        ({"generation": 2}, NOW),
        ({}, NOW + 0.5),
    ],
    ids=["moved", "another objective", "stalled"],
)
def test_an_overlay_beside_the_tissue_is_not_painted(
    bench: Bench, changes: dict[str, Any], now: float
) -> None:
    bench.with_field()
    bench.view.take_preview(bench.made.preview(**changes))
    bench.now = now
    assert not has(bench.pixels(), CellClass.INTENSE_COMPLETE)
    assert bench.view.verdict.message


def test_the_check_repaints_when_the_camera_stalls(bench: Bench, qtbot: QtBot) -> None:
    bench.with_field()
    bench.pixels()
    painted: list[object] = []
    bench.view.painted.connect(painted.append)
    bench.now += 0.1
    bench.view.check()
    QApplication.processEvents()
    assert bench.view._overlay_seen  # within the interval of a frame and the limit of a stall
    bench.now += 0.1
    bench.view.check()
    QApplication.processEvents()
    assert not bench.view._overlay_seen


def test_an_opened_field_keeps_its_overlay_however_old(bench: Bench, made: SimpleNamespace) -> None:
    picture = np.full((300, 400, 3), 90, np.uint8)
    bench.with_field(stored=True, picture=picture)
    bench.now += 1e6
    pixels = bench.pixels()
    assert tuple(pixels[300, 700]) == (90, 90, 90)
    assert has(pixels, CellClass.INTENSE_COMPLETE)
    bench.view.take_shown(None)
    assert tuple(bench.pixels()[300, 700]) == (200, 200, 200)


def test_the_pixels_of_an_opened_field_may_come_later(bench: Bench) -> None:
    bench.with_field(stored=True, picture=None)
    bench.view.take_picture("another", np.full((300, 400, 3), 60, np.uint8))
    assert not has(bench.pixels(), CellClass.INTENSE_COMPLETE)
    bench.view.take_picture("f1", np.full((300, 400, 3), 90, np.uint8))
    assert tuple(bench.pixels()[300, 700]) == (90, 90, 90)


def test_layers_and_the_whole_overlay_can_be_switched(bench: Bench) -> None:
    bench.with_field()
    bench.view.set_layer("cells", seen=False)
    assert not has(bench.pixels(), CellClass.NO_STAINING)
    bench.view.set_layer("cells", seen=True)
    assert has(bench.pixels(), CellClass.WEAK_COMPLETE)
    bench.view.set_overlay_wanted(False)
    assert not has(bench.pixels(), CellClass.WEAK_COMPLETE)


def test_the_overlay_is_drawn_once_for_each_change(made: SimpleNamespace) -> None:
    layer, shown = FieldLayer(), made.shown()
    transform = ViewTransform.whole((400, 300), (800, 600))
    far, near = field_canvas(transform, Layers()), field_canvas(transform.zoomed(2), Layers())
    some = field_canvas(transform.zoomed(2), Layers(cells=False))
    for _ in range(5):
        layer.image(shown, far, Selection())
    assert layer.renders == 1
    layer.image(shown, near, Selection())
    layer.image(shown, some, Selection())
    layer.image(shown, some, Selection(frozenset({1})))
    layer.image(made.shown(), some, Selection(frozenset({1})))
    assert layer.renders == 5


def test_what_came_drawn_is_not_drawn_again(made: SimpleNamespace) -> None:
    layer, transform = FieldLayer(), ViewTransform.whole((400, 300), (800, 600))
    canvas = field_canvas(transform, Layers())
    shown = made.shown(drawings={canvas: canvas.draw(made.shown().overlay)})
    came = layer.image(shown, canvas, Selection()).copy()
    assert layer.renders == 0
    assert came == FieldLayer().image(made.shown(), canvas, Selection())
    # Of what is selected the analysis knows nothing.
    layer.image(shown, canvas, Selection(frozenset({1})))
    assert layer.renders == 1


def test_what_was_painted_is_told_once(bench: Bench) -> None:
    painted: list[object] = []
    bench.view.painted.connect(painted.append)
    preview = bench.made.preview()
    bench.view.take_preview(preview)
    bench.view.grab()
    bench.view.grab()
    assert [item for item in painted if item is preview] == [preview]


def test_scale_bar_crosshair_and_marks_are_painted(bench: Bench) -> None:
    bench.with_field()
    before = bench.pixels()
    assert (before[560:590, 16:200] > 230).any()  # the bar
    bench.view.set_crosshair(True)
    crossed = bench.pixels()
    assert (before != crossed).any()
    bench.view.set_mark((100.0, 100.0))
    assert (bench.pixels() != crossed).any()


def test_without_a_camera_a_line_says_what_is_waited_for(bench: Bench) -> None:
    empty = bench.pixels()
    assert len(np.unique(empty.reshape(-1, 3), axis=0)) > 1


# Zoom and pan


def test_the_wheel_zooms_at_the_pointer_and_asks_for_the_part(bench: Bench) -> None:
    bench.with_field()
    place = QPointF(600, 150)
    transform = bench.view.transform
    assert transform is not None
    before = transform.to_field(599.5, 149.5)
    wheel(bench.view, place, 120)
    after = bench.view.transform
    assert after is not None
    assert after.zoom == pytest.approx(1.25)
    assert after.to_field(599.5, 149.5) == pytest.approx(before)
    (intent,) = bench.intents
    assert isinstance(intent, ShowView)
    assert intent.view.crop is not None


def test_the_wheel_with_ctrl_turns_the_focus(bench: Bench) -> None:
    bench.with_field()
    wheel(bench.view, QPointF(100, 100), -120, Qt.KeyboardModifier.ControlModifier)
    assert bench.intents == [FocusBy(-1.0)]


def wheel(
    view: PictureView,
    place: QPointF,
    delta: int,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    event = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_keys_zoom_in_out_to_the_whole_and_to_pixels(bench: Bench) -> None:
    bench.with_field()
    bench.view.zoom(2.0)
    assert bench.view.transform is not None
    assert bench.view.transform.zoom == 2.0
    bench.view.zoom_to_pixels()
    assert bench.view.transform.scale == pytest.approx(2.0)  # the whole is larger than 1:1
    bench.view.zoom(4.0)
    bench.view.zoom_whole()
    assert bench.view.transform.zoom == 1.0


def test_a_resized_view_asks_for_a_picture_of_its_size(bench: Bench) -> None:
    bench.with_field()
    bench.view.resize(400, 300)
    QApplication.processEvents()
    assert bench.intents[-1] == ShowView(View(400, 300))


def test_a_drag_drives_the_stage_in_camera_pixels(bench: Bench) -> None:
    bench.with_field()
    bench.drag((100, 100), (110, 100), (120, 105))
    assert sum(i.dx_px for i in bench.intents if isinstance(i, DriveBy)) == pytest.approx(20)
    assert sum(i.dy_px for i in bench.intents if isinstance(i, DriveBy)) == pytest.approx(5)


# Editing


def test_a_click_on_a_cell_opens_the_menu_and_a_key_sets_the_class(bench: Bench) -> None:
    bench.with_field()
    bench.click(150, 50)
    menu = bench.view._menu
    assert [choice.key for choice in menu.choices] == ["1", "2", "3", "4", "5", "Del"]
    assert bench.view.act("class-1")
    assert bench.intents == [SetClass((1,), CellClass.INTENSE_COMPLETE)]
    assert not menu.isVisible()


def test_a_button_of_the_menu_does_the_same(bench: Bench) -> None:
    bench.with_field()
    bench.click(150, 50)
    choice = bench.view._menu.choices[-1]
    bench.view._menu._take(choice)
    assert bench.intents == [DeleteCells((1,))]


def test_several_selected_cells_are_set_by_one_key(bench: Bench) -> None:
    bench.with_field()
    bench.click(50, 50, shift=True)
    bench.click(150, 50, shift=True)
    assert bench.view.act("class-5")
    assert bench.intents == [SetClass((0, 1), CellClass.NO_STAINING)]
    assert bench.view.act("delete")
    assert bench.intents[-1] == DeleteCells((0, 1))


def test_with_nothing_selected_keys_mean_nothing(bench: Bench) -> None:
    bench.with_field()
    for action in ("class-1", "delete", "cancel", "confirm", "undo"):
        assert not bench.view.act(action)
    assert bench.intents == []


def test_cancel_closes_the_menu_before_it_selects_nothing(bench: Bench) -> None:
    bench.with_field()
    bench.click(150, 50)
    assert bench.view.act("cancel")
    assert bench.view.selection.cells == {1}
    assert bench.view.act("cancel")
    assert bench.view.selection.cells == frozenset()


def test_a_missed_cell_is_added_where_the_click_was(bench: Bench) -> None:
    bench.with_field()
    bench.view.set_tool(Tool.ADD)
    bench.click(100, 100)
    assert bench.view.act("class-3")
    (added,) = bench.intents
    assert isinstance(added, AddCell)
    assert (added.x_px, added.y_px) == pytest.approx((100, 100), abs=0.51)
    assert added.cell_class == CellClass.WEAK_COMPLETE


def test_a_lasso_becomes_an_excluded_region_with_a_reason(bench: Bench) -> None:
    bench.with_field()
    bench.view.set_tool(Tool.LASSO)
    bench.drag((20, 20), (180, 20), (180, 90), (20, 90))
    assert bench.intents == []
    assert bench.view._menu.take_key("2")
    (drawn,) = bench.intents
    assert isinstance(drawn, DrawRegion)
    assert (drawn.kind, drawn.reason) == ("exclude", "necrosis")
    assert len(drawn.exterior) >= 4


def test_a_lasso_can_select_what_lies_in_it(bench: Bench) -> None:
    bench.with_field()
    bench.view.set_tool(Tool.LASSO)
    bench.drag((20, 20), (180, 20), (180, 90), (20, 90))
    assert bench.view._menu.take_key("s")
    assert bench.view.selection.cells == {0, 1}
    assert bench.view.tool is Tool.SELECT
    assert bench.intents == []


def test_a_polygon_is_closed_by_return(bench: Bench) -> None:
    bench.with_field()
    bench.view.set_tool(Tool.POLYGON)
    for corner in ((20, 20), (180, 20), (180, 90)):
        bench.click(*corner)
    assert bench.view.act("confirm")
    assert bench.view._menu.take_key("I")
    (drawn,) = bench.intents
    assert (drawn.kind, len(drawn.exterior)) == ("include", 3)


def test_a_polygon_is_closed_by_a_double_click(bench: Bench) -> None:
    bench.with_field()
    bench.view.set_tool(Tool.POLYGON)
    for corner in ((20, 20), (180, 20), (180, 90)):
        bench.click(*corner)
    QTest.mouseDClick(bench.view, Qt.MouseButton.LeftButton, pos=bench.place(180, 90))
    assert bench.view._menu.isVisible()


def test_a_region_gets_another_reason_or_goes(bench: Bench) -> None:
    bench.with_field(regions=(REGION,))
    bench.click(210, 110)
    bench.click(210, 110)
    assert bench.view._menu.take_key("1")
    assert bench.intents == [LabelRegion("r", "exclude", "DCIS")]
    assert bench.view.act("delete")
    assert bench.intents[-1] == DeleteRegion("r")


def test_nothing_is_edited_over_a_live_picture_that_moved(bench: Bench) -> None:
    bench.with_field()
    bench.view.take_preview(bench.made.preview(still_since=6))
    said: list[str] = []
    bench.view.said.connect(said.append)
    bench.click(150, 50)
    assert not bench.view._menu.isVisible()
    bench.view.set_tool(Tool.DELETE)
    bench.click(150, 50)
    assert said == [NO_FIELD]
    assert bench.intents == []


def test_a_result_that_is_not_yet_a_field_cannot_be_edited(bench: Bench) -> None:
    bench.with_field(field=None, number=None)
    bench.click(150, 50)
    assert not bench.view._menu.isVisible()


def test_another_field_ends_what_was_selected_and_asked(bench: Bench) -> None:
    bench.with_field()
    bench.click(150, 50)
    bench.view.take_shown(bench.made.shown(field="f2", number=2))
    assert not bench.view._menu.isVisible()
    assert bench.view.selection == Selection()


def test_while_picking_a_click_is_a_place_and_nothing_else(bench: Bench) -> None:
    bench.with_field()
    picked: list[tuple[float, float]] = []
    bench.view.picked.connect(picked.append)
    bench.view.set_picking(True)
    bench.click(150, 50)
    assert picked[0] == pytest.approx((150, 50), abs=0.51)
    assert not bench.view._menu.isVisible()


def test_the_menu_stays_inside_of_the_view(bench: Bench) -> None:
    bench.with_field()
    bench.click(350, 250)
    assert bench.view.rect().contains(bench.view._menu.geometry())
