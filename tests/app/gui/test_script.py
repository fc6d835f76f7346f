"""Scripts that a timer runs, and the hands that they have."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from app.gui.scripted.hands import click, drag, hold_key, slider_path
from app.gui.scripted.script import Pause, Script, ScriptProblem, ScriptRunner, Until


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def steps_of(script: Script, clock: Clock, why: Callable[[], str] = str) -> ScriptRunner:
    """Return a runner whose timer is never started: a test looks in its place."""
    return ScriptRunner(script, why, clock)


def test_a_pause_lasts(qtbot: QtBot, clock: Clock) -> None:
    done = []

    def script() -> Script:
        done.append("begun")
        yield Pause(2.0)
        done.append("ended")

    runner = steps_of(script(), clock)
    runner._look()
    clock.now += 1.99
    runner._look()
    assert done == ["begun"]
    clock.now += 0.02
    runner._look()
    assert done == ["begun", "ended"]
    assert runner.error is None


def test_it_goes_on_as_soon_as_something_holds(qtbot: QtBot, clock: Clock) -> None:
    there: list[int] = []
    ended = []

    def script() -> Script:
        yield Until(lambda: bool(there), "something")
        yield Until(lambda: True, "nothing")

    runner = steps_of(script(), clock)
    runner.ended.connect(lambda: ended.append(True))
    for _ in range(3):
        runner._look()
    assert not ended
    there.append(1)
    for _ in range(2):
        runner._look()
    assert ended == [True]
    assert runner.error is None


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("", "the field did not come within 5 s"),
        ("disk full", "the field did not come within 5 s (last message: disk full)"),
    ],
)
def test_what_never_comes_ends_it(qtbot: QtBot, clock: Clock, message: str, said: str) -> None:
    def script() -> Script:
        yield Until(lambda: False, "the field", 5.0)
        raise AssertionError("nobody may go on")

    runner = steps_of(script(), clock, lambda: message)
    runner._look()
    clock.now += 4.9
    runner._look()
    assert runner.error is None
    clock.now += 0.2
    with qtbot.waitSignal(runner.ended, timeout=0, raising=True):
        runner._look()
    assert isinstance(runner.error, ScriptProblem)
    assert str(runner.error) == said


def test_an_error_of_a_step_is_kept(qtbot: QtBot, clock: Clock) -> None:
    def script() -> Script:
        yield Pause(0.0)
        raise KeyError("gone")

    runner = steps_of(script(), clock)
    runner._look()
    runner._look()
    assert isinstance(runner.error, KeyError)


def test_a_script_that_is_stopped_is_closed(qtbot: QtBot) -> None:
    closed = []

    def script() -> Script:
        try:
            yield Pause(3600.0)
        finally:
            closed.append(True)

    runner = ScriptRunner(script())
    runner.start()
    qtbot.waitUntil(lambda: isinstance(runner._step, Pause) and runner._step.seconds > 0)
    runner.stop()
    assert closed == [True]


def test_hands_click_drag_and_type(qtbot: QtBot) -> None:
    button, line, slider = QPushButton("Begin"), QLineEdit(), QSlider(Qt.Orientation.Horizontal)
    clicked, values = [], []
    button.clicked.connect(lambda: clicked.append(True))
    slider.valueChanged.connect(values.append)
    slider.setRange(0, 127)
    slider.setValue(40)
    values.clear()
    for widget in (button, line, slider):
        qtbot.addWidget(widget)
        widget.resize(400, 30)
        widget.show()

    def script() -> Script:
        yield from click(button)
        yield from hold_key(line, Qt.Key.Key_B, 0.05, "b")
        yield from drag(slider, slider_path(slider, range(39, 34, -1)))

    runner = ScriptRunner(script())
    with qtbot.waitSignal(runner.ended):
        runner.start()
    assert runner.error is None
    assert clicked == [True]
    assert line.text() == "b"
    assert values == [39, 38, 37, 36, 35]
