"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a temporary file to write, and put it in the place of `path` when all went well.

    The temporary file lies in the same folder, since a rename is atomic only within one file
    system, and has the suffix of `path`, by which image writers choose their format. When the
    block raises, Ctrl-C included, it is removed and an earlier file at `path` stays as it was.

    Yields
    ------
    An empty file; the block may open it in any mode, and must have closed it at its end.

    Raises
    ------
    OSError
        The folder cannot be written, the disk is full, or another program holds `path`.
    """
    part = path.parent / f".{secrets.token_hex(8)}.part{path.suffix}"
    try:
        part.touch(exist_ok=False)  # not mkstemp: its files are closed to all other users
        yield part
        _sync(part)
        _replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _replace(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except PermissionError as error:
        # The everyday case on Windows: the table of the last run is open in a spreadsheet.
        raise PermissionError(
            f"{path} could not be replaced: close it in other programs and try again"
        ) from error


def _sync(part: Path) -> None:
    with part.open("r+b") as stream:
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
