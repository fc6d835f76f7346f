"""The Aravis driver: its addresses, what it lacks, and a GigE camera on a network of its own.

Discovery of GigE cameras is a broadcast, so `aravis_camera.py` runs in a network namespace that
has nothing but a loopback.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hardware.camera import CameraLost
from hardware.cameras import aravis
from hardware.cameras.aravis import address_of

FAKE = "arv-fake-gv-camera-0.8"
PROJECT = Path(__file__).parents[3]
INSIDE = Path(__file__).with_name("aravis_camera.py")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_camera_in_a_network_of_its_own() -> None:
    if shutil.which(FAKE) is None:
        pytest.skip("Aravis' camera for tests is missing: apt-get install aravis-tools")
    if not aravis.installed():
        pytest.skip(f"PyGObject is missing: {aravis.INSTALL}")
    unshare = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this user may not make network namespaces")
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(INSIDE)]
    done = subprocess.run(
        [*unshare, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *tests],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 20


def test_addresses() -> None:
    assert address_of("192.168.1.5") == ("GigEVision", "192.168.1.5")
    assert address_of("usb") == ("USB3Vision", "")
    assert address_of("usb:4711") == ("USB3Vision", "4711")
    with pytest.raises(ValueError, match=r"as in 192\.168\.1\.5, or usb"):
        address_of("camera-7")


def test_without_its_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gi", None)
    with pytest.raises(CameraLost, match="apt-get install python3-gi") as caught:
        aravis.bindings()
    assert len(str(caught.value).splitlines()) == 1
