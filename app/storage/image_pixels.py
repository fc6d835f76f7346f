"""The pixels of a saved image, decoded from top to bottom by libvips.

The loader is called by the format found in the file and not by name, so that libvips never
opens anything else (SVG, PDF, ...) and no part of a name is read as an option.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyvips

from app.storage.image_kind import ImageKind
from app.storage.image_problem import ImageProblem
from inference.arrays import U8

_LOADERS: dict[ImageKind, tuple[Callable[..., Any], str]] = {
    # A PNG has checksums. The other two say "warning" when they fill in what they cannot decode;
    # at the level "error" a damaged JPEG goes on in gray, and a cut tiled TIFF in black.
    ImageKind.JPEG: (pyvips.Image.jpegload, "warning"),
    ImageKind.PNG: (pyvips.Image.pngload, "error"),
    ImageKind.TIFF: (pyvips.Image.tiffload, "warning"),
}

_MODES = {"b-w": "gray", "cmyk": "CMYK", "lab": "Lab", "labs": "Lab", "scrgb": "floating point"}

_IN_PASSES_PIXELS = 100_000_000
"""Progressive JPEG and interlaced PNG are decoded whole (4 bytes a pixel): small ones alone."""

_AS_RGB = "save the field as 8-bit RGB"


class PixelRows:
    """An open image whose rows are read once, from top to bottom.

    Parameters
    ----------
    path, kind
        The file, and its format as `image_kind` found it.

    Attributes
    ----------
    width, height
        Size in px.

    Raises
    ------
    ImageProblem
        The header cannot be read, or the image is not upright 8-bit RGB with or without alpha.
    """

    def __init__(self, path: Path, kind: ImageKind) -> None:
        # libvips keeps files open for a next time that never comes, against deletion on Windows.
        pyvips.cache_set_max(0)
        loader, fail_on = _LOADERS[kind]
        self._path = path
        try:
            self._image = loader(str(path), access="sequential", fail_on=fail_on)
            self._region = pyvips.Region.new(self._image)
        except pyvips.Error as error:
            raise _damaged(str(error), path) from None
        _check_mode(self._image)
        self.width: int = self._image.width
        self.height: int = self._image.height

    def read(self, top: int, rows: int) -> U8:
        """Return (rows, width, 3) pixels from row `top` on, which must lie below those read.

        Raises
        ------
        ImageProblem
            The file is cut short or damaged here, or pixels are transparent.
        """
        pyvips.vips_lib.vips_error_clear()
        try:
            data = self._region.fetch(0, top, self.width, rows)
        except pyvips.Error as error:
            raise _damaged(str(error), self._path) from None
        # A damaged JPEG tile inside a TIFF is filled in without any error: only this tells.
        complaint = pyvips.ffi.string(pyvips.vips_lib.vips_error_buffer())
        if complaint:
            raise _damaged(complaint.decode(errors="replace"), self._path)
        pixels = np.frombuffer(data, np.uint8).reshape(rows, self.width, self._image.bands)
        if self._image.bands == 4 and pixels[..., 3].min() < 255:
            raise ImageProblem(f"some pixels are transparent: {_AS_RGB} without alpha channel")
        return pixels[..., :3]


def _check_mode(image: Any) -> None:
    if image.format != "uchar":
        bits = {"ushort": "16 bits", "short": "16 bits"}.get(image.format, f"{image.format} values")
        raise ImageProblem(f"the image has {bits} per channel: {_AS_RGB}")
    if image.interpretation in _MODES or image.bands < 3:
        mode = _MODES.get(image.interpretation, f"{image.bands}-channel")
        raise ImageProblem(f"the image is {mode}, and stains are told by color: {_AS_RGB}")
    if image.interpretation != "srgb" or image.bands > 4:
        raise ImageProblem(
            f"the image has {image.bands} channels of kind {image.interpretation}: {_AS_RGB}"
        )
    turned = image.get("orientation") if image.get_typeof("orientation") else 1
    if turned != 1:
        # Viewers disagree on whether they turn it, so that regions drawn there would not fit.
        raise ImageProblem(
            f"the picture is stored turned or mirrored (orientation tag {turned}): save it upright"
        )
    in_passes = any(
        image.get(field) for field in ("interlaced", "jpeg-multiscan") if image.get_typeof(field)
    )
    if in_passes and image.width * image.height > _IN_PASSES_PIXELS:
        raise ImageProblem(
            "so large an image cannot be read when it is progressive or interlaced: save it as "
            "baseline JPEG, plain PNG or tiled TIFF"
        )


def _damaged(complaint: str, path: Path) -> ImageProblem:
    lines = [line.strip() for line in complaint.replace(str(path), "file").splitlines()]
    reasons = [line for line in lines if line and not line.startswith("unable to ")]
    reason = reasons[0] if reasons else "a part of it cannot be decoded"  # the rest follows from it
    return ImageProblem(
        f"the file is cut short, damaged or of an unusual coding ({reason}): copy or save it again"
    )
