"""Serial ports through pyserial, an extra that is imported only when such a device is chosen."""

import importlib
import sys
from typing import Any, Protocol

from hardware.extras import install_hint

READ_S = 0.004
"""How long one read waits. It is set when the port is opened and never again: a change makes
pyserial set up the whole port anew, over the network if that is where the port is."""

INSTALL_HINT = install_hint("serial")


class SerialUnavailable(Exception):
    """pyserial is not there; the message is one line for the user."""


class SerialPort(Protocol):
    """What is used of pyserial's ``Serial``, which a test may stand in for."""

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        ...

    @property
    def cts(self) -> bool:
        """Clear to send."""
        ...

    @property
    def dsr(self) -> bool:
        """Data set ready."""
        ...

    @property
    def ri(self) -> bool:
        """Ring indicator."""
        ...

    @property
    def cd(self) -> bool:
        """Carrier detect."""
        ...

    def read(self, size: int) -> bytes:
        """Return up to that many bytes, fewer after `READ_S`."""
        ...

    def write(self, data: bytes) -> int | None:
        """Send bytes."""
        ...

    def close(self) -> None:
        """Close the port."""
        ...


def require_pyserial() -> Any:
    """Return the module, or say how to install it.

    Raises
    ------
    SerialUnavailable
        It is not installed.
    """
    try:
        module = importlib.import_module("serial")
    except ImportError as error:
        raise SerialUnavailable(
            f"a device on a serial port needs the package pyserial: {INSTALL_HINT}"
        ) from error
    if not hasattr(module, "serial_for_url"):
        # Another distribution, called `serial`, brings a module of the same name.
        raise SerialUnavailable(
            "the installed module `serial` is not pyserial: remove the package `serial`, then "
            + INSTALL_HINT
        )
    return module


def open_port(port: str, baud: int, *, dtr: bool, rts: bool) -> SerialPort:
    """Open a port by its name (``/dev/ttyUSB0``, ``COM3``) or an ``rfc2217://host:port`` URL.

    Parameters
    ----------
    baud
        Bits per second; 8 data bits, no parity, one stop bit.
    dtr, rts
        Whether these lines are raised. Contact pedals take their current from one of them.

    Raises
    ------
    OSError, ValueError
        As pyserial raises them: see `port_trouble`.
    """
    serial = require_pyserial()
    opened = serial.serial_for_url(port, baudrate=baud, timeout=READ_S, do_not_open=True)
    if "://" not in port and sys.platform != "win32":
        # Two programs that read one port would each get half of the presses.
        opened.exclusive = True
    opened.dtr, opened.rts = dtr, rts
    opened.open()
    result: SerialPort = opened
    return result


def port_trouble(port: str, error: Exception) -> str:
    """Return one line that says why a port cannot be used, and what to do."""
    text = " ".join(str(error).split())
    lowered = text.lower()
    if "permission" in lowered or "access is denied" in lowered:
        return f"{port} may not be opened: close other programs, or join the group of serial ports"
    if "exclusively lock" in lowered or "busy" in lowered:
        return f"{port} is used by another program: close that one"
    return f"{port} cannot be used: see to plug and cable ({text})"
