"""``her2scope window``: the desktop program, on a simulated microscope or a real one."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.case_keeping.folder import cases_folder, open_cases
from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.start import sitting_start
from app.devices.calibrated import CalibratedOptics
from app.devices.microscope import station_microscope
from app.live.analyzer import AnalysisSetup, chosen_analyzer
from app.session.options import Devices, usable_analysis
from app.settings import load_settings, settings_path, stain_profile_folder
from app.storage.calibration_file import CALIBRATION_FILE, load_calibrations
from app.storage.cases.problem import StorageProblem
from app.storage.cases.store import CaseStore
from app.storage.stain_profile_folder import StainProfileFolder
from hardware.pedals.keyboard import KeyboardPedal
from hardware.simulators.microscope import SimulatedMicroscope
from hardware.simulators.slides import SlideProblem, SyntheticSlide, open_slide
from hardware.simulators.tissue import PATTERN_NAMES, pattern
from inference.stain.density import White
from inference.stain.white import white_from_blank

SIMULATED = ""
"""In place of the name of a station."""


@dataclass(frozen=True)
class _Asked:
    """What stands behind the command, and the station that is meant by it."""

    station: str
    slide: str
    seed: int
    slide_file: Path | None
    um_per_px: float | None
    resume: bool | None
    seconds: float | None


def window(
    station: Annotated[
        str | None,
        typer.Option("--station", metavar="NAME", help="Microscope; else the one used last."),
    ] = None,
    slide: Annotated[
        str | None, typer.Option("--slide", help=f"Simulated slide: {', '.join(PATTERN_NAMES)}.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another slide.")] = 1,
    slide_file: Annotated[
        Path | None,
        typer.Option("--slide-file", help="An image, a folder of images or a whole-slide file."),
    ] = None,
    um_per_px: Annotated[
        float | None,
        typer.Option("--mpp", min=0.01, help="um per pixel of --slide-file, when it says none."),
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option("--cases", metavar="DIR", help="Folder of the cases; else this user's own."),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option("--resume/--new", help="Go on with the unfinished slide, or do not ask."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0.1, help="Close after that time; for trials.")
    ] = None,
) -> None:
    """Open the main window and the eyepiece, on a station or on the simulated microscope.

    A slide that is named lies on the simulated microscope.
    """
    if slide is not None and slide not in PATTERN_NAMES:
        _refuse(f"no slide {slide!r}; there are {', '.join(PATTERN_NAMES)}")
    simulated = slide is not None or slide_file is not None
    if station and simulated:
        _refuse("--slide and --slide-file are for the simulated microscope: leave out --station")
    if station is None:
        last = load_settings(settings_path()).settings.microscope.station
        station = SIMULATED if simulated else last
    asked = _Asked(station, slide or "2+", seed, slide_file, um_per_px, resume, seconds)
    try:
        store = open_cases(cases_folder(cases))
    except StorageProblem as problem:
        _refuse(str(problem))
    with store:
        while True:
            status, wanted = _sitting(asked, store)
            if wanted is None:
                raise typer.Exit(status)
            # An unfinished slide is offered, and not gone on with: it may lie on the other stage.
            asked = replace(asked, station=wanted, resume=None)


def _sitting(asked: _Asked, store: CaseStore) -> tuple[int, str | None]:
    """Show the windows once; return the exit status, and the station to open them on again."""
    loaded = load_settings(settings_path())
    profiles = StainProfileFolder(stain_profile_folder(settings_path()))
    analysis, left_out = usable_analysis(loaded.settings.analysis, profiles.load)
    calibrations, unusable = load_calibrations(settings_path().with_name(CALIBRATION_FILE))
    optics = CalibratedOptics(calibrations, settings_path().parent)
    simulated = _simulated(asked) if asked.station == SIMULATED else None
    if simulated is not None:
        devices = Devices(simulated.camera, simulated.nosepiece, KeyboardPedal())
        about = {"camera": simulated.camera.name, "slide": simulated.slide.name}
        name = f"simulated {asked.slide}" if asked.slide_file is None else asked.slide_file.name
        first_slide: tuple[str, str] | None = ("Demonstration", name)
        problems: tuple[str, ...] = ()
    else:
        microscope = station_microscope(asked.station)
        devices = Devices(microscope.camera, microscope.nosepiece, microscope.pedal)
        about = {"camera": microscope.camera.name, "station": asked.station}
        first_slide, problems = None, microscope.messages
    keeper = CaseKeeper(store, about)
    keeper.start()
    try:
        start = sitting_start(store, keeper, first_slide, asked.resume)
        # Qt is loaded here and not above: the other commands run where it cannot be loaded.
        from app.gui.program import Program, run_windows  # noqa: PLC0415

        setup = AnalysisSetup(profiles.load(analysis.stain))
        told = (*loaded.warnings, *left_out, *unusable, *problems, *optics.reminders())
        ending = run_windows(
            Program(
                devices=devices,
                motors=None if simulated is None else simulated.stage,
                keeper=keeper,
                open_analyzer=chosen_analyzer(analysis.detector, setup),
                settings=loaded.settings,
                settings_path=settings_path(),
                messages=(*told, *start.messages),
                start=start,
                beam_splitter=None if simulated is None else simulated.beam_splitter,
                empty_field=None if simulated is None else _empty_field(simulated),
                cases=store,
                station=asked.station,
                optics=optics,
            ),
            seconds=asked.seconds,
        )
    except StorageProblem as problem:
        _refuse(str(problem))
    finally:
        lost = keeper.close()
    for line in lost:
        typer.echo(f"her2scope window: {line}", err=True)
    return (1, None) if lost else (ending.status, ending.station)


def _simulated(asked: _Asked) -> SimulatedMicroscope:
    try:
        return SimulatedMicroscope(
            SyntheticSlide(pattern(asked.slide), asked.seed)
            if asked.slide_file is None
            else open_slide(asked.slide_file, asked.um_per_px)
        )
    except SlideProblem as problem:
        _refuse(str(problem))


def _empty_field(microscope: SimulatedMicroscope) -> White | None:
    """Return the white point of simulated tissue; a picture as slide has another of its own."""
    if not isinstance(microscope.slide, SyntheticSlide):
        return None
    return white_from_blank(microscope.empty_field())


def _refuse(text: str) -> NoReturn:
    typer.echo(f"her2scope window: {text}", err=True)
    raise typer.Exit(2)
