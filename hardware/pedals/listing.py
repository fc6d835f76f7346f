"""Which serial ports and which known HID pedals are there; nothing is opened."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hardware.listing import Listed, Listing, looked
from hardware.pedals.hid import HidApi, HidSettings, require_hidapi
from hardware.pedals.hid_presets import key_typer, preset_for
from hardware.serial_port import require_pyserial


@dataclass(frozen=True)
class ListedPedal:
    """A HID device that is known as a pedal.

    Attributes
    ----------
    vendor, product
        Its two numbers.
    text
        For the user.
    record
        What `hardware.pedals.kinds.make_pedal` takes for it; None for one that types keys.
    """

    vendor: int
    product: int
    text: str
    record: dict[str, Any] | None


@dataclass(frozen=True)
class ListedPedals:
    """All of them, or why they could not be looked for."""

    pedals: tuple[ListedPedal, ...] = ()
    problem: str = ""


def list_serial_ports() -> Listing:
    """Return the serial ports as the system lists them; none is opened."""

    def look() -> Listing:
        require_pyserial()
        list_ports: Any = importlib.import_module("serial.tools.list_ports")

        return Listing(
            tuple(Listed(str(p.device), _port_text(p)) for p in sorted(list_ports.comports()))
        )

    return looked(look)


def list_hid_pedals(api: HidApi | None = None) -> ListedPedals:
    """Return the HID devices that a preset knows, and those that are known to type keys."""
    found: list[ListedPedal] = []

    def look() -> Listing:
        for pedal in _known((require_hidapi() if api is None else api).enumerate()):
            if pedal not in found:  # a device is listed once for each of its parts
                found.append(pedal)
        return Listing()

    problem = looked(look).problem
    return ListedPedals(tuple(found), problem)


def _known(entries: Any) -> Iterator[ListedPedal]:
    for entry in entries:
        vendor, product = int(entry["vendor_id"]), int(entry["product_id"])
        preset = preset_for(vendor, product)
        if preset is not None and preset.place.is_of(entry):
            yield ListedPedal(vendor, product, preset.label, _record(preset))
        keys = key_typer(vendor, product)
        if keys is not None:
            yield ListedPedal(vendor, product, f"{keys.label}, a pedal that types keys", None)


def _record(preset: HidSettings) -> dict[str, Any]:
    return {"kind": preset.kind, **preset.model_dump(mode="json", exclude_defaults=True)}


def _port_text(port: Any) -> str:
    text = str(port.description or "")
    return "" if text in {"n/a", str(port.device)} else text
