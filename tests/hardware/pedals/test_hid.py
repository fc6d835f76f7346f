"""HID pedals against a stand-in for hidapi, and hidapi itself with nothing plugged in.

What the stand-in leaves out, the way from a plug to hidapi, is tried in `tests/guest`.
"""

import queue
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pydantic import TypeAdapter

from hardware.pedal import PedalError, PedalLost
from hardware.pedals.hid import HidPlace, HidReports, HidSettings, hid_pedal, require_hidapi
from hardware.pedals.hid_presets import KEY_TYPERS, PRESETS, key_typer, preset_for
from hardware.pedals.hid_report import (
    HidSwitch,
    bits,
    numbered_reports,
    split_report,
    switches_down,
)
from hardware.pedals.record import parsed
from tests.hardware.pedal_contract import PedalContract, opened, read, said

PLAIN = bytes.fromhex("05 01 09 04 a1 01 05 09 19 01 29 03 15 00 25 01 75 01 95 08 81 02 c0")
NUMBERED = bytes.fromhex("05 01 09 06 a1 01 85 02 05 07 c0")


class PluggedPedal:
    """A pedal in the socket, and hidapi's module and its device, as far as they are used."""

    def __init__(self, descriptor: bytes = PLAIN) -> None:
        self.descriptor = descriptor
        self.there = True
        self.refuses = False
        self.entries: list[dict[str, Any]] = [
            {"path": b"/dev/hidraw7", "usage_page": 1, "usage": 4, "interface_number": 0}
        ]
        self._reports: queue.Queue[bytes | None] = queue.Queue()
        self._open = False

    def send(self, report: bytes) -> None:
        if self._open:
            self._reports.put(report)

    def pull(self) -> None:
        self.there = False
        self._reports.put(None)

    def enumerate(self, vendor_id: int = 0, product_id: int = 0) -> Sequence[dict[str, Any]]:
        return self.entries if self.there else []

    def device(self) -> "PluggedPedal":
        return self

    def open_path(self, path: bytes) -> None:
        if self.refuses:
            raise OSError("open failed")
        self._reports = queue.Queue()
        self._open = True

    def read(self, max_length: int, timeout_ms: int) -> Sequence[int]:
        if not self._open:
            raise ValueError("not open")
        try:
            report = self._reports.get(timeout=timeout_ms / 1000)
        except queue.Empty:
            return []
        if report is None:
            raise OSError("read error")
        return list(report)

    def get_report_descriptor(self) -> Sequence[int]:
        return list(self.descriptor)

    def close(self) -> None:
        self._open = False


class HidFeet:
    cannot: Mapping[str, str] = {}
    stalled = False

    def __init__(self, settings: HidSettings, device: PluggedPedal) -> None:
        self.pedal = hid_pedal(settings, device)
        self._device = device
        self._settings = settings
        self._down = 0

    def press(self, switch: int) -> None:
        self._down |= self._settings.switches[switch].mask
        self._send()

    def release(self, switch: int) -> None:
        self._down &= ~self._settings.switches[switch].mask
        self._send()

    def bounce(self, switch: int, *, down: bool) -> None:
        for i in range(9):
            # In one go: a busy machine would make pauses as long as those of a foot.
            (self.press if (i % 2 == 0) == down else self.release)(switch)

    def unplug(self) -> None:
        self._device.pull()
        self._down = 0

    def replug(self) -> None:
        self._device.there = True

    def _send(self) -> None:
        data = bytearray(8)
        data[self._settings.switches[0].byte] = self._down
        number = bytes([self._settings.report_id]) if self._settings.report_id else b""
        self._device.send(number + bytes(data))


class TestPlainReports(PedalContract):
    @pytest.fixture
    def rig(self) -> HidFeet:
        return HidFeet(PRESETS[0], PluggedPedal())


class TestNumberedReports(PedalContract):
    @pytest.fixture
    def rig(self) -> HidFeet:
        settings = HidSettings(
            vendor=0x1234, product=0x5678, report_id=2, switches=bits(3, 0x10, 0x20)
        )
        return HidFeet(settings, PluggedPedal(NUMBERED))


def test_a_report_of_another_number_or_too_short_says_nothing() -> None:
    settings = HidSettings(vendor=1, product=2, report_id=2, switches=bits(3, 1))
    device = PluggedPedal(NUMBERED)
    pedal = hid_pedal(settings, device)
    with opened(pedal):
        device.send(bytes([1, 0, 0, 0, 1]))
        device.send(bytes([2, 0, 0]))
        assert pedal.read(0.1) is None
        device.send(bytes([2, 0, 0, 0, 1]))
        assert said([read(pedal)]) == [(0, True)]


def test_the_part_of_a_device_that_is_asked_for_is_taken() -> None:
    device = PluggedPedal()
    device.entries.insert(0, {"path": b"/dev/hidraw6", "usage_page": 1, "usage": 6})
    paths: list[bytes] = []
    device.open_path = paths.append  # type: ignore[method-assign]
    HidReports(HidPlace(1, 2, usage=4), device).open()
    HidReports(HidPlace(1, 2), device).open()
    assert paths == [b"/dev/hidraw7", b"/dev/hidraw6"]
    with pytest.raises(PedalLost, match="0001:0002 is not plugged in"):
        HidReports(HidPlace(1, 2, serial_number="A7"), device).open()


def test_a_pedal_that_may_not_be_opened_says_what_is_missing() -> None:
    device = PluggedPedal()
    device.refuses = True
    with pytest.raises(PedalLost, match="udev rule") as caught:
        hid_pedal(PRESETS[0], device).open()
    assert len(str(caught.value).splitlines()) == 1


def test_reports_of_a_closed_device_are_refused() -> None:
    with pytest.raises(PedalLost, match="not open"):
        HidReports(HidPlace(1, 2), PluggedPedal()).read(1)


@pytest.mark.parametrize(
    ("descriptor", "numbered"),
    [
        (PLAIN, False),
        (NUMBERED, True),
        (b"", False),
        (NUMBERED[:6], False),
        # The value 0x85 inside an item is no item of that kind.
        (bytes.fromhex("05 85 09 85 26 85 85"), False),
        (bytes.fromhex("fe 02 01 85 85 c0"), False),  # nor is one in a long item
        (b"\xfe", False),
    ],
)
def test_numbered_reports_are_told_by_the_descriptor(descriptor: bytes, numbered: bool) -> None:
    assert numbered_reports(descriptor) is numbered


def test_reports() -> None:
    assert split_report(b"\x02\x07", numbered=True) == (2, b"\x07")
    assert split_report(b"\x02\x07", numbered=False) == (0, b"\x02\x07")
    assert switches_down(b"\x00\x05", bits(1, 1, 2, 4)) == {0, 2}
    assert switches_down(b"\x05", bits(1, 1)) is None
    code = HidSwitch(byte=2, mask=0xFF, value=0x1E)
    assert switches_down(b"\0\0\x1e", [code]) == {0}
    assert switches_down(b"\0\0\x1f", [code]) == frozenset()
    inverted = HidSwitch(byte=0, mask=1, value=0)
    assert switches_down(b"\x00", [inverted]) == {0}


def test_presets_are_told_from_pedals_that_type_keys() -> None:
    infinity = preset_for(0x05F3, 0x00FF)
    assert infinity is not None
    assert [switches_down(bytes([value, 0]), infinity.switches) for value in (1, 2, 4, 5)] == [
        {0},
        {1},
        {2},
        {0, 2},
    ]
    assert preset_for(0x0C45, 0x7404) is None
    typer = key_typer(0x0C45, 0x7404)
    assert typer is not None
    assert typer.label
    assert key_typer(0x05F3, 0x00FF) is None
    numbers = [(p.vendor, p.product) for p in (*PRESETS, *KEY_TYPERS)]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vendor": 70000}, "at vendor"),
        ({"switches": []}, "at switches"),
        ({"switches": [{"byte": 0, "mask": 1, "value": 2}]}, "leaves out"),
        ({"switches": [{"byte": 0, "mask": 0, "value": 0}]}, "mask"),
    ],
)
def test_wrong_settings_are_told_in_one_line(values: dict[str, object], words: str) -> None:
    right = {"vendor": 1, "product": 2, "switches": [{"byte": 0, "mask": 1, "value": 1}]}
    with pytest.raises(PedalError, match=words) as caught:
        parsed(TypeAdapter(HidSettings), {**right, **values})
    assert len(str(caught.value).splitlines()) == 1


def test_without_the_package_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "hidraw" if sys.platform.startswith("linux") else "hid"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PedalError, match="make run EXTRAS=hid"):
        hid_pedal(PRESETS[0])
    monkeypatch.setitem(sys.modules, name, sys)
    with pytest.raises(PedalError, match="not that of hidapi"):
        require_hidapi()


def test_hidapi_itself_finds_no_such_pedal() -> None:
    pytest.importorskip("hid", reason="hidapi is missing (extra `hid`)")
    pedal = hid_pedal(HidSettings(vendor=0x05F3, product=0xFFFE, switches=bits(0, 1)))
    with pytest.raises(PedalLost, match="05f3:fffe is not plugged in"):
        pedal.open()
    device = require_hidapi().device()
    with pytest.raises(OSError, match="open failed"):
        device.open_path(b"/dev/no-such-hidraw")
    device.close()
