import threading
import time
from collections.abc import Mapping

import pytest

from hardware.pedal import Pedal, PedalLost
from hardware.simulators.pedal import SimulatedPedal
from tests.hardware.pedal_contract import PedalContract


class SimulatedFeet:
    stalled = False
    cannot: Mapping[str, str] = {"bounce": "the simulated contact is never worn"}

    def __init__(self) -> None:
        self.pedal = SimulatedPedal()
        self.press = self.pedal.press
        self.release = self.pedal.release
        self.unplug = self.pedal.unplug
        self.replug = self.pedal.replug

    def bounce(self, switch: int, *, down: bool) -> None: ...


class TestSimulatedPedal(PedalContract):
    @pytest.fixture
    def rig(self) -> SimulatedFeet:
        return SimulatedFeet()


@pytest.fixture
def pedal():
    made: Pedal = SimulatedPedal(switch_count=2)
    made.open()
    yield made
    made.close()


def test_presses_come_in_order_with_their_times(pedal):
    before = time.monotonic()
    pedal.press()
    pedal.press(1)
    pedal.release()
    pedal.release(1)
    events = [pedal.read(1.0) for _ in range(4)]
    assert [(e.switch, e.down) for e in events] == [(0, True), (1, True), (0, False), (1, False)]
    times = [e.time_s for e in events]
    assert before <= times[0]
    assert times == sorted(times)
    assert pedal.read(0.0) is None


def test_a_switch_that_is_down_goes_down_no_further(pedal):
    pedal.release()
    pedal.press()
    pedal.press()
    assert pedal.read(0.0).down
    assert pedal.read(0.0) is None


def test_a_long_press_lasts(pedal):
    pedal.hold(0.05, 1)
    down, up = pedal.read(0.0), pedal.read(0.0)
    assert (down.switch, down.down, up.switch, up.down) == (1, True, 1, False)
    assert up.time_s - down.time_s >= 0.05


def test_nothing_in_time_is_none(pedal):
    before = time.monotonic()
    assert pedal.read(0.05) is None
    assert time.monotonic() - before >= 0.05


def test_no_event_is_lost_however_many_come(pedal):
    for _ in range(500):
        pedal.press()
        pedal.release()
    assert sum(pedal.read(0.0) is not None for _ in range(1000)) == 1000


def test_a_waiting_read_hears_another_thread_at_once(pedal):
    foot = threading.Timer(0.02, pedal.press)
    foot.start()
    assert pedal.read(10.0).down
    foot.join()


def test_an_unplugged_pedal_is_lost_until_it_is_opened_again(pedal):
    pedal.press()
    pedal.unplug()
    assert pedal.read(1.0).down  # it was pressed before
    with pytest.raises(PedalLost, match="unplugged"):
        pedal.read(1.0)
    with pytest.raises(PedalLost):
        pedal.open()
    pedal.replug()
    with pytest.raises(PedalLost, match="not open"):
        pedal.read(1.0)
    pedal.open()
    pedal.press()
    assert pedal.read(1.0).down


def test_pulling_the_cable_ends_a_waiting_read(pedal):
    hand = threading.Timer(0.02, pedal.unplug)
    hand.start()
    with pytest.raises(PedalLost):
        pedal.read(10.0)
    hand.join()


def test_nobody_hears_a_closed_pedal():
    pedal = SimulatedPedal()
    pedal.press()
    with pytest.raises(PedalLost):
        pedal.read(0.0)
    pedal.open()
    pedal.open()
    assert pedal.read(0.0) is None
    pedal.press()
    pedal.close()
    pedal.close()
    pedal.open()
    assert pedal.read(0.0) is None
    assert pedal.name
    assert pedal.switch_count == 3


@pytest.mark.parametrize("switch", [-1, 2])
def test_there_are_only_so_many_switches(pedal, switch):
    with pytest.raises(ValueError, match="switches 0 to 1"):
        pedal.press(switch)
