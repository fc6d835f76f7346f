"""A CSV table that grows field by field and appears whole.

UTF-8 with byte order mark, so that spreadsheets read names in other scripts; decimal point;
lines end with a line feed.

The last column is always empty, and its name is `RESEARCH_USE_ONLY`. A comment line would make
the common readers (pandas, R's ``read.csv``, spreadsheets, QuPath) take it for the header or for
a row, a file beside the table is lost when the table is mailed, and the sentence in every row
would double the size of a table of cells. A name of a column stands in the file, in sight,
even when there is no row, and no reader minds.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app import RESEARCH_USE_ONLY
from app.storage.atomic import atomic_write


class CsvStream:
    """Takes the rows of one field after the other; see `csv_stream`."""

    def __init__(self, stream: BinaryIO, columns: Sequence[str]) -> None:
        self._stream = stream
        self._columns = len(columns)
        self._stream.write(b"\xef\xbb\xbf" + _lines([[*columns, RESEARCH_USE_ONLY]]))
        self._whole = stream.tell()

    def append(self, rows: Iterable[Sequence[str]]) -> None:
        """Write the rows of one field, all or, when Ctrl-C comes in between, none.

        Raises
        ------
        ValueError
            A row has not as many values as the table has columns.
        """
        whole_rows = [[*row, ""] for row in rows]
        if any(len(row) != self._columns + 1 for row in whole_rows):
            raise ValueError(f"every row needs {self._columns} values")
        self._stream.write(_lines(whole_rows))
        self._whole = self._stream.tell()

    def drop_unfinished(self) -> None:
        """Take away what was written of a field that was interrupted."""
        self._stream.seek(self._whole)
        self._stream.truncate()


@contextmanager
def csv_stream(path: Path, columns: Sequence[str]) -> Iterator[CsvStream]:
    """Write a table field by field; only the rows of one field are ever held in memory.

    The table appears at `path` when the block ends. Ctrl-C (KeyboardInterrupt) ends it early:
    the finished fields are kept, and the interrupt goes on. Any other error discards the
    table and leaves an earlier one as it was.

    Raises
    ------
    OSError
        The table cannot be written.
    """
    interrupt: KeyboardInterrupt | None = None
    with atomic_write(path) as part, part.open("wb") as stream:
        table = CsvStream(stream, columns)
        try:
            yield table
        except KeyboardInterrupt as caught:
            interrupt = caught
            table.drop_unfinished()
    if interrupt is not None:
        raise interrupt


def decimal(value: float, digits: int) -> str:
    """Write a number with a decimal point, and nothing where there is no number."""
    if math.isnan(value):
        return ""
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    # A file name that is no UTF-8 must not cost the table.
    return text.getvalue().encode("utf-8", "backslashreplace")
