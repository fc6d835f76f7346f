"""``fields.csv``: one row a field."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from app.model.field_entry import FieldEntry
from app.storage.csv_stream import CsvStream, csv_stream, decimal
from inference.cells.classes import CellClass

_STRONGEST_FIRST = sorted(CellClass, reverse=True)

COLUMNS = (
    "field",
    "file",
    "sha256",
    "um_per_px",
    "um_per_px_origin",
    "width_px",
    "height_px",
    "x0_px",
    "y0_px",
    "n_detected",
    "n_cells",
    *(cell_class.name.lower() for cell_class in _STRONGEST_FIRST),
    *(f"{cell_class.name.lower()}_percent" for cell_class in _STRONGEST_FIRST),
    "area_um2",
    "mean_ring_od",
    "t_weak",
    "t_intense",
    "white_r",
    "white_g",
    "white_b",
    "white_origin",
    "detector",
    "warnings",
)


class FieldsCsv:
    """Takes one field after the other; see `fields_csv`."""

    def __init__(self, table: CsvStream) -> None:
        self._table = table

    def append(self, entry: FieldEntry) -> None:
        """Add one field."""
        self._table.append([_row(entry)])


@contextmanager
def fields_csv(path: Path) -> Iterator[FieldsCsv]:
    """Write the fields one by one; Ctrl-C keeps the finished ones, see `csv_stream`.

    ``n_detected`` are all cells found, ``n_cells`` those that count; counts, percentages and
    the mean ring density are of those that count, and where there are none the percentages
    and the mean are empty. ``area_um2`` is that of the whole field. Several warnings are
    joined by semicolons.
    """
    with csv_stream(path, COLUMNS) as table:
        yield FieldsCsv(table)


def _row(entry: FieldEntry) -> list[str]:
    cells = entry.cells
    counts = [cells.count(cell_class) for cell_class in _STRONGEST_FIRST]
    n_cells = sum(counts)
    ring_od = cells.ring_od[cells.counted].astype(np.float64)
    measured = ring_od[np.isfinite(ring_od)]
    mean_ring_od = float(measured.mean()) if len(measured) else float("nan")
    return [
        entry.name,
        entry.file,
        entry.sha256,
        f"{entry.um_per_px:.6g}",
        entry.um_per_px_origin,
        str(entry.width_px),
        str(entry.height_px),
        str(entry.x0_px),
        str(entry.y0_px),
        str(len(cells)),
        str(n_cells),
        *(str(count) for count in counts),
        *(decimal(100 * count / n_cells, 2) if n_cells else "" for count in counts),
        decimal(entry.area_um2, 1),
        decimal(mean_ring_od, 4),
        f"{entry.t_weak:.6g}",
        f"{entry.t_intense:.6g}",
        *(decimal(value, 1) for value in entry.white),
        entry.white_origin,
        entry.detector,
        "; ".join(entry.warnings),
    ]
