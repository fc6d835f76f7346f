"""One program at a time for one folder of cases."""

import os
import sys
from pathlib import Path

from app.storage.cases.problem import StorageProblem

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOCKED_BYTE = 1 << 30
"""Far behind the text: on Windows nobody else could read a byte that is locked."""


class FolderLock:
    """Holds a folder until it is released or the process ends, however it ends.

    The operating system keeps the lock, so that a file left behind by a crash locks nothing.
    The file says which process holds it.

    Raises
    ------
    StorageProblem
        Another program, or this one, holds the folder already.
    OSError
        The folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        file = os.open(folder / "cases.lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not _take(file):
                holder = os.read(file, 64).decode("ascii", "replace").strip() or "unknown"
                raise StorageProblem(
                    f"the cases in {folder} are open in another HER2Scope (process {holder}): "
                    "close it first"
                )
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode("ascii"))
        except BaseException:
            os.close(file)
            raise
        self._file: int | None = file

    def release(self) -> None:
        """Let others have the folder; a second time does nothing.

        The file stays: removed, it could be one that another program has just locked.
        """
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _take(file: int) -> bool:
    """Lock the file, or tell that it is locked."""
    try:
        if sys.platform == "win32":
            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            try:
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(file, 0, os.SEEK_SET)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
