"""Learning over a real cable: bytes through a tty, lines through RFC 2217 on loopback."""

import sys
import time
from pathlib import Path

import pytest

from hardware.pedal import PedalError
from hardware.pedals.byte_learning import QUIET_S, ByteLearning
from hardware.pedals.hid_report import HidSwitch
from hardware.pedals.serial import SwitchBytes, SwitchLine
from hardware.pedals.serial_listening import SerialListening, learned_lines
from hardware.pedals.state_learning import LearnStep, StateLearning
from tests.hardware.pedals.serial_rigs import PtyEnd, Rfc2217Server

PATIENCE_S = 10.0


@pytest.fixture(autouse=True)
def _pyserial() -> None:
    pytest.importorskip("serial", reason="pyserial is missing (extra `serial`)")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of that kind")
def test_bytes(tmp_path: Path) -> None:
    end = PtyEnd(tmp_path / "ttyPEDAL")
    port, learning = SerialListening(str(end.link)), ByteLearning()
    port.open()
    learning.begin_presses()
    end.send(b"D0")
    began = time.monotonic()
    released = False
    while learning.learned == 0 and time.monotonic() < began + PATIENCE_S:
        learning.feed(port.read(), time.monotonic())
        if not released and time.monotonic() > began + 0.5:
            released = True
            end.send(b"U0")
    assert learning.result() == (SwitchBytes(down=b"D0", up=b"U0"),)
    assert time.monotonic() - began > QUIET_S
    port.close()
    end.close()


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
def test_lines() -> None:
    server = Rfc2217Server()
    server.lines.dsr = True
    port, learning = SerialListening(server.url), StateLearning()
    port.open()
    for _ in range(20):
        learning.feed(0, port.line_states(), time.monotonic())
    learning.begin_presses()
    for number, (line, down) in enumerate((("cd", True), ("dsr", False))):
        for step, level in ((LearnStep.RELEASE, down), (LearnStep.PRESS, not down)):
            setattr(server.lines, line, level)
            deadline = time.monotonic() + PATIENCE_S
            while learning.step is not step and time.monotonic() < deadline:
                learning.feed(0, port.line_states(), time.monotonic())
        assert learning.learned == number + 1
    port.close()
    server.close()
    assert learned_lines(learning.result().switches) == (
        SwitchLine(line="cd"),
        SwitchLine(line="dsr", inverted=True),
    )


def test_two_switches_on_one_line_are_refused() -> None:
    one = HidSwitch(byte=0, mask=1, value=1)
    two = HidSwitch(byte=0, mask=3, value=3)
    with pytest.raises(PedalError, match="the same line"):
        learned_lines((one, two))
