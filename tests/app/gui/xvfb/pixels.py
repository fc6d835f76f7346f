"""What can be read from pixels: colors, places, and what is drawn in the colors of the classes."""

from dataclasses import dataclass

import numpy as np

from app.model.palette import CLASS_STYLES
from inference.arrays import U8, Bool
from inference.cells.classes import CellClass


@dataclass(frozen=True)
class Box:
    """A rectangle on the screen."""

    x: int
    y: int
    width: int
    height: int

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place at fractions of width and height."""
        return self.x + x * self.width, self.y + y * self.height

    def around(self, place: tuple[float, float], reach: int) -> "Box":
        """Return the square around a place, as far as it lies inside of this box."""
        left, top = max(self.x, round(place[0]) - reach), max(self.y, round(place[1]) - reach)
        right = min(self.x + self.width, round(place[0]) + reach + 1)
        bottom = min(self.y + self.height, round(place[1]) + reach + 1)
        return Box(left, top, right - left, bottom - top)


def color_of(text: str) -> tuple[int, ...]:
    """Return ``#rrggbb`` as numbers."""
    return tuple(bytes.fromhex(text[1:]))


def is_color(rgb: U8, text: str, within: int = 3) -> Bool:
    """Tell where a picture has a color."""
    near: Bool = np.abs(rgb.astype(int) - color_of(text)) <= within
    return np.asarray(near.all(axis=-1), np.bool_)


def class_flags(rgb: U8, *classes: CellClass, light: float = 1.0) -> Bool:
    """Tell where a picture has the color of one of the classes, at a brightness of its light."""
    within = 0 if light == 1.0 else 2
    colors = [light * np.array(CLASS_STYLES[each].color) for each in classes or CellClass]
    near = [(np.abs(rgb - color) <= within).all(axis=-1) for color in colors]
    return np.asarray(np.logical_or.reduce(near), np.bool_)


def class_pixels(rgb: U8, *classes: CellClass, light: float = 1.0) -> int:
    """Return how many pixels `class_flags` finds."""
    return int(class_flags(rgb, *classes, light=light).sum())


def runs(flags: Bool, least: int) -> list[tuple[int, int]]:
    """Return start and length of all runs of True that are long enough."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(start, end - start) for start, end in pairs if end - start >= least]
