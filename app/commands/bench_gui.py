"""``her2scope bench --gui``: how soon the windows follow, measured by themselves."""

import json
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from app import RESEARCH_USE_ONLY, __version__
from app.bench.gui_figures import Figure, GuiBenchReport, Sweep
from app.case_keeping.folder import open_cases
from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.start import sitting_start
from app.commands.offscreen import draw_offscreen, has_display
from app.storage.cases.problem import StorageProblem
from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import pattern
from inference.kernel import worker_count
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES

if TYPE_CHECKING:
    from app.gui.program import Program

_PATTERN, _SEED = "2+", 1
LIVE_S = 8.0
"""How long the live picture is looked at, standing and then moving."""
_FILE_COLUMNS = 120
"""Width of the table that goes to a file or a pipe, whose width nobody knows."""
_FAILED, _WRONG_CALL = 1, 2


def bench_gui(repeats: int, side_px: int, *, as_json: bool) -> None:
    """Measure the windows and print what was found.

    Parameters
    ----------
    repeats
        Fields that are taken.
    side_px
        Of the simulated camera.
    as_json
        Print JSON, and nothing while it runs.
    """
    slide = SyntheticSlide(pattern(_PATTERN), _SEED)
    microscope = SimulatedMicroscope(slide, Sensor(width_px=side_px, height_px=side_px))

    def say(line: str) -> None:
        if not as_json:
            typer.echo(f"  {line}")

    try:
        with (
            tempfile.TemporaryDirectory(prefix="her2scope-") as scratch,
            _program(microscope, Path(scratch)) as program,
        ):
            # Qt is loaded here and not above: the other commands run where it cannot be loaded.
            from app.gui.scripted.gui_bench import run_gui_bench  # noqa: PLC0415
            from app.gui.scripted.script import ScriptProblem  # noqa: PLC0415

            try:
                report = run_gui_bench(program, microscope, repeats, LIVE_S, say)
            except ScriptProblem as problem:
                _refuse(str(problem), _FAILED)
    except (StorageProblem, OSError) as problem:
        _refuse(str(problem), _FAILED)
    where = "on the display" if has_display(os.environ) else "in memory"
    if as_json:
        typer.echo(json.dumps(_record(report, side_px, where), indent=2))
    else:
        _show(report, side_px, where)


@contextmanager
def _program(microscope: SimulatedMicroscope, scratch: Path) -> Iterator["Program"]:
    """Give what the windows are built of, with cases that nobody needs afterwards."""
    if not has_display(os.environ):
        draw_offscreen(scratch)
    try:
        from app.gui.scripted.simulated import simulated_program  # noqa: PLC0415
    except ImportError as error:
        _refuse(
            f"the windows cannot be loaded ({error}): install what 'make run' names",
            _WRONG_CALL,
        )
    with open_cases(scratch / "cases") as store:
        keeper = CaseKeeper(store, {"microscope": "simulated", "slide_on_stage": _PATTERN})
        keeper.start()
        try:
            start = sitting_start(store, keeper, ("Benchmark", "simulated slide"), resume=False)
            yield simulated_program(microscope, keeper, start, DEFAULT_RULES, scratch)
        finally:
            lost = keeper.close()
    if lost:
        _refuse(f"not saved: {lost[0]}", _FAILED)


def _record(report: GuiBenchReport, side_px: int, where: str) -> dict[str, object]:
    return {
        "program": f"her2scope {__version__}",
        "processor": platform.processor() or platform.machine(),
        "cores": worker_count(),
        "windows": where,
        "side_px": side_px,
        "fields": report.fields,
        "figures": [figure.record() for figure in report.figures],
        "sweeps": [{**asdict(sweep), "queued": sweep.queued} for sweep in report.sweeps],
        "notice": RESEARCH_USE_ONLY,
    }


def _show(report: GuiBenchReport, side_px: int, where: str) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = max(console.width, _FILE_COLUMNS)
    console.print()
    console.print(_table(report.figures))
    console.print()
    for sweep in report.sweeps:
        console.print(_words(sweep))
    console.print(
        f"{side_px} x {side_px} px, windows {where}, {worker_count()} cores, {report.fields} "
        f"fields after one that warmed up. {RESEARCH_USE_ONLY}"
    )


def _table(figures: tuple[Figure, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("Measured")
    for column in ("unit", "values", "median", "95 %", "worst", "aim", ""):
        table.add_column(column, justify="right")
    for figure in figures:
        spread = figure.spread
        table.add_row(
            figure.name,
            figure.unit,
            str(spread.count),
            *(f"{value:.1f}" for value in (spread.median, spread.p95, spread.worst)),
            "" if figure.aim is None else str(figure.aim),
            {None: "", True: "met", False: "missed"}[figure.met],
        )
    return table


def _words(sweep: Sweep) -> str:
    queued = "moves queued up" if sweep.queued else "nothing queued up"
    return (
        f"Fast sweep: {sweep.moves} moves of the slider, classified {sweep.classified} times, "
        f"{sweep.pictures} pictures; {queued}"
    )


def _refuse(problem: str, code: int) -> NoReturn:
    typer.echo(f"her2scope bench: {problem}", err=True)
    raise typer.Exit(code)
