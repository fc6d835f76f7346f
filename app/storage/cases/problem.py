"""Why something could not be kept or read, in one line."""

import errno

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

_BY_SQLITE = {
    "SQLITE_FULL": "the disk is full: free space",
    "SQLITE_BUSY": "another program holds the database: close it",
    "SQLITE_LOCKED": "another program holds the database: close it",
    "SQLITE_READONLY": "the folder or the database is read-only: allow writing",
    "SQLITE_PERM": "the folder or the database is read-only: allow writing",
    "SQLITE_CANTOPEN": "the database cannot be opened: check the folder and its permissions",
    "SQLITE_IOERR": "the disk reports an error: check it",
    "SQLITE_CORRUPT": "the database is damaged: restore a copy",
    "SQLITE_NOTADB": "the file is not a database, or is damaged: restore a copy",
}
_BY_ERRNO = {
    errno.ENOSPC: "the disk is full: free space",
    errno.EDQUOT: "the disk quota is used up: free space",
    errno.EFBIG: "the disk takes no file of this size: use another disk",
    errno.EROFS: "the disk is read-only: allow writing",
    errno.EACCES: "the folder cannot be written: allow writing",
    errno.EPERM: "the folder cannot be written: allow writing",
    errno.EIO: "the disk reports an error: check it",
}


class StorageProblem(Exception):
    """Something cannot be kept or read; the message is one line for the user."""


def may_pass(error: Exception) -> bool:
    """Tell whether an error comes from the surroundings, so that a later retry may succeed."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, IntegrityError | DataError | ProgrammingError)
    return isinstance(error, OSError | MemoryError)


def problem_line(error: Exception) -> str:
    """Say what went wrong, and what to do where that is known, in one line."""
    if isinstance(error, StorageProblem):
        return str(error)
    if isinstance(error, DBAPIError):
        name = getattr(error.orig, "sqlite_errorname", "")
        for start, text in _BY_SQLITE.items():
            if name.startswith(start):
                return text
        return _first_line(error.orig)
    if isinstance(error, OSError):
        known = _BY_ERRNO.get(error.errno or 0)
        return known or error.strerror or _first_line(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory: close other programs"
    return f"unexpected {type(error).__name__}: {_first_line(error)}"


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or ["no reason was given"])[0]
