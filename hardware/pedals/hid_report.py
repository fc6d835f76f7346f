"""What the reports of a HID pedal say; pure functions."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from hardware.pedals.record import PedalRecord

_LONG_ITEM = 0xFE
_REPORT_ID = 0x84
"""Prefix of a report ID item without its size bits (Device Class Definition for HID 1.11,
6.2.2.7)."""


class HidSwitch(PedalRecord):
    """Where a switch stands in the report: it is down when ``report[byte] & mask == value``.

    Attributes
    ----------
    byte
        Counted from 0, after the number of the report where reports are numbered.
    """

    byte: Annotated[int, Field(ge=0, lt=1024)]
    mask: Annotated[int, Field(ge=1, le=255)]
    value: Annotated[int, Field(ge=0, le=255)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.value & ~self.mask:
            raise ValueError(
                f"value {self.value:#04x} has bits that mask {self.mask:#04x} leaves out"
            )
        return self

    def down(self, data: bytes) -> bool:
        """Say whether a report, without its number, says that the switch is down."""
        return data[self.byte] & self.mask == self.value


def bits(byte: int, *masks: int) -> tuple[HidSwitch, ...]:
    """Return the switches of a pedal that sets one bit for each."""
    return tuple(HidSwitch(byte=byte, mask=mask, value=mask) for mask in masks)


def numbered_reports(descriptor: bytes) -> bool:
    """Say from the report descriptor whether every report begins with its number.

    Parameters
    ----------
    descriptor
        As the device gives it: items of a prefix byte and up to four bytes of data, 6.2.2 of the
        Device Class Definition for HID 1.11. One that is cut off is read as far as it goes.
    """
    i = 0
    while i < len(descriptor):
        prefix = descriptor[i]
        if prefix == _LONG_ITEM:
            size = descriptor[i + 1] + 2 if i + 1 < len(descriptor) else 0
        else:
            if prefix & 0xFC == _REPORT_ID:
                return True
            size = (0, 1, 2, 4)[prefix & 3]
        i += 1 + size
    return False


def split_report(raw: bytes, *, numbered: bool) -> tuple[int, bytes]:
    """Return the number of a report, 0 where there is none, and the rest of it."""
    return (raw[0], raw[1:]) if numbered and raw else (0, raw)


def switches_down(data: bytes, switches: Sequence[HidSwitch]) -> frozenset[int] | None:
    """Return which switches a report says to be down; None when it is too short to say.

    Parameters
    ----------
    data
        The report without its number.
    """
    if any(switch.byte >= len(data) for switch in switches):
        return None
    return frozenset(number for number, switch in enumerate(switches) if switch.down(data))
