"""The cells of a field as one piece of bytes: a compressed npz with one array a column."""

import io
import zipfile
import zlib
from dataclasses import fields

import numpy as np

from app.storage.cases.problem import StorageProblem
from inference.cells.table import CellTable

_COLUMNS = tuple(column.name for column in fields(CellTable))


def cells_to_bytes(cells: CellTable) -> bytes:
    """Pack the columns; about 20 bytes a cell."""
    packed = io.BytesIO()
    np.savez_compressed(packed, **{name: getattr(cells, name) for name in _COLUMNS})
    return packed.getvalue()


def cells_from_bytes(packed: bytes) -> CellTable:
    """Unpack the columns, read-only.

    Raises
    ------
    StorageProblem
        The bytes are not whole, or a column is missing.
    """
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            columns = {name: archive[name] for name in _COLUMNS}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise StorageProblem(
            f"the cells of a field are damaged ({error}): restore a copy of the database"
        ) from error
    for column in columns.values():
        column.flags.writeable = False
    return CellTable(**columns)
