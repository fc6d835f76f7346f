"""The devices of a station, whatever is wrong with its file."""

from pathlib import Path
from typing import Any

import pytest

from app.devices.microscope import station_microscope
from app.devices.station import Station, StationCamera, save_station
from hardware.camera import CameraLost
from hardware.cameras.absent import AbsentCamera
from hardware.nosepieces.by_hand import HandNosepiece
from hardware.pedals.keyboard import KeyboardPedal
from hardware.simulators.pedal import SimulatedPedal


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "stations"
    monkeypatch.setattr("app.devices.station.station_folder", lambda: folder)
    return folder


def kept(**values: Any) -> None:
    camera = StationCamera(make="opencv", address="http://127.0.0.1:1/stream")
    save_station("lab", Station(**{"camera": camera, "objectives": ("20x", "40x"), **values}))


def why(camera: object) -> str:
    assert isinstance(camera, AbsentCamera)
    with pytest.raises(CameraLost) as told:
        camera.open()
    return str(told.value)


def test_its_devices_are_made_and_not_opened() -> None:
    kept(pedal={"kind": "simulated", "switch_count": 2})
    made = station_microscope("lab")
    assert made.messages == ()
    assert "127.0.0.1" in made.camera.name
    assert [each.name for each in made.nosepiece.objectives] == ["20x", "40x"]
    assert made.nosepiece.current is None
    assert isinstance(made.pedal, SimulatedPedal) and made.pedal.switch_count == 2


def test_without_a_pedal_keys_are_one() -> None:
    kept()
    assert isinstance(station_microscope("lab").pedal, KeyboardPedal)


def test_a_station_that_is_gone_has_a_camera_that_says_so() -> None:
    made = station_microscope("lab")
    assert "no station lab" in why(made.camera)
    assert made.messages == (why(made.camera),)


def test_a_damaged_file_has_a_camera_that_says_so(own_folder: Path) -> None:
    own_folder.mkdir()
    (own_folder / "lab.json").write_text("{")
    assert "cannot be used" in why(station_microscope("lab").camera)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"camera": None}, "names no camera"),
        ({"camera": StationCamera(make="leica", address="1")}, "no make of camera 'leica'"),
        (
            {"camera": StationCamera(make="opencv", address="0", settings={"zoom": 2})},
            "camera setting zoom is not known",
        ),
    ],
)
def test_a_camera_that_cannot_be_had_says_why(values: dict[str, Any], told: str) -> None:
    kept(**values)
    made = station_microscope("lab")
    assert told in why(made.camera)
    assert any(told in line for line in made.messages)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"nosepiece": {"kind": "magic"}}, "no nosepiece of the kind 'magic'"),
        ({"objectives": ()}, "name those of the microscope"),
        ({"objectives": ("20x", "20x")}, "20x stands twice"),
    ],
)
def test_a_nosepiece_that_cannot_be_had_is_told_by_key(values: dict[str, Any], told: str) -> None:
    kept(**values)
    made = station_microscope("lab")
    assert isinstance(made.nosepiece, HandNosepiece) and made.nosepiece.objectives
    assert any(told in line for line in made.messages)


def test_a_pedal_that_cannot_be_had_is_a_key() -> None:
    kept(pedal={"kind": "magic"})
    made = station_microscope("lab")
    assert isinstance(made.pedal, KeyboardPedal)
    assert "the space bar serves in its place" in made.messages[0]
