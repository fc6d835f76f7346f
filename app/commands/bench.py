"""``her2scope bench``: how long each step takes, beside the plain way."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from app import RESEARCH_USE_ONLY, __version__
from app.bench.timing import peak_memory_mb
from app.commands.bench_gui import bench_gui
from inference.kernel import worker_count
from inference.stain.profile import DEFAULT_PROFILE, load_stain_profile

if TYPE_CHECKING:
    from app.bench.field_bench import FieldBench

_FIELDS = ((3008, 0.212), (3008, 0.424))
"""The paper's 40x and 20x fields; their analysis grids are 1504 and 3008 px wide."""
_SENSOR_PX = 3008


def bench(
    repeats: Annotated[
        int, typer.Option("--repeats", metavar="N", min=1, help="Runs of each step.")
    ] = 9,
    side_px: Annotated[
        int | None, typer.Option("--side", metavar="PX", min=256, help="Another field size in px.")
    ] = None,
    plain: Annotated[
        bool,
        typer.Option("--plain/--no-plain", help="Compare with the plain chain, which is slow."),
    ] = True,
    gui: Annotated[
        bool,
        typer.Option("--gui", help="Measure the windows on the simulated microscope instead."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Time every step of a field; medians, the plain chain in turns with ours.

    With --gui: frame rate and age on the screen, from the pedal and from a slider to the picture,
    stalls of the windows, from a motion to the dark eyepiece. Without a display the windows are
    drawn in memory.

    Exit code: 0; 1 when both chains do not find the same, so that their times mean nothing, or a
    step in the windows did not have its effect; 2 when the windows cannot be loaded.
    """
    if gui:
        bench_gui(repeats, side_px or _SENSOR_PX, as_json=as_json)
        return
    # scikit-image, which the plain chain needs, takes a second to load: not for every command.
    from app.bench.field_bench import bench_field  # noqa: PLC0415

    stain = load_stain_profile(DEFAULT_PROFILE)
    fields = [(side_px or side, um_per_px) for side, um_per_px in _FIELDS]
    for side, um_per_px in fields:  # warms up, and shows what our chain alone needs
        bench_field(side, um_per_px, stain, 1, with_plain=False)
    peak_mb = peak_memory_mb()
    found = [bench_field(*field, stain, repeats, with_plain=plain) for field in fields]
    if as_json:
        typer.echo(json.dumps(_record(found, repeats, peak_mb), indent=2))
    else:
        _show(found, repeats, peak_mb)
    if not all(field.agrees for field in found):
        typer.echo("her2scope bench: the two chains do not find the same cells", err=True)
        raise typer.Exit(1)


def _record(
    found: "Sequence[FieldBench]", repeats: int, peak_mb: float | None
) -> dict[str, object]:
    return {
        "program": f"her2scope {__version__}",
        "processor": platform.processor() or platform.machine(),
        "cores": worker_count(),
        "repeats": repeats,
        "peak_memory_mb": peak_mb,
        "fields": [
            {
                **asdict(field),
                "timings": [{**asdict(t), "ratio": t.ratio} for t in field.timings],
            }
            for field in found
        ],
        "notice": RESEARCH_USE_ONLY,
    }


def _show(found: "Sequence[FieldBench]", repeats: int, peak_mb: float | None) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    for field in found:
        console.print(_table(field))
        for method, share in field.agreement.items():
            console.print(
                f"same class by both chains, {method} method: {100 * share:.2f} % of cells"
            )
        console.print()
    for line in dict.fromkeys(line for field in found for line in field.runtimes_left_out):
        console.print(f"Not used to run the network: {line}")
    if peak_mb is not None:
        console.print(f"Peak memory of our chain alone: {peak_mb:.0f} MB")
    console.print(f"{worker_count()} cores, median of {repeats} runs. {RESEARCH_USE_ONLY}")


def _table(field: "FieldBench") -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), title_justify="left")
    table.title = f"{field.title}, {field.cells} cells"
    table.add_column("Step")
    for column in ("ms", "plain ms", "ratio"):
        table.add_column(column, justify="right")
    for timing in field.timings:
        table.add_row(
            timing.step,
            _number(timing.ours_ms),
            _number(timing.plain_ms),
            "" if timing.ratio is None else f"{timing.ratio:.1f} x",
        )
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
