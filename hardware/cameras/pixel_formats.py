"""What cameras send, turned into RGB once.

Formats have the names of the GenICam pixel format naming convention (PFNC 2.4); names of before it
(``RGB8Packed``) are known, too.
"""

import re
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from hardware.arrays import U8

Raw: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

# OpenCV calls a mosaic by its second row and column; PFNC, as its aliases here, by the first.
_MOSAICS: Final = {
    "RG": cv2.COLOR_BayerRGGB2RGB,
    "GR": cv2.COLOR_BayerGRBG2RGB,
    "GB": cv2.COLOR_BayerGBRG2RGB,
    "BG": cv2.COLOR_BayerBGGR2RGB,
}
_COLORS: Final = {
    "RGB": (3, None),
    "BGR": (3, cv2.COLOR_BGR2RGB),
    "RGBa": (4, cv2.COLOR_RGBA2RGB),
    "BGRa": (4, cv2.COLOR_BGRA2RGB),
}
_DEPTHS: Final = (8, 10, 12, 14, 16)
_OLD_NAME: Final = re.compile(r"(RGB|BGR|RGBA|BGRA)(8|10|12|16)Packed")
_NAME: Final = re.compile(r"(Mono|Bayer(?:RG|GR|GB|BG)|RGBa|BGRa|RGB|BGR)(\d+)")

PREFERRED: Final = (
    *(f"Bayer{mosaic}8" for mosaic in _MOSAICS),
    *("RGB8", "BGR8", "RGB8Packed", "BGR8Packed", "RGBa8", "BGRa8", "BGRA8Packed"),
)
"""Best first: colors in the fewest bytes, since the cable limits the rate."""


class FormatProblem(ValueError):
    """A picture cannot be turned into RGB; the message is one line for the user."""


def _parts(pixel_format: str) -> tuple[str, int] | None:
    old = _OLD_NAME.fullmatch(pixel_format)
    if old is not None:
        return old[1].replace("A", "a"), int(old[2])
    new = _NAME.fullmatch(pixel_format)
    if new is None or int(new[2]) not in _DEPTHS:
        return None
    return new[1], int(new[2])


def is_known(pixel_format: str) -> bool:
    """Tell whether `to_rgb` can read a format."""
    return _parts(pixel_format) is not None


def channels(pixel_format: str) -> int:
    """Return the values per pixel.

    Raises
    ------
    FormatProblem
        The format is not known.
    """
    return _COLORS.get(_known_parts(pixel_format)[0], (1, None))[0]


def _known_parts(pixel_format: str) -> tuple[str, int]:
    parts = _parts(pixel_format)
    if parts is None:
        raise FormatProblem(
            f"pixel format {pixel_format} cannot be read: choose Bayer, RGB, BGR or Mono with 8 to "
            "16 bits, not packed"
        )
    return parts


def shaped(
    buffer: bytes | memoryview, pixel_format: str, width: int, height: int, padding: int = 0
) -> Raw:
    """Return the picture in a driver's memory, as `to_rgb` wants it, without a copy.

    Parameters
    ----------
    buffer
        Its rows, one after the other; what lies behind them does not count.
    pixel_format
        Its name.
    width, height
        Its size in px.
    padding
        Bytes after each row.

    Raises
    ------
    FormatProblem
        The format is not known, or the memory is too small for the picture.
    """
    kind, bits = _known_parts(pixel_format)
    count = _COLORS.get(kind, (1, None))[0]
    row = width * count * (1 if bits == 8 else 2)
    flat = np.frombuffer(buffer, np.uint8)
    if row <= 0 or padding < 0 or flat.size < height * (row + padding) - padding:
        raise FormatProblem(f"{flat.size} bytes are no {width} x {height} px in {pixel_format}")
    rows = np.lib.stride_tricks.as_strided(flat, (height, row), (row + padding, 1), writeable=False)
    if padding:
        rows = np.ascontiguousarray(rows)
    pixels: Raw = rows if bits == 8 else rows.view(np.uint16)
    return pixels.reshape((height, width) if count == 1 else (height, width, count))


def to_rgb(raw: Raw, pixel_format: str) -> U8:
    """Turn a picture into a new RGB picture of bytes.

    Deeper pixels lose their lowest bits. A mosaic is interpolated linearly.

    Parameters
    ----------
    raw
        (h, w) or (h, w, channels), uint8 for 8 bits and uint16 for more, right-aligned.
    pixel_format
        Its name.

    Returns
    -------
    numpy.ndarray
        (h, w, 3) uint8, contiguous and read-only; shares nothing with `raw`.

    Raises
    ------
    FormatProblem
        The format is not known, or the array is not one of that format.
    """
    kind, bits = _known_parts(pixel_format)
    count, code = _COLORS.get(kind, (1, None))
    shape = raw.shape if raw.ndim == 3 else (*raw.shape, 1)
    wanted = np.uint8 if bits == 8 else np.uint16
    if len(shape) != 3 or shape[2] != count or raw.dtype != wanted or raw.size == 0:
        raise FormatProblem(f"{raw.dtype} of shape {raw.shape} is no picture in {pixel_format}")
    flat: Raw = raw.reshape(shape[:2]) if count == 1 else raw
    if bits > 8:
        flat = _highest_byte(flat, bits)
    if kind.startswith("Bayer"):
        if min(shape[:2]) < 2:
            raise FormatProblem(f"shape {raw.shape} is too small for {pixel_format}")
        out = cv2.cvtColor(flat, _MOSAICS[kind[5:]])
    elif kind == "Mono":
        out = cv2.cvtColor(flat, cv2.COLOR_GRAY2RGB)
    elif code is not None:
        out = cv2.cvtColor(flat, code)
    else:
        out = np.array(flat, np.uint8, order="C")
    rgb: U8 = np.ascontiguousarray(out, np.uint8)
    rgb.setflags(write=False)
    return rgb


def _highest_byte(raw: Raw, bits: int) -> U8:
    # A camera may leave noise above its depth: it is cut and does not wrap around.
    full = raw.astype(np.uint16, copy=False)
    shifted = full >> np.uint16(bits - 8)
    highest: U8 = np.minimum(shifted, 255).astype(np.uint8)
    return highest
