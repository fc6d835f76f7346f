"""Switches without their bounces, and bytes without their noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.pedal import PedalError
from hardware.pedals.byte_patterns import BytePatterns, Edge
from hardware.pedals.contacts import ContactChange, ContactPedal, SwitchBank

PATTERNS = {
    b"D0": Edge(0, True),
    b"U0": Edge(0, False),
    b"\x02\x01": Edge(1, True),
    b"\x02\x00": Edge(1, False),
}


@given(
    st.lists(st.sampled_from(sorted(PATTERNS)), max_size=12),
    st.lists(st.integers(1, 5), min_size=1, max_size=8),
)
def test_patterns_are_found_in_whatever_pieces_they_come(
    rows: list[bytes], cuts: list[int]
) -> None:
    finder = BytePatterns(PATTERNS)
    data, said, i = b"".join(rows), [], 0
    while data:
        size = cuts[i % len(cuts)]
        said += finder.feed(data[:size])
        data, i = data[size:], i + 1
    assert said == [PATTERNS[row] for row in rows]


@given(st.lists(st.one_of(st.sampled_from(sorted(PATTERNS)), st.just(b"x"), st.just(b"\xff"))))
def test_noise_between_patterns_is_skipped(rows: list[bytes]) -> None:
    assert BytePatterns(PATTERNS).feed(b"".join(rows)) == tuple(
        PATTERNS[row] for row in rows if row in PATTERNS
    )


def test_patterns_that_begin_alike_are_refused() -> None:
    with pytest.raises(PedalError, match=r"switch 2 \(41 42\) begin with those of switch 1 \(41\)"):
        BytePatterns({b"A": Edge(0, True), b"AB": Edge(1, True)})
    with pytest.raises(PedalError, match="empty"):
        BytePatterns({b"": Edge(0, True)})


def test_a_bank_keeps_its_switches_apart() -> None:
    bank = SwitchBank(2)
    assert [e.switch for e in bank.feed(ContactChange(0, True, 1.0))] == [0]
    assert bank.feed(ContactChange(0, False, 1.1)) == ()
    assert [e.switch for e in bank.feed(ContactChange(1, True, 1.11))] == [1]
    assert bank.feed(ContactChange(1, False, 1.12)) == ()
    assert [(e.switch, e.down, e.time_s) for e in bank.settle(2.0)] == [
        (0, False, 1.1),
        (1, False, 1.12),
    ]
    assert bank.due_s is None


def test_a_release_that_is_not_certain_yet_may_end_a_short_press() -> None:
    bank = SwitchBank(1)
    bank.feed(ContactChange(0, True, 1.0))
    assert bank.known_until_s(1.5) == 1.5
    bank.feed(ContactChange(0, False, 1.59))
    assert bank.known_until_s(1.61) == pytest.approx(1.59)
    bank.settle(1.63)
    assert bank.known_until_s(1.64) == 1.64


class Buffered:
    """Contacts that are read late: press, release and press again wait in a buffer."""

    name = "worn pedal"
    switch_count = 1

    def __init__(self) -> None:
        self.now_s = 100.0
        self._buffer = [True, False, True]

    def open(self) -> None: ...

    def close(self) -> None: ...

    def clock(self) -> float:
        # The thread is held up whenever something was read, and finds the time gone.
        now_s, self.now_s = self.now_s, self.now_s + 0.012
        return now_s

    def wait(self, timeout_s: float) -> list[ContactChange]:
        if not self._buffer:
            self.now_s += timeout_s
            return []
        return [ContactChange(0, self._buffer.pop(0), self.now_s)]


def test_a_bounce_that_waits_to_be_read_is_no_release() -> None:
    contacts = Buffered()
    pedal = ContactPedal(contacts, contacts.clock)
    pedal.open()
    events = []
    while (event := pedal.read(0.3)) is not None:
        events.append((event.switch, event.down))
    assert events == [(0, True)]
