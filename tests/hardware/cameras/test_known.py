import subprocess
import sys

import pytest

from hardware.camera import CameraLost
from hardware.cameras.known import MAKES, CameraChoice, camera_of
from hardware.cameras.packages import needed

ADDRESSES = {
    "opencv": "0",
    "pylon": "usb",
    "genicam": "a.cti",
    "aravis": "usb",
    "micromanager": "/opt/mm#A:B",
}


@pytest.mark.parametrize("make", [make.name for make in MAKES])
def test_every_make_is_chosen_by_name_and_address(make):
    camera = camera_of(CameraChoice(make, ADDRESSES[make]))
    assert camera.name
    with pytest.raises(CameraLost, match="is not open"):
        camera.read(0.1)
    camera.close()


@pytest.mark.parametrize("make", [make.name for make in MAKES])
def test_a_wrong_address_is_refused_when_it_is_chosen(make):
    with pytest.raises(ValueError, match="address") as caught:
        camera_of(CameraChoice(make, "nowhere://"))
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_make_is_refused():
    with pytest.raises(ValueError, match="there are opencv, pylon"):
        camera_of(CameraChoice("polaroid", "0"))


def test_a_missing_package_is_told_with_what_to_install():
    with pytest.raises(CameraLost, match="make run EXTRAS=pylon") as caught:
        needed("no_such_package_anywhere", "Basler", "pylon")
    assert len(str(caught.value).splitlines()) == 1


def test_choosing_a_camera_loads_no_optional_package():
    packages = {"gi", *(name for make in MAKES for name in make.packages)}
    code = (
        "import sys; from hardware.cameras.known import *\n"
        f"for make, address in {ADDRESSES!r}.items(): camera_of(CameraChoice(make, address))\n"
        "[make.installed for make in MAKES]\n"
        f"print(sorted({packages!r} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
