"""What is on this machine: makes of cameras and kinds of pedals, and what the system lists."""

from dataclasses import asdict, dataclass
from typing import Any

from app import RESEARCH_USE_ONLY, __version__
from hardware.cameras.known import MAKES, CameraMake
from hardware.cameras.listing import list_cameras, opencv_backends
from hardware.extras import install_command
from hardware.listing import Listing
from hardware.pedals.kinds import PEDAL_KINDS, PedalKind
from hardware.pedals.listing import ListedPedals, list_hid_pedals, list_serial_ports


@dataclass(frozen=True)
class MakeOverview:
    """One make of camera, and its cameras; an empty listing when it is not installed."""

    make: CameraMake
    installed: bool
    listing: Listing


@dataclass(frozen=True)
class Overview:
    """Everything that was found, without opening anything."""

    network: bool
    makes: tuple[MakeOverview, ...]
    backends: Listing
    kinds: tuple[tuple[PedalKind, bool], ...]
    ports: Listing
    hid_pedals: ListedPedals


def look_around(*, network: bool = False) -> Overview:
    """List everything; nothing is opened, and nothing leaves the machine unless asked for."""
    makes = []
    for make in MAKES:
        installed = make.installed
        found = list_cameras(make.name, network=network) if installed else Listing()
        makes.append(MakeOverview(make, installed, found))
    installed_kinds = {kind.module for kind in PEDAL_KINDS if kind.installed}
    serial = any(kind.extra == "serial" and kind.module in installed_kinds for kind in PEDAL_KINDS)
    hid = any(kind.key == "hid" and kind.module in installed_kinds for kind in PEDAL_KINDS)
    return Overview(
        network=network,
        makes=tuple(makes),
        backends=opencv_backends(),
        kinds=tuple((kind, kind.installed) for kind in PEDAL_KINDS),
        ports=list_serial_ports() if serial else Listing(),
        hid_pedals=list_hid_pedals() if hid else ListedPedals(),
    )


def overview_record(found: Overview, stations: tuple[str, ...]) -> dict[str, Any]:
    """Return the overview as JSON has it; its schema stands with ``her2scope devices``."""
    return {
        "program": f"her2scope {__version__}",
        "network": found.network,
        "cameras": [
            {
                "make": each.make.name,
                "title": each.make.title,
                "installed": each.installed,
                "install": "" if each.installed else each.make.install,
                "addresses": each.make.addresses,
                **asdict(each.listing),
            }
            for each in found.makes
        ],
        "opencv_backends": asdict(found.backends),
        "pedals": [
            {
                "kind": kind.key,
                "text": kind.text,
                "installed": installed,
                "install": "" if installed else install_command(kind.extra),
            }
            for kind, installed in found.kinds
        ],
        "serial_ports": asdict(found.ports),
        "hid_pedals": asdict(found.hid_pedals),
        "stations": list(stations),
        "notice": RESEARCH_USE_ONLY,
    }
