import pytest

from hardware.nosepieces.by_hand import HandNosepiece
from hardware.nosepieces.kinds import make_nosepiece
from hardware.nosepieces.serial import SerialNosepiece

SERIAL = {
    "kind": "serial",
    "port": "/dev/ttyUSB0",
    "answer": r"P(?P<position>\d)",
    "positions": [{"position": "1", "name": "20x"}, {"position": "2", "name": "40x"}],
}


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


@pytest.mark.parametrize(
    ("settings", "objectives", "line"),
    [
        ({"kind": "magic"}, ["20x"], "no nosepiece of the kind 'magic'; there are hand, serial"),
        ({"port": "COM3"}, ["20x"], "nosepiece: port is not known"),
        ({}, [], "needs an objective"),
        ({}, ["20x", "20x"], "20x stands twice"),
        ({**SERIAL, "baud": 1}, ["20x", "40x"], "nosepiece baud: Input should be greater"),
        ({**SERIAL, "answer": "P"}, ["20x", "40x"], "answer needs the group"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    settings: dict[str, object], objectives: list[str], line: str
) -> None:
    with pytest.raises(ValueError, match=line) as told:
        make_nosepiece(settings, objectives)
    assert "\n" not in str(told.value)
