"""Small JSON files in which the program remembers something, and which never stop its start."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.storage.atomic import atomic_write


def write_memory(path: Path, content: BaseModel) -> None:
    """Write a file, whole or not at all; its folder is made where need be.

    Raises
    ------
    OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as part:
        part.write_text(content.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_memory(
    path: Path, version: int, otherwise: str
) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Read a file; a missing one is as good as an empty one.

    Parameters
    ----------
    version
        What its ``version`` must be.
    otherwise
        What a file that cannot be read leads to, for the user.

    Returns
    -------
    content
        None where nothing can be used.
    warnings
        Why not, in one line; none for a missing file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, ()
    except (OSError, ValueError) as error:
        return None, (f"{path} cannot be read, {otherwise}: {error}",)
    if not isinstance(content, dict) or content.get("version") != version:
        return None, (f"{path} is not of this version of the program, {otherwise}",)
    return content, ()
