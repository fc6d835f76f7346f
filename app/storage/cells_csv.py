"""``cells.csv``: one row a cell."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from app.model.field_entry import FieldEntry
from app.storage.csv_stream import CsvStream, csv_stream, decimal
from inference.cells.classes import CellClass

COLUMNS = (
    "field",
    "x_px",
    "y_px",
    "x_um",
    "y_um",
    "class",
    "confidence",
    "ring_od",
    "completeness",
    "completeness_intense",
    "enclosed_weak",
    "counted",
)


class CellsCsv:
    """Takes the cells of one field after the other; see `cells_csv`."""

    def __init__(self, table: CsvStream) -> None:
        self._table = table

    def append(self, entry: FieldEntry) -> None:
        """Add one field's cells."""
        self._table.append(_rows(entry))


@contextmanager
def cells_csv(path: Path) -> Iterator[CellsCsv]:
    """Write the cells field by field; Ctrl-C keeps the finished fields, see `csv_stream`.

    ``x_px``, ``y_px`` are pixels of the saved image (the offset of a cut field is added), the
    center of its top left pixel being (0, 0); ``x_um``, ``y_um`` are the same times the pixel
    size. ``completeness`` and ``completeness_intense`` are fractions from 0 to 1;
    ``enclosed_weak`` and ``counted`` are ``true`` or ``false``. What was not measured is empty.
    """
    with csv_stream(path, COLUMNS) as table:
        yield CellsCsv(table)


def _rows(entry: FieldEntry) -> Iterator[list[str]]:
    cells = entry.cells
    offset = np.array([entry.x0_px, entry.y0_px], np.float64)
    xy_px = cells.xy_px + offset
    labels = [cell_class.label for cell_class in CellClass]
    for i, (x, y) in enumerate(xy_px.tolist()):
        yield [
            entry.name,
            decimal(x, 2),
            decimal(y, 2),
            decimal(x * entry.um_per_px, 2),
            decimal(y * entry.um_per_px, 2),
            labels[cells.cell_class[i]],
            decimal(cells.confidence[i], 3),
            decimal(cells.ring_od[i], 3),
            decimal(cells.completeness[i], 3),
            decimal(cells.completeness_intense[i], 3),
            _truth(bool(cells.enclosed_weak[i])),
            _truth(bool(cells.counted[i])),
        ]


def _truth(value: bool) -> str:
    return "true" if value else "false"
