"""Small saved fields of simulated tissue, and the program as a user calls it."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from typer.testing import CliRunner, Result

from app.cli import program
from hardware.simulators.tissue import Optics, pattern, render_field

UM_PER_PX = 0.424
WHITE = ",".join(f"{value:g}" for value in Optics().white)


class Outcome:
    """What a call of ``her2scope score`` wrote."""

    def __init__(self, folder: Path, stdout: str) -> None:
        self.text = " ".join(stdout.split())
        self.slide: dict[str, Any] = json.loads((folder / "slide.json").read_text("utf-8"))
        self.fields = self._rows(folder / "fields.csv")
        self.cells = self._rows(folder / "cells.csv")
        self.provenance = self.slide["provenance"]
        self.failed = {Path(f["file"]).name: f["problem"] for f in self.slide["failed"]}
        self.warnings = {note["code"]: note["text"] for note in self.slide["warnings"]}
        self.files = sorted(path.name for path in folder.iterdir())

    @staticmethod
    def _rows(path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))


@pytest.fixture(scope="session")
def tissue() -> np.ndarray:
    """Return one simulated field (384, 512, 3) of a 2+ slide at `UM_PER_PX`."""
    return render_field(pattern("2+"), 1, 0.0, 0.0, 512, 384, UM_PER_PX).rgb


@pytest.fixture
def saved(tmp_path: Path, tissue: np.ndarray) -> Callable[..., Path]:
    """Save a part of the tissue, another for each number, under a name in `tmp_path`."""

    def save(name: str, number: int = 0, side: int = 320) -> Path:
        x = 8 * number
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(tissue[:side, x : x + side]).save(path)
        return path

    return save


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call the program; the user has no stain profiles of his own but those in ``config``."""
    config = tmp_path / "config"
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(config))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(
            program, [os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments]
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def score(tmp_path: Path, call: Callable[..., Result]) -> Callable[..., tuple[Result, Outcome]]:
    """Score files that must come to a result, in a new folder, with pixel size and white point."""
    number = 0

    def run(*arguments: object, white: bool = True, mpp: bool = True) -> tuple[Result, Outcome]:
        nonlocal number
        number += 1
        output = tmp_path / f"out{number}"
        options: list[object] = ["--output", output]
        options += ["--white", WHITE] if white else []
        options += ["--mpp", UM_PER_PX] if mpp else []
        result = call("score", *arguments, *options)
        assert output.is_dir(), result.output
        assert not list(output.glob("*.part*")) and not list(output.glob(".*"))
        return result, Outcome(output, result.stdout)

    return run
