"""Against the turret of Micro-Manager's DemoCamera, which stands for an encoded one."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hardware import micromanager
from hardware.camera import Camera
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.micromanager import MicroManagerDriver
from hardware.micromanager import LABEL, CoreHold, MicroManagerUnavailable, address_of
from hardware.nosepieces.micromanager import (
    ASK_S,
    FRESH_S,
    MicroManagerNosepiece,
    MicroManagerNosepieceSettings,
)
from hardware.nosepieces.positions import NosepiecePosition
from hardware.objective import Nosepiece
from tests.hardware.camera_contract import opened, read
from tests.hardware.nosepiece_contract import NosepieceContract, await_name, await_true, used

# A place by its number, and two by their label.
POSITIONS = (
    NosepiecePosition(position="1", name="10x"),
    NosepiecePosition(position="Objective-C", name="20x"),
    NosepiecePosition(position="Objective-D", name="40x"),
)
STATES = {"10x": 1, "20x": 2, "40x": 3}


@pytest.fixture
def folder() -> str:
    pytest.importorskip("pymmcore", reason="pymmcore is missing: make test EXTRAS=micromanager")
    adapters = pytest.importorskip(
        "mm_test_adapters", reason="mm-test-adapters is missing: pip install mm-test-adapters"
    )
    return str(adapters.device_adapter_path())


@pytest.fixture
def configuration(folder: str, tmp_path: Path) -> str:
    """A camera and a turret on one hub, as a motorized stand has them."""
    path = tmp_path / "stand.cfg"
    path.write_text(
        "Device,DHub,DemoCamera,DHub\nDevice,Cam,DemoCamera,DCam\nDevice,Tur,DemoCamera,DObjective\n"
        "Parent,Cam,DHub\nParent,Tur,DHub\n"
        "Property,Core,Initialize,1\nProperty,Core,Camera,Cam\n"
        "Label,Tur,1,Plan 20x\nLabel,Tur,2,Plan 40x\n"
    )
    return f"{folder}#{path}"


class Rig:
    """Holds the core, too: what it sets there is a turn by hand."""

    cannot: Mapping[str, str] = {}

    def __init__(self, address: str) -> None:
        self.nosepiece: Nosepiece = MicroManagerNosepiece(
            MicroManagerNosepieceSettings(address=address, positions=POSITIONS)
        )
        self._address = address_of(address)
        self._hold = CoreHold(self._address)

    def turn(self, name: str) -> None:
        self._hold.core.setState(LABEL, STATES[name])

    def turn_between(self) -> None:
        self._hold.core.setState(LABEL, 5)

    def unplug(self) -> None:
        self._hold.core.reset()

    def replug(self) -> None:
        other = CoreHold(self._address, fresh=True)
        other.release()

    def close(self) -> None:
        self._hold.release()


class TestDemoTurret(NosepieceContract):
    @pytest.fixture
    def rig(self, folder: str) -> Iterator[Rig]:
        made = Rig(f"{folder}#DemoCamera:DObjective")
        yield made
        made.close()


def test_camera_and_turret_of_a_stand_share_its_core(configuration: str) -> None:
    nosepiece = MicroManagerNosepiece(
        MicroManagerNosepieceSettings(
            address=configuration,
            turret="Tur",
            positions=(
                NosepiecePosition(position="Plan 20x", name="20x"),
                NosepiecePosition(position="Plan 40x", name="40x"),
            ),
        )
    )
    camera: Camera = GrabbingCamera(MicroManagerDriver(configuration))
    with used(nosepiece):
        nosepiece.current  # noqa: B018 - takes hold of the core before the camera does
        with opened(camera):
            first = read(camera)
            nosepiece.select("40x")
            await_name(nosepiece, "40x")
            nosepiece.select("20x")
            await_name(nosepiece, "20x")
            assert read(camera).number > first.number
        # The camera is opened anew, as after a loss: the turret is found again.
        with opened(camera):
            read(camera)
            nosepiece.select("40x")
            await_name(nosepiece, "40x")
    with opened(camera):
        read(camera)


def test_devices_that_are_loaded_anew_are_no_lost_turret(
    configuration: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nosepiece = MicroManagerNosepiece(
        MicroManagerNosepieceSettings(
            address=configuration,
            turret="Tur",
            positions=(NosepiecePosition(position="Plan 20x", name="20x"),),
        )
    )
    emptied = threading.Event()

    def slow_unload(core: Any) -> None:
        core.reset()
        emptied.set()
        time.sleep(5 * ASK_S)

    with used(nosepiece):
        nosepiece.select("20x")
        await_name(nosepiece, "20x")
        monkeypatch.setattr(micromanager, "_unload", slow_unload)
        reloading = threading.Thread(
            target=lambda: CoreHold(address_of(configuration), fresh=True).release()
        )
        reloading.start()
        assert emptied.wait(10)
        troubles = set()
        while reloading.is_alive():
            troubles.add(nosepiece.trouble)
            nosepiece.select("20x")  # is done when the turret is there again
            time.sleep(0.01)
        monkeypatch.undo()
        assert troubles == {""}
        await_name(nosepiece, "20x")


def test_a_core_is_loaded_once_and_unloaded_by_the_last(folder: str) -> None:
    address = address_of(f"{folder}#DemoCamera:DObjective")
    first, second = CoreHold(address), CoreHold(address)
    core = first.core
    assert second.core is core
    first.release()
    first.release()
    assert LABEL in core.getLoadedDevices()
    with pytest.raises(MicroManagerUnavailable, match="is not open"):
        first.core  # noqa: B018
    second.release()
    assert LABEL not in core.getLoadedDevices()
    third = CoreHold(address)
    assert third.core is not core
    third.release()


@pytest.mark.parametrize(
    ("device", "line"),
    [
        ("DCam", "Device is no turret"),
        ("Nothing", "Micro-Manager Nothing cannot be opened"),
    ],
)
def test_what_is_no_turret_is_told(folder: str, device: str, line: str) -> None:
    settings = MicroManagerNosepieceSettings(
        address=f"{folder}#DemoCamera:{device}", positions=POSITIONS
    )
    with used(MicroManagerNosepiece(settings)) as nosepiece:
        assert nosepiece.current is None
        await_true(lambda: line in nosepiece.trouble)
        assert "\n" not in nosepiece.trouble
        with pytest.raises(ValueError, match=line):
            nosepiece.select("20x")


def test_a_place_that_the_turret_lacks_is_told(folder: str) -> None:
    settings = MicroManagerNosepieceSettings(
        address=f"{folder}#DemoCamera:DObjective",
        positions=(
            NosepiecePosition(position="Objective-A", name="20x"),
            NosepiecePosition(position="Objective-Z", name="40x"),
        ),
    )
    with used(MicroManagerNosepiece(settings)) as nosepiece:
        await_name(nosepiece, "20x")
        nosepiece.select("40x")
        await_true(lambda: "has no place Objective-Z" in nosepiece.trouble)
        await_name(nosepiece, "20x")


class HangingNosepiece(MicroManagerNosepiece):
    """Its driver gives no answer until it is let go."""

    def __init__(self, settings: MicroManagerNosepieceSettings, clock: Callable[[], float]) -> None:
        super().__init__(settings, clock)
        self.answers = threading.Event()
        self.answers.set()

    def _look(self, core: Any) -> None:
        self.answers.wait()
        super()._look(core)


def test_an_answer_does_not_stay_true_for_ever(folder: str) -> None:
    now_s = [100.0]
    settings = MicroManagerNosepieceSettings(
        address=f"{folder}#DemoCamera:DObjective",
        positions=(NosepiecePosition(position="0", name="20x"),),
    )
    nosepiece = HangingNosepiece(settings, lambda: now_s[0])
    with used(nosepiece):
        await_name(nosepiece, "20x")
        nosepiece.answers.clear()
        now_s[0] += FRESH_S / 2
        time.sleep(3 * ASK_S)  # a question that was under way has its answer
        assert nosepiece.current is not None
        now_s[0] += 2 * FRESH_S
        assert nosepiece.current is None
        nosepiece.answers.set()
        await_name(nosepiece, "20x")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"address": "COM3"}, "is no address of Micro-Manager"),
        ({"turret": "Tur"}, "this address names the device itself"),
        ({"address": "/opt/mm#/opt/mm/mine.cfg"}, "turret needs the label"),
        ({"positions": (POSITIONS[0], POSITIONS[0])}, "the same position"),
        ({"positions": ()}, "at least 1 item"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, object], words: str) -> None:
    values = {"address": "/opt/mm#DemoCamera:DObjective", "positions": POSITIONS, **changes}
    with pytest.raises(ValidationError, match=words):
        MicroManagerNosepieceSettings.model_validate(values)


def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymmcore", None)
    settings = MicroManagerNosepieceSettings(address=f"{tmp_path}#Some:Turret", positions=POSITIONS)
    with used(MicroManagerNosepiece(settings)) as nosepiece:
        assert nosepiece.current is None
        await_true(lambda: "make run EXTRAS=micromanager" in nosepiece.trouble)
