"""Saved fields: reading JPEG, PNG, TIFF and OME-TIFF, large ones cut into fields.

`open_image` checks what can be known without decoding; `SavedImage.fields` decodes. Pixels are
taken as they are: an embedded color profile is not applied, since the white point of the
stain belongs to the camera's own values.
"""

import hashlib
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.storage.image_kind import ImageKind, image_kind
from app.storage.image_pixel_size import choose_pixel_size
from app.storage.image_pixels import PixelRows
from app.storage.image_png import check_png
from app.storage.image_problem import ImageProblem
from app.storage.image_tiff import check_tiff
from inference.arrays import U8

__all__ = ["FieldImage", "ImageProblem", "SavedImage", "field_cuts", "open_image"]

FIELD_SIDE_PX = 3008
"""Side of a camera field (Zhang 2020, section 3.5); cut fields come near to it."""

_WHOLE_SIDE_PX = FIELD_SIDE_PX * 3 // 2
"""A side up to this is one field: cutting it would only add borders."""

_SMALLEST_SIDE_PX = 64
_LARGEST_SIDE_PX = 100_000
_LARGEST_PIXELS = 2_500_000_000

_ROWS_AT_A_TIME = 64
"""Rows decoded at a time: the decoder holds several times as many, so that 256 cost 100 MB more."""

_GRAY_SPREAD = 2
_DARK_STEP = 64
_DARK_SHARE = 0.001


@dataclass(frozen=True)
class FieldImage:
    """One field, whole or cut from a larger image.

    Attributes
    ----------
    name
        The file's name without endings; for a cut, with its row and column (``stem_r0c1``).
    rgb
        (h, w, 3) read-only, contiguous.
    um_per_px
        Pixel size.
    um_per_px_origin
        ``"file"`` or ``"--mpp"``.
    x0_px, y0_px
        Left and top of the field in the whole image.
    """

    name: str
    rgb: U8
    um_per_px: float
    um_per_px_origin: str
    x0_px: int
    y0_px: int


@dataclass(frozen=True)
class SavedImage:
    """An image file that passed every check that needs no decoding.

    Attributes
    ----------
    path, kind
        The file and its format.
    width, height
        Size of the whole image in px.
    um_per_px, um_per_px_origin
        Pixel size, and ``"file"`` or ``"--mpp"``.
    sha256
        Hash of the file's bytes, hexadecimal.
    """

    path: Path
    kind: ImageKind
    width: int
    height: int
    um_per_px: float
    um_per_px_origin: str
    sha256: str

    @property
    def field_count(self) -> int:
        """How many fields the image is cut into."""
        return _parts(self.width) * _parts(self.height)

    def fields(self) -> Iterator[FieldImage]:
        """Decode the fields row by row, from the top left.

        A side of more than 4512 px is cut into nearly equal parts of at most 3008 px. Memory
        holds one row of fields at most.

        Raises
        ------
        ImageProblem
            The file is cut short or damaged, has transparent pixels, is a gray image saved as
            color, or changed since it was opened. Fields above the fault have come already.
        """
        pixels = PixelRows(self.path, image_kind(self.path))
        if (pixels.width, pixels.height) != (self.width, self.height):
            raise ImageProblem("the file changed while it was read: start again")
        stem = _stem(self.path)
        columns, rows = field_cuts(self.width), field_cuts(self.height)
        in_color = False
        for r, (top, bottom) in enumerate(rows):
            band = _read_band(pixels, top, bottom, columns)
            for c, (left, _) in enumerate(columns):
                rgb = band.pop(0)  # freed as soon as the caller is done with it
                in_color = in_color or not _is_gray(rgb)
                if not in_color and _has_structure(rgb):
                    raise ImageProblem(
                        "the picture is gray though saved as color, and stains are told by color: "
                        "save the field in color"
                    )
                rgb.setflags(write=False)
                yield FieldImage(
                    name=stem if self.field_count == 1 else f"{stem}_r{r}c{c}",
                    rgb=rgb,
                    um_per_px=self.um_per_px,
                    um_per_px_origin=self.um_per_px_origin,
                    x0_px=left,
                    y0_px=top,
                )


def open_image(path: Path, um_per_px: float | None) -> SavedImage:
    """Check a saved image without decoding it.

    Parameters
    ----------
    path
        JPEG, PNG, TIFF (of a pyramid the first level) or OME-TIFF.
    um_per_px
        The user's pixel size in um (``--mpp``), or None. JPEG and PNG have no agreed place for
        a pixel size, so that they need it.

    Raises
    ------
    ImageProblem
        With one line that says what is wrong with the file and what to do.
    """
    kind = image_kind(path)
    if kind is ImageKind.PNG:
        check_png(path)
    pixels = PixelRows(path, kind)
    _check_size(pixels.width, pixels.height)
    stated = check_tiff(path) if kind is ImageKind.TIFF else []
    size_um, origin = choose_pixel_size(stated, um_per_px)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return SavedImage(path, kind, pixels.width, pixels.height, size_um, origin, sha256)


def _check_size(width: int, height: int) -> None:
    if min(width, height) < _SMALLEST_SIDE_PX:
        raise ImageProblem(
            f"{width} x {height} px is too small to be a field: a side has at least "
            f"{_SMALLEST_SIDE_PX} px"
        )
    if max(width, height) > _LARGEST_SIDE_PX or width * height > _LARGEST_PIXELS:
        raise ImageProblem(
            f"{width} x {height} px is too large: export regions of up to "
            f"{_LARGEST_PIXELS / 1e9:g} gigapixels and {_LARGEST_SIDE_PX} px a side"
        )


def _parts(side: int) -> int:
    return 1 if side <= _WHOLE_SIDE_PX else math.ceil(side / FIELD_SIDE_PX)


def field_cuts(side: int) -> list[tuple[int, int]]:
    """Return the starts and ends of the fields along a side of an image, all in px.

    Up to 4512 px it is one; above, the least number of nearly equal parts of up to 3008 px.
    """
    parts = _parts(side)
    edges = [side * i // parts for i in range(parts + 1)]
    return list(itertools.pairwise(edges))


def _stem(path: Path) -> str:
    return path.stem.removesuffix(".ome") or path.stem


def _read_band(
    pixels: PixelRows, top: int, bottom: int, columns: list[tuple[int, int]]
) -> list[U8]:
    band = [np.empty((bottom - top, right - left, 3), np.uint8) for left, right in columns]
    for y in range(top, bottom, _ROWS_AT_A_TIME):
        rows = min(_ROWS_AT_A_TIME, bottom - y)
        strip = pixels.read(y, rows)
        for field, (left, right) in zip(band, columns, strict=True):
            field[y - top : y - top + rows] = strip[:, left:right]
    return band


def _is_gray(rgb: U8) -> bool:
    """Tell whether the channels are equal everywhere, up to the rounding of a JPEG."""
    coarse = rgb[::16, ::16]  # settles it for nearly every true field
    return all(int(np.ptp(part, axis=2).max()) <= _GRAY_SPREAD for part in (coarse, rgb))


def _has_structure(rgb: U8) -> bool:
    """Tell whether something dark lies before the background: an empty field has nothing."""
    green = rgb[..., 1]
    background = int(np.percentile(green, 99))
    dark = np.count_nonzero(green < background - _DARK_STEP)
    return bool(dark > _DARK_SHARE * green.size)
