"""``her2scope stain``: a stain profile from pictures of one's own stain."""

import statistics
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from app import RESEARCH_USE_ONLY
from app.commands.any_picture import any_picture
from app.commands.profile_help import STAIN_PROFILES
from app.commands.score_options import white_point
from app.settings import settings_path, stain_profile_folder
from app.storage.images import ImageProblem
from app.storage.stain_profile_file import write_stain_profile
from inference.arrays import F64, U8
from inference.stain.density import White
from inference.stain.estimation import estimate_vectors
from inference.stain.profile import DEFAULT_PROFILE, ProfileProblem, load_stain_profile
from inference.stain.vectors import RUIFROK, StainVectors
from inference.stain.white import estimate_white


def stain(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES...",
            help="Fields with blue nuclei and brown membranes, such as a control.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="The .toml to write.")],
    like: Annotated[
        str,
        typer.Option("--like", metavar="NAME", help=f"Where all else comes from. {STAIN_PROFILES}"),
    ] = DEFAULT_PROFILE,
    antibody: Annotated[
        str, typer.Option("--antibody", help="Antibody and clone, for the record.")
    ] = "not stated",
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
) -> None:
    """Estimate white point and stain vectors and write a stain profile.

    Thresholds are taken over from another profile: they are set by looking at controls.
    """
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        base = load_stain_profile(like, stain_profile_folder(settings_path()))
        if output.exists():
            raise ProfileProblem(f"{output} exists already: name another file or remove it")
        pictures = _pictures(files)
        given = white_point(white, blank)
        point = given.rgb if given else _common_white(pictures)
        vectors, used = _common_vectors(files, pictures, point, errors)
        profile = base.model_copy(
            update={
                "name": output.stem,
                "antibody": antibody,
                "origin": f"White and vectors from {', '.join(used)}; "
                f"thresholds from {base.name}, not yet checked on this stain.",
                "white": point,
                "hematoxylin": vectors.hematoxylin,
                "dab": vectors.dab,
                "residual": None,
            }
        )
        write_stain_profile(output, profile)
    except (ValueError, OSError) as error:
        errors.print(f"her2scope stain: {error}")
        raise typer.Exit(2) from error
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(f"White        {', '.join(f'{value:.0f}' for value in point)}")
    reference = RUIFROK.matrix()
    for name, row in (("Hematoxylin", 0), ("DAB", 1)):
        own = vectors.matrix()[row]
        numbers = ", ".join(f"{value:.3f}" for value in own)
        degrees = _degrees(own, reference[row])
        console.print(f"{name:<12} {numbers}   {degrees:.1f} degrees from Ruifrok's")
    console.print(f"Written to   {output}: check its thresholds on controls before you use it.")
    console.print(RESEARCH_USE_ONLY)


def _pictures(files: list[Path]) -> list[U8]:
    pictures = []
    for path in files:
        try:
            pictures.append(any_picture(path).rgb)
        except ImageProblem as problem:
            raise ProfileProblem(f"{path}: {problem}") from problem
    return pictures


def _common_white(pictures: list[U8]) -> White:
    """Return the median over the pictures that show glass."""
    found = [white for white in map(estimate_white, pictures) if white is not None]
    if not found:
        raise ProfileProblem(
            "no picture shows bare glass to take the white point from: give --white or --blank"
        )
    red, green, blue = (statistics.median(channel) for channel in zip(*found, strict=True))
    return red, green, blue


def _common_vectors(
    files: list[Path], pictures: list[U8], white: White, errors: Console
) -> tuple[StainVectors, list[str]]:
    """Return the mean over the pictures that hold both stains, and their names."""
    found: list[F64] = []
    used = []
    for path, picture in zip(files, pictures, strict=True):
        try:
            found.append(estimate_vectors(picture, white).matrix())
            used.append(path.name)
        except ValueError as problem:
            errors.print(f"{path}: left out, {problem}")
    if not found:
        raise ProfileProblem("no picture gives the color of both stains")
    mean = np.mean(found, axis=0)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    hematoxylin, dab = ((float(r), float(g), float(b)) for r, g, b in mean[:2].round(4))
    return StainVectors(hematoxylin, dab), used


def _degrees(one: F64, other: F64) -> float:
    return float(np.degrees(np.arccos(np.clip(one @ other, -1, 1))))
