"""The folder that a command fills when the user names none."""

from datetime import datetime
from pathlib import Path

from app.storage.slide_output import OutputProblem


def results_folder(stem: str, wanted: Path | None) -> Path:
    """Make the wanted folder, or one in ``results`` that nothing earlier has.

    Parameters
    ----------
    stem
        Begin of its name; date and time follow.
    wanted
        What the user named; None takes a new one.

    Raises
    ------
    OutputProblem
        The wanted folder is not empty, or cannot be written.
    """
    try:
        return _made(stem, wanted)
    except OSError as error:
        where = wanted or "results"
        reason = error.strerror or error
        raise OutputProblem(f"{where} cannot be written ({reason}): name another folder") from error


def _made(stem: str, wanted: Path | None) -> Path:
    if wanted is not None:
        wanted.mkdir(parents=True, exist_ok=True)
        if any(wanted.iterdir()):
            raise OutputProblem(f"{wanted} is not empty: name another folder")
        return wanted
    first = Path("results") / f"{stem}-{datetime.now():%Y%m%d-%H%M%S}"
    first.parent.mkdir(exist_ok=True)
    folder, number = first, 1
    while True:
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
            folder = first.with_name(f"{first.name}-{number}")
        else:
            return folder
