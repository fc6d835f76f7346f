"""What the options of ``her2scope score`` mean; every mistake is a ValueError of one line."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from app.commands.any_picture import any_picture
from app.model.slide_settings import RegionFile, WhitePoint
from app.storage.geojson import RegionProblem, read_regions
from app.storage.image_pixel_size import PLAUSIBLE_UM_PER_PX, plausible
from app.storage.images import ImageProblem
from inference.stain.density import White
from inference.stain.profile import StainProfile, load_stain_profile
from inference.stain.white import white_from_blank

_WHITE_RANGE = (50, 255)


def pixel_size(um_per_px: float | None) -> float | None:
    """Return ``--mpp``."""
    if um_per_px is not None and not plausible(um_per_px):
        least, most = PLAUSIBLE_UM_PER_PX
        raise ValueError(
            f"--mpp takes the size of a pixel in um, {least:g} to {most:g}, not {um_per_px:g}"
        )
    return um_per_px


def stain(
    name: str,
    folder: Path,
    thresholds_od: Mapping[str, float | None],
    method: Literal["ring", "paper"] | None,
) -> tuple[StainProfile, tuple[str, ...]]:
    """Return the stain profile and what the options change in it.

    Parameters
    ----------
    folder
        Where the user's own profiles lie.
    thresholds_od
        By the names of the levels; None where the option was not given.
    """
    profile = load_stain_profile(name, folder)
    given = {level: od for level, od in thresholds_od.items() if od is not None}
    changes = [f"--t-{level} {od:g}" for level, od in given.items()]
    if given:
        profile = profile.with_thresholds(given)
    if method is not None:
        changes.append(f"--method {method}")
        profile = profile.model_copy(update={"method": method})
    return profile, tuple(changes)


def white_point(text: str | None, blank: Path | None) -> WhitePoint | None:
    """Return the white point of ``--white`` or ``--blank``, or None without either."""
    if text is not None and blank is not None:
        raise ValueError("--white and --blank both give the white point; give one of them")
    if text is not None:
        return WhitePoint(_triple(text), "--white")
    if blank is None:
        return None
    try:
        picture = any_picture(blank)
        return WhitePoint(white_from_blank(picture.rgb), f"--blank {blank.name}", picture.sha256)
    except (ImageProblem, ValueError) as problem:
        raise ValueError(f"--blank {blank}: {problem}") from problem


def _triple(text: str) -> White:
    least, most = _WHITE_RANGE
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--white takes three numbers as in 240,238,244, not '{text}'") from None
    if not all(least <= value <= most for value in (red, green, blue)):
        raise ValueError(f"--white takes three numbers from {least} to {most}, not '{text}'")
    return red, green, blue


def regions(
    images: Sequence[Path], include: Path | None, exclude: Path | None
) -> dict[Path, tuple[RegionFile, ...]]:
    """Return the regions of each image that has any.

    Of one image, ``--include`` and ``--exclude`` may each name the file; of several they name
    folders, in which ``NAME.geojson`` belongs to ``NAME.jpg``.
    """
    found: dict[Path, tuple[RegionFile, ...]] = {}
    kinds: tuple[tuple[Literal["include", "exclude"], Path | None], ...] = (
        ("include", include),
        ("exclude", exclude),
    )
    different = list(dict.fromkeys(images))
    for kind, source in kinds:
        if source is None:
            continue
        files = _region_files(kind, source, different)
        for image, file in files.items():
            found[image] = (*found.get(image, ()), _region_file(file, kind))
    return found


def _region_files(kind: str, source: Path, images: Sequence[Path]) -> dict[Path, Path]:
    if not source.is_dir():
        if len(images) > 1:
            raise ValueError(
                f"--{kind} {source} is one file, and there are {len(images)} images: give a "
                "folder that holds NAME.geojson for each NAME.jpg"
            )
        return {images[0]: source}
    files: dict[Path, Path] = {}
    for image in images:
        stems = dict.fromkeys((image.stem, image.stem.removesuffix(".ome")))
        candidates = (source / f"{stem}.geojson" for stem in stems)
        own = next((file for file in candidates if file.is_file()), None)
        if own is None:
            continue
        other = next((image for image, file in files.items() if file == own), None)
        if other is not None:
            raise ValueError(
                f"--{kind}: {own} fits {other} as well as {image}; rename one of the images"
            )
        files[image] = own
    if not files:
        raise ValueError(
            f"--{kind} {source} holds no NAME.geojson for any NAME of the images, e.g. "
            f"{images[0].stem}.geojson"
        )
    return files


def _region_file(path: Path, kind: Literal["include", "exclude"]) -> RegionFile:
    try:
        found = read_regions(path, kind)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except RegionProblem as problem:
        raise ValueError(f"--{kind} {problem}") from problem
    return RegionFile(path.name, sha256, tuple(found))
