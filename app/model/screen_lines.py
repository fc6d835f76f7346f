"""Membranes for the screen: from the class image straight to smooth lines of any view.

`app.model.membrane_lines` makes the lines of saved pictures at leisure. Here a line must follow a
slider: one pass over the skeleton, in which each joint of two neighboring pixels is drawn as a
straight piece in the pixels of the view.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from inference.arrays import F32, F64, U8
from inference.kernel import inlined, kernel

U16: TypeAlias = npt.NDArray[np.uint16]
"""Keys, one for each pixel of a view."""

NOTHING = 0xFFFF
"""Key of a pixel that no membrane is near."""
_FARTHEST = 8000.0
"""Thirteen bits of a key are the squared distance, in units that `reach_px` squared has this
many of; the other three are 7 less the class, so that of equally near ones the stronger wins."""


def grid_to_view(
    grid_shape: tuple[int, int], field_shape: tuple[int, int], field_to_view: F64
) -> F64:
    """Return the (2, 3) affine map from pixels of the analysis grid to pixels of the view.

    Parameters
    ----------
    grid_shape
        Height and width of the class image, which covers the whole field.
    field_shape
        Height and width of the field.
    field_to_view
        (2, 3) from field pixels to view pixels; pixel centers are whole numbers in both.
    """
    scale = np.array([field_shape[1] / grid_shape[1], field_shape[0] / grid_shape[0]])
    matrix = field_to_view[:, :2] * scale
    offset = field_to_view[:, 2] + field_to_view[:, :2] @ (scale / 2 - 0.5)
    return np.column_stack([matrix, offset])


def bordered(classes: U8) -> U8:
    """Return a class image with a border of nothing, in rows of whole words of eight pixels."""
    return np.pad(classes, ((1, 1), (1, 1 + -(classes.shape[1] + 2) % 8)))


@inlined
def _smoothed(padded: U8, y: int, x: int) -> tuple[np.float32, np.float32]:
    """Return where a skeleton pixel is drawn: half way to the mean of those it is joined to.

    Pixels are joined along rows and columns, and diagonally where no corner joins them already.
    Ends and lone pixels stay where they are.
    """
    up, down = padded[y - 1, x] > 0, padded[y + 1, x] > 0
    left, right = padded[y, x - 1] > 0, padded[y, x + 1] > 0
    up_left = (padded[y - 1, x - 1] > 0) & (not (up | left))
    up_right = (padded[y - 1, x + 1] > 0) & (not (up | right))
    down_left = (padded[y + 1, x - 1] > 0) & (not (down | left))
    down_right = (padded[y + 1, x + 1] > 0) & (not (down | right))
    degree = 0 + up + down + left + right + up_left + up_right + down_left + down_right
    if degree < 2:
        return np.float32(x), np.float32(y)
    dx = 0 + right + up_right + down_right - left - up_left - down_left
    dy = 0 + down + down_left + down_right - up - up_left - up_right
    share = np.float32(0.5) / np.float32(degree)
    return np.float32(x) + dx * share, np.float32(y) + dy * share


@inlined
def _draw_piece(
    ax: np.float32, ay: np.float32, bx: np.float32, by: np.float32, code_a: int, code_b: int,
    reach: np.float32, first: int, last: int, keys: U16,
) -> None:  # fmt: skip
    x0 = max(0, int(np.ceil(min(ax, bx) - reach)))
    x1 = min(keys.shape[1] - 1, int(np.floor(max(ax, bx) + reach)))
    y0 = max(first, int(np.ceil(min(ay, by) - reach)))
    y1 = min(last - 1, int(np.floor(max(ay, by) + reach)))
    units = np.float32(_FARTHEST) / (reach * reach)
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    step = np.float32(1.0) / length2 if length2 > 0 else np.float32(0.0)
    for y in range(y0, y1 + 1):
        py = np.float32(y) - ay
        for x in range(x0, x1 + 1):
            px = np.float32(x) - ax
            along = (px * dx + py * dy) * step
            along = np.float32(0.0) if along < 0 else along
            along = np.float32(1.0) if along > 1 else along
            ox, oy = px - along * dx, py - along * dy
            away = (ox * ox + oy * oy) * units
            if away < np.float32(_FARTHEST):
                code = code_a if along < np.float32(0.5) else code_b
                key = np.uint16(np.int32(away) * 8 + 7 - code)
                keys[y, x] = min(keys[y, x], key)


@inlined
def _seen(
    padded: U8, a: float, b: float, c: float, d: float, e: float, f: float,
    reach: float, first: int, last: int, keys: U16,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Return which columns and rows of the grid these rows of the view can show.

    They are the view's corners taken back to the grid, with a margin; without the border.
    """
    det = a * e - b * d
    left, right, top, bottom = 1e18, -1e18, 1e18, -1e18
    for corner in range(4):
        vx = (-reach - 1 if corner % 2 == 0 else keys.shape[1] + reach) - c
        vy = (first - reach - 1 if corner < 2 else last + reach) - f
        gx, gy = (e * vx - b * vy) / det, (a * vy - d * vx) / det
        left, right = min(left, gx), max(right, gx)
        top, bottom = min(top, gy), max(bottom, gy)
    height, width = padded.shape
    x_first, x_last = int(max(left - 2, 1.0)), int(min(right + 3, width - 1.0))
    return x_first, x_last, int(max(top - 2, 1.0)), int(min(bottom + 3, height - 1.0))


@kernel
def mark_lines(padded: U8, to_view: F64, reach_px: float, first: int, last: int, keys: U16) -> None:
    """Find for the view's rows ``first`` to ``last`` how near the nearest membrane is.

    Parameters
    ----------
    padded
        Class image of the skeleton, `bordered`.
    to_view
        (2, 3) from `grid_to_view`, of the image without its border; must be invertible.
    reach_px
        Farther membranes are not looked for, in pixels of the view.
    keys
        (h', w') of the view; these rows are written: see `NOTHING` and `_FARTHEST`. The class
        changes in the middle of a joint.
    """
    a, b, c = to_view[0, 0], to_view[0, 1], to_view[0, 2] - to_view[0, 0] - to_view[0, 1]
    d, e, f = to_view[1, 0], to_view[1, 1], to_view[1, 2] - to_view[1, 0] - to_view[1, 1]
    keys[first:last] = NOTHING
    reach = np.float32(reach_px)
    x_first, x_last, y_first, y_last = _seen(padded, a, b, c, d, e, f, reach_px, first, last, keys)
    words = padded.view(np.uint64)
    for y in range(y_first, y_last):
        for word in range(x_first >> 3, (x_last + 7) >> 3):
            if words[y, word] == 0:
                continue
            for x in range(max(x_first, 8 * word), min(x_last, 8 * word + 8)):
                code = int(padded[y, x])
                if code == 0:
                    continue
                sx, sy = _smoothed(padded, y, x)
                ax, ay = np.float32(a * sx + b * sy + c), np.float32(d * sx + e * sy + f)
                before = padded[y - 1, x - 1] | padded[y - 1, x] | padded[y - 1, x + 1]
                lone = (before | padded[y, x - 1]) == 0
                below = padded[y + 1, x] > 0
                for way in range(4):
                    nx, ny = x + 1, y
                    if way == 1:
                        nx, ny = x, y + 1
                    elif way == 2:
                        nx, ny = x + 1, y + 1
                    elif way == 3:
                        nx, ny = x - 1, y + 1
                    other = int(padded[ny, nx])
                    if other == 0:
                        continue
                    lone = False
                    if way > 1 and (below or padded[y, nx] > 0):
                        continue
                    tx, ty = _smoothed(padded, ny, nx)
                    bx, by = np.float32(a * tx + b * ty + c), np.float32(d * tx + e * ty + f)
                    _draw_piece(ax, ay, bx, by, code, other, reach, first, last, keys)
                if lone:
                    _draw_piece(ax, ay, ax, ay, code, code, reach, first, last, keys)


@inlined
def _draw_dot(
    x: np.float32, y: np.float32, code: int, slack: np.float32,
    reach: np.float32, first: int, last: int, keys: U16,
) -> None:  # fmt: skip
    x0, x1 = max(0, int(np.ceil(x - reach))), min(keys.shape[1] - 1, int(np.floor(x + reach)))
    y0, y1 = max(first, int(np.ceil(y - reach))), min(last - 1, int(np.floor(y + reach)))
    units = np.float32(_FARTHEST) / (reach * reach)
    low = np.uint16(7 - code)
    for row in range(y0, y1 + 1):
        line = keys[row]
        dy = np.float32(row) - y
        across = dy * dy - slack
        for column in range(x0, x1 + 1):
            dx = np.float32(column) - x
            away = (dx * dx + across) * units
            away = np.float32(0.0) if away < 0 else away
            away = np.float32(_FARTHEST) if away > np.float32(_FARTHEST) else away
            key = np.uint16(np.uint16(away) << np.uint16(3)) | low
            line[column] = key if key < line[column] else line[column]


@kernel
def mark_dots(padded: U8, to_view: F64, reach_px: float, first: int, last: int, keys: U16) -> None:
    """Do what `mark_lines` does at a third of the cost, where the view is coarser than the grid.

    There the pixels of a skeleton lie so near to each other that dots make the line: one at each
    pixel, and one in the middle of each diagonal joint. Half of what the middle between two dots
    is farther away than a line would be is taken off, so that no pearls are seen.
    """
    a, b, c = to_view[0, 0], to_view[0, 1], to_view[0, 2] - to_view[0, 0] - to_view[0, 1]
    d, e, f = to_view[1, 0], to_view[1, 1], to_view[1, 2] - to_view[1, 0] - to_view[1, 1]
    keys[first:last] = NOTHING
    reach = np.float32(reach_px)
    slack = np.float32(abs(a * e - b * d) / 8)
    x_first, x_last, y_first, y_last = _seen(padded, a, b, c, d, e, f, reach_px, first, last, keys)
    words = padded.view(np.uint64)
    for y in range(y_first, y_last):
        for word in range(x_first >> 3, (x_last + 7) >> 3):
            if words[y, word] == 0:
                continue
            for x in range(max(x_first, 8 * word), min(x_last, 8 * word + 8)):
                code = int(padded[y, x])
                if code == 0:
                    continue
                vx, vy = a * x + b * y + c, d * x + e * y + f
                _draw_dot(np.float32(vx), np.float32(vy), code, slack, reach, first, last, keys)
                if padded[y + 1, x] > 0:
                    continue
                for side in (-1, 1):
                    other = int(padded[y + 1, x + side])
                    if other > 0 and padded[y, x + side] == 0:
                        mx, my = vx + (a * side + b) / 2, vy + (d * side + e) / 2
                        strong = max(code, other)
                        _draw_dot(
                            np.float32(mx), np.float32(my), strong, slack, reach, first, last, keys
                        )


@kernel
def lay_lines(
    canvas: U8, keys: U16, ink: F32, halo: F32,
    width_px: float, halo_px: float, reach_px: float, first: int, last: int,
) -> None:  # fmt: skip
    """Draw membranes over the rows ``first`` to ``last`` of a premultiplied canvas.

    Parameters
    ----------
    canvas
        (h', w', 4) premultiplied, changed in place.
    keys, reach_px
        From `mark_lines`, which was given that reach.
    ink
        (classes, 4) color of each class in the canvas's order, 0 to 255, opaque.
    halo
        (4,) color of the dark edge, already multiplied by its own opacity.
    width_px, halo_px
        Width of a line, and of the edge on each side; 0 for none.
    """
    half = np.float32(width_px / 2 + 0.5)
    edge_reach = half + np.float32(halo_px)
    unit = np.float32(reach_px * reach_px / _FARTHEST)
    one, none = np.float32(1.0), np.float32(0.0)
    for y in range(first, last):
        for x in range(canvas.shape[1]):
            key = np.int32(keys[y, x])
            if key == NOTHING:
                continue
            away = np.float32(np.sqrt(np.float32(key >> 3) * unit))
            code = 7 - (key & 7)
            line = min(one, max(none, half - away))
            edge = min(one, max(none, edge_reach - away)) if halo_px > 0 else none
            shown = (one - edge * halo[3] / np.float32(255.0)) * (one - line)
            edge *= one - line
            for channel in range(4):
                below = canvas[y, x, channel] * shown + edge * halo[channel]
                canvas[y, x, channel] = np.uint8(below + line * ink[code, channel] + 0.5)
