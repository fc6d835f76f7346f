"""The pedal thread: short and long, nothing lost, pulled out and put back."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.live.pedal import Gesture, GestureKind, PedalStatus, PedalThread
from app.live.trouble import Trouble
from hardware.pedal import PedalEvent, PedalLost

DOWN, SHORT, LONG = GestureKind.DOWN, GestureKind.SHORT, GestureKind.LONG


class Sink:
    def __init__(self) -> None:
        self.gestures: list[Gesture] = []
        self.statuses: list[PedalStatus] = []
        self.troubles: list[Trouble] = []
        self.raise_next: list[Exception] = []

    def gesture(self, gesture: Gesture) -> None:
        self.gestures.append(gesture)
        if self.raise_next:
            raise self.raise_next.pop()

    def pedal_status(self, status: PedalStatus) -> None:
        self.statuses.append(status)

    def trouble(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)

    @property
    def kinds(self) -> list[tuple[GestureKind, int]]:
        return [(gesture.kind, gesture.switch) for gesture in self.gestures]


class Rig:
    def __init__(self, fakes: SimpleNamespace, long_press_s: float = 0.6) -> None:
        self.pedal = fakes.Pedal()
        self.sink = Sink()
        self.thread = PedalThread(self.pedal, self.sink, long_press_s, long_switches=(0,))
        self._wait_until = fakes.wait_until

    def wait(self, count: int) -> None:
        self._wait_until(lambda: len(self.sink.gestures) >= count)

    def until(self, condition: Any) -> None:
        self._wait_until(condition)


@pytest.fixture
def rig(fakes: SimpleNamespace) -> Iterator[Rig]:
    made = Rig(fakes)
    yield made
    made.thread.stop()
    made.thread.join()


def test_two_hundred_taps_are_two_hundred_presses(rig: Rig) -> None:
    rig.thread.start()
    for _ in range(200):
        rig.pedal.tap()
    rig.wait(400)
    assert rig.sink.kinds == [(DOWN, 0), (SHORT, 0)] * 200


def test_a_long_press_is_told_while_the_foot_is_still_down(fakes: SimpleNamespace) -> None:
    rig = Rig(fakes, long_press_s=0.2)
    rig.thread.start()
    rig.pedal.switch(0, True)
    rig.wait(2)
    rig.pedal.switch(0, False)
    rig.pedal.tap(1)
    rig.wait(4)
    rig.thread.stop()
    rig.thread.join()
    assert rig.sink.kinds == [(DOWN, 0), (LONG, 0), (DOWN, 1), (SHORT, 1)]


def test_the_times_of_the_events_decide_when_the_thread_was_late(rig: Rig) -> None:
    # All four events lie there, long past, before the thread reads the first.
    for down, time_s in ((True, 10.0), (False, 10.2), (True, 20.0), (False, 20.7)):
        rig.pedal.switch(0, down, time_s)
    rig.thread.start()
    rig.wait(4)
    assert rig.sink.kinds == [(DOWN, 0), (SHORT, 0), (DOWN, 0), (LONG, 0)]
    assert [gesture.time_s for gesture in rig.sink.gestures] == [10.0, 10.0, 20.0, 20.0]


def test_a_switch_without_a_long_action_does_not_wait_for_the_release(rig: Rig) -> None:
    rig.thread.start()
    rig.pedal.switch(2, True)
    rig.wait(2)
    assert rig.sink.kinds == [(DOWN, 2), (SHORT, 2)]


def test_several_switches_at_once(rig: Rig) -> None:
    rig.thread.start()
    rig.pedal.switch(0, True)
    rig.pedal.switch(1, True)
    rig.pedal.switch(1, False)
    rig.pedal.switch(0, False)
    rig.wait(4)
    assert rig.sink.kinds == [(DOWN, 0), (DOWN, 1), (SHORT, 1), (SHORT, 0)]


def test_a_second_down_without_a_release_ends_the_first_press(rig: Rig) -> None:
    rig.thread.start()
    rig.pedal.switch(0, True)
    rig.pedal.switch(0, True)
    rig.pedal.switch(0, False)
    rig.wait(4)
    assert rig.sink.kinds == [(DOWN, 0), (SHORT, 0)] * 2


def test_pulled_out_with_the_foot_down_the_press_counts_and_the_pedal_comes_back(
    rig: Rig,
) -> None:
    rig.thread.start()
    rig.until(lambda: rig.sink.statuses)
    rig.pedal.switch(0, True)
    rig.pedal.lost = True
    rig.pedal.fail(PedalLost("the cable is out"))
    rig.wait(2)
    assert rig.sink.kinds == [(DOWN, 0), (SHORT, 0)]
    rig.until(lambda: len(rig.sink.statuses) == 2)
    assert rig.sink.statuses[1] == PedalStatus(False, "the cable is out", "fake pedal")
    rig.pedal.lost = False
    rig.until(lambda: len(rig.sink.statuses) == 3)
    assert rig.sink.statuses[2].present
    rig.pedal.tap()
    rig.wait(4)


def test_an_odd_failure_is_told_and_survived(rig: Rig) -> None:
    rig.thread.start()
    rig.pedal.fail(OSError("I/O error"))
    rig.until(lambda: rig.sink.troubles)
    rig.pedal.tap()
    rig.wait(2)
    assert "OSError" in rig.sink.troubles[0].detail
    assert "I/O error" in rig.sink.statuses[-2].text


def test_a_session_that_fails_does_not_cost_the_next_press(rig: Rig) -> None:
    rig.sink.raise_next.append(KeyError("in the session"))
    rig.thread.start()
    rig.pedal.tap()
    rig.wait(2)
    assert rig.sink.kinds == [(DOWN, 0), (SHORT, 0)]
    assert "KeyError" in rig.sink.troubles[0].detail


def test_the_foot_that_is_down_at_the_end_has_pressed(rig: Rig) -> None:
    rig.thread.start()
    rig.pedal._events.append(PedalEvent(0, True, 1e12))
    rig.wait(1)
    rig.thread.stop()
    rig.thread.join()
    assert rig.sink.kinds == [(DOWN, 0), (SHORT, 0)]


def test_a_release_that_a_busy_window_has_not_handed_over_makes_no_long_press(
    fakes: SimpleNamespace,
) -> None:
    rig = Rig(fakes, long_press_s=0.1)
    rig.pedal.known = 0.0
    rig.thread.start()
    rig.pedal.switch(0, True, 10.0)
    rig.wait(1)
    # By the thread's clock the foot is down for ages; the window says nothing of it.
    rig.pedal.reads.clear()
    rig.until(lambda: len(rig.pedal.reads) > 20)
    assert rig.sink.kinds == [(DOWN, 0)]
    rig.pedal.known = 10.05
    rig.pedal.switch(0, False, 10.06)
    rig.wait(2)
    assert rig.sink.kinds == [(DOWN, 0), (SHORT, 0)]
    rig.pedal.switch(0, True, 20.0)
    rig.pedal.known = 20.11
    rig.wait(4)
    assert rig.sink.kinds[2:] == [(DOWN, 0), (LONG, 0)]
    rig.thread.stop()
    rig.thread.join()
