"""All kinds of pedals, and the one that the settings choose.

No driver and no package of a driver is imported before its kind is chosen, and nothing is opened:
the pedal's own thread does that.
"""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from hardware.pedal import Pedal, PedalError
from hardware.pedals.keyboard import KeyboardPedal
from hardware.pedals.record import parsed
from hardware.simulators.pedal import SimulatedPedal

if TYPE_CHECKING:
    from pydantic import BaseModel

MOST_SWITCHES = 16


@dataclass(frozen=True)
class PedalKind:
    """A kind of pedal.

    Attributes
    ----------
    key
        As in the settings.
    text
        For the user.
    module
        The optional module that must be installed; empty where none is needed.
    package, extra
        What the user installs for it.
    make
        Makes a closed pedal from the settings without their ``kind``.
    """

    key: str
    text: str
    make: Callable[[Mapping[str, Any]], Pedal]
    module: str = ""
    package: str = ""
    extra: str = ""

    @property
    def installed(self) -> bool:
        """Whether its package is there; looks without importing it."""
        return not self.module or importlib.util.find_spec(self.module) is not None


def _simple(make: Callable[[int], Pedal]) -> Callable[[Mapping[str, Any]], Pedal]:
    def made(values: Mapping[str, Any]) -> Pedal:
        left = dict(values)
        count = left.pop("switch_count", 1)
        if left:
            raise PedalError(f"the settings of the pedal are wrong: {sorted(left)[0]} is not known")
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_SWITCHES:
            raise PedalError(
                f"the settings of the pedal are wrong at switch_count: a number from 1 to "
                f"{MOST_SWITCHES} is wanted"
            )
        return make(count)

    return made


def _record(kind: "type[BaseModel]", values: Mapping[str, Any]) -> Any:
    return parsed(TypeAdapter(kind), values)


def _serial_bytes(values: Mapping[str, Any]) -> Pedal:
    from hardware.pedals.serial import (  # noqa: PLC0415, only when chosen
        SerialBytesSettings,
        serial_bytes_pedal,
    )

    return serial_bytes_pedal(_record(SerialBytesSettings, values))


def _serial_lines(values: Mapping[str, Any]) -> Pedal:
    from hardware.pedals.serial import (  # noqa: PLC0415, only when chosen
        SerialLinesSettings,
        serial_lines_pedal,
    )

    return serial_lines_pedal(_record(SerialLinesSettings, values))


def _hid(values: Mapping[str, Any]) -> Pedal:
    from hardware.pedals.hid import HidSettings, hid_pedal  # noqa: PLC0415, only when chosen

    return hid_pedal(_record(HidSettings, values))


_SERIAL = {"module": "serial", "package": "pyserial", "extra": "serial"}

PEDAL_KINDS: tuple[PedalKind, ...] = (
    PedalKind("keyboard", "a pedal that types a key", _simple(KeyboardPedal)),
    PedalKind(
        "hid",
        "a foot switch for dictation, or another HID device",
        _hid,
        module="hidraw" if sys.platform.startswith("linux") else "hid",
        package="hidapi",
        extra="hid",
    ),
    PedalKind(
        "serial-bytes", "a pedal that sends bytes over a serial port", _serial_bytes, **_SERIAL
    ),
    PedalKind("serial-lines", "contacts on a serial port's modem lines", _serial_lines, **_SERIAL),
    PedalKind("simulated", "a pedal without a foot, for trying", _simple(SimulatedPedal)),
)
"""In the order in which they are offered."""


def make_pedal(settings: Mapping[str, Any]) -> Pedal:
    """Return the closed pedal that the settings describe.

    Parameters
    ----------
    settings
        A plain record, as JSON gives it: ``kind``, and what the kind asks for; see
        `hardware.pedals.serial.SerialBytesSettings`, `hardware.pedals.serial.SerialLinesSettings`
        and `hardware.pedals.hid.HidSettings`. The keyboard and the simulator take a
        ``switch_count``.

    Raises
    ------
    PedalError
        There is no such kind, a value is wrong, or the kind's package is not installed. One line
        for the user.
    """
    values = dict(settings)
    key = values.pop("kind", "keyboard")
    kind = next((kind for kind in PEDAL_KINDS if kind.key == key), None)
    if kind is None:
        names = ", ".join(kind.key for kind in PEDAL_KINDS)
        raise PedalError(f"there is no pedal of the kind {key!r}; there are {names}")
    return kind.make(values)
