"""A virtual machine with a kernel that makes virtual devices, on the files of this machine.

QEMU boots a Debian kernel into the file system of the host, which it sees read-only under a
layer in its memory: the tests run there as they do here, with the same Python and packages. Only
the kernel is another one, with a V4L2 camera (vivid) and a door for HID devices (uhid).
"""

import importlib.util
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MODULES: Final = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "vivid", "uhid", "hid-generic")
OPTIONS: Final = {"vivid": "n_devs=1 node_types=0x1 num_inputs=1 input_types=0x00"}
"""One camera of the webcam kind and nothing else."""

TOOLS: Final = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "depmod": "kmod",
    "modprobe": "kmod",
    "v4l2-ctl": "v4l-utils",
}
_ENDED: Final = "guest ended with "


class GuestUnavailable(Exception):
    """Something that the guest needs is missing; one line that names it."""


@dataclass(frozen=True)
class Kernel:
    """A kernel and the folder that holds its ``lib/modules``."""

    image: Path
    root: Path
    version: str


def find_kernel(folder: Path) -> Kernel:
    """Find a kernel with its modules, as ``linux-image-amd64`` lays them.

    Parameters
    ----------
    folder
        Root of a system, or where the package was unpacked with ``dpkg-deb -x``.

    Raises
    ------
    GuestUnavailable
        There is none with all modules.
    """
    for image in sorted((folder / "boot").glob("vmlinuz-*"), reverse=True):
        version = image.name.removeprefix("vmlinuz-")
        modules = folder / "lib" / "modules" / version
        if any(modules.rglob("vivid.ko*")) and any(modules.rglob("uhid.ko*")):
            return Kernel(image, folder, version)
    raise GuestUnavailable(
        f"no kernel with vivid and uhid in {folder}/boot: apt-get install linux-image-amd64, or "
        "unpack that package and name its folder in HER2SCOPE_GUEST_KERNEL"
    )


def missing_tools() -> str:
    """Return what is to be installed, as one line; empty when all is there."""
    packages = {package for tool, package in TOOLS.items() if shutil.which(tool) is None}
    return f"apt-get install {' '.join(sorted(packages))}" if packages else ""


def run_in_guest(
    command: Sequence[str], folder: Path, kernel: Kernel, work: Path, timeout_s: float
) -> tuple[int, str]:
    """Run a command in the guest, and return its status and everything it wrote.

    Parameters
    ----------
    command
        Program and arguments, with paths of this machine.
    folder
        Where it runs.
    kernel
        What is booted.
    work
        An empty folder for what is made here.
    timeout_s
        After that the guest is switched off.

    Raises
    ------
    GuestUnavailable
        It did not come to an end.
    """
    initrd = _initrd(command, folder, kernel, work)
    console = work / "console.txt"
    arguments = [
        "qemu-system-x86_64",
        # Emulated: a machine that is itself a guest cannot be relied on to host one.
        *("-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "4096"),
        *("-nodefaults", "-no-reboot", "-display", "none", "-serial", f"file:{console}"),
        *("-kernel", str(kernel.image), "-initrd", str(initrd)),
        *("-append", "console=ttyS0 quiet panic=-1"),
        "-virtfs",
        "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
    ]
    problem = ""
    try:
        subprocess.run(arguments, stdin=subprocess.DEVNULL, timeout=timeout_s, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        problem = str(error)[-200:]
    told = console.read_text(errors="replace").replace("\r\n", "\n") if console.exists() else ""
    _, found, rest = told.rpartition(_ENDED)
    if not found:
        raise GuestUnavailable(f"the guest came to no end: {problem} {told[-2000:]}")
    return int(rest.split()[0]), told


def _initrd(command: Sequence[str], folder: Path, kernel: Kernel, work: Path) -> Path:
    root = work / "initrd"
    (root / "modules").mkdir(parents=True)
    (root / "bin").mkdir()
    shutil.copy2(shutil.which("busybox") or "busybox", root / "bin" / "busybox")
    loads = []
    for number, (path, options) in enumerate(_in_order(kernel)):
        name = f"{number:02d}.ko"
        shutil.copy2(path, root / "modules" / name)
        loads.append(f"insmod /modules/{name} {options} || echo no {path.name}")
    init = root / "init"
    line = shlex.join(["cd", str(folder)]) + " && " + shlex.join(command)
    init.write_text(_INIT.format(loads="\n".join(loads), command=shlex.quote(line), ended=_ENDED))
    init.chmod(0o755)
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*"))) + "\n"
    packed = subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet"],
        cwd=root,
        input=names.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    made = work / "initrd.cpio"
    made.write_bytes(packed.stdout)
    return made


def _in_order(kernel: Kernel) -> list[tuple[Path, str]]:
    """Return the modules with all that they need, each after what it needs."""
    base = ["-b", str(kernel.root)]
    if not (kernel.root / "lib" / "modules" / kernel.version / "modules.dep").is_file():
        subprocess.run(["depmod", *base, kernel.version], check=True, capture_output=True)
    found: dict[Path, str] = {}
    for name in MODULES:
        told = subprocess.run(
            ["modprobe", "-d", str(kernel.root), "-S", kernel.version, "--show-depends", name],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for line in told.splitlines():
            kind, _, path = line.strip().partition(" ")
            if kind == "insmod":
                file = Path(path.split()[0])
                found.setdefault(file, OPTIONS.get(file.name.split(".")[0], ""))
    return list(found.items())


def require_guest() -> Kernel:
    """Return the kernel for the guest.

    Raises
    ------
    GuestUnavailable
        A tool, a package or the kernel is missing.
    """
    lacks = missing_tools()
    if lacks:
        raise GuestUnavailable(lacks)
    if importlib.util.find_spec("hid") is None:
        raise GuestUnavailable("hidapi is missing: make test EXTRAS=hid")
    return find_kernel(Path(os.environ.get("HER2SCOPE_GUEST_KERNEL", "/")))


# The layer over the host's files is writable and lives in memory; what it holds is gone at the end.
_INIT: Final = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /host /layer /root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
{loads}
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=1048576 host /host
mount -t tmpfs -o size=2g layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work over /root
mount --move /dev /root/dev
mount -t proc proc /root/proc
mount -t sysfs sys /root/sys
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts pts /root/dev/pts
mount -t tmpfs shm /root/dev/shm
ip link set lo up
mkdir -p /root/tmp/guest
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/guest TERM=dumb
chroot /root /bin/sh -c {command}
echo "{ended}$?"
poweroff -f
"""
