"""The pedal thread with real drivers: a cable that is pulled at random moments and put back."""

import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.live.pedal import Gesture, GestureKind, PedalStatus, PedalThread
from app.live.trouble import Trouble
from hardware.pedals.hid_presets import PRESETS
from hardware.pedals.serial import (
    SerialBytesSettings,
    SerialLinesSettings,
    SwitchBytes,
    SwitchLine,
    serial_bytes_pedal,
    serial_lines_pedal,
)
from tests.hardware.pedal_contract import PedalRig
from tests.hardware.pedals.serial_rigs import ByteFeet, LineFeet, PtyEnd, Rfc2217Server
from tests.hardware.pedals.test_hid import HidFeet, PluggedPedal

PATIENCE_S = 15.0
LINES = [("cts", False), ("dsr", True)]


class Sink:
    def __init__(self) -> None:
        self.presses: list[int] = []
        self.present = False
        self.losses = 0
        self.troubles: list[Trouble] = []

    def gesture(self, gesture: Gesture) -> None:
        if gesture.kind is GestureKind.DOWN:
            self.presses.append(gesture.switch)

    def pedal_status(self, status: PedalStatus) -> None:
        self.losses += self.present and not status.present
        self.present = status.present
        assert status.present or len(status.text.splitlines()) == 1

    def trouble(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)


@pytest.fixture(params=["bytes on a tty", "lines over rfc2217", "HID"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PedalRig]:
    if request.param == "HID":
        yield HidFeet(PRESETS[0], PluggedPedal())
        return
    pytest.importorskip("serial", reason="pyserial is missing (extra `serial`)")
    if request.param == "bytes on a tty":
        if sys.platform == "win32":
            pytest.skip("Windows has no pseudo-terminals that are serial ports")
        end = PtyEnd(tmp_path / "ttyPEDAL")
        switches = tuple(SwitchBytes(down=b"D%d" % i, up=b"U%d" % i) for i in range(2))
        yield ByteFeet(
            serial_bytes_pedal(SerialBytesSettings(port=str(end.link), switches=switches)), end
        )
        end.close()
        return
    server = Rfc2217Server()
    lines = tuple(SwitchLine.model_validate({"line": a, "inverted": b}) for a, b in LINES)
    yield LineFeet(
        serial_lines_pedal(SerialLinesSettings(port=server.url, switches=lines)), server, LINES
    )
    server.close()


def await_true(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
def test_no_press_is_lost_and_none_is_made_up(rig: PedalRig) -> None:
    chance = random.Random(5)
    sink = Sink()
    thread = PedalThread(rig.pedal, sink, long_switches=(0,))
    thread.start()
    try:
        await_true(lambda: sink.present)
        pressed: list[int] = []
        pulls = set(chance.sample(range(1, 30), 4))
        for press in range(30):
            if press in pulls:
                rig.unplug()
                await_true(lambda: not sink.present)
                time.sleep(chance.uniform(0.0, 0.3))
                rig.replug()
                await_true(lambda: sink.present)
            switch = chance.randrange(2)
            rig.bounce(switch, down=True)
            time.sleep(chance.uniform(0.03, 0.08))
            rig.bounce(switch, down=False)
            # No foot is faster; a reader held up for longer than the rest of it would take two
            # presses for one.
            time.sleep(0.15)
            pressed.append(switch)
        await_true(lambda: len(sink.presses) >= len(pressed))
        time.sleep(0.1)
    finally:
        thread.stop()
        thread.join()
    if rig.stalled:
        pytest.skip("the machine was too busy to bounce as a contact does")
    assert sink.presses == pressed
    assert sink.losses == len(pulls)
    assert sink.troubles == []
