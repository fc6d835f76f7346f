"""Sittings in a folder of their own, and one that a whole module reads."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_FILE = Path(__file__).with_name("kept_sitting.py")


@pytest.fixture(scope="session")
def sittings() -> ModuleType:
    """Give kept_sitting.py as a module."""
    spec = importlib.util.spec_from_file_location("kept_sitting", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cases"


@pytest.fixture
def bench(sittings: ModuleType, folder: Path) -> Iterator[Callable[..., Any]]:
    """Make a bench over the cases of this test; each must be closed before the next is made."""
    made: list[Any] = []

    def make(**options: Any) -> Any:
        made.append(sittings.Bench(folder, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
