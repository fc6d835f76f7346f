"""The devices of a station, ready for a sitting: made and not opened."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.devices.station import Station, StationProblem, load_station
from hardware.camera import Camera
from hardware.cameras.absent import AbsentCamera
from hardware.cameras.known import camera_of
from hardware.nosepieces.by_hand import HandNosepiece
from hardware.nosepieces.kinds import make_nosepiece
from hardware.objective import Nosepiece
from hardware.pedal import Pedal, PedalError
from hardware.pedals.keyboard import KeyboardPedal
from hardware.pedals.kinds import make_pedal

NO_OBJECTIVE = "not named"


@dataclass(frozen=True)
class Microscope:
    """What a station names.

    Attributes
    ----------
    camera, nosepiece, pedal
        Closed devices.
    messages
        What could not be had as the station names it, one line each.
    """

    camera: Camera
    nosepiece: Nosepiece
    pedal: Pedal
    messages: tuple[str, ...] = ()


def station_microscope(name: str) -> Microscope:
    """Return the microscope of a station, whatever is wrong with it.

    A camera that cannot be had is an absent one, which says why all the time: simulated tissue in
    its place could be taken for a slide. A pedal that cannot be had is one that types a key.
    """
    try:
        station = load_station(name)
    except StationProblem as problem:
        camera = AbsentCamera(f"station {name}", str(problem))
        nosepiece = HandNosepiece((NO_OBJECTIVE,))
        return Microscope(camera, nosepiece, KeyboardPedal(), (str(problem),))
    messages: list[str] = []
    return Microscope(
        _camera(name, station, messages),
        _nosepiece(station, messages),
        _pedal(station.pedal, messages),
        tuple(messages),
    )


def _camera(name: str, station: Station, messages: list[str]) -> Camera:
    if station.camera is None:
        why = f"station {name} names no camera: choose one on the page of the microscope"
    else:
        try:
            return camera_of(station.camera.choice())
        except (StationProblem, ValueError) as problem:
            why = str(problem)
    messages.append(why)
    return AbsentCamera(f"station {name}", why)


def _nosepiece(station: Station, messages: list[str]) -> Nosepiece:
    try:
        return make_nosepiece(station.nosepiece or {}, station.objectives)
    except ValueError as problem:
        messages.append(f"{problem}; say by key which objective is in the light")
        return HandNosepiece(tuple(dict.fromkeys(station.objectives)) or (NO_OBJECTIVE,))


def _pedal(record: Mapping[str, object] | None, messages: list[str]) -> Pedal:
    if record is None:
        return KeyboardPedal()
    try:
        return make_pedal(record)
    except PedalError as problem:
        messages.append(f"{problem}; the space bar serves in its place")
        return KeyboardPedal()
