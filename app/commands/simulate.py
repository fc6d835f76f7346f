"""``her2scope simulate``: fields of a simulated slide with the truth about them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import RESEARCH_USE_ONLY
from app.storage.atomic import atomic_write
from app.storage.csv_stream import csv_stream, decimal
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import (
    PATTERN_NAMES,
    Kind,
    SimulatedField,
    pattern,
    render_field,
)
from inference.cells.classes import CellClass

TRUTH_COLUMNS = ("x_px", "y_px", "kind", "class")
"""Center of a nucleus (that of the top left pixel is (0, 0)), its `Kind`, and for a tumor cell
its class; the class of other nuclei is empty."""

SLIDE_TRUTH = "truth.json"
"""Written last: where it lies, all fields lie."""

INTERRUPTED = 130
"""Exit code of a program that Ctrl-C ended, as shells have it."""


@dataclass(frozen=True)
class FieldRecord:
    """What the slide's truth says about one field.

    Attributes
    ----------
    name
        Of the files, without ending.
    x_um, y_um
        Upper left corner on the slide.
    nuclei
        How many nuclei of each kind.
    counts
        How many tumor cells of each class, by its symbol.
    """

    name: str
    x_um: float
    y_um: float
    nuclei: dict[str, int]
    counts: dict[str, int]


def simulate(
    output: Annotated[Path, typer.Option("--output", help="A new or empty folder.")],
    slide: Annotated[
        str, typer.Option("--slide", help=f"Which slide: {', '.join(PATTERN_NAMES)}.")
    ] = "2+",
    fields: Annotated[int, typer.Option("--fields", min=1, max=100, help="How many fields.")] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another slide.")] = 1,
    um_per_px: Annotated[
        float, typer.Option("--um-per-px", help="Pixel size in um: 0.212 is 40x, 0.424 is 20x.")
    ] = 0.424,
    size: Annotated[
        int, typer.Option("--size", min=64, max=6016, help="Side of a field in pixels.")
    ] = 1504,
) -> None:
    """Write tumor-rich fields of a simulated slide as PNG, each with a table of its nuclei."""
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        tissue = SyntheticSlide(pattern(slide), seed)
        if not 0.05 <= um_per_px <= 2:
            raise ValueError(f"--um-per-px must lie within 0.05 to 2, not {um_per_px:g}")
        _claim(output)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
        ) as progress:
            task = progress.add_task("Rendering", total=fields)
            side_um = size * um_per_px
            records: list[FieldRecord] = []
            for i, center in enumerate(tissue.find_tumor(fields, side_um, side_um)):
                corner = (center[0] - side_um / 2, center[1] - side_um / 2)
                field = render_field(tissue.pattern, seed, *corner, size, size, um_per_px)
                records.append(_write_field(output, f"field-{i + 1:03}", field, corner))
                progress.advance(task)
        _write_slide(output / SLIDE_TRUTH, tissue, um_per_px, size, records)
    except (ValueError, OSError) as error:
        errors.print(f"her2scope simulate: {error}")
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        errors.print(f"Interrupted: {output} holds the fields that were finished.")
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(f"{fields} fields of a simulated slide of score {tissue.pattern.score}: {output}")


def _claim(output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    if next(output.iterdir(), None) is not None:
        raise ValueError(f"{output} is not empty: name a new folder with --output")


def _write_field(
    output: Path, name: str, field: SimulatedField, corner: tuple[float, float]
) -> FieldRecord:
    """Write picture and table of one field, and return what the slide says about it."""
    with atomic_write(output / f"{name}.png") as part:
        if not cv2.imwrite(str(part), cv2.cvtColor(field.rgb, cv2.COLOR_RGB2BGR)):
            raise OSError(f"{name}.png could not be written to {output}")
    truth = field.truth
    with csv_stream(output / f"{name}.csv", TRUTH_COLUMNS) as table:
        table.append(
            [decimal(x, 2), decimal(y, 2), Kind(kind).name.lower(), _class_name(kind, code)]
            for (x, y), kind, code in zip(
                truth.xy_px.tolist(), truth.kind.tolist(), truth.cell_class.tolist(), strict=True
            )
        )
    codes = truth.cell_class[truth.kind == Kind.TUMOR]
    return FieldRecord(
        name=name,
        x_um=round(corner[0], 3),
        y_um=round(corner[1], 3),
        nuclei={kind.name.lower(): int((truth.kind == kind).sum()) for kind in Kind},
        counts={item.symbol: int((codes == item).sum()) for item in CellClass},
    )


def _write_slide(
    path: Path,
    tissue: SyntheticSlide,
    um_per_px: float,
    size: int,
    records: list[FieldRecord],
) -> None:
    symbols = [item.symbol for item in CellClass]
    document = {
        "research_use_only": RESEARCH_USE_ONLY,
        "score": tissue.pattern.score,
        "pattern": tissue.pattern.name,
        "site": tissue.pattern.site,
        "seed": tissue.seed,
        "um_per_px": um_per_px,
        "size_px": size,
        "counts": {symbol: sum(record.counts[symbol] for record in records) for symbol in symbols},
        "fields": [asdict(record) for record in records],
    }
    with atomic_write(path) as part:
        part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _class_name(kind: int, code: int) -> str:
    return CellClass(code).label if kind == Kind.TUMOR else ""
