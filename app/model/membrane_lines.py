"""Membranes as smooth thin lines, from the class image of their skeleton."""

import numpy as np

from inference.arrays import F32, F64, I64, U8
from inference.kernel import kernel

_ROUNDS = 3
"""Rounds of smoothing: the stairs of the skeleton go, corners of cells stay."""


def skeleton_lines(membranes: U8, width_px: int, height_px: int) -> tuple[F32, U8]:
    """Turn a skeleton into short straight pieces in pixels of the field.

    Neighboring skeleton pixels are joined, diagonally only where no corner joins them already.
    Each pixel then moves half way to the mean of its neighbors, some rounds over; ends stay.
    Every joint is cut in the middle, so that a piece has one class.

    Parameters
    ----------
    membranes
        (h, w) class image on the analysis grid, 0 where there is no skeleton.
    width_px, height_px
        Size of the field that the grid covers.

    Returns
    -------
    (n, 4) x0, y0, x1, y1 in pixels of the field, the center of the top left one being (0, 0),
    and (n,) the class of every piece. A lone skeleton pixel is a piece of no length.
    """
    skeleton = membranes > 0
    y, x = np.nonzero(skeleton)
    codes = membranes[skeleton]
    ends = _joints(membranes, len(codes))
    xy = _smoothed(np.column_stack([x, y]).astype(np.float64), ends)
    scale = np.array([width_px / membranes.shape[1], height_px / membranes.shape[0]])
    xy = (xy + 0.5) * scale - 0.5
    middle = (xy[ends[:, 0]] + xy[ends[:, 1]]) / 2
    lone = np.bincount(ends.ravel(), minlength=len(codes)) == 0
    halves = [np.hstack([xy[ends[:, side]], middle]) for side in (0, 1)]
    pieces = np.vstack([*halves, np.hstack([xy[lone], xy[lone]])])
    of_piece = np.concatenate([codes[ends[:, 0]], codes[ends[:, 1]], codes[lone]])
    return pieces.astype(np.float32), of_piece


def _joints(membranes: U8, count: int) -> I64:
    """Return (m, 2) which skeleton pixels, numbered row by row, are joined."""
    skeleton = np.pad(membranes > 0, 1)
    number = np.full(skeleton.shape, -1, np.int64)
    number[skeleton] = np.arange(count)
    here, right = (slice(0, -1), slice(1, -1)), (slice(0, -1), slice(2, None))
    left, below = (slice(0, -1), slice(0, -2)), (slice(1, None), slice(1, -1))
    below_right, below_left = (slice(1, None), slice(2, None)), (slice(1, None), slice(0, -2))
    corner_free = ~skeleton[below]
    found = [
        (right, skeleton[right]),
        (below, skeleton[below]),
        (below_right, skeleton[below_right] & corner_free & ~skeleton[right]),
        (below_left, skeleton[below_left] & corner_free & ~skeleton[left]),
    ]
    pairs = []
    for place, joined in found:
        both = skeleton[here] & joined
        pairs.append(np.column_stack([number[here][both], number[place][both]]))
    return np.concatenate(pairs)


def _smoothed(xy: F64, ends: I64) -> F64:
    degree = np.bincount(ends.ravel(), minlength=len(xy))
    inner = degree > 1
    for _ in range(_ROUNDS):
        total = np.zeros_like(xy)
        for axis in (0, 1):
            for a, b in ((0, 1), (1, 0)):
                weights = xy[ends[:, b], axis]
                total[:, axis] += np.bincount(ends[:, a], weights, minlength=len(xy))
        mean = total[inner] / degree[inner, None]
        xy[inner] = (xy[inner] + mean) / 2
    return xy


def nearest_piece(
    pieces: F32, codes: U8, width_px: int, height_px: int, reach_px: float
) -> tuple[F32, U8]:
    """Return for every pixel how far the nearest piece is, and its class.

    Parameters
    ----------
    pieces, codes
        From `skeleton_lines`.
    width_px, height_px
        Size of the field.
    reach_px
        Farther pieces are not looked for.

    Returns
    -------
    (h, w) float32 distance to the nearest piece in pixels, and (h, w) uint8 its class, the
    strongest of several equally near ones; `reach_px` and 0 where none is nearer than that.
    """
    distance = np.full((height_px, width_px), reach_px, np.float32)
    nearest = np.zeros((height_px, width_px), np.uint8)
    _mark_nearest(pieces, codes, distance, nearest, np.float32(reach_px))
    return distance, nearest


@kernel
def _mark_nearest(pieces: F32, codes: U8, distance: F32, nearest: U8, reach: np.float32) -> None:
    height, width = distance.shape
    for i in range(len(pieces)):
        ax, ay, bx, by = pieces[i, 0], pieces[i, 1], pieces[i, 2], pieces[i, 3]
        x0 = max(0, int(np.floor(min(ax, bx) - reach)))
        x1 = min(width - 1, int(np.ceil(max(ax, bx) + reach)))
        y0 = max(0, int(np.floor(min(ay, by) - reach)))
        y1 = min(height - 1, int(np.ceil(max(ay, by) + reach)))
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                along = np.float32(0.0)
                if length2 > 0:
                    along = ((x - ax) * dx + (y - ay) * dy) / length2
                    along = min(np.float32(1.0), max(np.float32(0.0), along))
                away = np.float32(np.hypot(x - ax - along * dx, y - ay - along * dy))
                nearer = away < distance[y, x]
                as_near = away == distance[y, x] and away < reach and codes[i] > nearest[y, x]
                if nearer or as_near:
                    distance[y, x] = away
                    nearest[y, x] = codes[i]
