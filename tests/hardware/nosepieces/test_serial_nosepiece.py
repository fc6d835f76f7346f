"""A nosepiece on a serial port, against a kernel tty with a turret of a few lines behind it."""

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hardware.nosepieces.positions import NosepiecePosition
from hardware.nosepieces.serial import FRESH_S, SerialNosepiece, SerialNosepieceSettings
from hardware.objective import Nosepiece, Objective
from tests.hardware.nosepiece_contract import NosepieceContract, await_true
from tests.hardware.nosepieces.turret import Turret
from tests.hardware.pedals.serial_rigs import PtyEnd

POSITIONS = (
    NosepiecePosition(position="1", name="20x"),
    NosepiecePosition(position="2", name="40x"),
    NosepiecePosition(position="3", name="60x"),
)
FORTY = Objective("40x", None)


def protocol(port: str, **changes: Any) -> SerialNosepieceSettings:
    values = {
        "port": port,
        "ask": "POS?\r",
        "answer": r"POS=(?P<position>\d)",
        "turn": "POS {position}\r",
        "positions": POSITIONS,
    }
    return SerialNosepieceSettings.model_validate({**values, **changes})


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


class Rig:
    cannot: Mapping[str, str] = {}

    def __init__(self, turret: Turret) -> None:
        self.nosepiece: Nosepiece = SerialNosepiece(protocol(str(turret.end.link)))
        self._turret = turret

    def turn(self, name: str) -> None:
        self._turret.position = next(p.position for p in POSITIONS if p.name == name)

    def turn_between(self) -> None:
        self._turret.position = "0"

    def unplug(self) -> None:
        self._turret.end.unplug()

    def replug(self) -> None:
        self._turret.end.plug()


class TestSerial(NosepieceContract):
    @pytest.fixture
    def rig(self, turret: Turret) -> Rig:
        return Rig(turret)


def test_asking_never_waits(nosepiece: SerialNosepiece) -> None:
    assert nosepiece.current is None  # opens the port
    slowest = 0.0
    for _ in range(200):
        began = time.monotonic()
        nosepiece.current  # noqa: B018
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.002)
    assert slowest < 0.1


def test_an_answer_does_not_stay_true_for_ever(nosepiece: SerialNosepiece, turret: Turret) -> None:
    await_true(lambda: nosepiece.current == FORTY)
    turret.silent = True
    began = time.monotonic()
    await_true(lambda: nosepiece.current is None)
    assert time.monotonic() - began < FRESH_S + 1


def test_what_is_wrong_with_the_cable_is_told(nosepiece: SerialNosepiece, turret: Turret) -> None:
    await_true(lambda: nosepiece.current == FORTY)
    turret.end.unplug()
    await_true(lambda: nosepiece.current is None and "see to plug" in nosepiece.trouble)
    with pytest.raises(ValueError, match="see to plug"):
        nosepiece.select("20x")


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
