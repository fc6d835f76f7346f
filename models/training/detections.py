"""What a detector reports in annotated images, each image read once."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from inference.arrays import F32, U8
from inference.nuclei.choice import DetectorKind, choose_detector
from inference.nuclei.network.opening import NetworkSource
from inference.stain.density import White
from inference.stain.vectors import RUIFROK
from inference.stain.white import estimate_white
from models.training.annotations import AnnotatedPart, AnnotationProblem
from models.training.images import image_file, read_rgb

_UNUSED_WHITE = (255.0, 255.0, 255.0)
"""The network needs no white point: nobody has to show it bare glass."""


@dataclass(frozen=True)
class ImageDetections:
    """What was reported in one image.

    Attributes
    ----------
    parts
        The annotations of the image.
    xy
        (n, 2) float32 pixels of the image.
    confidence
        (n,) float32; of the network the height of the heatmap.
    um_per_px
        Pixel size of the image.
    """

    parts: tuple[AnnotatedPart, ...]
    xy: F32
    confidence: F32
    um_per_px: float


def detections(
    parts: Sequence[AnnotatedPart],
    images: Sequence[Path],
    um_per_px: float | None,
    detector: DetectorKind,
    white: White | None,
    network: NetworkSource,
    worse: Callable[[U8, float], tuple[U8, float]] | None,
) -> Iterator[ImageDetections]:
    """Detect in each annotated image; the parameters are those of `evaluate.evaluate`.

    Raises
    ------
    AnnotationProblem
        With one line: an image is not there, or its pixel size or white point is not known.
    DetectorUnavailable
        With one line: the wanted detector cannot be had.
    """
    of_image: dict[str, list[AnnotatedPart]] = {}
    for part in parts:
        of_image.setdefault(part.image, []).append(part)
    files = {name: image_file(images, name) for name in of_image}
    sizes = {name: um_per_px or _stated(own) for name, own in of_image.items()}
    if detector == "linknet":
        white = white or _UNUSED_WHITE
    whites = dict.fromkeys(files, white) if white else _whites(files)
    console = Console(stderr=True)
    for name, file in track(
        files.items(),
        "detecting",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ):
        chosen, _ = choose_detector(detector, RUIFROK, whites[name], network)
        rgb, own_size = read_rgb(file), sizes[name]
        seen_size = own_size
        if worse is not None:
            rgb, seen_size = worse(rgb, own_size)
        found = chosen.detect(rgb, seen_size)
        # The middle of the first pixel is 0 before and after.
        xy = (found.xy_px + np.float32(0.5)) * np.float32(seen_size / own_size) - np.float32(0.5)
        yield ImageDetections(tuple(of_image[name]), xy, found.confidence, own_size)


def _stated(parts: Sequence[AnnotatedPart]) -> float:
    for part in parts:
        if part.um_per_px is not None:
            return part.um_per_px
    raise AnnotationProblem(f"{parts[0].image}: nobody states its pixel size: --mpp")


def _whites(files: dict[str, Path]) -> dict[str, White]:
    own = {name: estimate_white(read_rgb(file)) for name, file in files.items()}
    known = [white for white in own.values() if white is not None]
    if not known:
        raise AnnotationProblem("no image shows bare glass to take the white point from: --white")
    red, green, blue = (statistics.median(channel) for channel in zip(*known, strict=True))
    return {name: white or (red, green, blue) for name, white in own.items()}
