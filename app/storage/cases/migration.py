"""Bringing the database to the tables of this program, with a copy of it made first."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from app.storage.atomic import atomic_write
from app.storage.cases.engine import WRITES, sqlite_connection
from app.storage.cases.problem import StorageProblem

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, backups: Path, scripts: Path = MIGRATIONS) -> None:
    """Make the tables, or bring older ones up to date, all at once or not at all.

    Parameters
    ----------
    backups
        Folder for a copy of an SQLite database that has to be changed. Other databases have
        backups of their own.
    scripts
        Folder with the migrations.

    Raises
    ------
    StorageProblem
        The database belongs to a newer program or to another one, or no copy can be made.
    sqlalchemy.exc.DBAPIError, OSError
        The database cannot be read or written.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    directory = ScriptDirectory.from_config(config)
    newest = directory.get_current_head()
    with engine.connect().execution_options(**WRITES) as connection, connection.begin():
        current = MigrationContext.configure(connection).get_current_revision()
        if current == newest:
            return
        known = {script.revision for script in directory.walk_revisions()}
        if current is not None and current not in known:
            raise StorageProblem(
                "the cases were kept by a newer HER2Scope: update this one, or use another folder"
            )
        if current is None and inspect(connection).get_table_names():
            raise StorageProblem(
                "the database belongs to another program: use another folder for the cases"
            )
        if current is not None:
            _back_up(connection, backups, current)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _back_up(connection: Connection, backups: Path, revision: str) -> None:
    """Copy an SQLite database beside it, whole or not at all."""
    database = sqlite_connection(connection)
    if database is None:
        return
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"cases-{revision}-{moment}.sqlite3"
    file = next(path for _, _, path in database.execute("PRAGMA database_list"))
    try:
        backups.mkdir(exist_ok=True)
        # A connection of its own: one within a transaction of writing cannot be copied.
        with (
            atomic_write(backups / name) as part,
            closing(sqlite3.connect(file)) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageProblem(
            f"the cases need new tables, but no copy could be made in {backups} first ({error}): "
            "free space, then start again"
        ) from error
