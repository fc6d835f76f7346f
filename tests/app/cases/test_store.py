"""Opening a store: its lock, its tables, older and foreign ones; damage on disk."""

import errno
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.cases.cells_blob import cells_from_bytes, cells_to_bytes
from app.storage.cases.image_files import image_path
from app.storage.cases.migration import MIGRATIONS, migrate
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import load_image, load_slide, slides
from app.storage.cases.store import CaseStore, open_store
from app.storage.cases.tables import Base
from inference.cells.table import CellTable
from tests.app.cases import sitting_process as sittings

WAIT_S = 20
ROOT = Path(__file__).parents[3]


def test_sqlite_is_told_to_be_careful(store: CaseStore) -> None:
    with store._engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1]


def test_the_migrations_make_the_tables_of_the_program(store: CaseStore) -> None:
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_folder_is_open_once(folder: Path, store: CaseStore) -> None:
    with pytest.raises(StorageProblem, match=r"open in another HER2Scope \(process \d+\): close"):
        open_store(folder)
    store.close()
    open_store(folder).close()


HOLD = """
import sys, time
from pathlib import Path
from app.storage.cases.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_another_process_is_named_and_its_crash_frees_the_folder(folder: Path) -> None:
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StorageProblem, match=rf"\(process {other.pid}\)"):
            open_store(folder)
        other.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        other.wait(WAIT_S)
    assert (folder / "cases.lock").read_text() == f"{other.pid}\n"
    open_store(folder).close()


def _next_migration(tmp_path: Path, body: str) -> Path:
    scripts = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "v0002.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        'revision = "0002"\ndown_revision = "0001"\n'
        f"def upgrade():\n    op.add_column('cases', sa.Column('note', sa.String()))\n    {body}\n"
    )
    return scripts


def _columns(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return [row[1] for row in database.execute("PRAGMA table_info(cases)")]


def test_older_tables_are_copied_and_then_changed(
    folder: Path, store: CaseStore, kept: Any, tmp_path: Path
) -> None:
    kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    migrate(store._engine, folder / "backups", _next_migration(tmp_path, "pass"))
    assert "note" in _columns(folder / "cases.sqlite3")
    assert [slide.name for slide in slides(store)] == ["A1"]
    (copy,) = (folder / "backups").iterdir()
    assert "note" not in _columns(copy)
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT name FROM slides").fetchall() == [("A1",)]
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_change_of_tables_that_fails_changes_nothing(
    folder: Path, store: CaseStore, tmp_path: Path
) -> None:
    scripts = _next_migration(tmp_path, "raise RuntimeError('broken')")
    with pytest.raises(RuntimeError, match="broken"):
        migrate(store._engine, folder / "backups", scripts)
    assert "note" not in _columns(folder / "cases.sqlite3")
    store.close()
    open_store(folder).close()


def test_without_a_copy_the_tables_stay(
    folder: Path, store: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_named: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "touch", full)
    with pytest.raises(StorageProblem, match=r"no copy could be made .* free space"):
        migrate(store._engine, folder / "backups", _next_migration(tmp_path, "pass"))
    assert "note" not in _columns(folder / "cases.sqlite3")


def test_tables_of_a_newer_program_are_left_alone(folder: Path) -> None:
    open_store(folder).close()
    with closing(sqlite3.connect(folder / "cases.sqlite3")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageProblem, match="kept by a newer HER2Scope: update this one"):
        open_store(folder)


def test_databases_of_others_are_left_alone(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "cases.sqlite3")) as database, database:
        database.execute("CREATE TABLE songs (name TEXT)")
    with pytest.raises(StorageProblem, match="belongs to another program"):
        open_store(folder)
    (folder / "cases.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageProblem, match="cannot be opened: the file is not a database"):
        open_store(folder)


def test_a_place_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageProblem, match="cannot be opened") as caught:
        open_store(tmp_path / "file")
    assert len(str(caught.value).splitlines()) == 1


def test_a_read_only_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_args: Any, **_named: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("os.open", read_only)
    with pytest.raises(StorageProblem, match="cannot be opened: the disk is read-only: allow"):
        open_store(folder)


def test_another_database_by_its_address(folder: Path, tmp_path: Path) -> None:
    open_store(folder, f"sqlite:///{tmp_path / 'elsewhere.db'}").close()
    assert (tmp_path / "elsewhere.db").exists()
    assert not (folder / "cases.sqlite3").exists()
    for url in ("not an address", "nosuchdatabase://x"):
        with pytest.raises(StorageProblem, match="database address cannot be used"):
            open_store(folder, url)


def test_what_a_broken_off_write_left_is_removed(folder: Path) -> None:
    open_store(folder).close()
    rest, other = folder / "images" / ".0123.part.tif", folder / "images" / "mine.tif"
    rest.write_bytes(b"half")
    other.write_bytes(b"not ours")
    open_store(folder).close()
    assert not rest.exists()
    assert other.exists()


def test_a_damaged_or_missing_picture_is_told(store: CaseStore, kept: Any) -> None:
    slide = kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    kept.writer.add_field(slide, sittings.a_field(1, 1)).result(WAIT_S)
    sha256 = load_slide(store, slide).fields[0].image_sha256
    path = image_path(store.images, sha256)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(StorageProblem, match="is damaged: restore it from a copy"):
        load_image(store, sha256)
    path.unlink()
    with pytest.raises(StorageProblem, match="cannot be read"):
        load_image(store, sha256)
    assert len(load_slide(store, slide).fields) == 1


def test_a_damaged_database_is_told_by_the_reader(
    folder: Path, store: CaseStore, kept: Any
) -> None:
    kept.writer.create_slide(sittings.a_slide()).result(WAIT_S)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE slide_states")
    with pytest.raises(StorageProblem, match="cannot be read: no such table") as caught:
        slides(store)
    assert len(str(caught.value).splitlines()) == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.integers(0, 2**32 - 1))
def test_cells_survive_packing(n: int, seed: int) -> None:
    random_numbers = np.random.default_rng(seed)
    odd = np.array([np.nan, np.inf, -0.0, 1e-40, 3.5], np.float32)
    columns = [random_numbers.choice(odd, n) for _ in range(6)]
    cells = CellTable(
        np.column_stack(columns[:2]),
        columns[2],
        random_numbers.integers(0, 5, n).astype(np.uint8),
        *columns[3:],
        random_numbers.random(n) > 0.5,
        random_numbers.random(n) > 0.5,
    )
    packed = cells_to_bytes(cells)
    back = cells_from_bytes(packed)
    for name, column in vars(cells).items():
        same = getattr(back, name)
        assert same.dtype == column.dtype
        assert same.shape == column.shape
        assert same.tobytes() == column.tobytes()
    assert cells_to_bytes(cells) == packed


@pytest.mark.parametrize("damage", [b"", b"PK", b"\x93NUMPY\x01\x00" + b"\x00" * 40])
def test_damaged_cells_are_told(damage: bytes) -> None:
    with pytest.raises(StorageProblem, match="cells of a field are damaged"):
        cells_from_bytes(damage)


def test_cells_with_a_flipped_bit_are_told() -> None:
    packed = cells_to_bytes(sittings.a_table(1, 50))
    for place in range(40, len(packed) - 200, 97):
        broken = bytearray(packed)
        broken[place] ^= 16
        try:
            back = cells_from_bytes(bytes(broken))
        except StorageProblem:
            continue
        # The bit was one that carries nothing, such as a date in the archive.
        assert back.xy_px.tobytes() == sittings.a_table(1, 50).xy_px.tobytes()
