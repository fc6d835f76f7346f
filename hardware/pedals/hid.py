"""Pedals that are HID devices, read through hidapi: an extra, imported only when one is chosen."""

import importlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from hardware.extras import install_hint
from hardware.pedal import PedalError, PedalLost
from hardware.pedals.contacts import ContactChange, ContactPedal
from hardware.pedals.hid_report import HidSwitch, numbered_reports, split_report, switches_down
from hardware.pedals.record import PedalRecord

INSTALL_HINT = install_hint("hid")

_LONGEST_REPORT = 1024
_LOOK_MS = 5
"""How long one read waits, so that a clock that stands (a suspended laptop) keeps nobody."""

U16 = Annotated[int, Field(ge=0, le=0xFFFF)]


class HidDevice(Protocol):
    """What is used of hidapi's ``device``, which a test may stand in for."""

    def open_path(self, path: bytes) -> None:
        """Open the device of that path; OSError when it cannot be."""
        ...

    def read(self, max_length: int, timeout_ms: int) -> Sequence[int]:
        """Return a report, or nothing after the time; OSError when the device is gone."""
        ...

    def get_report_descriptor(self) -> Sequence[int]:
        """Return the report descriptor."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class HidApi(Protocol):
    """What is used of the module."""

    def enumerate(self, vendor_id: int = 0, product_id: int = 0) -> Sequence[dict[str, Any]]:
        """Return what is plugged in; opens nothing."""
        ...

    def device(self) -> HidDevice:
        """Return a closed device."""
        ...


class HidSettings(PedalRecord):
    """A HID pedal, and where its switches stand in its report.

    Attributes
    ----------
    vendor, product
        The two numbers of the USB device.
    serial_number
        For two pedals of one model; empty takes the first one.
    usage_page, usage, interface
        Which part of a device that is several at once; None takes the first one.
    report_id
        Number of the report that speaks of the switches; 0 for a device without numbers.
    """

    kind: Literal["hid"] = "hid"
    vendor: U16
    product: U16
    serial_number: str = ""
    usage_page: U16 | None = None
    usage: U16 | None = None
    interface: Annotated[int, Field(ge=0, le=255)] | None = None
    report_id: Annotated[int, Field(ge=0, le=255)] = 0
    label: str = "HID pedal"
    switches: Annotated[tuple[HidSwitch, ...], Field(min_length=1, max_length=16)]

    @property
    def place(self) -> "HidPlace":
        """Which device it is."""
        return HidPlace(
            self.vendor,
            self.product,
            self.serial_number,
            self.usage_page,
            self.usage,
            self.interface,
        )


@dataclass(frozen=True)
class HidPlace:
    """Which device, and which part of it; see `HidSettings`."""

    vendor: int
    product: int
    serial_number: str = ""
    usage_page: int | None = None
    usage: int | None = None
    interface: int | None = None

    def is_of(self, found: dict[str, Any]) -> bool:
        """Say whether an entry of hidapi's list is meant."""
        asked = (
            ("serial_number", self.serial_number or None),
            ("usage_page", self.usage_page),
            ("usage", self.usage),
            ("interface_number", self.interface),
        )
        return all(value is None or found.get(key) == value for key, value in asked)

    def __str__(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"


def require_hidapi() -> HidApi:
    """Return the module, or say how to install it.

    On Linux it is ``hidraw``: the other one of the package, over libusb, would take the device
    away from the rest of the system.

    Raises
    ------
    PedalError
        It is not installed, or another package brings a module of the same name.
    """
    name = "hidraw" if sys.platform.startswith("linux") else "hid"
    try:
        module: Any = importlib.import_module(name)
    except ImportError as error:
        raise PedalError(f"a HID pedal needs the package hidapi: {INSTALL_HINT}") from error
    if not hasattr(module, "device"):
        raise PedalError(
            "the installed module `hid` is not that of hidapi: remove the package `hid`, then "
            + INSTALL_HINT
        )
    api: HidApi = module
    return api


class HidReports:
    """The reports of one device, raw: the learn dialog reads them, and so do the contacts.

    Parameters
    ----------
    place
        Which device.
    api
        hidapi, or what a test puts in its place.
    """

    def __init__(self, place: HidPlace, api: HidApi | None = None) -> None:
        self._place = place
        self._api = require_hidapi() if api is None else api
        self._device: HidDevice | None = None
        self._numbered = False

    def open(self) -> None:
        """Open the device.

        Raises
        ------
        PedalLost
            It is not plugged in, or may not be opened.
        """
        place = self._place
        found = [f for f in self._api.enumerate(place.vendor, place.product) if place.is_of(f)]
        if not found:
            raise PedalLost(f"the pedal {place} is not plugged in")
        device = self._api.device()
        try:
            device.open_path(found[0]["path"])
        except OSError as error:
            raise PedalLost(
                f"the pedal {place} is there but may not be opened: close other programs; under "
                "Linux it needs its udev rule (docs/technician/pedal-hid.md)"
            ) from error
        self._device = device
        try:
            self._numbered = numbered_reports(bytes(device.get_report_descriptor()))
        except (OSError, AttributeError):  # before hidapi 0.14, and systems that do not tell
            self._numbered = False

    def read(self, timeout_ms: int) -> tuple[int, bytes] | None:
        """Return the number of the next report, 0 for none, and the report; None in time.

        Raises
        ------
        PedalLost
            The device is gone, or not open.
        """
        if self._device is None:
            raise PedalLost(f"the pedal {self._place} is not open")
        try:
            raw = bytes(self._device.read(_LONGEST_REPORT, timeout_ms))
        except (OSError, ValueError) as error:
            raise PedalLost(f"the pedal {self._place} was unplugged") from error
        return split_report(raw, numbered=self._numbered) if raw else None

    def close(self) -> None:
        """Close the device."""
        device, self._device = self._device, None
        if device is not None:
            device.close()


class HidContacts:
    """The `Contacts` of a HID pedal.

    Parameters
    ----------
    settings
        Device and switches.
    api
        hidapi, or what a test puts in its place.
    clock
        `time.monotonic`, or what a test puts in its place.

    Raises
    ------
    PedalError
        hidapi is missing.
    """

    def __init__(
        self,
        settings: HidSettings,
        api: HidApi | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._reports = HidReports(settings.place, api)
        self._clock = clock
        self._down: frozenset[int] = frozenset()

    @property
    def name(self) -> str:
        """What it is called in the window."""
        return f"{self._settings.label} ({self._settings.place})"

    @property
    def switch_count(self) -> int:
        """How many switches are known."""
        return len(self._settings.switches)

    def open(self) -> None:
        """Open the device; see `Contacts.open`. Reports of before are not read."""
        self._reports.open()
        self._down = frozenset()

    def wait(self, timeout_s: float) -> Sequence[ContactChange]:
        """Return what the next report changes; see `Contacts.wait`."""
        deadline_s = self._clock() + timeout_s
        while True:
            report = self._reports.read(_LOOK_MS)
            now_s = self._clock()
            changes = [] if report is None else self._changes(*report, now_s)
            if changes or now_s >= deadline_s:
                return changes

    def close(self) -> None:
        """Close the device."""
        self._reports.close()

    def _changes(self, report_id: int, data: bytes, now_s: float) -> list[ContactChange]:
        if report_id != self._settings.report_id:
            return []
        down = switches_down(data, self._settings.switches)
        if down is None:
            return []
        before, self._down = self._down, down
        return [ContactChange(s, s in down, now_s) for s in sorted(before ^ down)]


def hid_pedal(settings: HidSettings, api: HidApi | None = None) -> ContactPedal:
    """Return a closed HID pedal; see `HidContacts`."""
    return ContactPedal(HidContacts(settings, api))
