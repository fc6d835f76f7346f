"""CSV files as the training code writes them."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_csv(file: Path, head: str, rows: Iterable[Sequence[object]]) -> None:
    """Write rows under a head, which is given as it stands in the file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(head.split(","))
        writer.writerows(rows)
