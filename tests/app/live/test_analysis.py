"""The analysis thread: presses in order, newest frame otherwise, failures as answers."""

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.live.analysis import AnalysisThread
from app.live.analyzer import DetectorAnalyzer, FieldRefused, chosen_analyzer
from app.live.field_result import (
    AnalysisCondition,
    AnalysisFailure,
    AnalysisRequest,
    AnalysisStatus,
    FieldResult,
    Outcome,
)
from app.live.inbox import BACKGROUND, AnalysisInbox
from app.live.trouble import Trouble
from app.model.frame import Frame
from hardware.objective import Objective
from inference.nuclei.choice import DetectorUnavailable


class Sink:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.statuses: list[AnalysisStatus] = []
        self.troubles: list[Trouble] = []
        self.raise_next: list[Exception] = []

    def outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        if self.raise_next:
            raise self.raise_next.pop()

    def analysis_status(self, status: AnalysisStatus) -> None:
        self.statuses.append(status)

    def trouble(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)

    @property
    def numbers(self) -> list[int]:
        return [outcome.request.frame.number for outcome in self.outcomes]


class Rig:
    def __init__(self, fakes: SimpleNamespace, **options: Any) -> None:
        self.fakes = fakes
        self.sink = Sink()
        self.analyzers: list[Any] = []
        self.refusals: list[Exception] = []
        self.thread = AnalysisThread(self.open, self.sink, **options)
        self.ready = lambda: (
            self.analyzers
            and self.sink.statuses[-1].condition
            in (
                AnalysisCondition.READY,
                AnalysisCondition.BUSY,
            )
        )

    def open(self) -> Any:
        if self.refusals:
            raise self.refusals.pop()
        self.analyzers.append(self.fakes.analyzer())
        return self.analyzers[-1]

    def start(self) -> Any:
        self.thread.start()
        self.fakes.wait_until(self.ready)
        return self.analyzers[-1]

    def request(self, number: int, press: int | None = 0, **changes: Any) -> AnalysisRequest:
        rgb = self.fakes.tissue()
        rgb[0, 0] = number % 256, number // 256, 0
        rgb.flags.writeable = False
        values = {"objective": Objective("40x", 0.424), "generation": 1, "taken_s": 0.0}
        frame = Frame(number=number, rgb=rgb, **(values | changes))
        return AnalysisRequest(
            frame, self.fakes.setup, number if press == 0 else press, time.monotonic()
        )

    def wait(self, count: int) -> None:
        self.fakes.wait_until(lambda: len(self.sink.outcomes) >= count)


@pytest.fixture
def rig(fakes: SimpleNamespace) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(**options: Any) -> Rig:
        made.append(Rig(fakes, **options))
        return made[-1]

    yield make
    for each in made:
        for analyzer in each.analyzers:
            analyzer.gate.set()
        each.thread.stop()
        each.thread.join()


def test_a_result_knows_its_frame_and_its_times(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    assert r.thread.press(r.request(7, generation=3))
    r.wait(1)
    (result,) = r.sink.outcomes
    assert isinstance(result, FieldResult)
    assert result.request.frame.number == 7 and result.generation == 3
    assert set(result.seconds) == {"waited", "measure", "describe", "classify", "histogram"}
    assert min(result.seconds.values()) >= 0
    assert len(result.cells) == 6 and result.cells.counted.all()
    grid = result.measurement.measured.enhancement.density
    assert result.histograms.density.sum() == result.histograms.contrast.sum() == grid.size
    assert result.histograms.density[200] == np.count_nonzero(grid == 200)


def test_two_hundred_presses_during_an_analysis_are_all_answered_in_order(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    analyzer = r.start()
    analyzer.gate.clear()
    for number in range(200):
        assert r.thread.press(r.request(number))
    assert r.thread.waiting >= 199
    analyzer.gate.set()
    r.wait(200)
    assert r.sink.numbers == list(range(200))
    assert all(isinstance(outcome, FieldResult) for outcome in r.sink.outcomes)


def test_a_full_inbox_refuses_and_says_so_but_always_takes_one(rig: Callable[..., Rig]) -> None:
    size = rig().request(0).frame.rgb.nbytes
    r = rig(most_waiting_bytes=3 * size + 1)
    analyzer = r.start()
    analyzer.gate.clear()
    assert r.thread.press(r.request(0))
    r.fakes.wait_until(lambda: analyzer.seen == [0])
    taken = [r.thread.press(r.request(number)) for number in range(1, 6)]
    assert taken == [True, True, True, False, False]
    analyzer.gate.set()
    r.wait(4)
    assert r.thread.press(r.request(9))
    r.wait(5)
    assert r.sink.numbers == [0, 1, 2, 3, 9]
    tiny = AnalysisInbox(most_bytes=1)
    assert tiny.press(r.request(1)) and not tiny.press(r.request(2))


def test_in_continuous_mode_the_newest_frame_wins_and_a_press_goes_first(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    analyzer = r.start()
    analyzer.gate.clear()
    r.thread.offer(r.request(0, None))
    r.fakes.wait_until(lambda: analyzer.seen == [0])
    for number in range(1, 10):
        r.thread.offer(r.request(number, None))
    r.thread.press(r.request(100))
    r.thread.press(r.request(101))
    analyzer.gate.set()
    r.wait(4)
    assert r.sink.numbers == [0, 100, 101, 9]
    assert r.thread.dropped == 8


def test_at_sixty_hertz_and_fifty_milliseconds_every_frame_is_accounted_for(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    r.start().pause_s = 0.05
    for number in range(45):
        r.thread.offer(r.request(number, None))
        time.sleep(1 / 60)
    r.fakes.wait_until(lambda: r.sink.numbers and r.sink.numbers[-1] == 44)
    assert r.sink.numbers == sorted(set(r.sink.numbers))
    assert len(r.sink.outcomes) + r.thread.dropped == 45
    assert r.thread.dropped > 10


def test_held_presses_wait_while_everything_else_goes_on(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.thread.hold_presses(True)
    r.thread.press(r.request(1))
    r.thread.offer(r.request(2, None))
    r.wait(1)
    assert r.sink.numbers == [2] and r.thread.waiting == 1
    r.thread.hold_presses(False)
    r.wait(2)
    assert r.sink.numbers == [2, 1]


def test_continuous_mode_switched_off_forgets_the_frame_that_waits(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    analyzer = r.start()
    analyzer.gate.clear()
    r.thread.offer(r.request(0, None))
    r.fakes.wait_until(lambda: analyzer.seen == [0])
    r.thread.offer(r.request(1, None))
    r.thread.forget_offer()
    analyzer.gate.set()
    r.thread.press(r.request(2))
    r.wait(2)
    assert r.sink.numbers == [0, 2]


def test_an_exception_of_the_detector_is_an_answer_and_not_the_end(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    analyzer = r.start()
    analyzer.errors.extend(
        [ZeroDivisionError("in\nthe net"), FieldRefused("no glass"), MemoryError()]
    )
    for number in range(4):
        r.thread.press(r.request(number))
    r.wait(4)
    broken, refused, starved, good = r.sink.outcomes
    assert isinstance(broken, AnalysisFailure)
    assert broken.text == "unexpected ZeroDivisionError: in the net"
    assert "in measure" in broken.detail
    assert isinstance(refused, AnalysisFailure)
    assert (refused.text, refused.detail) == ("no glass", "")
    assert isinstance(starved, AnalysisFailure) and "MemoryError" in starved.text
    assert isinstance(good, FieldResult)


@pytest.mark.parametrize(
    ("objective", "words"),
    [(None, "objective is not known"), (Objective("60x", None), "60x was never calibrated")],
)
def test_a_frame_of_unknown_scale_is_not_analyzed(
    rig: Callable[..., Rig], objective: Objective | None, words: str
) -> None:
    r = rig()
    analyzer = r.start()
    r.thread.press(r.request(0, objective=objective))
    r.wait(1)
    (failure,) = r.sink.outcomes
    assert isinstance(failure, AnalysisFailure) and words in failure.text
    assert analyzer.seen == []


def test_a_sink_that_fails_does_not_end_the_thread(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.start()
    r.sink.raise_next.append(KeyError("in the session"))
    r.thread.press(r.request(0))
    r.thread.press(r.request(1))
    r.wait(2)
    assert "KeyError" in r.sink.troubles[0].detail


def test_a_detector_that_cannot_be_had_is_told_and_tried_again(rig: Callable[..., Rig]) -> None:
    r = rig()
    r.refusals.extend([ValueError("bad weights"), DetectorUnavailable("no network installed")])
    r.thread.start()
    r.fakes.wait_until(lambda: r.sink.troubles)
    assert r.sink.statuses[-1] == AnalysisStatus(
        AnalysisCondition.FAILED, "no network installed", 0
    )
    assert r.sink.troubles[0].text == "no network installed"
    r.thread.press(r.request(0))
    r.thread.press(r.request(1))
    r.wait(2)
    first, second = r.sink.outcomes
    assert isinstance(first, AnalysisFailure) and "bad weights" in first.text
    assert isinstance(second, FieldResult)


def test_presses_that_wait_at_the_end_are_answered(rig: Callable[..., Rig]) -> None:
    r = rig()
    analyzer = r.start()
    analyzer.gate.clear()
    for number in range(4):
        r.thread.press(r.request(number))
    r.fakes.wait_until(lambda: analyzer.seen == [0])
    r.thread.stop()
    assert not r.thread.press(r.request(9))
    analyzer.gate.set()
    r.thread.join()
    answers = {o.request.frame.number: type(o) for o in r.sink.outcomes}
    assert answers == {0: FieldResult, 1: AnalysisFailure, 2: AnalysisFailure, 3: AnalysisFailure}
    assert r.sink.statuses[-1].condition is AnalysisCondition.STOPPED


def test_background_work_runs_between_presses_on_this_thread(rig: Callable[..., Rig]) -> None:
    pieces: list[str] = []
    ended = threading.Event()

    def background(_: object) -> bool:
        pieces.append(threading.current_thread().name)
        if len(pieces) == 2:
            raise KeyError("one bad field")
        if len(pieces) == 4:
            ended.set()
        return len(pieces) < 4

    r = rig(background=background)
    r.start()
    r.thread.ask_background()
    r.fakes.wait_until(lambda: r.sink.troubles)
    assert len(pieces) == 2
    r.thread.ask_background()
    assert ended.wait(10)
    assert pieces == ["analysis"] * 4


def test_the_inbox_gives_presses_then_background_then_the_newest_frame(
    rig: Callable[..., Rig],
) -> None:
    r = rig()
    inbox = AnalysisInbox(most_bytes=10**9)
    newest, press = r.request(1, None), r.request(2)
    inbox.offer(r.request(0, None))
    inbox.offer(newest)
    inbox.ask_background()
    inbox.ask_background()
    inbox.press(press)
    assert [inbox.take() for _ in range(3)] == [press, BACKGROUND, newest]
    inbox.press(press)
    assert inbox.close() == (press,)
    assert inbox.take() is None
    inbox.offer(newest)
    assert inbox.take() is None and inbox.waiting == 0


def test_the_real_analyzer_warms_up_and_keeps_given_nuclei(fakes: SimpleNamespace) -> None:
    analyzer = chosen_analyzer("rough", fakes.setup)()
    nuclei = fakes.known_nuclei()
    measurement = analyzer.measure(fakes.tissue(), 0.424, fakes.setup, nuclei)
    assert measurement.measured.nuclei is nuclei
    assert measurement.white == fakes.setup.white
    assert "rough" in measurement.detector


def test_without_a_white_point_and_without_glass_a_field_is_refused(
    fakes: SimpleNamespace,
) -> None:
    setup = type(fakes.setup)(fakes.setup.stain)
    dark = np.random.default_rng(0).integers(20, 120, (96, 96, 3), np.uint8)
    with pytest.raises(FieldRefused, match="take the white point"):
        DetectorAnalyzer("rough").measure(dark, 0.424, setup)
    estimated = DetectorAnalyzer("rough").measure(fakes.tissue(), 0.424, setup)
    assert estimated.white == pytest.approx((235, 235, 235), abs=2)
    assert any("estimated" in text for text in estimated.warnings)
