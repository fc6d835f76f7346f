"""HID pedals that are known: nobody has to learn them.

The order of the switches is that of their bits. Which of them lies left is a matter of the model,
and of how it was set up with its maker's tool: the user tries it and binds actions to what is
there. None of these pedals was at hand: a source stands beside each, and learning overrides it.
"""

from dataclasses import dataclass

from hardware.pedals.hid import HidSettings
from hardware.pedals.hid_report import bits

_JOYSTICK = {"usage_page": 0x01, "usage": 0x04}
"""Generic Desktop Page, Joystick (HID Usage Tables 1.5)."""

PRESETS: tuple[HidSettings, ...] = (
    # github.com/breedx2/infinity-footpedal, pedal.c: byte 0, bits 1 left, 2 middle, 4 right.
    HidSettings(
        vendor=0x05F3, product=0x00FF, label="VEC Infinity IN-USB-2", switches=bits(0, 1, 2, 4)
    ),
    # github.com/GoogleChromeLabs/dictation_support, src/dictation_device_manager.ts (numbers and
    # usage) and src/foot_control_device.ts (byte 0, bits 1, 2, 4 and, on the ACC2330, 8).
    HidSettings(
        vendor=0x0911,
        product=0x1844,
        label="Philips ACC2310 / ACC2320",
        switches=bits(0, 1, 2, 4),
        **_JOYSTICK,
    ),
    HidSettings(
        vendor=0x0911,
        product=0x091A,
        label="Philips ACC2330",
        switches=bits(0, 1, 2, 4, 8),
        **_JOYSTICK,
    ),
    # Source of the page of slowriff.com that plays video by pedal, through WebHID: byte 2, bits
    # 1, 2, 4; for the RS31H in its Olympus mode, not in that of a keyboard.
    HidSettings(
        vendor=0x07B4, product=0x0218, label="Olympus foot switch", switches=bits(2, 1, 2, 4)
    ),
    HidSettings(vendor=0x07B4, product=0x025F, label="Olympus RS31H", switches=bits(2, 1, 2, 4)),
    # The same page: byte 0, bits 1, 2, 4.
    HidSettings(
        vendor=0x15D8, product=0x0024, label="Grundig foot switch", switches=bits(0, 1, 2, 4)
    ),
)
"""Pedals whose report is known."""


@dataclass(frozen=True)
class KeyTyper:
    """A pedal that types keys: it is used as a keyboard pedal, and needs no driver."""

    vendor: int
    product: int
    label: str


# github.com/rgerganov/footswitch, README.md and 19-footswitch.rules.
KEY_TYPERS: tuple[KeyTyper, ...] = (
    KeyTyper(0x0C45, 0x7403, "PCsensor FootSwitch"),
    KeyTyper(0x0C45, 0x7404, "PCsensor FootSwitch"),
    KeyTyper(0x413D, 0x2107, "PCsensor FootSwitch"),
    KeyTyper(0x1A86, 0xE026, "PCsensor FootSwitch"),
    KeyTyper(0x3553, 0xB001, "PCsensor FootSwitch"),
    KeyTyper(0x3553, 0xC010, "PCsensor FootSwitch"),
    KeyTyper(0x0426, 0x3011, "Scythe USB Foot Switch"),
    KeyTyper(0x055A, 0x0998, "Scythe USB Foot Switch II"),
)
"""Pedals that are keyboards. Windows lends a keyboard to no program, and under Linux the key would
be typed all the same, so none of them has a preset here."""


def preset_for(vendor: int, product: int) -> HidSettings | None:
    """Return what is known of a pedal, or None."""
    return next((p for p in PRESETS if (p.vendor, p.product) == (vendor, product)), None)


def key_typer(vendor: int, product: int) -> KeyTyper | None:
    """Return the pedal of these numbers that types keys, or None."""
    return next((k for k in KEY_TYPERS if (k.vendor, k.product) == (vendor, product)), None)
