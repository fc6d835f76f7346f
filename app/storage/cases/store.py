"""One folder of cases, opened: its lock, its database and its images."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session

from app.storage.cases.engine import WRITES, make_engine
from app.storage.cases.image_files import remove_leftovers
from app.storage.cases.lock import FolderLock
from app.storage.cases.migration import migrate
from app.storage.cases.problem import StorageProblem, problem_line


class CaseStore:
    """An open store. Made by `open_store`; closed after its writer has been joined.

    Attributes
    ----------
    folder
        Where it lies.
    images
        Folder of the images.
    """

    def __init__(self, folder: Path, url: str | None) -> None:
        self.folder = folder
        self.images = folder / "images"
        self.images.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(folder)
        try:
            self._engine = make_engine(make_url(url or f"sqlite:///{folder / 'cases.sqlite3'}"))
            try:
                migrate(self._engine, folder / "backups")
                remove_leftovers(self.images)
            except BaseException:
                self._engine.dispose()
                raise
        except BaseException:
            self._lock.release()
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session of its own that sees the store as of one moment."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose rows are kept all together at its end, or not at all.

        For the writer alone.
        """
        with Session(self._engine.execution_options(**WRITES)) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close the database and let other programs have the folder; again does nothing."""
        self._engine.dispose()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_store(folder: Path, url: str | None = None) -> CaseStore:
    """Open the cases in a folder; an empty or missing folder becomes a new store.

    Older tables are brought up to date, after a copy of the database has been made.

    Parameters
    ----------
    folder
        Holds the images, the lock and, unless `url` is given, the database.
    url
        Address of another database, as SQLAlchemy writes it.

    Raises
    ------
    StorageProblem
        One line: another HER2Scope has the folder open, it cannot be written, or its database
        is damaged, newer, or of another program.
    """
    try:
        return CaseStore(folder, url)
    except StorageProblem:
        raise
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageProblem(
            f"the database address cannot be used ({error}): correct it in the settings"
        ) from error
    except Exception as error:
        raise StorageProblem(
            f"the cases in {folder} cannot be opened: {problem_line(error)}"
        ) from error
