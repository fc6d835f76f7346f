"""The part of a field that the window shows, in the window's own size."""

from dataclasses import dataclass

import cv2
import numpy as np

from inference.arrays import U8

MOST_SIDE_PX = 4096
"""Larger views are made in this size; the window stretches them."""


@dataclass(frozen=True)
class Crop:
    """A rectangle of whole pixels of the camera's picture."""

    x0_px: int
    y0_px: int
    width_px: int
    height_px: int


@dataclass(frozen=True)
class View:
    """What the window wants to see.

    Attributes
    ----------
    width_px, height_px
        Room on the screen, in device pixels.
    crop
        Part of the field; None shows all of it.
    """

    width_px: int
    height_px: int
    crop: Crop | None = None

    def __post_init__(self) -> None:
        if self.width_px < 1 or self.height_px < 1:
            raise ValueError(f"a view cannot be {self.width_px} x {self.height_px} px")


def within(crop: Crop | None, width_px: int, height_px: int) -> Crop:
    """Return the part of a crop that lies inside a picture, at least one pixel of it."""
    if crop is None:
        return Crop(0, 0, width_px, height_px)
    x0 = min(max(0, crop.x0_px), width_px - 1)
    y0 = min(max(0, crop.y0_px), height_px - 1)
    x1 = min(max(x0 + 1, crop.x0_px + crop.width_px), width_px)
    y1 = min(max(y0 + 1, crop.y0_px + crop.height_px), height_px)
    return Crop(x0, y0, x1 - x0, y1 - y0)


def fitted(crop: Crop, view: View) -> tuple[int, int]:
    """Return width and height of a crop that is scaled to fit a view, its shape kept."""
    scale = min(
        min(view.width_px, MOST_SIDE_PX) / crop.width_px,
        min(view.height_px, MOST_SIDE_PX) / crop.height_px,
    )
    return max(1, round(crop.width_px * scale)), max(1, round(crop.height_px * scale))


def halved(picture: U8) -> U8:
    """Reduce a picture by area to half its size; a side of one pixel stays."""
    size = (max(1, picture.shape[1] // 2), max(1, picture.shape[0] // 2))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def view_of(rgb: U8, half: U8, view: View) -> tuple[U8, Crop]:
    """Show a part of a picture in the size of a view.

    Reduction is by area in steps of two and then linear: a third of the cost of an area
    reduction in one go, and as free of moiré.

    Parameters
    ----------
    rgb
        (h, w, 3) the picture.
    half
        `halved` of it, which the caller has anyway.
    view
        What is wanted.

    Returns
    -------
    (h', w', 4) uint8, contiguous and read-only, in the order blue, green, red, 255, as
    ``QImage.Format_RGB32`` has it; and the part of the picture that it shows.
    """
    crop = within(view.crop, rgb.shape[1], rgb.shape[0])
    size = fitted(crop, view)
    source, part = rgb, crop
    if _much_smaller(size, part):
        source = half
        part = within(
            Crop(crop.x0_px // 2, crop.y0_px // 2, -(-crop.width_px // 2), -(-crop.height_px // 2)),
            half.shape[1],
            half.shape[0],
        )
    x0, y0 = part.x0_px, part.y0_px
    picture = source[y0 : y0 + part.height_px, x0 : x0 + part.width_px]
    while _much_smaller(size, Crop(0, 0, picture.shape[1], picture.shape[0])):
        picture = halved(picture)
    if (picture.shape[1], picture.shape[0]) != size:
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    bgra = np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGRA), np.uint8)
    bgra.flags.writeable = False
    return bgra, crop


def _much_smaller(size: tuple[int, int], part: Crop) -> bool:
    return 2 * size[0] <= part.width_px and 2 * size[1] <= part.height_px
