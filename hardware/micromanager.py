"""Micro-Manager's bare core (pymmcore), shared by all devices of one configuration."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hardware.extras import PackageMissing, needed

LABEL: Final = "Device"
"""What a device is called in the core that was loaded by itself, without a configuration."""

_PARTS: Final = re.compile(r"(?P<folder>.+)#(?P<library>[^#:]+):(?P<device>[^#:]+)")


class MicroManagerUnavailable(Exception):
    """The core or its devices cannot be loaded; the message is one line for the user."""


@dataclass(frozen=True)
class MicroManagerAddress:
    """Either a configuration of Micro-Manager, or a folder of adapters and a device in it."""

    configuration: Path | None
    folder: Path
    library: str = ""
    device: str = ""

    @property
    def what(self) -> str:
        """What it names, in a word."""
        return self.configuration.name if self.configuration else self.device


def address_of(address: str) -> MicroManagerAddress:
    """Read an address: ``FOLDER#Library:Device`` or ``FOLDER#configuration.cfg``.

    The folder is that of Micro-Manager's device adapters.

    Raises
    ------
    ValueError
        It is none; the message is one line for the user.
    """
    text = address.strip()
    folder, _, rest = text.partition("#")
    if folder and rest.lower().endswith(".cfg"):
        return MicroManagerAddress(Path(rest), Path(folder))
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise ValueError(
            f"{address!r} is no address of Micro-Manager: give the folder of its device "
            "adapters with library and device, as in /opt/micro-manager#DemoCamera:DCam, or with "
            "a configuration, as in /opt/micro-manager#/opt/micro-manager/mine.cfg"
        )
    return MicroManagerAddress(None, Path(parts["folder"]), parts["library"], parts["device"])


@dataclass
class _Shared:
    """A core, how many hold it, and who may be sure that its devices stay loaded."""

    core: Any
    holders: int = 0
    steady: threading.Lock = field(default_factory=threading.Lock)


_CORES: Final[dict[MicroManagerAddress, _Shared]] = {}
_LOADING: Final = threading.Lock()


class CoreHold:
    """A hold on the core of an address, until `release`.

    Camera and nosepiece of one configuration hold the same core: two cores would each want the
    serial port of the stand for themselves.

    Parameters
    ----------
    address
        What is loaded into the core.
    fresh
        Load the devices anew even if somebody holds the core: one of them was lost, and the others
        find theirs again.

    Raises
    ------
    MicroManagerUnavailable
        The package is missing, or a device cannot be loaded.
    """

    def __init__(self, address: MicroManagerAddress, *, fresh: bool = False) -> None:
        self._address = address
        with _LOADING:
            shared = _CORES.get(address)
            if shared is None:
                shared = _CORES[address] = _Shared(_loaded(address))
            elif fresh:
                with shared.steady:
                    _unload(shared.core)
                    _load(shared.core, address)
            shared.holders += 1
        self._shared: _Shared | None = shared

    @property
    def core(self) -> Any:
        """The core.

        Raises
        ------
        MicroManagerUnavailable
            It was released.
        """
        return self._held().core

    @contextmanager
    def steady(self) -> Iterator[Any]:
        """Give the core, and keep others from loading its devices anew meanwhile.

        In the middle of that the core has none, which is no loss of a device.

        Raises
        ------
        MicroManagerUnavailable
            It was released.
        """
        shared = self._held()
        with shared.steady:
            yield shared.core

    def release(self) -> None:
        """Let go; the last one unloads the devices."""
        shared, self._shared = self._shared, None
        if shared is None:
            return
        with _LOADING:
            shared.holders -= 1
            if shared.holders == 0:
                del _CORES[self._address]
                _unload(shared.core)

    def _held(self) -> _Shared:
        if self._shared is None:
            raise MicroManagerUnavailable(f"Micro-Manager {self._address.what} is not open")
        return self._shared


def core_line(error: BaseException) -> str:
    """Return what the core says of an error, in one line."""
    return str(error).split("\n", maxsplit=1)[0]


def _loaded(address: MicroManagerAddress) -> Any:
    try:
        package: Any = needed("pymmcore", "Micro-Manager needs", "micromanager")
    except PackageMissing as error:
        raise MicroManagerUnavailable(str(error)) from error
    core = package.CMMCore()
    _load(core, address)
    return core


def _load(core: Any, address: MicroManagerAddress) -> None:
    if not address.folder.is_dir():
        raise MicroManagerUnavailable(
            f"the folder {address.folder} of Micro-Manager's device adapters is not there"
        )
    try:
        core.setDeviceAdapterSearchPaths([str(address.folder)])
        if address.configuration is not None:
            core.loadSystemConfiguration(str(address.configuration))
        else:
            core.loadDevice(LABEL, address.library, address.device)
            core.initializeDevice(LABEL)
    except RuntimeError as error:
        _unload(core)
        raise MicroManagerUnavailable(
            f"Micro-Manager {address.what} cannot be opened: {core_line(error)}"
        ) from error


def _unload(core: Any) -> None:
    try:
        core.reset()
    except RuntimeError:  # a device that was lost may fail here, and is gone
        return
