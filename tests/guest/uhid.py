"""A HID device that the kernel takes for a real one, through ``/dev/uhid``.

The layout of the events is that of Linux' ``include/uapi/linux/uhid.h``.
"""

import os
import select
import struct
import threading
import time
from pathlib import Path
from typing import Final

UHID: Final = Path("/dev/uhid")
_DESTROY, _CREATE2, _INPUT2 = 1, 11, 12
_BUS_USB: Final = 3
_PATIENCE_S: Final = 10.0
_EVENT_SIZE: Final = 4380
_CREATE: Final = struct.Struct("<I128s64s64sHHIIII4096s")
_INPUT: Final = struct.Struct("<IH4096s")


class UhidDevice:
    """Plugged in from the beginning, until `unplug`.

    Parameters
    ----------
    name, vendor, product
        As the device tells them.
    descriptor
        Its report descriptor.
    """

    def __init__(self, name: str, vendor: int, product: int, descriptor: bytes) -> None:
        self._record = _CREATE.pack(
            _CREATE2,
            name.encode(),
            b"",
            b"",
            len(descriptor),
            _BUS_USB,
            vendor,
            product,
            0,
            0,
            descriptor,
        )
        self._id = f"HID_ID={_BUS_USB:04X}:{vendor:08X}:{product:08X}"
        self._file = -1
        self._reader: threading.Thread | None = None
        self.plug()

    def plug(self) -> None:
        """Plug it in."""
        self._file = os.open(UHID, os.O_RDWR)
        os.write(self._file, self._record)
        # The kernel asks and tells; what nobody reads would fill its queue.
        self._reader = threading.Thread(target=_read_all, args=(self._file,), name="rig uhid")
        self._reader.start()
        until_s = time.monotonic() + _PATIENCE_S
        while not self._is_there() and time.monotonic() < until_s:  # the kernel takes its time
            time.sleep(0.01)

    def _is_there(self) -> bool:
        known = [path.read_text() for path in Path("/sys/class/hidraw").glob("*/device/uevent")]
        return any(self._id in text for text in known)

    def unplug(self) -> None:
        """Pull it out."""
        if self._reader is None:
            return
        os.write(self._file, struct.pack("<I", _DESTROY))
        os.close(self._file)
        self._reader.join()
        self._reader = None

    def send(self, report: bytes) -> None:
        """Send an input report."""
        os.write(self._file, _INPUT.pack(_INPUT2, len(report), report))


def _read_all(file: int) -> None:
    while True:
        try:
            if select.select([file], [], [], 0.05)[0]:
                os.read(file, _EVENT_SIZE)
        except (OSError, ValueError):  # it was closed
            return
