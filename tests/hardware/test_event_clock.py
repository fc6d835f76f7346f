"""Times of events from the stamps of a window system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.event_clock import EventClock


def test_an_event_that_was_handled_late_keeps_its_time() -> None:
    clock = EventClock()
    assert clock.time_s(5_000, 100.0) == pytest.approx(100.0)
    # Two events 2 ms apart, both handled after a stall of 200 ms.
    assert clock.time_s(6_000, 101.2) == pytest.approx(101.0, abs=0.002)
    assert clock.time_s(6_002, 101.2) == pytest.approx(101.002, abs=0.002)


def test_without_a_stamp_it_is_now() -> None:
    assert EventClock().time_s(0, 7.0) == 7.0


def test_clocks_that_drift_apart_do_not_make_events_old() -> None:
    clock = EventClock()
    for minute in range(600):
        now = 60.0 * minute
        happened = clock.time_s(1 + round(60_000 * minute * (1 - 100e-6)), now)
        assert now - happened < 0.01


@given(
    st.lists(st.tuples(st.integers(0, 500), st.floats(0, 0.3), st.booleans()), max_size=30),
    st.integers(1, 2**31),
)
def test_never_in_the_future_and_never_backwards(
    steps: list[tuple[int, float, bool]], start_ms: int
) -> None:
    clock, true_ms, now, last = EventClock(), 0, 50.0, float("-inf")
    for gap_ms, delay, stamped in steps:
        true_ms += gap_ms
        now = max(now, 50.0 + true_ms / 1000 + delay)
        time_s = clock.time_s(start_ms + true_ms if stamped else 0, now)
        assert last <= time_s <= now
        last = time_s
