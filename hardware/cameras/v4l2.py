"""What a V4L2 device says of itself that OpenCV does not pass on.

Numbers and layouts are those of Linux' ``include/uapi/linux/videodev2.h``.
"""

import os
import struct
from pathlib import Path
from typing import Final

_FORMAT: Final = struct.Struct("<III32sII12x")
"""``struct v4l2_fmtdesc``: index, type, flags, description, code, code on the bus."""
_ENUM_FORMATS: Final = 0xC0405602
_VIDEO_CAPTURE: Final = 1
_MOST: Final = 64


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
    import fcntl  # noqa: PLC0415 - Windows has none, and does not come here

    found = []
    try:
        device = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return ()
    try:
        for index in range(_MOST):
            asked = _FORMAT.pack(index, _VIDEO_CAPTURE, 0, b"", 0, 0)
            told = _FORMAT.unpack(fcntl.ioctl(device, _ENUM_FORMATS, asked))
            found.append(int(told[4]).to_bytes(4, "little").decode("latin-1"))
    except OSError:  # the end of the list
        pass
    finally:
        os.close(device)
    return tuple(found)
