"""``her2scope devices``: what is there, one camera, one pedal, and a station made of both."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from app import RESEARCH_USE_ONLY, __version__
from app.commands.devices_text import show_camera, show_overview
from app.devices.camera_check import CameraCheck, camera_record, check_camera
from app.devices.nosepiece_check import NosepieceCheck, check_nosepiece, nosepiece_record
from app.devices.overview import look_around, overview_record
from app.devices.pedal_check import PedalCheck, check_pedal, pedal_record
from app.devices.station import (
    Station,
    StationCamera,
    StationProblem,
    check_station_name,
    load_station,
    save_station,
    station_names,
)
from app.storage.overlay_png import write_overlay_png
from hardware.camera import Camera
from hardware.cameras.known import MAKES, camera_of
from hardware.cameras.listing import list_cameras
from hardware.nosepieces.kinds import make_nosepiece
from hardware.objective import Nosepiece
from hardware.pedal import Pedal, PedalError, PedalEvent
from hardware.pedals.kinds import make_pedal

FAILED, WRONG_CALL, INTERRUPTED = 1, 2, 130


def devices(
    camera: Annotated[
        str | None,
        typer.Option("--camera", metavar="MAKE[:ADDRESS]", help="Open this camera and watch it."),
    ] = None,
    pedal: Annotated[
        str | None,
        typer.Option(
            "--pedal",
            metavar="RECORD",
            help="Open this pedal, a JSON record or a file of one, and listen.",
        ),
    ] = None,
    station: Annotated[
        str | None, typer.Option("--station", metavar="NAME", help="Try a station that was saved.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=3600, help="How long each is tried.")
    ] = 5.0,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="OUT.png", help="Save the camera's last picture."),
    ] = None,
    save: Annotated[
        str | None,
        typer.Option("--save", metavar="NAME", help="Keep camera and pedal as a station."),
    ] = None,
    network: Annotated[
        bool, typer.Option("--network", help="Look for cameras on the network, too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List cameras and pedals without opening any, or try one.

    Without --network the list sends nothing from this computer. --save keeps what went well.

    Exit code: 0; 1 when a device could not be opened, was lost, or said nothing; 2 for a wrong
    call; 130 after Ctrl-C.

    --json of the list: cameras [make, title, installed, install, addresses, devices [address,
    text], notes, problem]; opencv_backends and serial_ports {devices, notes, problem}; pedals
    [kind, text, installed, install]; hid_pedals {pedals [vendor, product, text, record], problem};
    stations [name]. A record is what --pedal takes, null for a pedal that types keys.

    --json of a trial: camera {name, size_px [width, height], pictures, rate_per_s, interval_ms and
    age_ms {median, p95}, dropped, broken, stalls, settings, automatic, capabilities, problem,
    interrupted}; pedal {name, switch_count, events [switch from 0, down, time_s], problem,
    interrupted}; nosepiece {objectives, one for each change, null where none was known, problem,
    interrupted}; saved, the file of the station. What was not tried is null; so is what is not
    known. An empty problem is none.
    """
    chosen = _chosen(camera, pedal, station, network=network)
    trial = any(each is not None for each in (chosen.camera, chosen.pedal, chosen.nosepiece))
    _check_call(trial=trial, camera=chosen.camera is not None, picture=picture, save=save)
    if not trial:
        found = look_around(network=network)
        if as_json:
            typer.echo(json.dumps(overview_record(found, station_names()), indent=2))
        else:
            show_overview(_console(), found, station_names())
        return
    opened_camera, nosepiece, opened_pedal = _made(chosen)
    seen = None
    if opened_camera is not None:
        if not as_json:
            typer.echo(f"Opening {opened_camera.name} for {seconds:g} s ...")
        seen = check_camera(opened_camera, seconds)
        if not as_json:
            show_camera(_console(), seen)
        _save_picture(seen, picture)
    turned = None
    if nosepiece is not None and not (seen and seen.interrupted):
        turned = _ask(nosepiece, seconds, as_json=as_json)
    heard = None
    if opened_pedal is not None and not any(c.interrupted for c in (seen, turned) if c):
        heard = _listen(opened_pedal, seconds, as_json=as_json)
    checks = tuple(check for check in (seen, turned, heard) if check is not None)
    well = not any(check.problem or check.interrupted for check in checks)
    saved = _saved(save, chosen) if well and save else None
    if as_json:
        typer.echo(json.dumps(_record(seen, turned, heard, saved), indent=2))
    else:
        if picture is not None and seen is not None and seen.last is not None:
            typer.echo(f"Picture: {picture}")
        if saved is not None:
            typer.echo(f"Station: {saved}")
        typer.echo(RESEARCH_USE_ONLY)
    _end(checks, save if not well else None)


def _chosen(
    camera: str | None, pedal: str | None, station: str | None, *, network: bool
) -> Station:
    if station is not None:
        if camera is not None or pedal is not None:
            _refuse("--station names camera and pedal: leave out --camera and --pedal")
        try:
            return load_station(station)
        except StationProblem as problem:
            _refuse(problem)
    return Station(
        camera=None if camera is None else _camera_named(camera, network=network),
        pedal=None if pedal is None else _pedal_named(pedal),
    )


def _camera_named(text: str, *, network: bool) -> StationCamera:
    """Return the camera of ``MAKE:ADDRESS``; of a make alone the only one that is listed."""
    name, _, address = text.partition(":")
    make = next((make for make in MAKES if make.name == name), None)
    if make is None:
        _refuse(f"--camera {text}: the makes are {', '.join(make.name for make in MAKES)}")
    if address:
        return StationCamera(make=name, address=address)
    if not make.installed:
        _refuse(f"--camera {name}: not installed; {make.install} brings it")
    found = list_cameras(name, network=network)
    if len(found.devices) != 1:
        listed = f"{len(found.devices)} are listed" if found.devices else "none is listed"
        _refuse(
            f"--camera {name}: {found.problem or listed}; give the address as {name}:ADDRESS "
            f"({make.addresses})"
        )
    return StationCamera(make=name, address=found.devices[0].address)


def _pedal_named(text: str) -> dict[str, Any]:
    """Return the record, or that of a file: not every shell can quote one."""
    try:
        if text.lower().endswith(".json"):
            text = Path(text).read_text("utf-8")
        record = json.loads(text)
    except OSError as error:
        _refuse(f"--pedal {text} cannot be read: {error.strerror}")
    except ValueError as error:
        _refuse(f"--pedal is no JSON: {error}")
    if not isinstance(record, dict):
        _refuse('--pedal must be a record such as {"kind": "serial-lines", ...}')
    return record


def _check_call(*, trial: bool, camera: bool, picture: Path | None, save: str | None) -> None:
    """Refuse before anything is opened what could only fail afterwards."""
    if save is not None:
        if not trial:
            _refuse("--save needs --camera or --pedal")
        try:
            check_station_name(save)
        except StationProblem as problem:
            _refuse(f"--save {problem}")
    if picture is None:
        return
    if not camera:
        _refuse("--picture needs --camera")
    if picture.suffix.lower() != ".png":
        _refuse(f"--picture {picture}: pictures are saved as .png")
    if not picture.absolute().parent.is_dir():
        _refuse(f"--picture {picture}: there is no folder {picture.parent}")


def _made(chosen: Station) -> tuple[Camera | None, Nosepiece | None, Pedal | None]:
    """Return the devices, closed; a nosepiece that is turned by hand is none."""
    try:
        camera = None if chosen.camera is None else camera_of(chosen.camera.choice())
        nosepiece = None
        if chosen.nosepiece is not None:
            nosepiece = make_nosepiece(chosen.nosepiece, chosen.objectives)
        if chosen.pedal is None:
            return camera, nosepiece, None
        if chosen.pedal.get("kind", "keyboard") == "keyboard":
            raise PedalError("a pedal that types keys is tried in the window (F3), which sees keys")
        return camera, nosepiece, make_pedal(chosen.pedal)
    except (ValueError, StationProblem, PedalError) as error:
        _refuse(error)


def _ask(nosepiece: Nosepiece, seconds: float, *, as_json: bool) -> NosepieceCheck:
    typer.echo(f"Nosepiece: turn it now ({seconds:g} s)", err=as_json)
    return check_nosepiece(
        nosepiece, seconds, lambda look: None if as_json else typer.echo(f"  {look.words}")
    )


def _listen(pedal: Pedal, seconds: float, *, as_json: bool) -> PedalCheck:
    def ready(check: PedalCheck) -> None:
        switches = "1 switch" if check.switch_count == 1 else f"{check.switch_count} switches"
        typer.echo(f"{check.name}, {switches}: press the pedal now ({seconds:g} s)", err=as_json)

    def heard(check: PedalCheck, event: PedalEvent) -> None:
        if not as_json:
            change = "down" if event.down else "up"
            after_s = event.time_s - check.began_s
            typer.echo(f"  {after_s:7.3f} s  switch {event.switch + 1} {change}")

    return check_pedal(pedal, seconds, ready, heard)


def _save_picture(seen: CameraCheck, picture: Path | None) -> None:
    if picture is None or seen.last is None:
        return
    try:
        write_overlay_png(picture, seen.last)
    except OSError as error:
        seen.problem = seen.problem or f"the picture cannot be written: {error}"


def _saved(name: str, chosen: Station) -> Path:
    try:
        return save_station(name, chosen)
    except StationProblem as problem:
        _refuse(f"--save {problem}")


def _record(
    seen: CameraCheck | None,
    turned: NosepieceCheck | None,
    heard: PedalCheck | None,
    saved: Path | None,
) -> dict[str, Any]:
    return {
        "program": f"her2scope {__version__}",
        "camera": None if seen is None else camera_record(seen),
        "nosepiece": None if turned is None else nosepiece_record(turned),
        "pedal": None if heard is None else pedal_record(heard),
        "saved": None if saved is None else str(saved),
        "notice": RESEARCH_USE_ONLY,
    }


def _end(checks: Sequence[CameraCheck | NosepieceCheck | PedalCheck], unsaved: str | None) -> None:
    for check in checks:
        if check.problem:
            typer.echo(f"her2scope devices: {check.problem}", err=True)
    if unsaved is not None:
        typer.echo(f"her2scope devices: station {unsaved} was not saved", err=True)
    if any(check.interrupted for check in checks):
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(INTERRUPTED)
    if any(check.problem for check in checks):
        raise typer.Exit(FAILED)


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def _refuse(problem: object) -> NoReturn:
    typer.echo(f"her2scope devices: {problem}", err=True)
    raise typer.Exit(WRONG_CALL)
