"""``her2scope score``: from saved fields to the slide's score."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.commands.profile_help import RULE_PROFILES, STAIN_PROFILES
from app.commands.score_options import pixel_size, regions, stain, white_point
from app.commands.score_text import analysis_facts, show_score
from app.installed_network import installed_network
from app.model.slide_settings import SlideSettings
from app.settings import settings_path, stain_profile_folder
from app.slide_scoring import SlideResult, score_slide_images
from app.storage.slide_output import OutputProblem
from inference.nuclei.choice import DetectorUnavailable, choose_detector
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES
from inference.scoring.profile import load_profile
from inference.stain.profile import DEFAULT_PROFILE

SOME_FAILED, WRONG_CALL, INTERRUPTED = 1, 2, 130
"""Exit codes; the last is what shells have for a program that Ctrl-C ended."""

_ANY_WHITE = (255.0, 255.0, 255.0)


def score(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES...", help="Saved fields of one slide.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", metavar="DIR", help="Folder for the results, without a slide."),
    ],
    mpp: Annotated[
        float | None,
        typer.Option(
            "--mpp", metavar="UM", help="Pixel size in um, for files that do not state their own."
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help=RULE_PROFILES)
    ] = DEFAULT_RULES,
    stain_profile: Annotated[
        str,
        typer.Option("--stain-profile", metavar="NAME", help=STAIN_PROFILES),
    ] = DEFAULT_PROFILE,
    t_weak: Annotated[
        float | None,
        typer.Option(
            "--t-weak", metavar="OD", help="Threshold of the weak level, in optical density."
        ),
    ] = None,
    t_intense: Annotated[
        float | None,
        typer.Option(
            "--t-intense", metavar="OD", help="Threshold of the intense level, in optical density."
        ),
    ] = None,
    method: Annotated[
        Literal["ring", "paper"] | None,
        typer.Option("--method", help="How cells are classified; else the stain profile's way."),
    ] = None,
    white: Annotated[
        str | None,
        typer.Option("--white", metavar="R,G,B", help="White point: what bare glass looks like."),
    ] = None,
    blank: Annotated[
        Path | None,
        typer.Option(
            "--blank", metavar="FILE", help="Picture of an empty field, for the white point."
        ),
    ] = None,
    detector: Annotated[
        Literal["auto", "linknet", "rough"],
        typer.Option("--detector", help="What finds the nuclei; auto is the best there is."),
    ] = "auto",
    include: Annotated[
        Path | None,
        typer.Option(
            "--include",
            metavar="PATH",
            help="GeoJSON of the regions that count; for several FILES a folder that holds "
            "NAME.geojson for NAME.jpg.",
        ),
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option("--exclude", metavar="PATH", help="The same for regions that do not count."),
    ] = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Write a picture of every field with its cells.")
    ] = False,
    geojson: Annotated[
        bool,
        typer.Option("--geojson", help="Write cells and membranes of every field for QuPath."),
    ] = False,
) -> None:
    """Score the saved fields of one slide and say why.

    Writes slide.json, fields.csv and cells.csv to the output folder. Ctrl-C keeps the files that
    are finished.

    Exit code: 0 all files were scored; 1 some failed and the others were scored; 2 the call was
    wrong and nothing was written; 130 interrupted.
    """
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        profile_folder = stain_profile_folder(settings_path())
        levels = {"weak": t_weak, "intense": t_intense}
        stain_settings, stain_changes = stain(stain_profile, profile_folder, levels, method)
        settings = SlideSettings(
            stain=stain_settings,
            rules=load_profile(profile),
            stain_changes=stain_changes,
            detector=detector,
            um_per_px=pixel_size(mpp),
            white=white_point(white, blank),
            regions=regions(files, include, exclude),
            overlay=overlay,
            contours=geojson,
        )
        choose_detector(detector, settings.stain.vectors, _ANY_WHITE, installed_network())
    except (ValueError, DetectorUnavailable) as error:
        errors.print(f"her2scope score: {error}")
        raise typer.Exit(WRONG_CALL) from error
    try:
        result = _with_progress(errors, files, settings, output)
    except OutputProblem as problem:
        errors.print(f"her2scope score: --output {problem}")
        raise typer.Exit(WRONG_CALL) from problem
    show_score(
        Console(highlight=False, markup=False, emoji=False),
        result.score,
        warnings=[note.text for note in result.notes],
        more=[*analysis_facts(result, settings), ("Written to", str(output))],
    )
    for failure in result.failed:
        errors.print(f"{failure.file}: {failure.problem}")
    if result.not_reached:
        errors.print(f"Interrupted: {output} holds the files that were finished.")
        raise typer.Exit(INTERRUPTED)
    if result.failed:
        raise typer.Exit(SOME_FAILED)


def _with_progress(
    errors: Console, files: list[Path], settings: SlideSettings, output: Path
) -> SlideResult:
    """Score with a bar beside it where somebody looks; a log gets none."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    ) as progress:
        task = progress.add_task("Scoring", total=len(files))
        return score_slide_images(files, settings, output, lambda _: progress.advance(task))
