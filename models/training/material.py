"""What is learned from: images with annotated parts, split by image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.arrays import F32, U8
from models.training.annotations import AnnotatedPart, AnnotationProblem, Box
from models.training.areas import Area
from models.training.images import image_file, read_rgb
from models.training.settings import Images

TUMOR, OTHER, UNSURE = 0, 1, 2
"""What a point means: find it, never find it, do not care."""


@dataclass(frozen=True)
class Material:
    """An image and what is known of it.

    Attributes
    ----------
    name
        Of the image.
    rgb
        (h, w, 3).
    um_per_px
        Its pixel size.
    xy
        (n, 2) float32 nuclei in pixels of the image.
    meaning
        (n,) uint8: `TUMOR`, `OTHER` or `UNSURE`.
    boxes
        Parts in which every nucleus is annotated.
    areas
        Polygons that are known to hold tumor or none.
    """

    name: str
    rgb: U8
    um_per_px: float
    xy: F32
    meaning: U8
    boxes: tuple[Box, ...]
    areas: tuple[Area, ...] = ()


def meaning_of(kind: str) -> int:
    """Return what a kind of nucleus means for the detector of tumor nuclei."""
    if kind.startswith("tumor"):
        return TUMOR
    return UNSURE if kind == "unsure" else OTHER


@dataclass(frozen=True)
class Split:
    """Annotated parts by what they are for; test images are named and left alone."""

    training: tuple[AnnotatedPart, ...]
    validation: tuple[AnnotatedPart, ...]


def split_by_image(parts: Sequence[AnnotatedPart], images: Images) -> Split:
    """Split annotated parts by their image.

    Raises
    ------
    AnnotationProblem
        Nothing is left to train on or to validate with, or a held-out image is not there: a
        mistyped name must not turn a held-out image into one that is trained on.
    """
    names = {part.image for part in parts}
    if missing := sorted({*images.validation, *images.test} - names):
        raise AnnotationProblem(
            f"held-out images without annotation (mistyped?): {', '.join(missing)}"
        )
    held_out = {*images.validation, *images.test}
    training = tuple(part for part in parts if part.image not in held_out)
    validation = tuple(part for part in parts if part.image in images.validation)
    if not training or not validation:
        raise AnnotationProblem(
            "some images must be left to train on, and some named for validation"
        )
    return Split(training, validation)


def read_material(
    folder: Path, parts: Sequence[AnnotatedPart], areas: Sequence[Area], um_per_px: float
) -> list[Material]:
    """Read the images of annotated parts, each once.

    Areas of images without annotated parts are left alone, so that those of held-out images are.
    """
    of_image: dict[str, list[AnnotatedPart]] = {}
    for part in parts:
        of_image.setdefault(part.image, []).append(part)
    return [
        _material(
            read_rgb(image_file([folder], name)),
            own,
            tuple(area for area in areas if area.image == name),
            um_per_px,
        )
        for name, own in of_image.items()
    ]


def _material(
    rgb: U8, parts: Sequence[AnnotatedPart], areas: tuple[Area, ...], um_per_px: float
) -> Material:
    height, width = rgb.shape[:2]
    kinds = [kind for part in parts for kind in part.kinds]
    return Material(
        name=parts[0].image,
        rgb=rgb,
        um_per_px=um_per_px,
        xy=np.concatenate([part.xy for part in parts]).astype(np.float32),
        meaning=np.array([meaning_of(kind) for kind in kinds], np.uint8),
        boxes=tuple(part.box or (0.0, 0.0, float(width), float(height)) for part in parts),
        areas=areas,
    )
