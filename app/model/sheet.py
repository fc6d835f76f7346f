"""The picture of a field as it is saved: title above, legend and scale bar below."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from app import RESEARCH_USE_ONLY
from app.model.lettering import draw_text, shortened, text_width
from app.model.markers import MarkerSize, draw_markers
from app.model.overlay import Overlay
from app.model.palette import CLASS_STYLES, QUIET_TEXT, STRIP, TEXT
from inference.arrays import U8
from inference.cells.classes import CellClass

_LEAST_WIDTH_PX = 400
"""Room for the title and two columns of the legend; narrower fields are set on a wider sheet."""


@dataclass(frozen=True)
class _Block:
    """A piece of the legend: its width, and how it is drawn at a left end and a top."""

    width: int
    draw: Callable[[U8, int, int], None]


def sheet(picture: U8, overlay: Overlay, title: str) -> U8:
    """Set a picture of a field between a title line and a legend; nothing covers the tissue.

    Parameters
    ----------
    picture
        (h, w, 3) RGB, usually from `app.model.overlay.draw_on`.
    overlay
        What was drawn; gives the counts and the scale.
    title
        Name of the field. Characters outside printable ASCII are drawn as ``?``.

    Returns
    -------
    (h', w', 3) RGB, higher than the picture, and wider where it is very narrow.
    """
    width = max(_LEAST_WIDTH_PX, picture.shape[1])
    size = int(np.clip(width / 70, 14, 36))
    counted = int(np.count_nonzero(overlay.counted))
    parts = [
        _title(width, size, title, f"{counted} cells"),
        _centered(picture, width),
        _flow(width, size, [*_class_blocks(overlay, size), _scale_block(overlay, size)]),
    ]
    return np.vstack(parts)


def nice_length_um(most_um: float) -> float:
    """Return the greatest of 1, 2, 5 times a power of ten that is not above `most_um`."""
    power = 10.0 ** np.floor(np.log10(most_um))
    return float(max(step * power for step in (1, 2, 5) if step * power <= most_um))


def _strip(width: int, height: int) -> U8:
    return np.full((height, width, 3), STRIP, np.uint8)


def _centered(picture: U8, width: int) -> U8:
    row = _strip(width, picture.shape[0])
    left = (width - picture.shape[1]) // 2
    row[:, left : left + picture.shape[1]] = picture
    return row


def _title(width: int, size: int, title: str, cells: str) -> U8:
    """Name and number of cells, and at the right the research-use line, or below it."""
    margin, small = size, round(size * 0.85)
    room = width - 2 * margin
    right = text_width(RESEARCH_USE_ONLY, small)
    beside = text_width(title, size) + text_width(cells, size) + right + 4 * size <= room
    strip = _strip(width, round(size * (2.4 if beside else 3.9)))
    baseline = round(size * 1.55)
    name_room = room - text_width(cells, size) - size - (right + 2 * size if beside else 0)
    name = shortened(title, size, name_room)
    draw_text(strip, (margin, baseline), name, size, TEXT)
    draw_text(strip, (margin + text_width(name, size) + size, baseline), cells, size, QUIET_TEXT)
    if beside:
        draw_text(strip, (width - margin - right, baseline), RESEARCH_USE_ONLY, small, QUIET_TEXT)
    else:
        below = round(size * 3.05)
        draw_text(strip, (margin, below), RESEARCH_USE_ONLY, small, QUIET_TEXT)
    return strip


def _class_blocks(overlay: Overlay, size: int) -> list[_Block]:
    counts = np.bincount(overlay.cell_class[overlay.counted], minlength=len(CellClass)).tolist()
    total = sum(counts)
    blocks = []
    for cell_class in CLASS_STYLES:
        count = counts[cell_class]
        share = f"{100 * count / total:.1f} %" if total else "-"
        blocks.append(_class_block(cell_class, f"{count}", share, size))
    return blocks


def _class_block(cell_class: CellClass, count: str, share: str, size: int) -> _Block:
    small = round(size * 0.85)
    text_left = round(size * 2.3)
    gap = round(size * 0.6)
    width = text_left + max(
        text_width(cell_class.label, small),
        text_width(count, size) + gap + text_width(share, size),
    )

    def draw(canvas: U8, left: int, top: int) -> None:
        look = CLASS_STYLES[cell_class]
        x, y = left + size, top + round(size * 1.35)
        if cell_class is not CellClass.NO_STAINING:  # which has no membrane
            ends = (left + round(size * 0.1), y), (left + round(size * 1.9), y)
            cv2.line(canvas, *ends, look.color, max(1, round(size / 9)), cv2.LINE_AA)
        point = np.array([[x, y]], np.float32)
        draw_markers(canvas, point, look, MarkerSize(size * 0.42, size * 0.12, size * 0.14))
        first, second = top + round(size * 1.0), top + round(size * 2.2)
        draw_text(canvas, (left + text_left, first), cell_class.label, small, QUIET_TEXT)
        draw_text(canvas, (left + text_left, second), count, size, TEXT)
        after = left + text_left + text_width(count, size) + gap
        draw_text(canvas, (after, second), share, size, TEXT)

    return _Block(width, draw)


def _scale_block(overlay: Overlay, size: int) -> _Block:
    """Draw a bar of a round length, at most nine letters long, with its length below."""
    length_um = nice_length_um(9 * size * overlay.um_per_px)
    length_px = max(1, round(length_um / overlay.um_per_px))
    label = f"{length_um:g} um"
    small = round(size * 0.85)
    width = max(length_px, text_width(label, small))

    def draw(canvas: U8, left: int, top: int) -> None:
        bar_left = left + width - length_px
        y, tick, thick = top + round(size * 0.8), round(size * 0.3), max(1, round(size / 8))
        canvas[y : y + thick, bar_left : bar_left + length_px] = TEXT
        for x in (bar_left, bar_left + length_px - thick):
            canvas[y - tick : y + thick + tick, max(bar_left, x) : x + thick] = TEXT
        label_left = bar_left + (length_px - text_width(label, small)) // 2
        label_left = min(max(left, label_left), left + width - text_width(label, small))
        draw_text(canvas, (label_left, top + round(size * 2.2)), label, small, TEXT)

    return _Block(width, draw)


def _flow(width: int, size: int, blocks: list[_Block]) -> U8:
    """Set blocks in columns of one width, as many as fit; the last stands at the right end."""
    margin, gap = size, round(size * 1.2)
    column = max(block.width for block in blocks)
    columns = min(len(blocks), max(1, (width - 2 * margin + gap) // (column + gap)))
    rows = -(-len(blocks) // columns)
    columns = -(-len(blocks) // rows)  # even rows rather than one left over
    row_height = round(size * 3.1)
    strip = _strip(width, rows * row_height + round(size * 0.9))
    pitch = (width - 2 * margin + gap) / columns
    for i, block in enumerate(blocks):
        row, place = divmod(i, columns)
        left = margin + round(place * pitch)
        if i == len(blocks) - 1:
            left = width - margin - block.width
        block.draw(strip, left, round(size * 0.9) + row * row_height)
    return strip
