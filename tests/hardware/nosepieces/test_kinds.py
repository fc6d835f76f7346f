from collections.abc import Mapping

import pytest

from hardware.nosepieces.by_hand import HandNosepiece
from hardware.nosepieces.kinds import make_nosepiece
from hardware.nosepieces.micromanager import MicroManagerNosepiece
from hardware.nosepieces.serial import SerialNosepiece
from hardware.objective import Nosepiece
from hardware.simulators.microscope.nosepiece import SimulatedNosepiece
from tests.hardware.nosepiece_contract import NosepieceContract

SERIAL = {
    "kind": "serial",
    "port": "/dev/ttyUSB0",
    "answer": r"P(?P<position>\d)",
    "positions": [{"position": "1", "name": "20x"}, {"position": "2", "name": "40x"}],
}
MICRO_MANAGER = {
    "kind": "micromanager",
    "address": "/opt/micro-manager#/opt/micro-manager/stand.cfg",
    "turret": "Nosepiece",
    "positions": SERIAL["positions"],
}


class _NoDevice:
    """A nosepiece without a cable; that somebody turned it is told with the same key."""

    cannot: Mapping[str, str] = {
        "unplug": "there is no cable",
        "stand between": "there is no place between two that it could know of",
    }

    def __init__(self, nosepiece: Nosepiece) -> None:
        self.nosepiece = nosepiece

    def turn(self, name: str) -> None:
        self.nosepiece.select(name)

    def turn_between(self) -> None:
        raise NotImplementedError

    def unplug(self) -> None:
        raise NotImplementedError

    def replug(self) -> None:
        raise NotImplementedError


class TestByHand(NosepieceContract):
    @pytest.fixture
    def rig(self) -> _NoDevice:
        return _NoDevice(HandNosepiece(("20x", "40x")))


class TestSimulated(NosepieceContract):
    @pytest.fixture
    def rig(self) -> _NoDevice:
        return _NoDevice(SimulatedNosepiece())


def test_by_hand_nothing_is_known_before_the_user_says_it() -> None:
    nosepiece = make_nosepiece({}, ["20x", "40x"])
    assert isinstance(nosepiece, HandNosepiece)
    assert nosepiece.current is None
    nosepiece.select("40x")
    assert nosepiece.current is nosepiece.objectives[1]
    assert nosepiece.objectives[1].um_per_px is None
    with pytest.raises(ValueError, match="no objective '63x'; there are 20x, 40x"):
        nosepiece.select("63x")
    assert nosepiece.current is nosepiece.objectives[1]


def test_serial_has_the_objectives_of_the_station() -> None:
    assert isinstance(make_nosepiece(SERIAL, ["20x", "40x"]), SerialNosepiece)
    with pytest.raises(ValueError, match="name them alike, in one order"):
        make_nosepiece(SERIAL, ["40x", "20x"])


def test_micro_manager_has_the_objectives_of_the_station() -> None:
    assert isinstance(make_nosepiece(MICRO_MANAGER, ["20x", "40x"]), MicroManagerNosepiece)
    with pytest.raises(ValueError, match="name them alike, in one order"):
        make_nosepiece(MICRO_MANAGER, ["20x"])


@pytest.mark.parametrize(
    ("settings", "objectives", "line"),
    [
        (
            {"kind": "magic"},
            ["20x"],
            "no nosepiece of the kind 'magic'; there are hand, serial, micro",
        ),
        ({"port": "COM3"}, ["20x"], "nosepiece: port is not known"),
        ({}, [], "needs an objective"),
        ({}, ["20x", "20x"], "20x stands twice"),
        ({**SERIAL, "baud": 1}, ["20x", "40x"], "nosepiece baud: Input should be greater"),
        ({**SERIAL, "answer": "P"}, ["20x", "40x"], "answer needs the group"),
        ({**MICRO_MANAGER, "turret": ""}, ["20x", "40x"], "turret needs the label"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    settings: dict[str, object], objectives: list[str], line: str
) -> None:
    with pytest.raises(ValueError, match=line) as told:
        make_nosepiece(settings, objectives)
    assert "\n" not in str(told.value)
