"""A nosepiece on a serial port, against a kernel tty with a turret of a few lines behind it."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hardware.nosepieces.serial import (
    FRESH_S,
    NosepiecePosition,
    SerialNosepiece,
    SerialNosepieceSettings,
)
from hardware.objective import Nosepiece, Objective
from tests.hardware.pedals.serial_rigs import PtyEnd

PATIENCE_S = 5.0
POSITIONS = (
    NosepiecePosition(position="1", name="20x"),
    NosepiecePosition(position="2", name="40x"),
    NosepiecePosition(position="3", name="60x"),
)
TWENTY, FORTY, SIXTY = (Objective(p.name, None) for p in POSITIONS)


def protocol(port: str, **changes: Any) -> SerialNosepieceSettings:
    values = {
        "port": port,
        "ask": "POS?\r",
        "answer": r"POS=(?P<position>\d)",
        "turn": "POS {position}\r",
        "positions": POSITIONS,
    }
    return SerialNosepieceSettings.model_validate({**values, **changes})


class Turret:
    """Answers as long as its cable is plugged in."""

    def __init__(self, end: PtyEnd) -> None:
        self.end = end
        self.position = "2"
        self.silent = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="rig turret")
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _serve(self) -> None:
        text = b""
        while not self._stop.is_set():
            try:
                if self.end.readable(0.02):
                    text += self.end.received()
            except (OSError, ValueError, AssertionError):
                time.sleep(0.02)  # the cable is out
                continue
            *lines, text = text.split(b"\r")
            for line in lines:
                if line == b"POS?" and not self.silent:
                    self.end.send(b"noise\rPOS=" + self.position.encode() + b"\r\n")
                elif line.startswith(b"POS "):
                    self.position = line[4:].decode()


@pytest.fixture
def turret(tmp_path: Path) -> Iterator[Turret]:
    pytest.importorskip("serial", reason="pyserial is missing (extra `serial`)")
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals that are serial ports")
    made = Turret(PtyEnd(tmp_path / "ttyTURRET"))
    yield made
    made.stop()
    made.end.close()


@pytest.fixture
def nosepiece(turret: Turret) -> Iterator[SerialNosepiece]:
    made = SerialNosepiece(protocol(str(turret.end.link)))
    yield made
    made.close()


def await_true(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_is_a_nosepiece_and_tells_what_is_in_the_light(
    nosepiece: SerialNosepiece, turret: Turret
) -> None:
    as_nosepiece: Nosepiece = nosepiece
    assert as_nosepiece.objectives == (TWENTY, FORTY, SIXTY)
    assert as_nosepiece.current is None  # it has not answered yet
    await_true(lambda: nosepiece.current == FORTY)
    turret.position = "3"
    await_true(lambda: nosepiece.current == SIXTY)


def test_asking_never_waits(nosepiece: SerialNosepiece) -> None:
    assert nosepiece.current is None  # opens the port
    slowest = 0.0
    for _ in range(200):
        began = time.monotonic()
        nosepiece.current  # noqa: B018
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.002)
    assert slowest < 0.1


def test_between_two_places_and_at_an_unknown_one_nothing_is_guessed(
    nosepiece: SerialNosepiece, turret: Turret
) -> None:
    await_true(lambda: nosepiece.current == FORTY)
    turret.position = "0"
    await_true(lambda: nosepiece.current is None)
    assert nosepiece.trouble == ""


def test_an_answer_does_not_stay_true_for_ever(nosepiece: SerialNosepiece, turret: Turret) -> None:
    await_true(lambda: nosepiece.current == FORTY)
    turret.silent = True
    began = time.monotonic()
    await_true(lambda: nosepiece.current is None)
    assert time.monotonic() - began < FRESH_S + 1


def test_it_turns(nosepiece: SerialNosepiece, turret: Turret) -> None:
    await_true(lambda: nosepiece.current == FORTY)
    nosepiece.select("20x")
    await_true(lambda: nosepiece.current == TWENTY)
    assert turret.position == "1"
    with pytest.raises(ValueError, match="no objective '100x'; there are 20x, 40x, 60x"):
        nosepiece.select("100x")


def test_unplugged_it_is_not_known_and_it_comes_back(
    nosepiece: SerialNosepiece, turret: Turret
) -> None:
    await_true(lambda: nosepiece.current == FORTY)
    turret.end.unplug()
    await_true(lambda: nosepiece.current is None)
    await_true(lambda: "see to plug and cable" in nosepiece.trouble)
    with pytest.raises(ValueError, match="see to plug"):
        nosepiece.select("20x")
    turret.end.plug()
    await_true(lambda: nosepiece.current == FORTY)
    assert nosepiece.trouble == ""


def test_one_that_is_turned_by_hand_says_so(turret: Turret) -> None:
    nosepiece = SerialNosepiece(protocol(str(turret.end.link), turn=""))
    with pytest.raises(ValueError, match="turned by hand: turn it to 20x"):
        nosepiece.select("20x")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer": "POS=("}, "no regular expression"),
        ({"answer": r"POS=(\d)"}, "needs the group"),
        ({"turn": "POS"}, r"needs \{position\}"),
        ({"positions": (POSITIONS[0], POSITIONS[0])}, "the same position"),
        ({"ask": "Größe?"}, "ASCII"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        protocol("COM3", **changes)


def test_without_pyserial_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    nosepiece = SerialNosepiece(protocol("COM3"))
    assert nosepiece.current is None
    assert "make run EXTRAS=serial" in nosepiece.trouble
