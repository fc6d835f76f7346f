"""A microscope is put together on its page: looked for, tried, learned, kept, used, removed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.devices.station import Station, StationCamera, load_station, save_station, station_names
from app.gui.setup import camera_section
from app.gui.setup.camera_section import CameraSection
from app.gui.setup.pedal_section import PedalSection
from app.gui.setup.station_page import StationPage
from hardware.listing import Listed, Listing
from hardware.pedals.listing import ListedPedal, ListedPedals
from tests.hardware.cameras.mjpeg import MjpegCamera, numbered_pictures
from tests.hardware.nosepieces.turret import Turret
from tests.hardware.pedals.serial_rigs import PtyEnd

PATIENCE_MS = 60_000
ROOM = Station(
    camera=StationCamera(make="opencv", address="0", settings={"exposure_s": 0.02}),
    objectives=("20x", "40x"),
    pedal={
        "kind": "serial-bytes",
        "port": "/dev/ttyUSB7",
        "switches": [{"down": "01", "up": "00"}],
    },
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "stations"
    monkeypatch.setattr("app.devices.station.station_folder", lambda: folder)
    return folder


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[StationPage]:
    made = StationPage("", lambda: "")
    qtbot.addWidget(made)
    yield made
    made.stop()


def click(parent: QWidget, text: str) -> None:
    button = next(each for each in parent.findChildren(QPushButton) if each.text() == text)
    assert button.isEnabled()
    button.click()


def named(parent: QWidget, name: str) -> Any:
    return next(each for each in parent.findChildren(QWidget) if each.accessibleName() == name)


def choose(box: QComboBox, data: str) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_a_station_is_shown_and_kept_as_it_was(page: StationPage, qtbot: QtBot) -> None:
    save_station("room 4", ROOM)
    again = StationPage("room 4", lambda: "It gives 25 pictures/s.")
    qtbot.addWidget(again)
    assert again.names == ("Simulated microscope", "room 4  (in use)", "New microscope …")
    assert again.camera.camera() == ROOM.camera
    assert again.objectives.objectives() == (("20x", "40x"), None)
    assert again.pedal.record() == ROOM.pedal
    click(again, "Save")
    assert load_station("room 4") == ROOM
    assert "it holds when the windows open again" in again.says


def test_a_new_microscope_is_kept_and_used(page: StationPage, qtbot: QtBot) -> None:
    page.choose(None)
    choose(named(page, "Make of the camera"), "opencv")
    named(page, "Address of the camera").setEditText("http://127.0.0.1:1/video")
    named(page, "Exposure, ms").setText("12,5")
    named(page, "Objectives").setText("20x, 40x")
    page.set_name("lab")
    with qtbot.waitSignal(page.use_asked) as asked:
        click(page, "Use this microscope")
    assert asked.args == ["lab"]
    kept = load_station("lab")
    assert kept.camera is not None and kept.camera.settings == {"exposure_s": 0.0125}
    assert kept.objectives == ("20x", "40x") and kept.pedal is None


@pytest.mark.parametrize(
    ("name", "objectives", "exposure", "said"),
    [
        ("", "20x", "", "no name of a station"),
        ("a/b", "20x", "", "no name of a station"),
        ("lab", "", "", "name those of the microscope"),
        ("lab", "20x, 20x", "", "20x stands twice"),
        ("lab", "20x", "fast", "Exposure, ms must be a number"),
        ("taken", "20x", "", "there is a microscope taken already"),
    ],
)
def test_what_cannot_be_kept_is_told_in_one_line(
    page: StationPage, name: str, objectives: str, exposure: str, said: str
) -> None:
    save_station("taken", ROOM)
    page.choose(None)
    choose(named(page, "Make of the camera"), "opencv")
    named(page, "Address of the camera").setEditText("0")
    named(page, "Exposure, ms").setText(exposure)
    named(page, "Objectives").setText(objectives)
    page.set_name(name)
    click(page, "Save")
    assert page.says.startswith("Not saved: ") and said in page.says
    assert station_names() == ("taken",)


def test_a_microscope_is_removed_at_the_second_click(qtbot: QtBot) -> None:
    save_station("old", ROOM)
    page = StationPage("")
    qtbot.addWidget(page)
    page.choose("old")
    click(page, "Remove")
    assert station_names() == ("old",)
    click(page, "Remove it?")
    assert station_names() == ()
    assert page.names == ("Simulated microscope  (in use)", "New microscope …")


def test_a_damaged_station_is_told_and_its_file_is_left_alone(
    qtbot: QtBot, own_folder: Path
) -> None:
    own_folder.mkdir()
    (own_folder / "bad.json").write_text("{")
    page = StationPage("")
    qtbot.addWidget(page)
    page.choose("bad")
    assert "cannot be used" in page.says
    assert (own_folder / "bad.json").read_text() == "{"


# The camera


@pytest.fixture
def camera(qtbot: QtBot) -> Iterator[CameraSection]:
    made = CameraSection()
    qtbot.addWidget(made)
    choose(named(made, "Make of the camera"), "opencv")
    yield made
    made.stop()


def test_cameras_are_listed_and_not_opened(
    camera: CameraSection, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def list_cameras(make: str, *, network: bool) -> Listing:
        asked.append((make, network))
        return Listing((Listed("/dev/video3", "A camera"),), ("others may be there",))

    monkeypatch.setattr(camera_section, "list_cameras", list_cameras)
    click(camera, "Look for cameras")
    qtbot.waitUntil(lambda: "1 camera listed" in camera.says, timeout=PATIENCE_MS)
    assert asked == [("opencv", False)]
    assert "others may be there" in camera.says
    chosen = camera.camera()
    assert chosen is not None and chosen.address == "/dev/video3"


def test_a_camera_is_tried_with_its_picture_and_closed(
    camera: CameraSection, qtbot: QtBot, tmp_path: Path
) -> None:
    server = MjpegCamera(numbered_pictures(tmp_path, 320, 4), 20.0)
    try:
        named(camera, "Address of the camera").setEditText(server.url)
        click(camera, "Try")
        assert camera.busy
        qtbot.waitUntil(lambda: "320 x 320 px" in camera.says, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: "pictures/s" in camera.says, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not camera._picture.pixmap().isNull(), timeout=PATIENCE_MS)
        click(camera, "Stop")
        qtbot.waitUntil(lambda: not camera.busy, timeout=PATIENCE_MS)
        assert camera.says == "Stopped; the camera is closed."
    finally:
        server.close()


def test_a_camera_that_is_not_there_is_told_in_one_line(
    camera: CameraSection, qtbot: QtBot
) -> None:
    named(camera, "Address of the camera").setEditText("/dev/video97")
    click(camera, "Try")
    qtbot.waitUntil(lambda: not camera.busy, timeout=PATIENCE_MS)
    assert "video97" in camera.says and "\n" not in camera.says


# The pedal


@pytest.fixture
def pedal(qtbot: QtBot) -> Iterator[PedalSection]:
    made = PedalSection()
    qtbot.addWidget(made)
    yield made
    made.stop()


def test_a_known_pedal_is_chosen_from_the_list(
    pedal: PedalSection, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = {
        "kind": "hid",
        "vendor": 0x05F3,
        "product": 0x00FF,
        "label": "Infinity",
        "switches": [{"byte": 0, "mask": 1, "value": 1}, {"byte": 0, "mask": 2, "value": 2}],
    }
    listed = ListedPedals((ListedPedal(0x05F3, 0x00FF, "Infinity", record),))
    monkeypatch.setattr("app.gui.setup.pedal_section.list_hid_pedals", lambda: listed)
    choose(named(pedal, "Kind of the pedal"), "hid")
    click(pedal, "Look for pedals")
    qtbot.waitUntil(lambda: "1 known pedal listed" in pedal.says, timeout=PATIENCE_MS)
    box = named(pedal, "Device of the pedal")
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert pedal.record() == record
    assert pedal._known.text() == "Infinity: 2 switches known"


def test_a_pedal_is_learned_and_tried(pedal: PedalSection, qtbot: QtBot, tmp_path: Path) -> None:
    end = PtyEnd(tmp_path / "port")
    try:
        choose(named(pedal, "Kind of the pedal"), "serial-bytes")
        named(pedal, "Device of the pedal").setEditText(str(end.link))
        click(pedal, "Learn")
        qtbot.waitUntil(lambda: "Press switch 1" in pedal.says, timeout=PATIENCE_MS)
        end.send(b"\x81")
        qtbot.waitUntil(lambda: "let go" in pedal.says, timeout=PATIENCE_MS)
        qtbot.wait(400)  # a switch is held for longer than its contacts bounce
        end.send(b"\x01")
        qtbot.waitUntil(lambda: "1 known" in pedal.says, timeout=PATIENCE_MS)
        click(pedal, "Done")
        qtbot.waitUntil(lambda: not pedal.busy, timeout=PATIENCE_MS)
        record = pedal.record()
        assert record is not None
        assert record["switches"] == [{"down": "81", "up": "01"}]
        assert pedal._known.text().endswith("1 switch known")

        click(pedal, "Try")
        qtbot.waitUntil(lambda: pedal.says == "Press a switch now", timeout=PATIENCE_MS)
        end.send(b"\x81")
        qtbot.waitUntil(lambda: pedal.says == "Switch 1 is down", timeout=PATIENCE_MS)
        end.send(b"\x01")
        qtbot.waitUntil(lambda: "was let go after" in pedal.says, timeout=PATIENCE_MS)
        end.unplug()
        qtbot.waitUntil(lambda: not pedal.busy, timeout=PATIENCE_MS)
        assert str(end.link) in pedal.says
    finally:
        end.close()


def test_switches_of_another_device_are_forgotten(pedal: PedalSection) -> None:
    pedal.set_record(ROOM.pedal)
    assert pedal.record() == ROOM.pedal
    named(pedal, "Device of the pedal").setEditText("/dev/ttyUSB8")
    with pytest.raises(Exception, match="switches of the pedal are not known"):
        pedal.record()


def test_nothing_is_learned_of_what_is_not_named(pedal: PedalSection) -> None:
    choose(named(pedal, "Kind of the pedal"), "hid")
    named(pedal, "Device of the pedal").setEditText("pedal")
    click(pedal, "Learn")
    assert "'pedal' is no HID device" in pedal.says
    assert not pedal.busy


def test_a_nosepiece_is_tried_while_it_is_turned(
    page: StationPage, qtbot: QtBot, tmp_path: Path
) -> None:
    section = page.objectives
    page.choose(None)
    named(section, "Objectives").setText("20x, 40x")
    choose(named(section, "Nosepiece"), "serial")
    protocol = named(section, "Protocol of the nosepiece")
    record = json.loads(protocol.toPlainText())
    assert [each["name"] for each in record["positions"]] == ["20x", "40x"]
    turret = Turret(PtyEnd(tmp_path / "turret"))
    try:
        protocol.setPlainText(json.dumps({**record, "port": str(turret.end.link)}))
        click(section, "Try")
        qtbot.waitUntil(lambda: section.says == "40x is in the light", timeout=PATIENCE_MS)
        turret.position = "1"
        qtbot.waitUntil(lambda: section.says == "20x is in the light", timeout=PATIENCE_MS)
        turret.position = "7"
        qtbot.waitUntil(lambda: section.says.startswith("It is not known"), timeout=PATIENCE_MS)
        turret.end.unplug()
        qtbot.waitUntil(lambda: "see to plug and cable" in section.says, timeout=PATIENCE_MS)
        click(section, "Stop")
        qtbot.waitUntil(lambda: not section.busy, timeout=PATIENCE_MS)
        assert section.says == "Stopped; the nosepiece is let go."
    finally:
        section.stop()
        turret.stop()
        turret.end.close()


def test_a_protocol_that_cannot_be_used_is_one_line(page: StationPage) -> None:
    section = page.objectives
    named(section, "Objectives").setText("20x, 40x")
    choose(named(section, "Nosepiece"), "micromanager")
    named(section, "Protocol of the nosepiece").setPlainText('{"address": "COM3"}')
    click(section, "Try")
    assert not section.busy
    assert section.says.startswith("nosepiece")
    assert "\n" not in section.says
