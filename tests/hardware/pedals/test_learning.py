"""Learning a pedal, by its reports and by its bytes, with feet of every kind."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardware.pedal import PedalError
from hardware.pedals.byte_learning import ByteLearning, press_and_release
from hardware.pedals.hid_report import HidSwitch, switches_down
from hardware.pedals.serial import SwitchBytes
from hardware.pedals.state_learning import LearnStep, StateLearning, told_apart


class Clock:
    def __init__(self) -> None:
        self.now = 10.0

    def after(self, seconds: float) -> float:
        self.now += seconds
        return self.now


def teach(learning: StateLearning, clock: Clock, *reports: bytes, report_id: int = 0) -> None:
    """Send the reports of a press and its release, bouncing, and wait."""
    for report in reports:
        learning.feed(report_id, report, clock.after(0.01))
    learning.settle(clock.after(0.5))


def test_a_pedal_that_is_silent_at_rest() -> None:
    learning, clock = StateLearning(), Clock()
    assert learning.step is LearnStep.REST
    learning.begin_presses()
    assert learning.step is LearnStep.PRESS
    for bit in (1, 2, 4):
        learning.feed(0, bytes([bit, 0]), clock.after(1.0))
        assert learning.step is LearnStep.RELEASE
        learning.settle(clock.after(2.0))  # held
        assert learning.step is LearnStep.RELEASE
        learning.feed(0, b"\0\0", clock.after(0.1))
        learning.settle(clock.after(0.1))
        assert learning.step is LearnStep.RELEASE
        learning.settle(clock.after(0.3))
        assert learning.step is LearnStep.PRESS
    learned = learning.result()
    assert learned.report_id == 0
    assert learned.switches == tuple(HidSwitch(byte=0, mask=b, value=b) for b in (1, 2, 4))


def test_a_bouncing_switch_is_learned_once() -> None:
    learning, clock = StateLearning(), Clock()
    learning.begin_presses()
    teach(learning, clock, b"\1", b"\0", b"\1", b"\0", b"\1", b"\0", b"\1", b"\0")
    assert learning.learned == 1
    assert learning.trouble == ""


def test_counters_that_run_at_rest_are_left_out() -> None:
    learning, clock = StateLearning(), Clock()
    counter = itertools.count()

    def report(pressed: int) -> bytes:
        return bytes([next(counter) % 256, pressed])

    for _ in range(300):
        learning.feed(0, report(0), clock.after(0.008))
    learning.begin_presses()
    for bit in (1, 2):
        for pressed in (0, bit, 0):
            for _ in range(100):
                learning.feed(0, report(pressed), clock.after(0.008))
    assert learning.result().switches == (
        HidSwitch(byte=1, mask=1, value=1),
        HidSwitch(byte=1, mask=2, value=2),
    )


def test_reports_of_other_numbers_are_left_out() -> None:
    learning, clock = StateLearning(), Clock()
    learning.begin_presses()
    learning.feed(3, b"\x80\0", clock.after(0.1))
    learning.feed(1, b"\xff\xff", clock.after(0.1))
    learning.feed(3, b"\0\0", clock.after(0.1))
    learning.settle(clock.after(0.5))
    learned = learning.result()
    assert learned.report_id == 3
    assert learned.switches == (HidSwitch(byte=0, mask=0x80, value=0x80),)


def test_key_codes_are_told_by_the_whole_byte() -> None:
    switches = told_apart(b"\0\0\0", [b"\0\0\x1e", b"\0\0\x1f"])
    assert switches_down(b"\0\0\x1f", switches) == {1}
    assert switches_down(b"\0\0\x1e", switches) == {0}


def test_an_inverted_pedal() -> None:
    assert told_apart(b"\x07", [b"\x06", b"\x05"]) == (
        HidSwitch(byte=0, mask=1, value=0),
        HidSwitch(byte=0, mask=2, value=0),
    )


def test_a_switch_that_looks_like_another_is_not_taken() -> None:
    learning, clock = StateLearning(), Clock()
    learning.begin_presses()
    teach(learning, clock, b"\1", b"\0")
    teach(learning, clock, b"\1", b"\0")
    assert learning.learned == 1
    assert learning.trouble == "switch 2 looks like switch 1: press another one"
    teach(learning, clock, b"\2", b"\0")
    assert learning.trouble == ""
    assert len(learning.result().switches) == 2


def test_a_pedal_that_does_not_come_back_is_told() -> None:
    learning, clock = StateLearning(), Clock()
    learning.feed(0, b"\0\0", clock.after(0.1))
    learning.begin_presses()
    learning.feed(0, b"\1\0", clock.after(0.1))
    learning.feed(0, b"\0\1", clock.after(0.1))
    learning.settle(clock.after(1.0))
    assert learning.trouble == ""
    learning.settle(clock.after(3.0))
    assert "let go of all switches" in learning.trouble


@pytest.mark.parametrize("learning", [StateLearning(), ByteLearning()])
def test_nothing_learned_is_an_error(learning: StateLearning | ByteLearning) -> None:
    with pytest.raises(PedalError, match="nothing was learned"):
        learning.result()
    learning.begin_presses()
    learning.settle(100.0)
    with pytest.raises(PedalError, match="nothing was learned"):
        learning.result()


@given(
    st.binary(min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 255)), min_size=1, max_size=5),
)
def test_learned_switches_are_right_or_refused(rest: bytes, changes: list[tuple[int, int]]) -> None:
    presses = []
    for byte, flip in changes:
        press = bytearray(rest)
        press[byte % len(rest)] ^= flip
        presses.append(bytes(press))
    if len(set(presses)) < len(presses):
        with pytest.raises(PedalError, match="looks like"):
            told_apart(rest, presses)
        return
    switches = told_apart(rest, presses)
    assert switches_down(rest, switches) == frozenset()
    assert [switches_down(press, switches) for press in presses] == [
        {number} for number in range(len(presses))
    ]


def say(learning: ByteLearning, clock: Clock, *bursts: bytes) -> None:
    for burst in bursts:
        now = clock.after(0.5)
        for i in range(len(burst)):
            learning.feed(burst[i : i + 1], now + 0.001 * i)
    learning.settle(clock.after(2.0))


def test_bytes_of_press_and_release() -> None:
    learning, clock = ByteLearning(), Clock()
    learning.begin_presses()
    say(learning, clock, b"D0", b"U0")
    say(learning, clock, b"D1U1D1", b"U1D1U1")  # bouncing
    say(learning, clock, b"\x02", b"\x02\x02\x02", b"\x02\x03")  # repeating itself while held
    say(learning, clock, b"x", b"xxxx")  # silent when it is let go
    assert learning.trouble == ""
    assert learning.result() == (
        SwitchBytes(down=b"D0", up=b"U0"),
        SwitchBytes(down=b"D1", up=b"U1"),
        SwitchBytes(down=b"\x02", up=b"\x03"),
        SwitchBytes(down=b"x"),
    )


def test_a_switch_that_sends_what_another_one_sends_is_not_taken() -> None:
    learning, clock = ByteLearning(), Clock()
    learning.begin_presses()
    say(learning, clock, b"A", b"B")
    say(learning, clock, b"A", b"C")
    assert learning.trouble == "switch 2 looks like switch 1: press another one"
    say(learning, clock, b"AX", b"C")
    assert "begin with those of switch 1" in learning.trouble
    assert learning.learned == 1


def test_a_toggle_is_refused() -> None:
    with pytest.raises(PedalError, match="the same when it is pressed and when it is let go"):
        press_and_release([b"T", b"T"])


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PedalError, match="sends too much"):
        press_and_release([bytes(300)])


def test_a_bounce_is_not_learned_where_press_and_release_begin_alike() -> None:
    with pytest.raises(PedalError, match="begin with the same bytes"):
        press_and_release([b"\xe4\x00\xe4\xe4\x00", b"\xe4\xe4\x00\xe4"])


@pytest.mark.parametrize("down", [b"\x00\x01", b"\x00\x01\x00"])
def test_a_press_and_a_release_that_share_a_byte_are_learned(down: bytes) -> None:
    up = b"\x00\x00"
    assert press_and_release([down + up + down, up]) == SwitchBytes(down=down, up=up)


def test_a_port_that_talks_by_itself_is_told() -> None:
    learning = ByteLearning()
    learning.feed(b"#", 1.0)
    assert "another speed" in learning.trouble


@given(
    st.binary(min_size=1, max_size=3),
    st.binary(min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(0, 3),
)
@example(b"\xe4\x00", b"\xe4", 1, 0)
def test_what_was_learned_explains_what_was_sent(
    down: bytes, up: bytes, bounces: int, repeats: int
) -> None:
    bursts = [down + (up + down) * bounces, *([down] * repeats), up + (down + up) * bounces]
    try:
        learned = press_and_release(bursts)
    except PedalError:
        return
    assert len(learned.down) + len(learned.up) <= len(down) + len(up)
    assert bursts[0].startswith(learned.down)
    assert bursts[-1].endswith(learned.up)
