"""A folder of images as slide: the images lie side by side, as fields on a table."""

import math
from pathlib import Path

import numpy as np

from hardware.arrays import U8
from hardware.simulators.slides.image_file import IMAGE_ENDINGS, StoredImage
from hardware.simulators.slides.pixel_size import chosen_um_per_px
from hardware.simulators.slides.resampling import resampled
from hardware.simulators.slides.slide import GLASS, Extent, SlideProblem

_GAP_PX = 64
"""Glass between two images."""

_DECODED_BYTES = 200_000_000
"""A JPEG or PNG that was read from stays decoded as long as it is open; beyond this only the two
that were read last are kept."""


class FolderSlide:
    """All images of a folder, in rows by their names.

    Parameters
    ----------
    folder
        Holds JPEG, PNG or TIFF files; others are passed over.
    um_per_px
        Pixel size of all of them; None to take the one that the files state.

    Raises
    ------
    SlideProblem
        There is no image, one cannot be read, or their pixel sizes are unknown or differ.
    """

    def __init__(self, folder: Path, um_per_px: float | None = None) -> None:
        if not folder.is_dir():
            raise SlideProblem(f"{folder}: there is no such folder")
        self._folder = folder
        self._paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_ENDINGS)
        if not self._paths:
            raise SlideProblem(f"{folder}: holds no {', '.join(IMAGE_ENDINGS)}")
        self._sizes = []
        sizes_um = []
        for path in self._paths:
            image = StoredImage(path)
            self._sizes.append(image.size)
            sizes_um.append(chosen_um_per_px(path, image.stated_um_per_px, um_per_px))
        if max(sizes_um) > 1.01 * min(sizes_um):
            raise SlideProblem(
                f"{folder}: pixel sizes from {min(sizes_um):.3g} to {max(sizes_um):.3g} um; "
                "one folder takes images of one pixel size"
            )
        self._um_per_px = sizes_um[0]
        self._columns = math.ceil(math.sqrt(len(self._paths)))
        self._cell = (
            max(width for width, _ in self._sizes) + _GAP_PX,
            max(height for _, height in self._sizes) + _GAP_PX,
        )
        self._open: dict[int, StoredImage] = {}

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self._folder.name

    @property
    def extent(self) -> Extent:
        """All cells of the table."""
        width, height = self._table
        return Extent(0.0, 0.0, width * self._um_per_px, height * self._um_per_px)

    def start_um(self, width_um: float, height_um: float) -> tuple[float, float]:
        """Return the middle of the first image."""
        del width_um, height_um
        width, height = self._sizes[0]
        return width * self._um_per_px / 2, height * self._um_per_px / 2

    def region(
        self, x_um: float, y_um: float, width_px: int, height_px: int, um_per_px: float
    ) -> U8:
        """Return a region; see `Slide.region`."""
        own = self._um_per_px
        return resampled(
            self._read, self._table, x_um / own, y_um / own, um_per_px / own,
            (width_px, height_px),
        )  # fmt: skip

    @property
    def _table(self) -> tuple[int, int]:
        rows = math.ceil(len(self._paths) / self._columns)
        return self._columns * self._cell[0] - _GAP_PX, rows * self._cell[1] - _GAP_PX

    def _read(self, left: int, top: int, width: int, height: int) -> U8:
        out = np.empty((height, width, 3), np.uint8)
        out[:] = GLASS
        for row in range(top // self._cell[1], (top + height - 1) // self._cell[1] + 1):
            for column in range(left // self._cell[0], (left + width - 1) // self._cell[0] + 1):
                index = row * self._columns + column
                if index >= len(self._paths):
                    continue
                cell_left, cell_top = column * self._cell[0], row * self._cell[1]
                own_width, own_height = self._sizes[index]
                x0, x1 = max(left, cell_left), min(left + width, cell_left + own_width)
                y0, y1 = max(top, cell_top), min(top + height, cell_top + own_height)
                if x0 < x1 and y0 < y1:
                    image = self._image(index)
                    out[y0 - top : y1 - top, x0 - left : x1 - left] = image.read(
                        x0 - cell_left, y0 - cell_top, x1 - x0, y1 - y0
                    )
        return out

    def _image(self, index: int) -> StoredImage:
        image = self._open.pop(index, None) or StoredImage(self._paths[index])
        self._open[index] = image
        while len(self._open) > 2 and self._decoded_bytes > _DECODED_BYTES:
            del self._open[next(iter(self._open))]
        return image

    @property
    def _decoded_bytes(self) -> int:
        return sum(3 * width * height for width, height in (i.size for i in self._open.values()))
