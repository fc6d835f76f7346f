"""A USB camera and HID pedals that the kernel takes for real, in a virtual machine.

``pytest -m slow tests/guest`` after ``apt-get install qemu-system-x86 busybox-static cpio kmod
v4l-utils linux-image-amd64``. The files named here run inside, and nowhere else.
"""

import re
import sys
from pathlib import Path

import pytest

from tests.guest.machine import GuestUnavailable, require_guest, run_in_guest

PROJECT = Path(__file__).parents[2]
INSIDE = ("tests/guest/hid_pedals.py", "tests/guest/v4l2_camera.py")
LIMIT_S = 1500.0


@pytest.mark.slow
@pytest.mark.timeout(LIMIT_S + 60)
def test_camera_and_pedals_that_the_kernel_takes_for_real(tmp_path: Path) -> None:
    try:
        kernel = require_guest()
    except GuestUnavailable as lacks:
        pytest.skip(str(lacks))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "-rs", *INSIDE]
    status, told = run_in_guest(command, PROJECT, kernel, tmp_path, LIMIT_S)
    (tmp_path / "told.txt").write_text(told)
    assert status == 0, told[-3000:]
    passed = re.search(r"(\d+) passed", told)
    assert passed is not None
    assert int(passed[1]) >= 50
