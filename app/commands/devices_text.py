"""What ``her2scope devices`` prints for people."""

import json

from rich.console import Console
from rich.table import Table

from app import RESEARCH_USE_ONLY
from app.devices.camera_check import CameraCheck
from app.devices.overview import Overview
from hardware.camera_settings import CameraCapabilities, CameraSettings, Range, Region
from hardware.extras import install_command
from hardware.listing import Listing


def show_overview(console: Console, found: Overview, stations: tuple[str, ...]) -> None:
    """Print what was found."""
    console.print("Cameras")
    for each in found.makes:
        missing = "" if each.installed else _missing(each.make.install)
        console.print(f"  {each.make.name}: {each.make.title}{missing}")
        _show_listing(console, each.listing, prefix=f"{each.make.name}:")
    backends = ", ".join(device.text for device in found.backends.devices)
    console.print(f"  OpenCV reaches cameras through: {found.backends.problem or backends or '-'}")
    console.print("Pedals")
    for kind, installed in found.kinds:
        missing = "" if installed else _missing(install_command(kind.extra))
        console.print(f"  {kind.key}: {kind.text}{missing}")
    for pedal in found.hid_pedals.pedals:
        console.print(f"    {pedal.vendor:04x}:{pedal.product:04x}  {pedal.text}")
        if pedal.record is not None:
            console.print(f"      --pedal '{json.dumps(pedal.record)}'")
    if found.hid_pedals.problem:
        console.print(f"    HID devices cannot be listed: {found.hid_pedals.problem}")
    console.print("Serial ports")
    _show_listing(console, found.ports)
    if not (found.ports.devices or found.ports.problem):
        serial = any(kind.extra == "serial" and installed for kind, installed in found.kinds)
        unknown = "not looked for" + _missing(install_command("serial"))
        console.print("    " + ("none" if serial else unknown))
    if stations:
        console.print(f"Stations\n  {', '.join(stations)}")
    console.print(f"Nothing was opened. {RESEARCH_USE_ONLY}")


def show_camera(console: Console, seen: CameraCheck) -> None:
    """Print what was seen of a camera; nothing when it did not come to a picture."""
    if seen.last is None:
        return
    height, width = seen.last.shape[:2]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    settings = seen.settings or CameraSettings()
    rows = [
        ("Camera", seen.name),
        ("Size", f"{width} x {height} px"),
        ("Pixel format", settings.pixel_format or "not told"),
        ("Pictures", str(len(seen.numbers))),
        ("Rate", _rate(seen.interval_s)),
        ("Age", _times(seen.age_s)),
        ("Dropped", f"{seen.dropped}; not whole {seen.broken}; stalls {seen.stalls}"),
        ("Set", _settings(settings)),
        ("Can be set", _capabilities(seen.capabilities or CameraCapabilities())),
    ]
    if settings.automatic:
        rows.append(("Changes by itself", f"{', '.join(settings.automatic)}: lock for a sitting"))
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _missing(command: str) -> str:
    return f" - not installed: {command}"


def _show_listing(console: Console, listing: Listing, prefix: str = "") -> None:
    for device in listing.devices:
        console.print(f"    {prefix}{device.address}  {device.text}".rstrip())
    for note in listing.notes:
        console.print(f"    ({note})")
    if listing.problem:
        console.print(f"    cannot be listed: {listing.problem}")


def _rate(interval_s: tuple[float, float] | None) -> str:
    if interval_s is None:
        return "one picture alone"
    return f"{1 / interval_s[0]:.1f} pictures/s; next after {_times(interval_s)}"


def _times(pair: tuple[float, float] | None) -> str:
    if pair is None:
        return "not known"
    return f"{1000 * pair[0]:.1f} ms (median), {1000 * pair[1]:.1f} ms (95 %)"


def _settings(settings: CameraSettings) -> str:
    gains = settings.balance_gains
    named = (
        ("exposure", _with_unit(settings.exposure_s, "s")),
        ("gain", _with_unit(settings.gain, "")),
        ("white balance", settings.white_balance and str(settings.white_balance)),
        ("gains", gains and "/".join(f"{gain:g}" for gain in gains)),
        ("color temperature", _with_unit(settings.balance_kelvin, "K")),
        ("region", settings.region and _region(settings.region)),
        ("rate", _with_unit(settings.frames_per_s, "/s")),
    )
    return "; ".join(f"{name} {value}" for name, value in named if value) or "nothing is told"


def _capabilities(can: CameraCapabilities) -> str:
    ranges: tuple[tuple[str, Range | None, str], ...] = (
        ("exposure", can.exposure_s, "s"),
        ("gain", can.gain, ""),
        ("white balance gains", can.balance_gains, ""),
        ("color temperature", can.balance_kelvin, "K"),
        ("width", can.width, "px"),
        ("height", can.height, "px"),
        ("rate", can.frames_per_s, "/s"),
    )
    parts = [f"{name} {limits} {unit}".rstrip() for name, limits, unit in ranges if limits]
    parts += ["automatic exposure"] * can.auto_exposure + ["automatic gain"] * can.auto_gain
    if can.white_balance:
        parts.append(f"white balance {', '.join(sorted(can.white_balance))}")
    if can.pixel_formats:
        parts.append(f"formats {', '.join(can.pixel_formats)}")
    text = "; ".join(parts) or "nothing"
    return f"{text}; has a clock of its own" if can.hardware_clock else text


def _with_unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:g} {unit}".rstrip()


def _region(region: Region) -> str:
    return f"{region.width} x {region.height} at {region.left}, {region.top} px"
