"""Where the cases of this user lie."""

from pathlib import Path

import platformdirs

from app.storage.cases.problem import StorageProblem
from app.storage.cases.store import CaseStore, open_store

_DATABASE = "cases.sqlite3"
_OTHER_FOLDER = "or name another folder with --cases"


def cases_folder(wanted: Path | None = None) -> Path:
    """Return the folder of the cases: the wanted one, or that of this user."""
    if wanted is not None:
        return wanted
    return platformdirs.user_data_path("her2scope", appauthor=False) / "cases"


def open_cases(folder: Path) -> CaseStore:
    """Open the cases for a sitting; a missing folder is made.

    Raises
    ------
    StorageProblem
        One line; see `app.storage.cases.store.open_store`. There must be no sitting then: its
        user would look into the eyepiece, and not at a note that nothing is saved.
    """
    try:
        return open_store(folder)
    except StorageProblem as problem:
        raise StorageProblem(f"{problem}, {_OTHER_FOLDER}") from problem


def open_existing_cases(folder: Path) -> CaseStore:
    """Open cases to read them; a folder without cases is left as it is.

    Raises
    ------
    StorageProblem
        One line: there are no cases, or they cannot be opened.
    """
    if not (folder / _DATABASE).is_file():
        raise StorageProblem(f"there are no cases in {folder}: begin a sitting, {_OTHER_FOLDER}")
    return open_cases(folder)
