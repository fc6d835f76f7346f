"""A whole-slide file as slide, through OpenSlide."""

from pathlib import Path

import numpy as np
import openslide

from hardware.arrays import U8
from hardware.simulators.slides.pixel_size import chosen_um_per_px
from hardware.simulators.slides.resampling import resampled
from hardware.simulators.slides.slide import GLASS, Extent, SlideProblem


def is_whole_slide(path: Path) -> bool:
    """Tell whether OpenSlide knows the format of a file (a tiled TIFF counts)."""
    return path.is_file() and openslide.OpenSlide.detect_format(str(path)) is not None


class WholeSlide:
    """A slide of a scanner; the upper left corner of its full resolution lies at (0, 0).

    Parameters
    ----------
    path
        A file that `is_whole_slide`.
    um_per_px
        Pixel size of the full resolution; None to take the one that the file states.

    Raises
    ------
    SlideProblem
        The file cannot be read, or its pixel size is not known.
    """

    def __init__(self, path: Path, um_per_px: float | None = None) -> None:
        self._path = path
        try:
            self._slide = openslide.OpenSlide(str(path))
        except (openslide.OpenSlideError, OSError) as error:
            raise SlideProblem(f"{path}: cannot be read ({error})") from error
        stated = self._slide.properties.get(openslide.PROPERTY_NAME_MPP_X)
        own = None if stated is None else float(stated)
        self._um_per_px = chosen_um_per_px(path, own, um_per_px)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._path.name

    @property
    def extent(self) -> Extent:
        """The scanned area, or the whole glass where the file does not tell it apart."""
        left, top, width, height = self._scanned_px
        own = self._um_per_px
        return Extent(left * own, top * own, (left + width) * own, (top + height) * own)

    def start_um(self, width_um: float, height_um: float) -> tuple[float, float]:
        """Return the middle of the scanned area."""
        del width_um, height_um
        extent = self.extent
        return (extent.left + extent.right) / 2, (extent.top + extent.bottom) / 2

    def region(
        self, x_um: float, y_um: float, width_px: int, height_px: int, um_per_px: float
    ) -> U8:
        """Return a region, from the level of the file that is just fine enough."""
        level = self._slide.get_best_level_for_downsample(um_per_px / self._um_per_px + 1e-3)
        down = float(self._slide.level_downsamples[level])
        own = self._um_per_px * down

        def read(left: int, top: int, width: int, height: int) -> U8:
            corner = (round(left * down), round(top * down))
            try:
                picture = self._slide.read_region(corner, level, (width, height))
            except (openslide.OpenSlideError, OSError) as error:
                raise SlideProblem(f"{self._path}: cannot be read ({error})") from error
            return _on_glass(np.asarray(picture))

        size = self._slide.level_dimensions[level]
        return resampled(read, size, x_um / own, y_um / own, um_per_px / own, (width_px, height_px))

    @property
    def _scanned_px(self) -> tuple[int, int, int, int]:
        names = (
            openslide.PROPERTY_NAME_BOUNDS_X,
            openslide.PROPERTY_NAME_BOUNDS_Y,
            openslide.PROPERTY_NAME_BOUNDS_WIDTH,
            openslide.PROPERTY_NAME_BOUNDS_HEIGHT,
        )
        stated = [self._slide.properties.get(name) for name in names]
        if None in stated:
            return (0, 0, *self._slide.dimensions)
        left, top, width, height = (int(value or 0) for value in stated)
        return left, top, width, height


def _on_glass(rgba: U8) -> U8:
    """Lay pixels that were never scanned, which are transparent, on glass."""
    alpha = rgba[..., 3:]
    if alpha.min() == 255:
        return np.ascontiguousarray(rgba[..., :3])
    glass = np.array(GLASS, np.uint16)
    mixed = (rgba[..., :3].astype(np.uint16) * alpha + glass * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)
