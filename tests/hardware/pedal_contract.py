"""What every pedal must do; a make's tests inherit from `PedalContract`."""

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import pytest

from hardware.pedal import Pedal, PedalEvent, PedalLost

PATIENCE_S = 10.0
QUIET_S = 0.15
"""After that nothing more comes of what was done before."""


class PedalRig(Protocol):
    """A pedal with at least two switches, and somebody's feet and hand.

    ``cannot`` names what this make cannot do on purpose (``bounce``, ``unplug``), and why;
    ``stalled`` says that the machine was too busy to bounce as fast as a contact does.
    """

    pedal: Pedal
    cannot: Mapping[str, str]
    stalled: bool

    def press(self, switch: int) -> None: ...

    def release(self, switch: int) -> None: ...

    def bounce(self, switch: int, *, down: bool) -> None:
        """Press or release with a worn contact: on and off for a few milliseconds."""
        ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...


@contextmanager
def opened(pedal: Pedal) -> Iterator[Pedal]:
    pedal.open()
    try:
        yield pedal
    finally:
        pedal.close()


def read(pedal: Pedal) -> PedalEvent:
    event = pedal.read(PATIENCE_S)
    assert event is not None
    return event


def rest(pedal: Pedal) -> list[PedalEvent]:
    """Return all that still comes."""
    return list(iter(lambda: pedal.read(QUIET_S), None))


def said(events: list[PedalEvent]) -> list[tuple[int, bool]]:
    return [(event.switch, event.down) for event in events]


def await_loss(pedal: Pedal) -> list[PedalEvent]:
    """Read until the loss shows, and return the events that came first."""
    events: list[PedalEvent] = []
    deadline = time.monotonic() + PATIENCE_S
    with pytest.raises(PedalLost) as caught:
        while time.monotonic() < deadline:
            event = pedal.read(PATIENCE_S)
            if event is not None:
                events.append(event)
    assert len(str(caught.value).splitlines()) == 1
    return events


class PedalContract:
    """Inherit, and give a fixture ``rig`` that returns a `PedalRig` with a closed pedal."""

    def test_it_has_a_name_and_switches(self, rig: PedalRig) -> None:
        assert rig.pedal.name.strip()
        assert rig.pedal.switch_count >= 2

    def test_a_press_and_a_release_of_each_switch(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            for switch in range(pedal.switch_count):
                rig.press(switch)
                assert said([read(pedal)]) == [(switch, True)]
                time.sleep(0.06)
                rig.release(switch)
                assert said([read(pedal)]) == [(switch, False)]
            assert rest(pedal) == []

    def test_times_are_of_the_monotonic_clock_and_go_up(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            began = time.monotonic()
            events = []
            for switch in (0, 1, 0):
                rig.press(switch)
                events.append(read(pedal))
                time.sleep(0.05)
                rig.release(switch)
                events.append(read(pedal))
            ended = time.monotonic()
        times = [event.time_s for event in events]
        assert all(a < b for a, b in itertools.pairwise(times))
        assert began <= times[0]
        assert times[-1] <= ended
        assert all(b - a >= 0.03 for a, b in zip(times[::2], times[1::2], strict=True))

    def test_a_worn_contact_gives_one_press(self, rig: PedalRig) -> None:
        _need(rig, "bounce")

        def stamp() -> None:
            rig.bounce(0, down=True)
            time.sleep(0.1)
            rig.bounce(0, down=False)

        with opened(rig.pedal) as pedal:
            foot = threading.Thread(target=stamp, name="rig foot")
            foot.start()
            try:
                events = [read(pedal), read(pedal)]
            finally:
                foot.join()
            events += rest(pedal)
        if rig.stalled:
            pytest.skip("the machine was too busy to bounce as a contact does")
        assert said(events) == [(0, True), (0, False)]

    def test_a_held_switch_is_one_press(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            rig.press(1)
            began = time.monotonic()
            assert said([read(pedal)]) == [(1, True)]
            assert said(rest(pedal)) == []
            time.sleep(0.2)
            rig.release(1)
            release = read(pedal)
            assert said([release]) == [(1, False)]
            assert release.time_s - began > 0.3

    def test_two_switches_at_once(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            rig.press(0)
            rig.press(1)
            assert said([read(pedal), read(pedal)]) == [(0, True), (1, True)]
            rig.release(0)
            assert said([read(pedal)]) == [(0, False)]
            rig.release(1)
            assert said([read(pedal)]) == [(1, False)]

    def test_no_event_is_lost_while_nobody_reads(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            rig.press(0)
            read(pedal)
            rig.release(0)
            time.sleep(0.3)
            assert said([read(pedal)]) == [(0, False)]

    def test_it_is_known_that_a_held_switch_is_held(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            rig.press(0)
            event = read(pedal)
            deadline = time.monotonic() + PATIENCE_S
            while pedal.known_until_s < event.time_s + 0.1:
                assert pedal.read(0.02) is None
                assert time.monotonic() < deadline
            rig.release(0)

    def test_nothing_in_time_is_none(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            before = time.monotonic()
            assert pedal.read(0.1) is None
            assert 0.1 <= time.monotonic() - before < 2.0

    def test_reading_needs_an_open_pedal(self, rig: PedalRig) -> None:
        with pytest.raises(PedalLost) as caught:
            rig.pedal.read(0.1)
        assert len(str(caught.value).splitlines()) == 1
        with opened(rig.pedal):
            pass
        with pytest.raises(PedalLost):
            rig.pedal.read(0.1)

    def test_opening_and_closing_twice_does_no_harm(self, rig: PedalRig) -> None:
        rig.pedal.close()
        rig.pedal.open()
        rig.press(0)
        assert said([read(rig.pedal)]) == [(0, True)]
        rig.pedal.open()
        rig.release(0)
        assert said([read(rig.pedal)]) == [(0, False)]
        rig.pedal.close()
        rig.pedal.close()

    def test_a_closed_pedal_forgets(self, rig: PedalRig) -> None:
        with opened(rig.pedal) as pedal:
            rig.press(0)
            read(pedal)
            rig.release(0)
        with opened(rig.pedal) as pedal:
            assert rest(pedal) == []
            rig.press(1)
            assert said([read(pedal)]) == [(1, True)]

    def test_another_thread_can_close_it(self, rig: PedalRig) -> None:
        rig.pedal.open()
        closer = threading.Timer(0.1, rig.pedal.close)
        before = time.monotonic()
        closer.start()
        try:
            with pytest.raises(PedalLost):
                rig.pedal.read(PATIENCE_S)
        finally:
            closer.join()
        assert time.monotonic() - before < 3.0

    def test_a_closed_pedal_leaves_no_thread(self, rig: PedalRig) -> None:
        before = set(threading.enumerate())
        with opened(rig.pedal) as pedal:
            pedal.read(0.05)
        assert {t for t in threading.enumerate() if t not in before and not _of_rig(t)} == set()

    def test_an_unplugged_pedal_is_lost_until_it_is_opened_again(self, rig: PedalRig) -> None:
        _need(rig, "unplug")
        with opened(rig.pedal) as pedal:
            rig.press(0)
            assert said([read(pedal)]) == [(0, True)]
            rig.unplug()
            assert said(await_loss(pedal)) in ([], [(0, False)])
            with pytest.raises(PedalLost):
                pedal.open()
            rig.replug()
            with pytest.raises(PedalLost):
                pedal.read(0.1)
            pedal.open()
            rig.press(1)
            assert said([read(pedal)]) == [(1, True)]

    def test_pulling_the_cable_ends_a_waiting_read(self, rig: PedalRig) -> None:
        _need(rig, "unplug")
        with opened(rig.pedal) as pedal:
            hand = threading.Timer(0.1, rig.unplug)
            before = time.monotonic()
            hand.start()
            try:
                await_loss(pedal)
            finally:
                hand.join()
            assert time.monotonic() - before < PATIENCE_S / 2


def _need(rig: PedalRig, what: str) -> None:
    if what in rig.cannot:
        pytest.skip(rig.cannot[what])


def _of_rig(thread: threading.Thread) -> bool:
    """Say whether a thread is the other end of the cable, which a test made."""
    return thread.name.startswith("rig")
