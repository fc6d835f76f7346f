"""How soon the windows follow, as the program itself measures and shows it."""

from types import SimpleNamespace

from pytestqt.qtbot import QtBot

from app.gui.eyepiece_window import EyepieceWindow
from app.gui.intents import TryThresholds
from app.gui.latency import RECENT_S, Latencies
from app.gui.latency_page import LatencyPage
from app.gui.main_window import MainWindow

PICTURES, AGE, AGE_MS, ANSWERS, RESULT, MAIN, EYEPIECE, SLIDER = range(8)


class Bench:
    """Windows whose clock stands still until it is moved."""

    def __init__(self, qtbot: QtBot) -> None:
        self.now = 1000.0
        self.main = MainWindow(clock=lambda: self.now)
        self.eyepiece = EyepieceWindow(lambda: self.now)
        qtbot.addWidget(self.main)
        qtbot.addWidget(self.eyepiece)
        self.latencies = Latencies(self.main, lambda: self.now)
        self.latencies.watch_eyepiece(self.eyepiece)

    def values(self, which: int) -> tuple[int, float, float]:
        spread = self.latencies.figures()[which].spread
        return spread.count, round(spread.median, 6), round(spread.worst, 6)

    def is_met(self, which: int) -> bool | None:
        return self.latencies.figures()[which].met


def test_pictures_count_for_a_minute(qtbot: QtBot, made: SimpleNamespace) -> None:
    bench = Bench(qtbot)
    for number in range(60):
        bench.now = 1000.0 + number / 20
        preview = made.preview(taken_s=bench.now - 0.05, interval_s=0.025)
        bench.main.picture.painted.emit(preview)
    bench.now = 1003.0
    assert bench.values(PICTURES) == (3, 20.0, 20.0)
    assert bench.is_met(PICTURES) is False
    assert bench.values(AGE) == (60, 2.0, 2.0)
    assert bench.values(AGE_MS) == (60, 50.0, 50.0)
    bench.now += RECENT_S
    assert bench.latencies.figures()[AGE].spread.count == 0


def test_a_press_is_timed_in_both_windows_and_once(qtbot: QtBot, made: SimpleNamespace) -> None:
    bench = Bench(qtbot)
    field = made.shown(asked_s=1000.0, done_s=1000.2)
    bench.now = 1000.26
    bench.main.picture.painted.emit(field)
    bench.now = 1000.31
    bench.eyepiece.painted.emit(False)  # dark: nothing is seen yet
    bench.eyepiece.painted.emit(True)
    bench.now = 1001.0
    bench.main.picture.painted.emit(made.shown(asked_s=1000.0, done_s=1000.2))  # an edit
    bench.eyepiece.painted.emit(True)
    assert bench.values(RESULT) == (1, 200.0, 200.0)
    assert bench.values(MAIN) == (1, 260.0, 260.0)
    assert bench.values(EYEPIECE) == (1, 310.0, 310.0)


def test_an_eyepiece_that_was_first_is_timed_too(qtbot: QtBot, made: SimpleNamespace) -> None:
    bench = Bench(qtbot)
    bench.now = 1000.25
    bench.eyepiece.painted.emit(True)
    bench.now = 1000.40
    bench.main.picture.painted.emit(made.shown(asked_s=1000.0, done_s=1000.2))
    assert bench.values(EYEPIECE) == (1, 250.0, 250.0)
    assert bench.values(MAIN) == (1, 400.0, 400.0)


def test_an_opened_field_is_no_press(qtbot: QtBot, made: SimpleNamespace) -> None:
    bench = Bench(qtbot)
    bench.main.picture.painted.emit(made.shown(asked_s=900.0, stored=True))
    assert bench.latencies.figures()[MAIN].spread.count == 0
    assert bench.latencies.figures()[EYEPIECE].spread.count == 0


def test_a_slider_is_timed_to_the_picture_of_its_last_place(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    bench = Bench(qtbot)

    def show(weak: float) -> None:
        thresholds = {"weak": weak, "intense": 0.7}
        bench.main.picture.painted.emit(made.shown(previewed=True, thresholds_od=thresholds))

    bench.main.thresholds.intent.emit(TryThresholds({"weak": 0.1, "intense": 0.7}))
    bench.now += 0.02
    bench.main.thresholds.intent.emit(TryThresholds({"weak": 0.2, "intense": 0.7}))
    bench.now += 0.01
    show(0.1)
    assert bench.latencies.figures()[SLIDER].spread.count == 0
    bench.now += 0.02
    show(0.2)
    show(0.2)
    assert bench.values(SLIDER) == (1, 30.0, 30.0)
    assert bench.is_met(SLIDER) is True


def test_the_page_says_what_was_measured_and_what_not(qtbot: QtBot, made: SimpleNamespace) -> None:
    bench = Bench(qtbot)
    page = LatencyPage(bench.latencies.figures)
    qtbot.addWidget(page)

    def row(which: int) -> list[str]:
        return [page._cells[which + 1, column].text() for column in range(7)]

    assert row(MAIN) == [
        "From press to overlay, main window", "none yet", "–", "–", "–", "95 % at most 300 ms", "",
    ]  # fmt: skip
    bench.now = 1000.5
    bench.main.picture.painted.emit(made.shown(asked_s=1000.0, done_s=1000.2))
    page.refresh()
    assert row(MAIN)[1:] == ["1", "500 ms", "500 ms", "500 ms", "95 % at most 300 ms", "missed"]
    assert row(RESULT)[-1] == "met"


def test_the_page_reads_only_while_it_is_seen(qtbot: QtBot) -> None:
    page = LatencyPage(Bench(qtbot).latencies.figures)
    qtbot.addWidget(page)
    assert not page._timer.isActive()
    page.show()
    assert page._timer.isActive()
    page.hide()
    assert not page._timer.isActive()
