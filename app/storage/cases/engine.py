"""The connection to the database, and what SQLite must be told on each."""

import json
import sqlite3
from functools import partial

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_S = 5.0
WRITES = {"writes": True}
"""Execution options of a connection that is going to write."""


def make_engine(url: URL) -> Engine:
    """Return an engine; on SQLite with WAL, full synchronous and foreign keys on."""
    engine = create_engine(
        url,
        connect_args={"timeout": _BUSY_S} if _is_sqlite(url) else {},
        json_serializer=partial(json.dumps, ensure_ascii=False, allow_nan=False),
    )
    if _is_sqlite(url):
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transactions leave out reads and the making of tables: ours do not.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit that was answered survives a power cut
        "fullfsync = ON",  # on macOS alone does it mean something
        "checkpoint_fullfsync = ON",
        "foreign_keys = ON",
    ):
        connection.cursor().execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Begin for real; one that writes takes its turn at once rather than fail in the middle."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def sqlite_connection(connection: Connection) -> sqlite3.Connection | None:
    """Return the driver's connection when the database is SQLite."""
    driver = connection.connection.driver_connection
    return driver if isinstance(driver, sqlite3.Connection) else None
