"""The pedal's key in a window: taken everywhere, but not out of a text."""

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.gui.keyboard_pedal import PedalKeys, pedal_key
from app.gui.scripted.hands import hold_key
from app.live.pedal import GestureKind, PedalThread
from hardware.pedal import PedalEvent
from hardware.pedals.keyboard import KeyboardPedal

Type = QEvent.Type
SCAN_SPACE = 65


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Bench:
    """A window with all kinds of widgets, and a pedal that nobody reads but the test."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.clock = Clock()
        self.pedal = KeyboardPedal(len(keys))
        self.pedal.open()
        self.keys = PedalKeys(self.pedal, keys, self.clock)
        self.window = QWidget()
        self.button = QPushButton("Button")
        self.text = QLineEdit()
        self.remarks = QPlainTextEdit()
        self.number = QDoubleSpinBox()
        self.choice = QComboBox()
        self.choice.addItems(["a b", "c"])
        column = QVBoxLayout(self.window)
        for widget in (self.button, self.text, self.remarks, self.number, self.choice):
            column.addWidget(widget)

    def send(
        self,
        kind: Type,
        key: Qt.Key = Qt.Key.Key_Space,
        *,
        text: str = " ",
        scan: int = SCAN_SPACE,
        repeat: bool = False,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        event = QKeyEvent(kind, key, modifiers, scan, 0, 0, text, repeat)
        QApplication.sendEvent(QApplication.focusWidget() or self.window, event)

    def wait(self, seconds: float) -> None:
        """Let time pass, and let the timer of the debouncing say so."""
        self.clock.now_s += seconds
        QTest.qWait(round(1000 * min(seconds, 0.05)) + 30)

    def events(self) -> list[PedalEvent]:
        found = []
        while (event := self.pedal.read(0)) is not None:
            found.append(event)
        return found

    def story(self) -> list[tuple[int, bool]]:
        return [(event.switch, event.down) for event in self.events()]


def made(qtbot: QtBot, keys: tuple[str, ...]) -> Iterator[Bench]:
    bench = Bench(keys)
    qtbot.addWidget(bench.window)
    bench.window.show()
    bench.window.activateWindow()
    qtbot.waitUntil(bench.window.isActiveWindow)
    bench.keys.start()
    yield bench
    bench.keys.stop()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    yield from made(qtbot, ("Space",))


@pytest.fixture
def two_switches(qtbot: QtBot) -> Iterator[Bench]:
    yield from made(qtbot, ("F9", "B"))


def test_a_press_comes_at_once_and_its_release_when_it_lasted(bench: Bench) -> None:
    bench.button.setFocus()
    bench.send(Type.KeyPress)
    assert bench.events() == [PedalEvent(0, True, 1000.0)]
    bench.clock.now_s = 1000.2
    bench.send(Type.KeyRelease)
    assert bench.events() == []
    bench.wait(0.03)
    assert bench.events() == [PedalEvent(0, False, 1000.2)]


def test_a_held_key_that_stutters_is_one_press(bench: Bench) -> None:
    bench.send(Type.KeyPress)
    for _ in range(5):
        bench.wait(0.04)
        bench.send(Type.KeyRelease)
        bench.clock.now_s += 0.001
        bench.send(Type.KeyPress)
    bench.wait(0.04)
    assert bench.story() == [(0, True)]


def test_marked_repetitions_are_left_out(bench: Bench) -> None:
    bench.send(Type.KeyPress)
    for _ in range(3):
        bench.wait(0.04)
        bench.send(Type.KeyRelease, repeat=True)
        bench.wait(0.04)
        bench.send(Type.KeyPress, repeat=True)
    bench.send(Type.KeyRelease)
    bench.wait(0.04)
    assert bench.story() == [(0, True), (0, False)]


def test_a_repetition_without_a_press_is_no_press(bench: Bench) -> None:
    # The key went down in another program, which then lost the keyboard to this one.
    bench.send(Type.KeyPress, repeat=True)
    bench.wait(0.04)
    assert bench.story() == []


def test_after_a_stall_pairs_are_still_told_from_presses(qtbot: QtBot, bench: Bench) -> None:
    def stamped(kind: Type, stamp_ms: int) -> None:
        event = QKeyEvent(kind, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ")
        event.setTimestamp(stamp_ms)
        QApplication.sendEvent(bench.window, event)

    stamped(Type.KeyPress, 5000)
    bench.clock.now_s += 0.5
    stamped(Type.KeyRelease, 5500)
    bench.clock.now_s += 0.2  # the window is busy; the second half of the pair waits
    stamped(Type.KeyPress, 5501)
    bench.wait(0.1)
    assert bench.story() == [(0, True)]


def test_the_release_may_bear_another_key(bench: Bench) -> None:
    bench.send(Type.KeyPress)
    bench.send(Type.KeyRelease, Qt.Key.Key_nobreakspace, text="\u00a0")
    bench.wait(0.04)
    assert bench.story() == [(0, True), (0, False)]


def test_it_is_taken_whatever_has_the_focus(bench: Bench) -> None:
    clicks = []
    bench.button.clicked.connect(lambda: clicks.append(1))
    for widget in (bench.button, bench.number, bench.choice):
        widget.setFocus()
        QTest.keyClick(bench.window.windowHandle(), Qt.Key.Key_Space)
        bench.wait(0.04)
        assert bench.story() == [(0, True), (0, False)], widget
    assert clicks == []
    assert not bench.choice.view().isVisible()


def test_in_a_text_it_is_a_space(bench: Bench) -> None:
    bench.text.setFocus()
    QTest.keyClicks(bench.text, "a b")
    assert bench.text.text() == "a b"
    bench.remarks.setFocus()
    QTest.keyClicks(bench.remarks, "c d")
    assert bench.remarks.toPlainText() == "c d"
    bench.wait(0.04)
    assert bench.story() == []


def test_in_a_text_that_cannot_be_edited_it_is_the_pedal(bench: Bench) -> None:
    bench.text.setReadOnly(True)
    bench.text.setFocus()
    QTest.keyClick(bench.text, Qt.Key.Key_Space)
    bench.wait(0.04)
    assert bench.story() == [(0, True), (0, False)]


def test_a_press_that_ends_in_a_text_ends(bench: Bench) -> None:
    bench.button.setFocus()
    bench.send(Type.KeyPress)
    bench.text.setFocus()
    bench.send(Type.KeyRelease)
    bench.wait(0.04)
    assert bench.story() == [(0, True), (0, False)]


def test_with_a_modifier_it_is_a_shortcut(bench: Bench) -> None:
    bench.send(Type.KeyPress, modifiers=Qt.KeyboardModifier.ControlModifier)
    bench.send(Type.KeyRelease, modifiers=Qt.KeyboardModifier.ControlModifier)
    bench.wait(0.04)
    assert bench.story() == []


def test_a_shortcut_of_the_same_key_does_not_take_it(bench: Bench) -> None:
    taken = []
    shortcut = QShortcut(Qt.Key.Key_Space, bench.window)
    shortcut.activated.connect(lambda: taken.append(1))
    QTest.keyClick(bench.window.windowHandle(), Qt.Key.Key_Space)
    bench.wait(0.04)
    assert bench.story() == [(0, True), (0, False)]
    assert taken == []


def test_when_the_program_loses_the_keyboard_the_foot_is_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = QApplication.instance()
    assert application is not None
    bench.send(Type.KeyPress)
    QApplication.sendEvent(application, QEvent(Type.ApplicationStateChange))
    assert bench.story() == [(0, True)]  # still active
    inactive = Qt.ApplicationState.ApplicationInactive
    monkeypatch.setattr(QGuiApplication, "applicationState", staticmethod(lambda: inactive))
    QApplication.sendEvent(application, QEvent(Type.ApplicationStateChange))
    assert bench.story() == [(0, False)]
    bench.send(Type.KeyPress)
    assert bench.story() == [(0, True)]


def test_two_switches_and_a_function_key_even_in_a_text(two_switches: Bench) -> None:
    bench = two_switches
    bench.text.setFocus()
    bench.send(Type.KeyPress, Qt.Key.Key_F9, text="", scan=75)
    bench.send(Type.KeyPress, Qt.Key.Key_B, text="b", scan=56)
    assert bench.text.text() == "b"
    bench.button.setFocus()
    bench.send(Type.KeyPress, Qt.Key.Key_B, text="b", scan=56)
    bench.send(Type.KeyRelease, Qt.Key.Key_F9, text="", scan=75)
    bench.wait(0.04)
    assert bench.story() == [(0, True), (1, True), (0, False)]


def test_keys_can_be_changed(bench: Bench) -> None:
    bench.send(Type.KeyPress)
    bench.keys.set_keys(["F9"])
    assert bench.story() == [(0, True), (0, False)]
    bench.send(Type.KeyPress)
    assert bench.story() == []
    bench.send(Type.KeyPress, Qt.Key.Key_F9, text="", scan=75)
    assert bench.story() == [(0, True)]


@pytest.mark.parametrize("name", ["", "Ctrl+B", "Nonsense", "A, B"])
def test_what_is_not_one_key_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of one key"):
        pedal_key(name)


def test_a_key_for_two_switches_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="two switches"):
        PedalKeys(KeyboardPedal(2), ["F9", "F9"])


def test_the_pedal_has_as_many_switches_as_there_are_keys(bench: Bench) -> None:
    bench.send(Type.KeyPress)
    bench.keys.set_keys(["F9", "B", "F8"])
    assert bench.pedal.switch_count == 3
    bench.button.setFocus()
    bench.send(Type.KeyPress, Qt.Key.Key_F8, text="", scan=74)
    assert bench.story() == [(0, True), (0, False), (2, True)]
    bench.keys.set_keys(["F9"])
    assert bench.pedal.switch_count == 1
    assert bench.story() == [(2, False)], "what was down is let go before its switch is gone"


def test_it_tells_how_long_a_switch_was_down(bench: Bench) -> None:
    told: list[tuple[int, float, float]] = []
    bench.keys.held.connect(lambda *said: told.append(said))
    bench.send(Type.KeyPress)
    bench.clock.now_s += 0.18
    bench.send(Type.KeyRelease)
    bench.wait(0.04)
    assert told == [(0, 1000.0, pytest.approx(0.18))]


def test_when_nobody_reads_the_user_is_told(qtbot: QtBot, bench: Bench) -> None:
    told: list[str] = []
    bench.keys.trouble.connect(told.append)
    for _ in range(600):
        bench.send(Type.KeyPress)
        bench.clock.now_s += 0.1
        bench.send(Type.KeyRelease)
        bench.clock.now_s += 0.1
    assert told
    assert "not answered" in told[0]


def test_a_key_that_stays_down_is_known_to_be_down(bench: Bench) -> None:
    bench.send(Type.KeyPress)
    for _ in range(5):
        bench.clock.now_s += 0.2
        QTest.qWait(50)
    assert 1000.6 <= bench.pedal.known_until_s <= 1001.001
    bench.send(Type.KeyRelease)
    known = bench.pedal.known_until_s
    bench.wait(0.2)
    assert bench.pedal.known_until_s == known


def test_while_the_window_is_busy_nobody_knows_whether_the_key_is_down(bench: Bench) -> None:
    bench.send(Type.KeyPress)
    QTest.qWait(100)
    bench.clock.now_s += 5.0  # not a turn of the event loop
    assert bench.pedal.known_until_s <= 1000.0
    assert bench.story() == [(0, True)]


def test_a_tap_in_a_window_that_stalls_is_no_long_press(qtbot: QtBot, bench: Bench) -> None:
    bench.keys.stop()
    pedal = KeyboardPedal()
    keys = PedalKeys(pedal)
    said: list[GestureKind] = []
    sink = SimpleNamespace(
        gesture=lambda gesture: said.append(gesture.kind),
        pedal_status=lambda _status: None,
        trouble=lambda _trouble: None,
    )
    thread = PedalThread(pedal, sink, long_press_s=0.2, long_switches=(0,))
    thread.start()
    qtbot.waitUntil(lambda: pedal._listening)
    keys.start()
    try:
        tap = hold_key(bench.window, Qt.Key.Key_Space, 0.1, " ")
        next(tap)
        qtbot.waitUntil(lambda: said == [GestureKind.DOWN])
        time.sleep(0.5)  # the window is busy while the foot goes up
        next(tap)
        qtbot.waitUntil(lambda: len(said) == 2)
        assert said == [GestureKind.DOWN, GestureKind.SHORT]
    finally:
        keys.stop()
        thread.stop()
        thread.join()
