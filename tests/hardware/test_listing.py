"""What a look around finds, and that it opens nothing and sends nothing."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.cameras import listing
from hardware.cameras.known import MAKES
from hardware.listing import Listing, looked
from hardware.pedals.hid_presets import KEY_TYPERS, PRESETS
from hardware.pedals.kinds import make_pedal
from hardware.pedals.listing import list_hid_pedals, list_serial_ports


def test_a_look_that_fails_is_one_line() -> None:
    def fail() -> Listing:
        raise RuntimeError("no bus\nat 0x7f")

    assert looked(fail) == Listing(problem="no bus")


@pytest.mark.parametrize("make", [make.name for make in MAKES])
def test_every_make_can_be_looked_for(make: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GENICAM_GENTL64_PATH", "MICROMANAGER_PATH"):
        monkeypatch.delenv(name, raising=False)
    found = listing.list_cameras(make)
    assert "\n" not in found.problem


def test_video_nodes_are_listed_by_number_without_those_of_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for node, name, index in (("video10", "B", "0"), ("video2", "A", "0"), ("video3", "A", "1")):
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(f"{name}\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    monkeypatch.setattr(listing, "_VIDEO_NODES", tmp_path)
    monkeypatch.setattr(listing.platform, "system", lambda: "Linux")
    found = listing.list_cameras("opencv").devices
    assert [(each.address, each.text) for each in found] == [
        ("/dev/video2", "A"),
        ("/dev/video10", "B"),
    ]


def test_where_the_system_tells_no_list_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing.platform, "system", lambda: "Windows")
    assert "try the numbers 0, 1" in listing.list_cameras("opencv").notes[0]


def test_producers_are_listed_unloaded_and_a_bad_one_is_told_when_they_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.cti"
    bad.write_text("no library")
    monkeypatch.setenv("GENICAM_GENTL64_PATH", str(tmp_path))
    found = listing.list_cameras("genicam")
    assert [each.address for each in found.devices] == [str(bad)]
    assert "--network" in found.notes[0]
    loaded = listing.list_cameras("genicam", network=True)
    assert not loaded.devices
    assert [note.partition(":")[0] for note in loaded.notes] == ["bad.cti"]
    monkeypatch.delenv("GENICAM_GENTL64_PATH")
    assert "GENICAM_GENTL64_PATH is not set" in listing.list_cameras("genicam").notes[0]


def test_the_simulated_producer_lists_its_cameras_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genicam = pytest.importorskip("genicam", reason="genicam is missing")
    monkeypatch.setenv("GENICAM_GENTL64_PATH", str(Path(genicam.__file__).parent))
    found = listing.list_cameras("genicam", network=True)
    assert len(found.devices) == 3
    assert all("viky.cti#" in each.address for each in found.devices)


def test_pylon_is_asked_bus_by_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    wanted = SimpleNamespace(SetDeviceClass=asked.append)
    camera = SimpleNamespace(GetSerialNumber=lambda: "23", GetModelName=lambda: "acA")
    factory = SimpleNamespace(EnumerateDevices=lambda _: [camera])
    pylon = SimpleNamespace(
        DeviceInfo=lambda: wanted, TlFactory=SimpleNamespace(GetInstance=lambda: factory)
    )
    monkeypatch.setattr(listing, "needed", lambda *_: pylon)
    monkeypatch.delenv("PYLON_CAMEMU", raising=False)
    local = listing.list_cameras("pylon")
    assert asked == ["BaslerUsb"]
    assert [each.address for each in local.devices] == ["usb:23"]
    assert "--network" in local.notes[0]
    listing.list_cameras("pylon", network=True)
    assert "BaslerGigE" in asked


def test_configurations_of_micro_manager_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.cfg").touch()
    monkeypatch.setenv("MICROMANAGER_PATH", str(tmp_path))
    found = listing.list_cameras("micromanager")
    assert [each.address for each in found.devices] == [f"{tmp_path}#{tmp_path / 'mine.cfg'}"]
    monkeypatch.setenv("MICROMANAGER_PATH", str(tmp_path / "gone"))
    assert "set MICROMANAGER_PATH" in listing.list_cameras("micromanager").notes[0]


def _plugged(*ids: tuple[int, int]) -> Any:
    """Give hidapi with these devices, each listed for two of its parts."""
    parts = ({"usage_page": 1, "usage": 4}, {"usage_page": 1, "usage": 6})
    entries = [{"vendor_id": v, "product_id": p, **part} for v, p in ids for part in parts]
    return SimpleNamespace(enumerate=lambda: entries)


def test_known_hid_pedals_come_with_their_record_once() -> None:
    pytest.importorskip("hidraw" if sys.platform.startswith("linux") else "hid")
    keys = KEY_TYPERS[0]
    ids = [(preset.vendor, preset.product) for preset in PRESETS]
    found = list_hid_pedals(_plugged((1, 2), *ids, (keys.vendor, keys.product)))
    assert not found.problem
    assert [(each.vendor, each.product) for each in found.pedals] == [
        *ids,
        (keys.vendor, keys.product),
    ]
    for preset, each in zip(PRESETS, found.pedals, strict=False):
        assert each.record is not None
        assert make_pedal(each.record).switch_count == len(preset.switches)
    assert found.pedals[-1].record is None


def test_a_hidapi_that_fails_is_one_line() -> None:
    def fail() -> None:
        raise OSError("no udev")

    assert list_hid_pedals(SimpleNamespace(enumerate=fail)).problem == "no udev"  # type: ignore[arg-type]


def test_serial_ports_are_listed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = pytest.importorskip("serial.tools.list_ports", reason="pyserial is missing")
    info = pytest.importorskip("serial.tools.list_ports_common").ListPortInfo
    plain, named = info("/dev/ttyS0"), info("/dev/ttyUSB0")
    named.description = "FT232R"
    monkeypatch.setattr(ports, "comports", lambda: [named, plain])
    found = list_serial_ports()
    assert [(each.address, each.text) for each in found.devices] == [
        ("/dev/ttyS0", ""),
        ("/dev/ttyUSB0", "FT232R"),
    ]


def test_looking_loads_no_package_that_was_not_asked_for() -> None:
    packages = {name for make in MAKES for name in make.packages} | {"serial", "hid", "hidraw"}
    code = (
        f"import sys; import app.devices.overview\nprint(sorted({packages!r} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
