"""``her2scope demo``: generated fields through the whole chain, for a first look."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from app.commands.score_text import analysis_facts, show_score
from app.model.slide_settings import SlideSettings, WhitePoint
from app.slide_scoring import score_slide_images
from app.storage.overlay_png import write_overlay_png
from app.storage.slide_output import OutputProblem
from hardware.simulators.tissue import PATTERN_NAMES, Optics, pattern, render_field
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES
from inference.scoring.profile import load_profile
from inference.stain.profile import DEFAULT_PROFILE, load_stain_profile

SIDE_PX = 1504
"""Half of the paper's camera field, at the pixel size of its 20x objective."""

_UM_PER_PX = 0.424


def demo(
    slide: Annotated[
        str,
        typer.Option("--slide", metavar="NAME", help=f"Which slide: {', '.join(PATTERN_NAMES)}."),
    ] = "2+",
    fields: Annotated[int, typer.Option("--fields", min=1, max=50, help="How many fields.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another slide.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="DIR", help="New folder for fields and results; else in results/."
        ),
    ] = None,
) -> None:
    """Generate fields of a simulated slide, score them, and leave all of it to look at."""
    if slide not in PATTERN_NAMES:
        _refuse(f"there is no slide '{slide}'; there are {', '.join(PATTERN_NAMES)}")
    console = Console(highlight=False, markup=False, emoji=False)
    simulated, optics = pattern(slide), Optics()
    settings = SlideSettings(
        stain=load_stain_profile(DEFAULT_PROFILE),
        rules=load_profile("gastric-resection" if simulated.site == "gastric" else DEFAULT_RULES),
        um_per_px=_UM_PER_PX,
        white=WhitePoint(optics.white, "simulated microscope"),
        overlay=True,
    )
    try:
        folder = _new_folder(output)
        console.print(
            f"Rendering {fields} field{'s' * (fields > 1)} of the simulated slide {slide} ..."
        )
        files = [folder / "fields" / f"field-{number}.png" for number in range(1, fields + 1)]
        files[0].parent.mkdir()
        for place, path in enumerate(files):
            x_um = place * SIDE_PX * _UM_PER_PX
            field = render_field(
                simulated, seed, x_um, 0.0, SIDE_PX, SIDE_PX, _UM_PER_PX, optics=optics
            )
            write_overlay_png(path, field.rgb)
        console.print("Scoring them as saved fields ...\n")
        result = score_slide_images(files, settings, folder, lambda _: None)
    except OSError as error:
        _refuse(f"{output or 'results'} cannot be written ({error.strerror or error})")
    except OutputProblem as problem:
        _refuse(str(problem))
    show_score(
        console,
        result.score,
        warnings=[note.text for note in result.notes],
        more=[
            *analysis_facts(result, settings),
            ("Simulated as", f"{slide}, meant to be {simulated.score}"),
            ("Look at", f"{folder} (fields, overlays, cells.csv, fields.csv, slide.json)"),
        ],
    )
    for failure in result.failed:
        typer.echo(f"{failure.file}: {failure.problem}", err=True)
    if result.not_reached:
        raise typer.Exit(130)
    if result.failed:
        raise typer.Exit(1)


def _new_folder(wanted: Path | None) -> Path:
    """Make the folder, or in ``results`` one that no earlier demonstration has."""
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        if any(wanted.iterdir()):
            raise OutputProblem(f"{wanted} is not empty: name another folder")
        return wanted
    stem = Path("results") / f"demo-{datetime.now():%Y%m%d-%H%M%S}"
    stem.parent.mkdir(exist_ok=True)
    folder, number = stem, 1
    while True:
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
            folder = stem.with_name(f"{stem.name}-{number}")
        else:
            return folder


def _refuse(problem: str) -> NoReturn:
    typer.echo(f"her2scope demo: {problem}", err=True)
    raise typer.Exit(2)
