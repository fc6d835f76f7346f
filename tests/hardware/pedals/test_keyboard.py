"""The pedal behind a key, on its own thread's side."""

import threading
import time
from collections.abc import Mapping

import pytest

from hardware.pedal import Pedal, PedalError, PedalEvent, PedalLost
from hardware.pedals.keyboard import KeyboardPedal
from tests.hardware.pedal_contract import PedalContract


class KeyFeet:
    """Feet on a pedal that types keys; the window, which takes the bounces out, is not here."""

    stalled = False
    cannot: Mapping[str, str] = {
        "bounce": "keys are debounced in the window: tests/app/gui/test_keyboard_pedal.py",
        "unplug": "a keyboard that is unplugged types nothing, and nobody is told",
    }

    def __init__(self) -> None:
        self.pedal = KeyboardPedal(2)

    def press(self, switch: int) -> None:
        self.pedal.put_event(PedalEvent(switch, True, time.monotonic()))
        self.pedal.note_known(float("inf"))

    def release(self, switch: int) -> None:
        self.pedal.put_event(PedalEvent(switch, False, time.monotonic()))

    def bounce(self, switch: int, *, down: bool) -> None: ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...


class TestKeyboardPedal(PedalContract):
    @pytest.fixture
    def rig(self) -> KeyFeet:
        return KeyFeet()


@pytest.fixture
def pedal() -> KeyboardPedal:
    pedal = KeyboardPedal(2)
    pedal.open()
    return pedal


def test_it_is_a_pedal(pedal: KeyboardPedal) -> None:
    as_pedal: Pedal = pedal
    assert as_pedal.name
    assert as_pedal.switch_count == 2


def test_events_come_out_in_order_and_none_is_lost(pedal: KeyboardPedal) -> None:
    events = [PedalEvent(i % 2, i % 4 < 2, float(i)) for i in range(500)]
    for event in events:
        pedal.put_event(event)
    assert [pedal.read(0) for _ in events] == events
    assert pedal.read(0.001) is None


def test_a_reader_that_waits_is_woken(pedal: KeyboardPedal) -> None:
    event = PedalEvent(0, True, time.monotonic())
    got: list[PedalEvent | None] = []
    reader = threading.Thread(target=lambda: got.append(pedal.read(5.0)))
    reader.start()
    pedal.put_event(event)
    reader.join(5.0)
    assert got == [event]


def test_closed_it_takes_and_gives_nothing(pedal: KeyboardPedal) -> None:
    pedal.put_event(PedalEvent(0, True, 1.0))
    pedal.close()
    pedal.close()
    pedal.put_event(PedalEvent(0, False, 2.0))
    with pytest.raises(PedalLost, match="closed"):
        pedal.read(0)
    pedal.open()
    assert pedal.read(0) is None


def test_a_switch_that_is_not_there_is_refused(pedal: KeyboardPedal) -> None:
    with pytest.raises(ValueError, match="no switch 2"):
        pedal.put_event(PedalEvent(2, True, 1.0))


def test_when_nobody_reads_it_is_said_and_not_swallowed(pedal: KeyboardPedal) -> None:
    with pytest.raises(PedalError, match="not answered"):
        for i in range(2000):
            pedal.put_event(PedalEvent(0, i % 2 == 0, float(i)))
