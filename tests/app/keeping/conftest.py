"""Sittings in a folder of their own, and one that a whole module reads."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.keeping import kept_sitting as sittings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cases"


@pytest.fixture
def bench(folder: Path) -> Iterator[Callable[..., Any]]:
    """Make a bench over the cases of this test; each must be closed before the next is made."""
    made: list[Any] = []

    def make(**options: Any) -> Any:
        made.append(sittings.Bench(folder, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
