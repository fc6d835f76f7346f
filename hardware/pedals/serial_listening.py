"""Listening to a serial port while its pedal is learned."""

from hardware.pedal import PedalError
from hardware.pedals.hid_report import HidSwitch
from hardware.pedals.serial import Line, ListenedPort, SwitchLine, require_serial
from hardware.serial_port import open_port

LINES: tuple[Line, ...] = ("cts", "dsr", "ri", "cd")
"""In the order of their bits in `SerialListening.line_states`."""


class SerialListening:
    """One port, opened because the user chose it, for as long as the learning lasts.

    Feed `hardware.pedals.byte_learning.ByteLearning` with `read`, or
    `hardware.pedals.state_learning.StateLearning` with `line_states` as a report of number 0.

    Raises
    ------
    PedalError
        pyserial is missing.
    """

    def __init__(self, port: str, baud: int = 9600, *, dtr: bool = True, rts: bool = True) -> None:
        require_serial()
        self._port = ListenedPort(port, lambda: open_port(port, baud, dtr=dtr, rts=rts))

    def open(self) -> None:
        """Open the port, or raise `hardware.pedal.PedalLost`."""
        self._port.open()

    def read(self) -> bytes:
        """Return what came, at the first byte or after a few milliseconds."""
        return self._port.read()

    def line_states(self) -> bytes:
        """Return the modem lines as one byte, after a few milliseconds."""
        self._port.read()
        raised = self._port.lines(LINES)
        return bytes([sum(up << bit for bit, up in enumerate(raised))])

    def close(self) -> None:
        """Close the port."""
        self._port.close()


def learned_lines(switches: tuple[HidSwitch, ...]) -> tuple[SwitchLine, ...]:
    """Return the lines of switches that were learned from `SerialListening.line_states`.

    Raises
    ------
    PedalError
        Two switches move the same line.
    """
    found = []
    for switch in switches:
        bit = next(b for b in range(len(LINES)) if switch.mask >> b & 1)
        found.append(SwitchLine(line=LINES[bit], inverted=not switch.value >> bit & 1))
    if len({switch.line for switch in found}) < len(found):
        raise PedalError("two switches move the same line: see to the wiring of the pedal")
    return tuple(found)
