"""An image file as slide: JPEG, PNG or TIFF, read through libvips."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyvips

from hardware.arrays import U8
from hardware.simulators.slides.pixel_size import chosen_um_per_px
from hardware.simulators.slides.resampling import resampled
from hardware.simulators.slides.slide import GLASS, Extent, SlideProblem

# The loader is chosen by the file's name here, so that libvips never opens anything else. A PNG
# has checksums; the others say "warning" when they fill in what they cannot decode.
_LOADERS: dict[str, tuple[Callable[..., Any], str]] = {
    ".jpg": (pyvips.Image.jpegload, "warning"),
    ".jpeg": (pyvips.Image.jpegload, "warning"),
    ".png": (pyvips.Image.pngload, "error"),
    ".tif": (pyvips.Image.tiffload, "warning"),
    ".tiff": (pyvips.Image.tiffload, "warning"),
}

IMAGE_ENDINGS = tuple(_LOADERS)
"""Endings of the files that can be read, in lower case."""


class StoredImage:
    """The pixels of an image file.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    path
        The file.
    size
        Width and height in px.
    stated_um_per_px
        What the file states as its pixel size, which may be that of a print; None where it
        states none.

    Raises
    ------
    SlideProblem
        The file is not there or is no image that can be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.suffix.lower() not in _LOADERS:
            raise SlideProblem(f"{path}: only {', '.join(_LOADERS)} and whole-slide files are read")
        if not path.is_file():
            raise SlideProblem(f"{path}: there is no such file")
        loader, fail_on = _LOADERS[path.suffix.lower()]
        try:
            image = loader(str(path), access="random", fail_on=fail_on)
            self.stated_um_per_px = _stated_um_per_px(image)
            self._image = _as_rgb(image)
        except pyvips.Error as error:
            raise _unreadable(path, error) from error
        self.size: tuple[int, int] = (image.width, image.height)

    def read(self, left: int, top: int, width: int, height: int) -> U8:
        """Return (height, width, 3) pixels of a rectangle inside the image.

        Raises
        ------
        SlideProblem
            The file is damaged here.
        """
        try:
            data = self._image.crop(left, top, width, height).write_to_memory()
        except pyvips.Error as error:
            raise _unreadable(self.path, error) from error
        return np.frombuffer(data, np.uint8).reshape(height, width, 3)


class ImageFileSlide:
    """One image file as slide; its upper left corner lies at (0, 0).

    Parameters
    ----------
    path
        JPEG, PNG or TIFF of any size.
    um_per_px
        Pixel size of the image; None to take the one that the file states.

    Raises
    ------
    SlideProblem
        The file cannot be read, or its pixel size is not known.
    """

    def __init__(self, path: Path, um_per_px: float | None = None) -> None:
        self._stored = StoredImage(path)
        self._um_per_px = chosen_um_per_px(path, self._stored.stated_um_per_px, um_per_px)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._stored.path.name

    @property
    def extent(self) -> Extent:
        """The whole image."""
        width, height = self._stored.size
        return Extent(0.0, 0.0, width * self._um_per_px, height * self._um_per_px)

    def start_um(self, width_um: float, height_um: float) -> tuple[float, float]:
        """Return the middle of the image."""
        del width_um, height_um
        return self.extent.right / 2, self.extent.bottom / 2

    def region(
        self, x_um: float, y_um: float, width_px: int, height_px: int, um_per_px: float
    ) -> U8:
        """Return a region; see `Slide.region`."""
        own = self._um_per_px
        return resampled(
            self._stored.read, self._stored.size, x_um / own, y_um / own, um_per_px / own,
            (width_px, height_px),
        )  # fmt: skip


def _stated_um_per_px(image: Any) -> float | None:
    """Read the resolution, which libvips gives in pixels per mm (1 where there is none)."""
    if image.xres <= 1.0 or abs(image.xres - image.yres) > 0.01 * image.xres:
        return None
    return 1000.0 / float(image.xres)


def _as_rgb(image: Any) -> Any:
    if image.hasalpha():
        image = image.flatten(background=list(GLASS))
    if image.interpretation not in ("srgb", "rgb") or image.format != "uchar":
        image = image.colourspace("srgb").cast("uchar")
    return image.extract_band(0, n=3)


def _unreadable(path: Path, error: Exception) -> SlideProblem:
    lines = str(error).strip().splitlines()
    return SlideProblem(f"{path}: cannot be read ({lines[-1] if lines else 'unknown reason'})")
