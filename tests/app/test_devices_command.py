"""``her2scope devices``: the list, one camera, one pedal, and stations."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import Result

from app.commands import devices as command
from app.devices import overview
from app.devices.camera_check import check_camera
from app.devices.pedal_check import check_pedal
from app.devices.station import Station, save_station
from hardware.camera import (
    BrokenPicture,
    CameraError,
    CameraLost,
    CameraPicture,
    CameraStalled,
)
from hardware.camera_settings import CameraCapabilities, CameraSettings
from hardware.listing import Listed, Listing
from hardware.pedal import PedalEvent, PedalLost
from hardware.simulators.pedal import SimulatedPedal
from tests.hardware.cameras.mjpeg import MjpegCamera, numbered_pictures
from tests.hardware.nosepieces.turret import Turret
from tests.hardware.pedals.serial_rigs import PtyEnd

Call = Callable[..., Result]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GENICAM_GENTL64_PATH", "MICROMANAGER_PATH", "PYLON_CAMEMU"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write twenty seconds of small pictures."""
    path = tmp_path_factory.mktemp("video") / "practice.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for number in range(500):
        writer.write(np.full((48, 64, 3), number % 200, np.uint8))
    writer.release()
    return path


def one_line(result: Result) -> str:
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("her2scope devices: ")
    return result.stderr


def test_the_list_names_all_makes_and_kinds_and_opens_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something was opened")

    monkeypatch.setattr("cv2.VideoCapture", refuse)
    monkeypatch.setattr(command, "camera_of", refuse)
    monkeypatch.setattr(command, "make_pedal", refuse)
    result = call("devices")
    assert result.exit_code == 0
    for name in (
        "opencv",
        "pylon",
        "genicam",
        "aravis",
        "micromanager",
        "keyboard",
        "hid",
        "serial-lines",
    ):
        assert f"  {name}: " in result.stdout
    assert "Nothing was opened." in result.stdout


def test_the_list_as_json_tells_what_to_install(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview.CameraMake, "installed", property(lambda make: not make.install))
    record = json.loads(call("devices", "--json").stdout)
    cameras = {each["make"]: each for each in record["cameras"]}
    assert not record["network"]
    assert cameras["opencv"]["installed"]
    assert cameras["opencv"]["install"] == ""
    assert cameras["pylon"]["install"] == "make run EXTRAS=pylon"
    assert {each["kind"] for each in record["pedals"]} >= {"hid", "keyboard"}
    assert set(record) == {
        *("program", "network", "cameras", "opencv_backends", "pedals"),
        *("serial_ports", "hid_pedals", "stations", "notice"),
    }


def test_a_driver_that_fails_is_one_line_and_the_others_are_listed(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = {make.name: lambda _: Listing((Listed("7", "seen"),)) for make in overview.MAKES}

    def fail(network: bool) -> Listing:
        raise RuntimeError("runtime is broken\nat 0x0")

    monkeypatch.setattr("hardware.cameras.listing._LOOKS", {**looks, "pylon": fail})
    monkeypatch.setattr(overview.CameraMake, "installed", property(lambda _: True))
    result = call("devices")
    assert result.exit_code == 0
    assert "    cannot be listed: runtime is broken\n" in result.stdout
    assert "    micromanager:7  seen" in result.stdout


def test_the_network_is_looked_at_only_when_asked(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def look(network: bool) -> Listing:
        asked.append(network)
        return Listing()

    monkeypatch.setattr("hardware.cameras.listing._LOOKS", {m.name: look for m in overview.MAKES})
    monkeypatch.setattr(overview.CameraMake, "installed", property(lambda _: True))
    call("devices")
    assert not any(asked)
    asked.clear()
    call("devices", "--network")
    assert all(asked)


def test_a_camera_is_measured_and_its_picture_saved(
    call: Call, video: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.png"
    options = ["--seconds", "0.6", "--picture", out]
    result = call("devices", "--camera", f"opencv:{video}", *options)
    assert result.exit_code == 0, result.stderr
    assert "64 x 48 px" in result.stdout
    assert "pictures/s" in result.stdout
    assert cv2.imread(str(out)).shape == (48, 64, 3)


def test_a_camera_as_json(call: Call, video: Path) -> None:
    result = call("devices", "--camera", f"opencv:{video}", "--seconds", "0.6", "--json")
    record = json.loads(result.stdout)
    camera = record["camera"]
    assert camera["size_px"] == [64, 48]
    assert camera["rate_per_s"] == pytest.approx(25, rel=0.3)
    assert set(camera["age_ms"]) == {"median", "p95"}
    assert camera["settings"]["frames_per_s"] == pytest.approx(25)
    assert record["pedal"] is None


def test_a_make_alone_takes_the_only_camera_that_is_listed(
    call: Call, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Listed(str(video), "")
    monkeypatch.setattr(command, "list_cameras", lambda *_, **__: Listing((listed,)))
    assert call("devices", "--camera", "opencv", "--seconds", "0.3").exit_code == 0
    monkeypatch.setattr(command, "list_cameras", lambda *_, **__: Listing((listed, listed)))
    result = call("devices", "--camera", "opencv")
    assert result.exit_code == 2
    assert "2 are listed; give the address as opencv:ADDRESS" in one_line(result)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--camera", "polaroid:0"], "the makes are opencv, pylon"),
        (["--camera", "opencv:nowhere://"], "camera address"),
        (["--pedal", "no json"], "--pedal is no JSON"),
        (["--pedal", "gone.json"], "--pedal gone.json cannot be read"),
        (["--pedal", "[1]"], "must be a record"),
        (["--pedal", "{}"], "tried in the window"),
        (["--pedal", '{"kind": "simulated", "toes": 5}'], "toes is not known"),
        (["--station", "none"], "there is no station none; none is kept yet"),
        (["--station", "../x"], "is no name of a station"),
        (["--station", "a", "--camera", "opencv:0"], "leave out --camera"),
        (["--save", "a"], "--save needs --camera or --pedal"),
        (["--camera", "opencv:0", "--save", "a/b"], "is no name of a station"),
        (["--picture", "a.png"], "--picture needs --camera"),
        (["--camera", "opencv:0", "--picture", "a.jpg"], "saved as .png"),
        (["--camera", "opencv:0", "--picture", "gone/a.png"], "there is no folder gone"),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, arguments: Sequence[str], says: str) -> None:
    result = call("devices", *arguments)
    assert result.exit_code == 2
    assert says in one_line(result)


def test_a_camera_that_is_not_there_is_one_line(call: Call, tmp_path: Path) -> None:
    result = call("devices", "--camera", f"opencv:{tmp_path / 'gone.avi'}")
    assert result.exit_code == 1
    assert "video file gone.avi is not there" in one_line(result)


class ScriptedCamera:
    """Gives what its script says, then stays silent."""

    name = "scripted camera"

    def __init__(self, *script: int | CameraError) -> None:
        self._script = list(script)
        self.closed = False

    def open(self) -> None: ...

    def read(self, timeout_s: float) -> CameraPicture:
        time.sleep(0.01)
        step = self._script.pop(0) if self._script else CameraStalled("silent")
        if isinstance(step, CameraError):
            raise step
        return CameraPicture(step, np.zeros((3, 4, 3), np.uint8), time.monotonic())

    def close(self) -> None:
        self.closed = True

    def capabilities(self) -> CameraCapabilities:
        return CameraCapabilities()

    def settings(self) -> CameraSettings:
        return CameraSettings()

    def adjust(self, settings: CameraSettings) -> None: ...


def test_missing_numbers_are_dropped_and_broken_pictures_are_not() -> None:
    broken = BrokenPicture("half")
    camera = ScriptedCamera(broken, 1, 2, broken, 4, 9, broken, CameraLost("was unplugged"))
    check = check_camera(camera, 30)
    assert (check.dropped, check.broken) == (4, 3)
    assert check.problem == "was unplugged"
    assert camera.closed


def test_a_stall_is_told() -> None:
    check = check_camera(ScriptedCamera(0), 0.2)
    assert not check.problem, "the end of the time is no stall"
    check = check_camera(ScriptedCamera(), 0.1)
    assert check.problem == "scripted camera sent no whole picture within 0.1 s"
    silent = [CameraStalled("silent")]
    check = check_camera(ScriptedCamera(0, *silent, 1), 2.2)
    assert "sent nothing for 2 s" in check.problem


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_ctrl_c_ends_it_with_what_was_seen(video: Path) -> None:
    program = [sys.executable, "-u", "-m", "app", "devices"]
    with subprocess.Popen(
        [*program, "--camera", f"opencv:{video}", "--seconds", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "Opening" in process.stdout.readline()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "64 x 48 px" in out
    assert errors == "Interrupted.\n"


@pytest.mark.skipif(os.name == "nt", reason="the server of the tests needs POSIX")
def test_a_camera_that_is_unplugged_is_one_line(tmp_path: Path) -> None:
    pictures = numbered_pictures(tmp_path, 256, 2)
    camera = MjpegCamera(pictures, 20)
    program = [sys.executable, "-u", "-m", "app", "devices"]
    try:
        with subprocess.Popen(
            [*program, "--camera", f"opencv:{camera.url}", "--seconds", "60"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert "Opening" in process.stdout.readline()
            while int(camera.tell("count")) < 20:
                time.sleep(0.1)
            camera.tell("unplug")
            out, errors = process.communicate(timeout=20)
    finally:
        camera.close()
    assert process.returncode == 1
    assert "256 x 256 px" in out
    assert errors.startswith("her2scope devices: stream ")
    assert errors.count("\n") == 1, "FFmpeg and OpenCV must not tell it in their own words"


class PressedPedal(SimulatedPedal):
    """Pressed, let go and, where it is told to, unplugged at once."""

    def __init__(self, *, unplugged: bool = False) -> None:
        super().__init__(2)
        self._script: list[PedalEvent | None] = []
        self._unplugged = unplugged

    def open(self) -> None:
        super().open()
        self.press(1)
        self.release(1)

    def read(self, timeout_s: float) -> PedalEvent | None:
        event = super().read(timeout_s)
        if event is None and self._unplugged:
            raise PedalLost("the pedal was unplugged")
        return event


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "make_pedal", lambda _: PressedPedal())


def test_a_pedal_is_listened_to(call: Call, pressed: None) -> None:
    result = call("devices", "--pedal", '{"kind": "simulated"}', "--seconds", "0.3")
    assert result.exit_code == 0
    assert "press the pedal now" in result.stdout
    assert "switch 2 down" in result.stdout
    assert "switch 2 up" in result.stdout


def test_a_pedal_as_json(call: Call, pressed: None) -> None:
    result = call("devices", "--pedal", '{"kind": "simulated"}', "--seconds", "0.3", "--json")
    events = json.loads(result.stdout)["pedal"]["events"]
    assert [(event["switch"], event["down"]) for event in events] == [(1, True), (1, False)]
    assert "press the pedal now" in result.stderr


def test_a_pedal_that_says_nothing_is_told(call: Call) -> None:
    result = call("devices", "--pedal", '{"kind": "simulated"}', "--seconds", "0.2")
    assert result.exit_code == 1
    assert "no press came from simulated pedal within 0.2 s" in one_line(result)


def test_the_record_of_a_pedal_may_lie_in_a_file(call: Call, pressed: None, tmp_path: Path) -> None:
    file = tmp_path / "pedal.json"
    file.write_text('{"kind": "simulated"}')
    assert call("devices", "--pedal", file, "--seconds", "0.2").exit_code == 0


def test_an_unplugged_pedal_is_told() -> None:
    check = check_pedal(PressedPedal(unplugged=True), 30, lambda _: None, lambda *_: None)
    assert check.problem == "the pedal was unplugged"
    assert len(check.events) == 2


def test_a_station_is_saved_and_tried_again(
    call: Call, video: Path, pressed: None, tmp_path: Path
) -> None:
    what = ["--camera", f"opencv:{video}", "--pedal", '{"kind": "simulated"}', "--seconds", "0.3"]
    result = call("devices", *what, "--save", "room 4")
    assert result.exit_code == 0, result.stderr
    file = tmp_path / "config" / "stations" / "room 4.json"
    assert f"Station: {file}" in result.stdout
    assert json.loads(file.read_text())["camera"]["address"] == str(video)
    if os.name != "nt":
        assert file.stat().st_mode & 0o077 == 0, "an address may hold a password"
    again = call("devices", "--station", "room 4", "--seconds", "0.3", "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["camera"]["size_px"] == [64, 48]
    assert json.loads(call("devices", "--json").stdout)["stations"] == ["room 4"]


def test_the_nosepiece_of_a_station_is_asked(call: Call, tmp_path: Path) -> None:
    turret = Turret(PtyEnd(tmp_path / "turret"))
    try:
        record = {
            "kind": "serial",
            "port": str(turret.end.link),
            "ask": "POS?\r",
            "answer": r"POS=(?P<position>\d)",
            "positions": [{"position": "1", "name": "20x"}, {"position": "2", "name": "40x"}],
        }
        save_station("turret", Station(objectives=("20x", "40x"), nosepiece=record))
        told = call("devices", "--station", "turret", "--seconds", "1")
        assert told.exit_code == 0
        assert "  40x is in the light" in told.stdout.splitlines()
        as_json = call("devices", "--station", "turret", "--seconds", "1", "--json")
        assert json.loads(as_json.stdout)["nosepiece"]["objectives"][-1] == "40x"
        turret.silent = True
        silent = call("devices", "--station", "turret", "--seconds", "0.5")
        assert silent.exit_code == 1
        assert "the nosepiece named no objective within 0.5 s" in one_line(silent)
    finally:
        turret.stop()
        turret.end.close()


def test_what_did_not_go_well_is_not_saved(call: Call, tmp_path: Path) -> None:
    result = call("devices", "--camera", f"opencv:{tmp_path / 'gone.avi'}", "--save", "a")
    assert result.exit_code == 1
    assert "station a was not saved" in result.stderr
    assert not (tmp_path / "config" / "stations").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be used"),
        ('{"lamp": 1}', "lamp"),
        ('{"camera": {"make": "opencv"}}', "camera.address"),
        ('{"camera": {"make": "opencv", "address": "0", "settings": {"glow": 1}}}', "glow"),
        ('{"camera": {"make": "opencv", "address": "0", "settings": {"gain": "x"}}}', "gain"),
        ('{"camera": {"make": "polaroid", "address": "0"}}', "no make of camera"),
    ],
)
def test_a_wrong_station_is_one_line(call: Call, tmp_path: Path, text: str, says: str) -> None:
    folder = tmp_path / "config" / "stations"
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text(text)
    result = call("devices", "--station", "bad")
    assert result.exit_code == 2
    assert says in one_line(result)
