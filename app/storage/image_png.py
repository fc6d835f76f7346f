"""What the chunks of a PNG say that the decoder hides: palettes and animation."""

import struct
from pathlib import Path

from app.storage.image_problem import ImageProblem

_SIGNATURE_BYTES = 8
_PALETTE = 3


def check_png(path: Path) -> None:
    """Check that a PNG is a single picture in true color.

    The decoder expands a palette and shows the first picture of an animation, both in silence.
    Layout of the file: PNG specification (third edition), sections 5 and 11.2.

    Raises
    ------
    ImageProblem
        The colors come from a palette, the file is animated, or its chunks are broken.
    """
    with path.open("rb") as file:
        file.seek(_SIGNATURE_BYTES)
        while True:
            head = file.read(8)
            if len(head) < 8:
                raise ImageProblem("the file is cut short, the picture is not there: copy it again")
            length, name = struct.unpack(">I4s", head)
            if name == b"IDAT":
                return
            if name == b"acTL":
                raise ImageProblem("the file is an animation: save one picture of it as a field")
            body = file.tell()
            if name == b"IHDR" and file.read(10)[9:] == bytes([_PALETTE]):
                raise ImageProblem("the colors come from a palette: save the field as 8-bit RGB")
            file.seek(body + length + 4)
