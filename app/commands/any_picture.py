"""A saved picture of which only the colors matter."""

from dataclasses import dataclass
from pathlib import Path

from app.storage.images import ImageProblem, open_image
from inference.arrays import U8

_ANY_UM_PER_PX = 1.0


@dataclass(frozen=True, eq=False)
class AnyPicture:
    """The first field of a saved image: (h, w, 3) RGB, and the hash of the file."""

    rgb: U8
    sha256: str


def any_picture(path: Path) -> AnyPicture:
    """Read a picture whether or not it states its pixel size: colors have none.

    Raises
    ------
    ImageProblem
        It cannot be read.
    """
    try:
        image = open_image(path, None)
    except ImageProblem:
        image = open_image(path, _ANY_UM_PER_PX)
    return AnyPicture(next(image.fields()).rgb, image.sha256)
