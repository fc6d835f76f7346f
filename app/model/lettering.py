"""Text in pictures, with the font that Pillow carries, so that no system font is needed."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.model.palette import Color
from inference.arrays import U8


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType and cannot draw text")
    return font


def drawable(text: str) -> str:
    """Return the text with ``?`` for what the font lacks: all but printable ASCII."""
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def text_width(text: str, size_px: int) -> int:
    """Return how many pixels wide a line of text is."""
    return int(np.ceil(_font(size_px).getlength(drawable(text))))


def shortened(text: str, size_px: int, width_px: int) -> str:
    """Take letters out of the middle until the line fits: names differ at both ends."""
    if text_width(text, size_px) <= width_px:
        return text
    for kept in range(len(text) - 1, 1, -1):
        short = f"{text[: (kept + 1) // 2]}...{text[len(text) - kept // 2 :]}"
        if text_width(short, size_px) <= width_px:
            return short
    return ""


def draw_text(canvas: U8, place: tuple[int, int], text: str, size_px: int, color: Color) -> None:
    """Draw a line of text, its left end and baseline at `place`, x and y.

    Parameters
    ----------
    canvas
        (h, w, 3) RGB, changed in place; text beside it is cut off.
    """
    x, baseline = place
    above, below = size_px * 2, size_px
    top, left = max(0, baseline - above), max(0, x)
    part = canvas[top : max(0, baseline + below), left : left + text_width(text, size_px) + size_px]
    if part.size == 0:
        return
    image = Image.fromarray(np.ascontiguousarray(part))
    start = (x - left, baseline - top)
    pen = ImageDraw.Draw(image)
    pen.text(start, drawable(text), fill=color, font=_font(size_px), anchor="ls")
    part[:] = np.asarray(image)
