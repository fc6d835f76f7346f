"""``her2scope`` alone: windows with a display, the scripted sitting without."""

import sys

import pytest
from typer.testing import CliRunner

from app.cli import program
from app.commands import start as module


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    for name in ("window", "sitting", "demo"):
        monkeypatch.setattr(module, name, lambda name=name: names.append(name))
    return names


@pytest.mark.parametrize(("display", "expected"), [(True, "window"), (False, "sitting")])
def test_a_display_decides(
    monkeypatch: pytest.MonkeyPatch, begun: list[str], display: bool, expected: str
) -> None:
    monkeypatch.setattr(module, "has_display", lambda _environ: display)
    assert CliRunner().invoke(program, []).exit_code == 0
    assert begun == [expected]


def test_without_qt_fields_are_scored_and_the_missing_packages_named(
    monkeypatch: pytest.MonkeyPatch, begun: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtWidgets", None)
    result = CliRunner().invoke(program, [])
    assert result.exit_code == 0
    assert begun == ["demo"]
    assert "apt-get install libgl1" in result.stderr


def test_a_subcommand_begins_nothing_else(begun: list[str]) -> None:
    assert CliRunner().invoke(program, ["--version"]).exit_code == 0
    assert CliRunner().invoke(program, ["rule", "--counts", "1", "2", "3", "4", "5"]).exit_code == 0
    assert begun == []
