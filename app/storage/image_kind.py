"""Which image format a file has, by its first bytes and not by its name alone."""

import stat
from enum import StrEnum
from pathlib import Path

from app.storage.image_problem import ImageProblem


class ImageKind(StrEnum):
    """The formats that are read; OME-TIFF and Aperio's SVS are TIFF."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"


_BY_ENDING = {
    ".jpg": ImageKind.JPEG,
    ".jpeg": ImageKind.JPEG,
    ".jpe": ImageKind.JPEG,
    ".png": ImageKind.PNG,
    ".tif": ImageKind.TIFF,
    ".tiff": ImageKind.TIFF,
    ".btf": ImageKind.TIFF,
    ".svs": ImageKind.TIFF,
}

_BY_FIRST_BYTES = {
    b"\xff\xd8\xff": ImageKind.JPEG,
    b"\x89PNG\r\n\x1a\n": ImageKind.PNG,
    b"II*\0": ImageKind.TIFF,
    b"MM\0*": ImageKind.TIFF,
    b"II+\0": ImageKind.TIFF,  # BigTIFF
    b"MM\0+": ImageKind.TIFF,
}

_READABLE = "JPEG, PNG, TIFF and OME-TIFF can be read"


def image_kind(path: Path) -> ImageKind:
    """Return the format of a file whose name and first bytes agree.

    Raises
    ------
    ImageProblem
        The file is missing, a folder, unreadable, empty, of another format, or its name says
        something else than its content. A wrong name is refused because it tells that
        the file went through hands or programs that nobody asked about.
    """
    first = _first_bytes(path)
    named = _BY_ENDING.get(path.suffix.lower())
    found = next((kind for start, kind in _BY_FIRST_BYTES.items() if first.startswith(start)), None)
    if found is None and named is None:
        raise ImageProblem(f"not an image that can be read: {_READABLE}")
    if found is None:
        raise ImageProblem(
            f"the name says {named}, but the content is no image of a known kind: {_READABLE}"
        )
    if named is None:
        ending = f"ends in {path.suffix}" if path.suffix else "has no ending"
        raise ImageProblem(f"the content is {found}, but the name {ending}: rename the file")
    if named is not found:
        raise ImageProblem(
            f"the name says {named}, but the content is {found}: find out how that came about, "
            f"and give the file its right name"
        )
    return found


def _first_bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ImageProblem("this is a folder: name the image files in it")
        if not stat.S_ISREG(mode):  # opening a pipe would wait forever
            raise ImageProblem("this is no regular file: name an image file")
        with path.open("rb") as file:
            first = file.read(16)
    except FileNotFoundError:
        raise ImageProblem("there is no such file: check the name") from None
    except PermissionError:
        raise ImageProblem("no permission to read this file: change its access rights") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageProblem(f"the file cannot be opened ({reason})") from error
    if not first:
        raise ImageProblem("the file is empty (0 bytes): copy or save it again")
    return first
