"""A store in a folder of its own, and what can be kept in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.cases.store import CaseStore, open_store
from app.storage.cases.writer import CaseWriter, Unsaved


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cases"


@pytest.fixture
def store(folder: Path) -> Iterator[CaseStore]:
    with open_store(folder) as store:
        yield store


class Kept:
    """A running writer and the failures that it reported."""

    def __init__(self, store: CaseStore) -> None:
        self.failures: list[Unsaved] = []
        self.writer = CaseWriter(store, self.failures.append, retry_s=60)


@pytest.fixture
def kept(store: CaseStore) -> Iterator[Kept]:
    kept = Kept(store)
    kept.writer.start()
    yield kept
    kept.writer.stop()
    assert kept.writer.join(20)
