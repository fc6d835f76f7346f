"""What is kept of every field that was scored, for the tables and the provenance."""

from dataclasses import dataclass

from inference.cells.table import CellTable


@dataclass(frozen=True)
class FieldEntry:
    """One analyzed field, with where it came from and how it was measured.

    Attributes
    ----------
    name
        Unique within one run, e.g. the file's name, with the offset for a field cut from a
        big image.
    file
        Name of the saved image.
    sha256
        Hash of the saved image's bytes, in hexadecimal.
    um_per_px, um_per_px_origin
        Pixel size, and where it is from, e.g. ``OME-TIFF`` or ``--mpp``.
    width_px, height_px
        Size of the field.
    x0_px, y0_px
        Where the field's top left pixel lies in the saved image; 0, 0 for a whole one.
    cells
        The cells, in pixels of the field.
    t_weak, t_intense
        Thresholds that gave the classes.
    white, white_origin
        Background white as R, G, B, and where it is from.
    detector
        Name of the nucleus detector.
    warnings
        One sentence each, for the reader.
    """

    name: str
    file: str
    sha256: str
    um_per_px: float
    um_per_px_origin: str
    width_px: int
    height_px: int
    x0_px: int
    y0_px: int
    cells: CellTable
    t_weak: float
    t_intense: float
    white: tuple[float, float, float]
    white_origin: str
    detector: str
    warnings: tuple[str, ...] = ()

    @property
    def area_um2(self) -> float:
        """Return the area of the field, regions left aside."""
        return self.width_px * self.height_px * self.um_per_px**2


@dataclass(frozen=True)
class FailedFile:
    """A file that could not be scored, and why, in one line."""

    file: str
    problem: str
