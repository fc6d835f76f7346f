"""``her2scope demo``: generated fields through the whole chain, for a first look."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.console import Console

from app.commands.score_text import show_score
from app.model.slide_settings import SlideSettings
from app.slide_scoring import score_slide_images
from app.storage.atomic import atomic_write
from hardware.simulators.tissue import PATTERN_NAMES, pattern, render_field
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES
from inference.scoring.profile import load_profile
from inference.stain.profile import DEFAULT_PROFILE, load_stain_profile

_SIDE_PX = 1504
_UM_PER_PX = 0.424


def demo(
    slide: Annotated[
        str, typer.Option("--slide", help=f"Which slide: {', '.join(PATTERN_NAMES)}.")
    ] = "2+",
    fields: Annotated[int, typer.Option("--fields", min=1, max=50, help="How many fields.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another slide.")] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder for fields and results; else a new one.")
    ] = None,
) -> None:
    """Generate fields of a simulated slide, score them, and leave all of it to look at."""
    console = Console(highlight=False, markup=False, emoji=False)
    if slide not in PATTERN_NAMES:
        typer.echo(
            f"her2scope demo: no slide '{slide}'; there are {', '.join(PATTERN_NAMES)}", err=True
        )
        raise typer.Exit(2)
    folder = output or Path("results") / f"demo-{datetime.now():%Y%m%d-%H%M%S}"
    files = [folder / "fields" / f"field-{i + 1}.png" for i in range(fields)]
    files[0].parent.mkdir(parents=True, exist_ok=True)
    console.print(f"Rendering {fields} fields of a simulated slide of score {slide} ...")
    step_um = _SIDE_PX * _UM_PER_PX
    for i, path in enumerate(files):
        field = render_field(pattern(slide), seed, i * step_um, 0.0, _SIDE_PX, _SIDE_PX, _UM_PER_PX)
        with atomic_write(path) as part:
            cv2.imwrite(str(part), cv2.cvtColor(field.rgb, cv2.COLOR_RGB2BGR))
    console.print("Scoring them as saved fields ...\n")
    settings = SlideSettings(
        stain=load_stain_profile(DEFAULT_PROFILE),
        rules=load_profile(DEFAULT_RULES),
        um_per_px=_UM_PER_PX,
        overlay=True,
    )
    result = score_slide_images(files, settings, folder, lambda _: None)
    show_score(
        console,
        result.score,
        more=[
            ("Simulated as", slide),
            *(("Warning", text) for text in result.field_warnings),
            ("Look at", f"{folder} (fields, overlays, cells.csv, fields.csv, slide.json)"),
        ],
    )
    if result.failed:
        raise typer.Exit(1)
