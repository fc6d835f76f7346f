"""``her2scope window``: the desktop program, on the simulated microscope."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.case_keeping.folder import cases_folder, open_cases
from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.start import sitting_start
from app.live.analyzer import AnalysisSetup, chosen_analyzer
from app.session.options import Devices, usable_analysis
from app.settings import load_settings, settings_path, stain_profile_folder
from app.storage.cases.problem import StorageProblem
from app.storage.stain_profile_folder import StainProfileFolder
from hardware.pedals.keyboard import KeyboardPedal
from hardware.simulators.microscope import SimulatedMicroscope
from hardware.simulators.slides import SlideProblem, SyntheticSlide, open_slide
from hardware.simulators.tissue import PATTERN_NAMES, pattern
from inference.stain.density import White
from inference.stain.white import white_from_blank


def window(
    slide: Annotated[
        str, typer.Option("--slide", help=f"Simulated slide: {', '.join(PATTERN_NAMES)}.")
    ] = "2+",
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
    """Open the main window and the eyepiece on the simulated microscope."""
    if slide not in PATTERN_NAMES:
        _refuse(f"no slide {slide!r}; there are {', '.join(PATTERN_NAMES)}")
    loaded = load_settings(settings_path())
    profiles = StainProfileFolder(stain_profile_folder(settings_path()))
    analysis, left_out = usable_analysis(loaded.settings.analysis, profiles.load)
    try:
        on_stage = (
            SyntheticSlide(pattern(slide), seed)
            if slide_file is None
            else open_slide(slide_file, um_per_px)
        )
        setup = AnalysisSetup(profiles.load(analysis.stain))
        store = open_cases(cases_folder(cases))
    except (SlideProblem, StorageProblem) as problem:
        _refuse(str(problem))
    microscope = SimulatedMicroscope(on_stage)
    name = f"simulated {slide}" if slide_file is None else slide_file.name
    with store:
        keeper = CaseKeeper(store, {"camera": microscope.camera.name, "slide": on_stage.name})
        keeper.start()
        try:
            start = sitting_start(store, keeper, ("Demonstration", name), resume)
            # Qt is loaded here and not above: the other commands run where it cannot be loaded.
            from app.gui.program import Program, run_windows  # noqa: PLC0415

            status = run_windows(
                Program(
                    devices=Devices(microscope.camera, microscope.nosepiece, KeyboardPedal()),
                    motors=microscope.stage,
                    keeper=keeper,
                    open_analyzer=chosen_analyzer(analysis.detector, setup),
                    settings=loaded.settings,
                    settings_path=settings_path(),
                    messages=(*loaded.warnings, *left_out, *start.messages),
                    start=start,
                    beam_splitter=microscope.beam_splitter,
                    empty_field=_empty_field(microscope),
                    cases=store,
                ),
                seconds=seconds,
            )
        except StorageProblem as problem:
            _refuse(str(problem))
        finally:
            lost = keeper.close()
    for line in lost:
        typer.echo(f"her2scope window: {line}", err=True)
    raise typer.Exit(1 if lost else status)


def _empty_field(microscope: SimulatedMicroscope) -> White | None:
    """Return the white point of simulated tissue; a picture as slide has another of its own."""
    if not isinstance(microscope.slide, SyntheticSlide):
        return None
    return white_from_blank(microscope.empty_field())


def _refuse(text: str) -> NoReturn:
    typer.echo(f"her2scope window: {text}", err=True)
    raise typer.Exit(2)
