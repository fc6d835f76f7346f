"""HID pedals on the way from the plug to the program: the kernel, hidraw and hidapi are real.

Run by `test_guest.py` in a guest whose kernel has uhid.
"""

import time
from collections.abc import Iterator, Mapping

import pytest

from hardware.pedals.hid import HidReports, HidSettings, hid_pedal
from hardware.pedals.hid_report import bits
from hardware.pedals.listing import list_hid_pedals
from hardware.pedals.state_learning import LearnStep, StateLearning
from tests.guest.uhid import UhidDevice
from tests.hardware.pedal_contract import PedalContract

VENDOR, PRODUCT = 0x05F3, 0x00FF
# A joystick of three buttons and five bits of padding; with a report number in the second one.
PLAIN = bytes.fromhex(
    "05 01 09 04 a1 01 05 09 19 01 29 03 15 00 25 01 75 01 95 03 81 02 75 05 95 01 81 03 c0"
)
NUMBERED = bytes.fromhex(
    "05 01 09 04 a1 01 85 02 05 09 19 01 29 03 15 00 25 01 75 01 95 03 81 02 75 05 95 01 81 03 c0"
)


class Feet:
    cannot: Mapping[str, str] = {}
    stalled = False

    def __init__(self, descriptor: bytes, report_id: int) -> None:
        settings = HidSettings(
            vendor=VENDOR, product=PRODUCT, report_id=report_id, switches=bits(0, 1, 2, 4)
        )
        self.pedal = hid_pedal(settings)
        self._number = bytes([report_id]) if report_id else b""
        self._down = 0
        self.device = UhidDevice("Foot Pedal", VENDOR, PRODUCT, descriptor)

    def press(self, switch: int) -> None:
        self._down |= 1 << switch
        self._send()

    def release(self, switch: int) -> None:
        self._down &= ~(1 << switch)
        self._send()

    def bounce(self, switch: int, *, down: bool) -> None:
        for i in range(9):
            (self.press if (i % 2 == 0) == down else self.release)(switch)

    def unplug(self) -> None:
        self.device.unplug()
        self._down = 0

    def replug(self) -> None:
        self.device.plug()

    def _send(self) -> None:
        self.device.send(self._number + bytes([self._down]))


class TestPlainReports(PedalContract):
    @pytest.fixture
    def rig(self) -> Iterator[Feet]:
        feet = Feet(PLAIN, 0)
        yield feet
        feet.device.unplug()


class TestNumberedReports(PedalContract):
    @pytest.fixture
    def rig(self) -> Iterator[Feet]:
        feet = Feet(NUMBERED, 2)
        yield feet
        feet.device.unplug()


@pytest.mark.parametrize(("descriptor", "report_id"), [(PLAIN, 0), (NUMBERED, 2)])
def test_it_is_listed_and_learned(descriptor: bytes, report_id: int) -> None:
    feet = Feet(descriptor, report_id)
    try:
        listed = list_hid_pedals()
        assert [(each.vendor, each.product) for each in listed.pedals] == [(VENDOR, PRODUCT)]
        settings = HidSettings(vendor=VENDOR, product=PRODUCT, switches=bits(0, 1))
        reports = HidReports(settings.place)
        reports.open()
        learning = StateLearning()
        try:
            _feed(reports, learning, 0.3)
            learning.begin_presses()
            for switch in range(3):
                feet.press(switch)
                _feed(reports, learning, 0.3)
                assert learning.step is LearnStep.RELEASE
                feet.release(switch)
                _feed(reports, learning, 0.8)
                assert learning.learned == switch + 1, learning.trouble
        finally:
            reports.close()
        learned = learning.result()
        assert learned.report_id == report_id
        assert learned.switches == bits(0, 1, 2, 4)
    finally:
        feet.device.unplug()


def _feed(reports: HidReports, learning: StateLearning, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        report = reports.read(5)
        now_s = time.monotonic()
        if report is None:
            learning.settle(now_s)
        else:
            learning.feed(*report, now_s)
