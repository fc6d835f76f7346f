"""What import contracts cannot see: what really is loaded, and what an import does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

IMPORT_ALL = """
import importlib, json, pkgutil, sys, threading
for package in ("app", "inference", "hardware"):
    found = pkgutil.walk_packages(importlib.import_module(package).__path__, package + ".")
    for module in found:
        if not module.name.startswith("app.gui") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
json.dump({
    "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
    "threads": [thread.name for thread in threading.enumerate()],
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def after_import() -> dict[str, list[str]]:
    answer = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    result: dict[str, list[str]] = json.loads(answer.stdout)
    return result


def test_nothing_but_the_windows_loads_qt_or_torch(after_import: dict[str, list[str]]) -> None:
    assert not {"PySide6", "pyqtgraph", "torch", "models"} & set(after_import["loaded"])


def test_importing_starts_nothing_and_prints_nothing(after_import: dict[str, list[str]]) -> None:
    # Printing would have broken the answer.
    assert after_import["threads"] == ["MainThread"]


@pytest.mark.parametrize("folder", ["models", "assets", "tests", "installers"])
def test_only_three_folders_are_packages(folder: str) -> None:
    # A package called models would hide another's.
    assert not list((ROOT / folder).rglob("__init__.py"))
