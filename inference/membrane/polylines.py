"""The lines of a class image as polylines, for export; the screen draws the image itself.

Lines are walked along the skeleton. Contours of the areas between them would not do: areas
touch diagonally across a skeleton one pixel wide, and a contour finder that counts such pixels
as joined merges the cells of a whole nest into one.
"""

import numpy as np

from inference.arrays import F32, I32, I64, U8
from inference.kernel import kernel

_DX = np.array([1, 1, 0, -1, -1, -1, 0, 1], np.int64)
_DY = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)
"""Eight directions, clockwise from the east; bit d of a pixel's links is direction d."""


def class_polylines(classes: U8) -> dict[int, list[F32]]:
    """Return the polylines of each class of a class image.

    Neighboring pixels of one class are linked; two that touch only diagonally are not linked
    where a pixel of the class beside them already links them in two steps. Pixels with two
    links are passed through; all others are nodes. Lines run from node to node, and where
    there is none, around.

    Parameters
    ----------
    classes
        (h, w) as `inference.membrane.closure.membrane_classes` returns it.

    Returns
    -------
    dict
        For each code in the image but 0, in rising order: lines (n, 2) float32 of pixel
        centers, x before y. Every link between pixels lies in exactly one line, so a pixel
        lies in one line, or is a node that ends several. A lone pixel is a line of one point;
        a closed loop repeats its first point at its end.
    """
    if classes.ndim != 2:
        raise ValueError(f"a class image has two dimensions, not the shape {classes.shape}")
    padded = np.pad(classes, 1)
    links, degree = np.zeros_like(padded), np.zeros_like(padded)
    link_count, lone = _link(padded, links, degree)
    # Each line starts with a link of its own and has one point more than links.
    code = np.empty(link_count + lone, np.uint8)
    length = np.empty(link_count + lone, np.int64)
    xy = np.empty((2 * link_count + lone, 2), np.int32)
    lines = _walk(padded, links, degree, code, length, xy)
    ends = np.cumsum(length[:lines])
    points = (xy - 1).astype(np.float32)
    lines_of: dict[int, list[F32]] = {int(c): [] for c in np.unique(code[:lines])}
    for number, last, count in zip(code[:lines], ends, length[:lines], strict=True):
        lines_of[int(number)].append(points[last - count : last])
    return lines_of


@kernel
def _link(padded: U8, links: U8, degree: U8) -> tuple[int, int]:
    """Write the links of each pixel; return how many links and lone pixels there are."""
    link_ends = 0
    lone = 0
    for y in range(1, padded.shape[0] - 1):
        for x in range(1, padded.shape[1] - 1):
            code = padded[y, x]
            if code == 0:
                continue
            for d in range(8):
                joined = padded[y + _DY[d], x + _DX[d]] == code
                if d & 1:
                    beside = padded[y + _DY[d], x] == code or padded[y, x + _DX[d]] == code
                    joined = joined and not beside
                if joined:
                    links[y, x] |= np.uint8(1 << d)
                    degree[y, x] += np.uint8(1)
            link_ends += degree[y, x]
            if degree[y, x] == 0:
                lone += 1
    return link_ends // 2, lone


@kernel
def _walk(padded: U8, links: U8, degree: U8, code: U8, length: I64, xy: I32) -> int:
    """Take the links up into lines, from the nodes first; return the number of lines."""
    lines = 0
    used = 0
    for loops in range(2):
        for y in range(1, padded.shape[0] - 1):
            for x in range(1, padded.shape[1] - 1):
                if padded[y, x] == 0 or (degree[y, x] == 2) != (loops == 1):
                    continue
                lone = degree[y, x] == 0
                while links[y, x] != 0 or lone:
                    lone = False
                    points = _walk_line(links, degree, x, y, xy, used)
                    code[lines] = padded[y, x]
                    length[lines] = points
                    lines += 1
                    used += points
    return lines


@kernel
def _walk_line(links: U8, degree: U8, x: int, y: int, xy: I32, used: int) -> int:
    """Walk from a pixel to the next node or around, erasing links; return the points written."""
    points = 0
    while True:
        xy[used + points, 0] = x
        xy[used + points, 1] = y
        points += 1
        if links[y, x] == 0 or (points > 1 and degree[y, x] != 2):
            return points
        d = 0
        while not (links[y, x] >> d) & 1:
            d += 1
        links[y, x] &= np.uint8(255 - (1 << d))
        x += _DX[d]
        y += _DY[d]
        # The same link from its other end: the opposite direction.
        links[y, x] &= np.uint8(255 - (1 << ((d + 4) & 7)))
