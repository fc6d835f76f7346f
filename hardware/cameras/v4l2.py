"""What a V4L2 device says of itself that OpenCV does not pass on.

Numbers and layouts are those of Linux' ``include/uapi/linux/videodev2.h`` and ``v4l2-controls.h``.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hardware.camera_settings import Range

_FORMAT: Final = struct.Struct("<III32sII12x")
"""``struct v4l2_fmtdesc``: index, type, flags, description, code, code on the bus."""
_CONTROL: Final = struct.Struct("<II32siiiiI8x")
"""``struct v4l2_queryctrl``: id, type, name, least, most, step, usual, flags."""
_SIZE: Final = struct.Struct("<IIIIIIIII8x")
"""``struct v4l2_frmsizeenum``: index, code, type, then width and height, or their limits."""
_ENUM_FORMATS: Final = 0xC0405602
_QUERY_CONTROL: Final = 0xC0445624
_ENUM_SIZES: Final = 0xC02C564A
_VIDEO_CAPTURE: Final = 1
_DISABLED: Final = 1
_DISCRETE: Final = 1
_MOST: Final = 256

GAIN: Final = 0x00980913
EXPOSURE: Final = 0x009A0902
"""In units of 0.1 ms."""


def pixel_formats(node: Path) -> tuple[str, ...]:
    """Return the four letters of each pixel format that a camera can send, e.g. ``MJPG``.

    Parameters
    ----------
    node
        ``/dev/video0``; it may be in use.

    Returns
    -------
    codes
        In the order of the camera; empty where it cannot be asked.
    """
    found = []
    with _opened(node) as device:
        for index in range(_MOST):
            asked = _FORMAT.pack(index, _VIDEO_CAPTURE, 0, b"", 0, 0)
            told = _told(device, _ENUM_FORMATS, asked)
            if told is None:
                break
            code = int(_FORMAT.unpack(told)[4])
            found.append(code.to_bytes(4, "little").decode("latin-1"))
    return tuple(found)


def limits(node: Path, control: int, unit: float = 1.0) -> Range | None:
    """Return the limits of a control, times `unit`; None where a camera has it not."""
    with _opened(node) as device:
        told = _told(device, _QUERY_CONTROL, _CONTROL.pack(control, 0, b"", 0, 0, 0, 0, 0))
    if told is None:
        return None
    _, _, _, least, most, step, _, flags = _CONTROL.unpack(told)
    return None if flags & _DISABLED else Range(least * unit, most * unit, step * unit)


def sizes(node: Path, pixel_format: str) -> tuple[Range, Range] | None:
    """Return the limits of width and height in px; None where they are not told.

    Most cameras have a list of sizes: the limits are its ends, and what lies between may be
    refused.
    """
    code = int.from_bytes(pixel_format.encode("latin-1"), "little")
    widths, heights = [], []
    step_x = step_y = None
    with _opened(node) as device:
        for index in range(_MOST):
            told = _told(device, _ENUM_SIZES, _SIZE.pack(index, code, 0, *[0] * 6))
            if told is None:
                break
            _, _, kind, *numbers = _SIZE.unpack(told)
            if kind == _DISCRETE:
                widths.append(numbers[0])
                heights.append(numbers[1])
                continue
            widths, heights = list(numbers[0:2]), list(numbers[3:5])
            step_x, step_y = float(numbers[2]), float(numbers[5])
            break
    if not widths:
        return None
    return (
        Range(float(min(widths)), float(max(widths)), step_x),
        Range(float(min(heights)), float(max(heights)), step_y),
    )


@contextmanager
def _opened(node: Path) -> Iterator[int | None]:
    try:
        device = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        yield None
        return
    try:
        yield device
    finally:
        os.close(device)


def _told(device: int | None, question: int, asked: bytes) -> bytes | None:
    import fcntl  # noqa: PLC0415 - Windows has none, and does not come here

    if device is None:
        return None
    try:
        return fcntl.ioctl(device, question, asked)
    except OSError:  # it has it not, or the list has ended
        return None
