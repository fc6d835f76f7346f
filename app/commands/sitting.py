"""``her2scope sitting``: the program used by a script, from the first field to the report."""

import math
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from app.case_keeping.folder import open_cases
from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.start import sitting_start
from app.commands.offscreen import draw_offscreen, has_display
from app.commands.results_folder import results_folder
from app.commands.score_text import show_score
from app.slide_export.export import SlideExport, export_slide
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import slides
from app.storage.cases.store import CaseStore
from app.storage.slide_output import OutputProblem
from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import PATTERN_NAMES, SlidePattern, pattern
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES

if TYPE_CHECKING:
    from app.gui.program import Program
    from app.gui.scripted.soak import SoakReport

FIELDS = 5
_CASE = "Scripted sitting"
_FAILED, _WRONG_CALL = 1, 2
_KERNEL_THREADS = "kernel_"
"""How the names of the threads of `inference.kernel` begin, which stay as long as the process."""


def sitting(
    slide: Annotated[
        str, typer.Option("--slide", metavar="NAME", help=f"Which: {', '.join(PATTERN_NAMES)}.")
    ] = "2+",
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another slide.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="DIR", help="New folder for all that comes of it; else in results/."
        ),
    ] = None,
    expect: Annotated[
        bool, typer.Option("--expect", help="Fail unless the slide's score is proposed.")
    ] = False,
    hours: Annotated[
        float | None,
        typer.Option(
            "--hours", metavar="N", min=0.001, help="Endurance: press again and again instead."
        ),
    ] = None,
    every_s: Annotated[
        float,
        typer.Option("--every", metavar="S", min=1.0, help="Seconds between these presses."),
    ] = 10.0,
    side_px: Annotated[
        int, typer.Option("--side", metavar="PX", min=512, help="Size of the camera's pictures.")
    ] = 3008,
) -> None:
    """Let a script use the windows on the simulated microscope, as a pathologist would.

    It drives, focuses, presses the pedal five times, moves a threshold, excludes a region,
    corrects cells, takes one correction back and finishes the slide; without a display the
    windows are drawn in memory. Screenshots and results are left in a folder.

    Exit code: 0; 1 when a step did not have its effect; 2 when it could not begin.
    """
    if slide not in PATTERN_NAMES:
        _refuse(f"there is no slide '{slide}'; there are {', '.join(PATTERN_NAMES)}", _WRONG_CALL)
    simulated = pattern(slide)
    sensor = Sensor(width_px=side_px, height_px=side_px)
    microscope = SimulatedMicroscope(SyntheticSlide(simulated, seed), sensor)
    try:
        folder = results_folder("sitting", output)
    except OutputProblem as problem:
        _refuse(str(problem), _WRONG_CALL)
    try:
        with tempfile.TemporaryDirectory(prefix="her2scope-") as scratch:
            if hours is None:
                _sit(microscope, simulated, folder, Path(scratch), expect=expect)
            else:
                _soak(microscope, simulated, folder, Path(scratch), hours, every_s)
    except (StorageProblem, OutputProblem, OSError) as problem:
        _refuse(str(problem), _FAILED)


def _sit(
    microscope: SimulatedMicroscope,
    simulated: SlidePattern,
    folder: Path,
    scratch: Path,
    *,
    expect: bool,
) -> None:
    name = f"simulated {simulated.name}"
    pictures = folder / "screenshots"
    pictures.mkdir()
    with open_cases(folder / "cases") as store:
        with _program(store, microscope, simulated, name, scratch) as program:
            # Qt is loaded here and not above: the other commands run where it cannot be loaded.
            from app.gui.scripted.runs import run_sitting  # noqa: PLC0415
            from app.gui.scripted.script import ScriptProblem  # noqa: PLC0415

            typer.echo(f"A sitting with the {name} slide, meant to be {simulated.score}:")
            places = microscope.find_tumor(FIELDS)
            try:
                shown = run_sitting(program, microscope, places, pictures, _say)
            except ScriptProblem as problem:
                _refuse(f"{problem}; see {folder}", _FAILED)
        (kept,) = slides(store, _CASE)
        export = export_slide(store, kept.id, folder / "results")
    _show(export, simulated, folder)
    if shown.edited.record() != export.tally.edited.record():
        _refuse("the kept slide does not score as the windows showed", _FAILED)
    if expect and str(export.tally.edited.score) != simulated.score:
        _refuse(f"{export.tally.edited.score} is proposed, not {simulated.score}", _FAILED)


def _soak(
    microscope: SimulatedMicroscope,
    simulated: SlidePattern,
    folder: Path,
    scratch: Path,
    hours: float,
    every_s: float,
) -> None:
    before = _threads()
    with (
        open_cases(folder / "cases") as store,
        _program(store, microscope, simulated, "slide 1", scratch) as program,
    ):
        from app.gui.scripted.runs import run_soak  # noqa: PLC0415
        from app.gui.scripted.script import ScriptProblem  # noqa: PLC0415

        try:
            report = run_soak(program, microscope, hours, every_s, _say)
        except ScriptProblem as problem:
            _refuse(str(problem), _FAILED)
        on_disk = sum(slide.n_fields for slide in slides(store))
    _show_soak(report, on_disk, len(_threads() - before))
    if on_disk != report.saved:
        _refuse(f"{report.saved} fields were shown as saved, {on_disk} are", _FAILED)


@contextmanager
def _program(
    store: CaseStore,
    microscope: SimulatedMicroscope,
    simulated: SlidePattern,
    name: str,
    scratch: Path,
) -> Iterator["Program"]:
    """Give what the windows are built of, and save to the end what they leave."""
    if not has_display(os.environ):
        draw_offscreen(scratch)
    try:
        from app.gui.scripted.simulated import simulated_program  # noqa: PLC0415
    except ImportError as error:
        _refuse(
            f"the windows cannot be loaded ({error}): install what 'make run' names, or use "
            "'her2scope demo', which needs no windows",
            _WRONG_CALL,
        )
    rules = "gastric-resection" if simulated.site == "gastric" else DEFAULT_RULES
    keeper = CaseKeeper(store, {"microscope": "simulated", "slide_on_stage": simulated.name})
    keeper.start()
    try:
        start = sitting_start(store, keeper, (_CASE, name), resume=False)
        yield simulated_program(microscope, keeper, start, rules, scratch, store)
    finally:
        lost = keeper.close()
    if lost:
        _refuse(f"not saved: {lost[0]}", _FAILED)


def _show(export: SlideExport, simulated: SlidePattern, folder: Path) -> None:
    typer.echo()
    show_score(
        Console(highlight=False, markup=False, emoji=False),
        export.tally.edited,
        warnings=[note.text for note in export.notes],
        more=[
            ("Simulated as", f"{simulated.name}, meant to be {simulated.score}"),
            ("Look at", f"{folder} (screenshots, results, cases)"),
        ],
    )


def _show_soak(report: "SoakReport", on_disk: int, threads_left: int) -> None:
    hours = report.hours
    slides = f"{report.slides} slide{'' if report.slides == 1 else 's'}"
    typer.echo(
        f"{f'{hours:.2f} hours' if hours >= 1 else f'{60 * hours:.1f} minutes'}, "
        f"{report.pressed} presses, {report.refused} refused and {report.failed} failed with a "
        f"message, {report.lost} lost; {on_disk} fields of {slides} on disk; {_memory(report)}; "
        f"{threads_left} threads left"
    )


def _memory(report: "SoakReport") -> str:
    known = [each.resident_mb for each in report.samples if each.resident_mb is not None]
    if not known:
        return "memory not known"
    slope = report.mb_per_hour
    grown = "" if math.isnan(slope) else f", {slope:+.0f} MB per hour"
    return f"memory {min(known):.0f} to {max(known):.0f} MB{grown}"


def _threads() -> set[threading.Thread]:
    """Return the threads that run, without those that the analysis keeps for its kernels."""
    return {each for each in threading.enumerate() if not each.name.startswith(_KERNEL_THREADS)}


def _say(line: str) -> None:
    typer.echo(f"  {line}")


def _refuse(problem: str, code: int) -> NoReturn:
    typer.echo(f"her2scope sitting: {problem}", err=True)
    raise typer.Exit(code)
