"""The pedal in the window: switches learned, bound and tried with keys as a pedal types them."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from app.gui.actions import KeyMap
from app.gui.keyboard_pedal import PedalKeys
from app.gui.keys_page import KeysPage
from app.gui.main_window import MainWindow
from app.gui.pages import Page
from app.gui.pedal_page import PedalPage
from app.gui.pedal_setup import Switch
from app.gui.pedal_wiring import PedalWiring
from app.live.pedal import Gesture, GestureKind, PedalThread
from app.session.events import GestureDone
from app.session.options import PedalBindings
from app.settings import PedalSettings
from hardware.pedals.keyboard import KeyboardPedal
from tests.app.gui.wired_desk import Desk

Key, Type = Qt.Key, QEvent.Type
SCAN = {Key.Key_Space: 65, Key.Key_F13: 191, Key.Key_F14: 192, Key.Key_B: 56, Key.Key_F8: 74}
TWO = PedalSettings(keys=("Space", "F13"), short={0: "analyze", 1: "undo"}, long={0: "live"})
DOWN, SHORT, LONG = GestureKind.DOWN, GestureKind.SHORT, GestureKind.LONG


def send(kind: Type, key: Key, *, repeat: bool = False, modifiers: Qt.KeyboardModifier) -> None:
    text = chr(key) if key < Key.Key_Escape else ""
    event = QKeyEvent(kind, key, modifiers, SCAN.get(key, 1), 0, 0, text, repeat)
    target = QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None
    QApplication.sendEvent(target, event)


def press(key: Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    send(Type.KeyPress, key, modifiers=modifiers)


def release(key: Key) -> None:
    send(Type.KeyRelease, key, modifiers=Qt.KeyboardModifier.NoModifier)


def tap(key: Key) -> None:
    press(key)
    release(key)
    QTest.qWait(60)


class Bench:
    def __init__(self, desk: Desk, settings: PedalSettings) -> None:
        self.desk = desk
        self.pedal = KeyboardPedal()
        self.pedal.open()
        self.wiring = PedalWiring(
            desk.wiring,
            desk.window,
            desk.display,
            desk.session,  # type: ignore[arg-type]
            self.pedal,
            settings,
        )
        self.saved: list[PedalSettings] = []
        self.wiring.settings_changed.connect(self.saved.append)

    @property
    def page(self) -> PedalPage:
        (page,) = self.desk.window.findChildren(PedalPage)
        return page

    @property
    def keys(self) -> KeyMap:
        return self.desk.window.keys

    @property
    def bindings(self) -> PedalBindings:
        """What the session was told last."""
        told = [call[1] for call in self.desk.session.calls if call[0] == "bind_pedal"]
        last = told[-1]
        assert isinstance(last, PedalBindings)
        return last

    def story(self) -> list[tuple[int, bool]]:
        found = []
        while (event := self.pedal.read(0)) is not None:
            found.append((event.switch, event.down))
        return found

    def learn(self, number: int, key: Key) -> None:
        rows = self.page._rows
        there = number < len(self.wiring.setup.switches)
        (rows[number].key if there else self.page._add).click()
        tap(key)


def made(desk: Desk, qtbot: QtBot, settings: PedalSettings) -> Iterator[Bench]:
    desk.window.show()
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    bench = Bench(desk, settings)
    bench.wiring.start()
    desk.wiring.do("pedal")
    qtbot.waitUntil(bench.page.window().isActiveWindow)
    yield bench
    bench.wiring.stop()


@pytest.fixture
def bench(desk: Desk, qtbot: QtBot) -> Iterator[Bench]:
    yield from made(desk, qtbot, PedalSettings())


@pytest.fixture
def two(desk: Desk, qtbot: QtBot) -> Iterator[Bench]:
    yield from made(desk, qtbot, TWO)


# Learned


def test_a_switch_is_added_by_pressing_it_and_works_at_once(bench: Bench) -> None:
    bench.learn(1, Key.Key_F13)
    assert bench.wiring.setup.switches[1] == Switch("F13", "drop-last-field")
    assert bench.story() == [], "the press that was learned is no press"
    tap(Key.Key_F13)
    tap(Key.Key_Space)
    assert bench.story() == [(1, True), (1, False), (0, True), (0, False)]
    assert bench.bindings.short == {0: "analyze", 1: "drop-last-field"}
    assert bench.saved[-1].keys == ("Space", "F13")
    assert bench.keys.pedal == ("F13",)


def test_the_learned_switch_may_stay_down_and_repeat_itself(bench: Bench) -> None:
    bench.page._add.click()
    press(Key.Key_F13)
    for _ in range(5):
        QTest.qWait(35)
        release(Key.Key_F13)  # as a held key does under X: not marked as a repetition
        press(Key.Key_F13)
    assert len(bench.wiring.setup.switches) == 1, "not before it is let go"
    release(Key.Key_F13)
    QTest.qWait(80)
    assert bench.wiring.setup.keys == ("Space", "F13")
    assert bench.story() == []


def test_the_key_of_the_analyzing_switch_is_changed_everywhere(bench: Bench) -> None:
    bench.learn(0, Key.Key_F14)
    assert bench.keys.key("analyze") == "F14"
    assert bench.desk.saved[-1].keys == {"analyze": "F14"}
    tap(Key.Key_F14)
    tap(Key.Key_Space)
    assert bench.story() == [(0, True), (0, False)]


@pytest.mark.parametrize(
    ("key", "modifiers", "why"),
    [
        (Key.Key_F8, Qt.KeyboardModifier.NoModifier, "F8 stands for “Eyepiece window” already"),
        (Key.Key_Space, Qt.KeyboardModifier.NoModifier, "Space is the key of switch 1 already"),
        (Key.Key_B, Qt.KeyboardModifier.ControlModifier, "'Ctrl+B' is not the name of one key"),
    ],
)
def test_a_clash_is_refused_with_one_line_and_changes_nothing(
    bench: Bench, key: Key, modifiers: Qt.KeyboardModifier, why: str
) -> None:
    wanted: list[str] = []
    bench.desk.window.action.connect(wanted.append)
    bench.page._add.click()
    press(key, modifiers)
    release(key)
    QTest.qWait(60)
    assert bench.page.says.startswith("Not changed: ")
    assert why in bench.page.says
    assert bench.wiring.setup.keys == ("Space",)
    assert bench.saved == []
    assert wanted == [], "what is learned does nothing else"
    assert not bench.page._add.isChecked()


def test_esc_or_a_second_click_or_leaving_gives_up(bench: Bench, qtbot: QtBot) -> None:
    page = bench.page
    bench.learn(1, Key.Key_Escape)
    assert not page._learner.listening
    assert page.isVisible(), "Esc gave up learning, and did not close the page"
    page._add.click()
    page._add.click()
    assert not page._learner.listening
    assert not page._add.isChecked()
    page._add.click()
    page.window().close()
    assert not page._learner.listening
    assert bench.wiring.setup.keys == ("Space",)
    bench.desk.window.activateWindow()
    qtbot.waitUntil(bench.desk.window.isActiveWindow)
    tap(Key.Key_Space)
    assert bench.story() == [(0, True), (0, False)]


# Bound


def choose(box: QComboBox, value: object) -> None:
    place = box.findData(value)
    assert place >= 0
    box.setCurrentIndex(place)
    box.activated.emit(place)


def test_actions_and_time_hold_at_once_and_are_saved(two: Bench) -> None:
    row = two.page._rows[1]
    choose(row.short, "overlay")
    choose(row.long, "redo")
    choose(two.page._rows[0].long, None)
    choose(two.page._long_press, 1.0)
    expected = PedalBindings(1.0, {0: "analyze", 1: "overlay"}, {1: "redo"})
    assert two.bindings == expected
    saved = two.saved[-1]
    assert (saved.long_press_s, saved.short, saved.long) == (1.0, expected.short, expected.long)


def test_after_a_restart_all_is_as_it_was(two: Bench, qtbot: QtBot, made: SimpleNamespace) -> None:
    choose(two.page._rows[1].short, "analyze")
    choose(two.page._rows[0].short, "redo")
    assert two.keys.key("analyze") == "F13", "the menu tells the key that analyzes"
    two.wiring.stop()
    again = Desk(qtbot, made, two.desk.saved[-1])
    restarted = Bench(again, two.saved[-1])
    assert restarted.wiring.setup == two.wiring.setup
    assert again.window.keys == two.keys
    assert restarted.bindings == two.bindings


def test_the_last_switch_that_analyzes_stays(two: Bench) -> None:
    two.page._rows[0].remove.click()
    assert "one switch must “Analyze this field”" in two.page.says
    two.page._rows[1].remove.click()
    assert two.wiring.setup.keys == ("Space",)
    assert two.pedal.switch_count == 1
    assert not two.page._rows[0].remove.isEnabled()
    assert two.keys.pedal == ()


def test_the_list_of_keys_follows_and_keeps_off_the_switches(two: Bench, qtbot: QtBot) -> None:
    two.desk.wiring.do("keys")
    (page,) = two.desk.window.findChildren(KeysPage)
    qtbot.waitUntil(page.window().isActiveWindow)
    page.choose("undo")
    assert not page.try_key("F13")
    assert "F13 is the key of a switch of the pedal already" in page.says
    page.choose("analyze")
    assert page.try_key("F12")
    assert two.wiring.setup.keys == ("F12", "F13")
    assert two.saved[-1].keys == ("F12", "F13")
    two.page.window().activateWindow()
    qtbot.waitUntil(two.page.window().isActiveWindow)
    two.learn(0, Key.Key_F14)
    assert page._keys.key("analyze") == "F14"


def test_a_key_of_the_list_that_no_pedal_can_have_is_put_back(two: Bench) -> None:
    two.desk.wiring.take_keys(two.keys.with_key("analyze", "Tab"))
    assert two.keys.key("analyze") == "Space"
    assert two.desk.window.said.startswith("The pedal keeps its key: Tab is needed")


def test_what_cannot_be_used_of_the_settings_is_told(desk: Desk) -> None:
    bench = Bench(desk, PedalSettings(keys=("Space", "F8")))
    assert bench.wiring.setup.keys == ("Space",)
    assert desk.window.said.startswith("Switch 2 of the pedal is left out: F8 stands for")


# Tried


def test_the_last_press_is_told_with_its_time(two: Bench) -> None:
    press(Key.Key_F13)
    QTest.qWait(180)
    release(Key.Key_F13)
    event = two.pedal.read(0)
    assert event is not None
    two.desk.tell(GestureDone(1, False, "undo", event.time_s))
    assert two.page.tried == "Switch 2: short press → Undo", "as long as the foot is down"
    QTest.qWait(60)
    words, _, rest = two.page.tried.partition(", ")
    assert words == "Switch 2: short press"
    milliseconds, _, action = rest.partition(" ms → ")
    assert 150 <= int(milliseconds) <= 400
    assert action == "Undo"
    two.desk.tell(GestureDone(0, True, "live", 5.0))
    assert two.page.tried == "Switch 1: long press → Back to live"
    two.desk.tell(GestureDone(1, False, None, 6.0))
    assert two.page.tried == "Switch 2: short press → Nothing"


def test_two_switches_through_keys_and_thread(qtbot: QtBot, window: MainWindow) -> None:
    pedal = KeyboardPedal()
    keys = PedalKeys(pedal, ("Space", "F13"))
    gestures: list[Gesture] = []
    sink = SimpleNamespace(
        gesture=gestures.append, pedal_status=lambda _: None, trouble=lambda _: None
    )
    thread = PedalThread(pedal, sink, long_press_s=0.3, long_switches=(0,))
    thread.start()
    qtbot.waitUntil(lambda: pedal._listening)
    keys.start()

    def until(count: int) -> list[tuple[int, GestureKind]]:
        qtbot.waitUntil(lambda: len(gestures) >= count)
        found = [(each.switch, each.kind) for each in gestures]
        gestures.clear()
        return found

    try:
        tap(Key.Key_Space)
        assert until(2) == [(0, DOWN), (0, SHORT)]
        tap(Key.Key_F13)
        assert until(2) == [(1, DOWN), (1, SHORT)]
        press(Key.Key_Space)
        for _ in range(12):  # held, it repeats itself in both ways that there are
            QTest.qWait(35)
            send(Type.KeyPress, Key.Key_Space, repeat=True, modifiers=Qt.KeyboardModifier(0))
            release(Key.Key_Space)
            press(Key.Key_Space)
        assert until(2) == [(0, DOWN), (0, LONG)]
        tap(Key.Key_F13)
        assert until(2) == [(1, DOWN), (1, SHORT)], "while the other foot is still down"
        release(Key.Key_Space)
        QTest.qWait(60)
        assert gestures == []
        thread.set_long(0.3, (1,))
        press(Key.Key_F13)
        assert until(2) == [(1, DOWN), (1, LONG)]
        release(Key.Key_F13)
        tap(Key.Key_Space)
        assert until(2) == [(0, DOWN), (0, SHORT)]
    finally:
        keys.stop()
        thread.stop()
        thread.join()


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def test_the_page_opens_beside_the_window_by_its_key(
    bench: Bench, desk: Desk, qtbot: QtBot
) -> None:
    (dialog,) = desk.window.findChildren(Page)
    dialog.close()
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    QTest.keyClick(desk.window, Key.Key_F3)
    assert dialog.isVisible()
    assert not dialog.isModal()
