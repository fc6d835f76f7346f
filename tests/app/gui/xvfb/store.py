"""What is in the case store, read from outside while the program runs."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from app.storage.cases.cells_blob import cells_from_bytes
from app.storage.cases.image_files import image_path, read_image
from inference.arrays import U8
from inference.cells.table import CellTable

TABLES = ("cases", "slides", "slide_states", "steps", "fields", "results", "regions")


class Store:
    """The folder of the cases; the database is opened for each question, and only to read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = folder / "cases.sqlite3"

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Return the rows that answer a question in SQL; none while there is no database."""
        if not self._database.exists():
            return []
        address = f"{self._database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as database:
            return database.execute(question).fetchall()

    @property
    def steps(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and payload of all steps, in their order."""
        rows = self.ask("SELECT kind, payload FROM steps ORDER BY id")
        return [(kind, json.loads(payload)) for kind, payload in rows]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Return what the steps of a kind say."""
        return [payload for each, payload in self.steps if each == kind]

    @property
    def field_count(self) -> int:
        """How many fields are kept, of all slides."""
        return int(self.ask("SELECT count(*) FROM fields")[0][0])

    def fields_of(self, slide: int) -> int:
        """Return how many fields of a slide are kept."""
        return int(self.ask(f"SELECT count(*) FROM fields WHERE slide_id = {slide}")[0][0])

    @property
    def newest_slide(self) -> int:
        """The slide that was begun last."""
        return int(self.ask("SELECT max(id) FROM slides")[0][0])

    @property
    def state(self) -> tuple[Any, ...]:
        """Status, the pathologist's score, and the proposal, of the slide that was begun last."""
        question = (
            "SELECT status, pathologist_score, proposal FROM slide_states "
            f"WHERE slide_id = {self.newest_slide} ORDER BY number DESC LIMIT 1"
        )
        return self.ask(question)[0]

    def cells(self) -> CellTable:
        """Return the cells of the newest field."""
        (packed,) = self.ask("SELECT cells FROM results ORDER BY id DESC LIMIT 1")[0]
        return cells_from_bytes(packed)

    def image(self) -> U8:
        """Return the picture of the newest field."""
        (sha256,) = self.ask("SELECT image_sha256 FROM fields ORDER BY id DESC LIMIT 1")[0]
        return read_image(self.folder / "images", sha256)

    def rows(self) -> dict[str, set[tuple[Any, ...]]]:
        """Return all that is kept, whole; the store only ever adds rows."""
        return {table: set(self.ask(f"SELECT * FROM {table}")) for table in TABLES}

    def check(self) -> None:
        """Check that the database is sound and every picture is whole."""
        assert self.ask("PRAGMA integrity_check") == [("ok",)]
        assert self.ask("PRAGMA foreign_key_check") == []
        for (sha256,) in self.ask("SELECT image_sha256 FROM fields"):
            content = image_path(self.folder / "images", sha256).read_bytes()
            assert hashlib.sha256(content).hexdigest() == sha256
