"""Which cameras are there, per make, without opening one.

Nothing leaves the machine unless the network is asked for: GigE cameras are found by a broadcast,
and only a producer itself knows whether its cameras are on the network.
"""

import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from hardware.cameras import aravis
from hardware.cameras.packages import needed
from hardware.listing import Listed, Listing, looked

_PRODUCERS: Final = "GENICAM_GENTL64_PATH"
"""Where the GenTL standard (1.5, chapter 3.1) has the folders of producers."""
_MICRO_MANAGER: Final = "MICROMANAGER_PATH"
_MICRO_MANAGER_FOLDERS: Final = {
    "Linux": ("/opt/micro-manager*", "/opt/Micro-Manager*", "/usr/local/lib/micro-manager*"),
    "Windows": ("C:/Program Files/Micro-Manager*", "C:/Micro-Manager*"),
    "Darwin": ("/Applications/Micro-Manager*",),
}
_VIDEO_NODES: Final = Path("/sys/class/video4linux")
_EMULATORS: Final = "PYLON_CAMEMU"


def list_cameras(make: str, *, network: bool = False) -> Listing:
    """Return the cameras of an installed make.

    Parameters
    ----------
    make
        Name of a make in `hardware.cameras.known.MAKES`.
    network
        Whether cameras on the network are looked for, too.
    """
    return looked(lambda: _LOOKS[make](network))


def opencv_backends() -> Listing:
    """Return the ways by which OpenCV can reach a camera here, as it names them."""

    def look() -> Listing:
        from cv2 import videoio_registry  # noqa: PLC0415, one that does not load is one line

        # Some registered ones are plug-ins that are not there.
        backends = [
            b for b in videoio_registry.getCameraBackends() if videoio_registry.hasBackend(b)
        ]
        return Listing(tuple(Listed(str(b), videoio_registry.getBackendName(b)) for b in backends))

    return looked(look)


def _opencv(network: bool) -> Listing:
    del network  # a stream is named by its address and never searched for
    if platform.system() != "Linux":
        # To count cameras OpenCV would have to open them one by one.
        return Listing(notes=("this system tells no list: try the numbers 0, 1, ...",))
    found = []
    for node in sorted(_VIDEO_NODES.glob("video*"), key=_number):
        if _text(node / "index") not in {"", "0"}:
            continue  # further nodes of a camera carry its metadata
        found.append(Listed(f"/dev/{node.name}", _text(node / "name") or "camera"))
    return Listing(tuple(found))


def _pylon(network: bool) -> Listing:
    pylon: Any = needed("pypylon.pylon", "Basler", "pylon")
    buses = {"usb": "BaslerUsb"}
    if os.environ.get(_EMULATORS, "0") != "0":
        buses["emulator"] = "BaslerCamEmu"
    if network:
        buses["gige"] = "BaslerGigE"
    found: list[Listed] = []
    notes: list[str] = []
    factory = pylon.TlFactory.GetInstance()
    for bus, device_class in buses.items():
        wanted = pylon.DeviceInfo()
        # Without a class all of them are looked for, those of the network, too.
        wanted.SetDeviceClass(device_class)
        found += [
            Listed(f"{bus}:{info.GetSerialNumber()}", f"Basler {info.GetModelName()}")
            for info in factory.EnumerateDevices([wanted])
        ]
    if not network:
        notes.append("GigE cameras are looked for with --network only: it sends to all of it")
    return Listing(tuple(found), tuple(notes))


def _genicam(network: bool) -> Listing:
    folders = [Path(f) for f in os.environ.get(_PRODUCERS, "").split(os.pathsep) if f]
    producers = [path for folder in folders for path in _files(folder, "*.cti")]
    if not folders:
        return Listing(
            notes=(
                f"no producer (.cti) is known: {_PRODUCERS} is not set; the maker's software does",
            )
        )
    if not network:
        note = "cameras of a producer are looked for with --network only: it may send to all of it"
        listed = (Listed(str(path), "producer") for path in producers)
        return Listing(tuple(listed), (note,) if producers else ())
    found: list[Listed] = []
    notes: list[str] = []
    for path in producers:
        of_it = looked(lambda path=path: _of_producer(path))  # type: ignore[misc]
        found += of_it.devices
        if of_it.problem:
            notes.append(f"{path.name}: {of_it.problem}")
        elif not of_it.devices:
            notes.append(f"{path.name}: no camera")
    return Listing(tuple(found), tuple(notes))


def _of_producer(path: Path) -> Listing:
    core: Any = needed("harvesters.core", "GenICam", "genicam")
    harvester = core.Harvester()
    try:
        harvester.add_file(str(path))
        harvester.update()
        known = [info.property_dict for info in harvester.device_info_list]
    finally:
        harvester.reset()
    return Listing(
        tuple(
            Listed(
                f"{path}#{each.get('serial_number') or each.get('id_')}",
                f"{each.get('vendor')} {each.get('model')}",
            )
            for each in known
        )
    )


def _aravis(network: bool) -> Listing:
    library, _ = aravis.bindings()
    found = []
    for interface in ("USB3Vision", *(["GigEVision"] if network else [])):
        aravis.use_interface(library, interface)
        library.update_device_list()
        for index in range(library.get_n_devices()):
            maker, model = library.get_device_vendor(index), library.get_device_model(index)
            usb = interface == "USB3Vision"
            serial, ip = library.get_device_serial_nbr(index), library.get_device_address(index)
            found.append(Listed(f"usb:{serial}" if usb else str(ip), f"{maker} {model}"))
    notes = () if network else ("GigE cameras are looked for with --network only: a broadcast",)
    return Listing(tuple(found), notes)


def _micromanager(network: bool) -> Listing:
    del network
    folders = _micromanager_folders()
    if not folders:
        return Listing(notes=(f"Micro-Manager was not found: set {_MICRO_MANAGER} to its folder",))
    return Listing(
        tuple(
            Listed(f"{folder}#{path}", "configuration")
            for folder in folders
            for path in _files(folder, "*.cfg")
        ),
        tuple(f"device adapters in {folder}" for folder in folders),
    )


def _micromanager_folders() -> list[Path]:
    named = os.environ.get(_MICRO_MANAGER)
    if named:
        return [Path(named)] if Path(named).is_dir() else []
    patterns = _MICRO_MANAGER_FOLDERS.get(platform.system(), ())
    found = (
        folder
        for pattern in patterns
        for folder in sorted(Path(pattern).parent.glob(Path(pattern).name))
    )
    return [folder for folder in found if folder.is_dir()]


def _files(folder: Path, pattern: str) -> Iterable[Path]:
    return sorted(folder.glob(pattern))


def _number(node: Path) -> int:
    digits = node.name.removeprefix("video")
    return int(digits) if digits.isdigit() else -1


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""


_LOOKS: Final[dict[str, Callable[[bool], Listing]]] = {
    "opencv": _opencv,
    "pylon": _pylon,
    "genicam": _genicam,
    "aravis": _aravis,
    "micromanager": _micromanager,
}
