"""``her2scope score``: from saved fields to the slide's score."""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.commands.profile_help import RULE_PROFILES, STAIN_PROFILES
from app.commands.score_text import show_score
from app.model.slide_settings import SlideSettings, WhitePoint
from app.slide_scoring import OutputTaken, score_slide_images
from app.storage.geojson import RegionProblem, read_regions
from app.storage.images import ImageProblem, open_image
from inference.nuclei.choice import DetectorUnavailable, choose_detector
from inference.regions import Region
from inference.scoring.profile import DEFAULT_PROFILE as DEFAULT_RULES
from inference.scoring.profile import load_profile
from inference.stain.density import White
from inference.stain.profile import (
    DEFAULT_PROFILE,
    StainProfile,
    load_stain_profile,
)
from inference.stain.white import white_from_blank

INTERRUPTED = 130
"""Exit code of a program that Ctrl-C ended, as shells have it."""


def score(
    files: Annotated[list[Path], typer.Argument(help="Saved fields of one slide.")],
    output: Annotated[Path, typer.Option("--output", help="Folder for the results.")],
    mpp: Annotated[
        float | None,
        typer.Option("--mpp", help="Pixel size in um, for files that do not state their own."),
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
        typer.Option("--t-weak", help="Threshold of the weak level, in optical density."),
    ] = None,
    t_intense: Annotated[
        float | None,
        typer.Option("--t-intense", help="Threshold of the intense level, in optical density."),
    ] = None,
    method: Annotated[
        Literal["ring", "paper"] | None,
        typer.Option("--method", help="How cells are classified; else the stain profile's way."),
    ] = None,
    white: Annotated[
        str | None, typer.Option("--white", metavar="R,G,B", help="White point of the camera.")
    ] = None,
    blank: Annotated[
        Path | None, typer.Option("--blank", help="Picture of an empty field: the white point.")
    ] = None,
    detector: Annotated[
        Literal["auto", "linknet", "rough"], typer.Option("--detector", help="Nucleus detector.")
    ] = "auto",
    include: Annotated[
        Path | None,
        typer.Option(
            "--include",
            help="GeoJSON of the regions that count; for several FILES a folder that holds "
            "NAME.geojson for NAME.jpg.",
        ),
    ] = None,
    exclude: Annotated[
        Path | None, typer.Option("--exclude", help="The same for regions that do not count.")
    ] = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Write a picture of every field with its cells.")
    ] = False,
) -> None:
    """Score the saved fields of one slide and say why."""
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        settings = SlideSettings(
            stain=_stain(stain_profile, {"weak": t_weak, "intense": t_intense}, method),
            rules=load_profile(profile),
            detector=detector,
            um_per_px=mpp,
            white=_white(white, blank, mpp),
            regions=_regions(files, include, exclude),
            overlay=overlay,
        )
        choose_detector(detector, settings.stain.vectors, (255.0, 255.0, 255.0))
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
        ) as progress:
            task = progress.add_task("Scoring", total=len(files))
            result = score_slide_images(files, settings, output, lambda _: progress.advance(task))
    except (ValueError, RegionProblem, DetectorUnavailable, OutputTaken, OSError) as error:
        errors.print(f"her2scope score: {error}")
        raise typer.Exit(2) from error
    console = Console(highlight=False, markup=False, emoji=False)
    show_score(
        console,
        result.score,
        more=[
            *(("Warning", text) for text in result.field_warnings),
            ("Written to", str(output)),
        ],
    )
    for failure in result.failed:
        errors.print(f"{failure.file}: {failure.problem}")
    if result.interrupted:
        errors.print(f"Interrupted: {output} holds the images that were finished.")
        raise typer.Exit(INTERRUPTED)
    if result.failed:
        raise typer.Exit(1)


def _stain(
    name: str, thresholds_od: dict[str, float | None], method: Literal["ring", "paper"] | None
) -> StainProfile:
    folder = platformdirs.user_config_path("her2scope") / "stain-profiles"
    profile = load_stain_profile(name, folder)
    given = {level: od for level, od in thresholds_od.items() if od is not None}
    if given:
        profile = profile.with_thresholds(given)
    return profile if method is None else profile.model_copy(update={"method": method})


def _white(text: str | None, blank: Path | None, mpp: float | None) -> WhitePoint | None:
    if text is not None and blank is not None:
        raise ValueError("--white and --blank both give the white point; give one of them")
    if text is not None:
        return WhitePoint(_triple(text), "--white")
    if blank is None:
        return None
    try:
        picture = next(open_image(blank, mpp).fields())
        return WhitePoint(white_from_blank(picture.rgb), f"--blank {blank.name}")
    except (ImageProblem, ValueError) as problem:
        raise ValueError(f"--blank {blank}: {problem}") from problem


def _triple(text: str) -> White:
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--white takes three numbers as in 240,238,244, not '{text}'") from None
    if not all(50 <= value <= 255 for value in (red, green, blue)):
        raise ValueError(f"--white must be three numbers from 50 to 255, not '{text}'")
    return red, green, blue


def _regions(
    files: list[Path], include: Path | None, exclude: Path | None
) -> dict[Path, tuple[Region, ...]]:
    regions: dict[Path, tuple[Region, ...]] = {}
    kinds: list[tuple[Literal["include", "exclude"], Path | None]] = [
        ("include", include),
        ("exclude", exclude),
    ]
    for kind, source in kinds:
        if source is None:
            continue
        if not source.is_dir() and len(files) > 1:
            raise ValueError(
                f"--{kind} {source} is one file, and there are {len(files)} images: give a "
                "folder that holds NAME.geojson for each NAME.jpg"
            )
        for path in files:
            own = source / f"{path.stem}.geojson" if source.is_dir() else source
            if own.exists() or not source.is_dir():
                regions[path] = (*regions.get(path, ()), *read_regions(own, kind))
        if not any(r.kind == kind for own_regions in regions.values() for r in own_regions):
            raise ValueError(f"--{kind} {source} holds no NAME.geojson for any of the images")
    return regions
