from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

INSTALLERS = Path(__file__).resolve().parents[2] / "installers"


class AptGet:
    """Stands for the package system: libraries that are there, and calls that install more."""

    def __init__(self, libraries: set[str], packages: dict[str, str]) -> None:
        self.libraries = libraries
        self.packages = packages
        self.calls: list[list[str]] = []

    def load(self, library: str) -> None:
        if library not in self.libraries:
            raise OSError(f"{library}: cannot open shared object file")

    def run(self, command: list[str], **options: Any) -> None:
        assert options["env"]["DEBIAN_FRONTEND"] == "noninteractive"
        self.calls.append(command)
        if "install" in command:
            self.libraries |= {lib for lib, name in self.packages.items() if name in command}


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(INSTALLERS))
    import system_libraries  # type: ignore[import-not-found]  # noqa: PLC0415

    monkeypatch.setattr(system_libraries.sys, "platform", "linux")
    monkeypatch.setattr(system_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 0, raising=False)
    module: ModuleType = system_libraries
    return module


@pytest.fixture
def apt_get(libraries: ModuleType, monkeypatch: pytest.MonkeyPatch) -> AptGet:
    all_but_two = set(libraries.PACKAGES) - {"libEGL.so.1", "libxcb-cursor.so.0"}
    fake = AptGet(all_but_two, libraries.PACKAGES)
    monkeypatch.setattr(libraries.ctypes, "CDLL", fake.load)
    monkeypatch.setattr(libraries.subprocess, "run", fake.run)
    return fake


def test_root_installs_what_is_missing_and_no_more(libraries: ModuleType, apt_get: AptGet) -> None:
    assert libraries.missing_packages() == ["libegl1", "libxcb-cursor0"]
    libraries.install()
    assert libraries.missing_packages() == []
    update, install = apt_get.calls
    assert update[-1] == "update"
    assert install[-2:] == ["libegl1", "libxcb-cursor0"]


def test_root_calls_nothing_when_all_is_there(libraries: ModuleType, apt_get: AptGet) -> None:
    apt_get.libraries |= set(libraries.PACKAGES)
    libraries.install()
    assert apt_get.calls == []


def test_a_user_is_told_the_command(
    libraries: ModuleType, apt_get: AptGet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries.os, "geteuid", lambda: 1000, raising=False)
    libraries.install()
    assert apt_get.calls == []
    line = libraries.note(libraries.missing_packages())
    assert line.endswith("sudo apt-get install libegl1 libxcb-cursor0")


def test_without_apt_get_the_packages_are_named(
    libraries: ModuleType, apt_get: AptGet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries.shutil, "which", lambda _: None)
    libraries.install()
    assert apt_get.calls == []
    line = libraries.note(libraries.missing_packages())
    assert "libegl1 libxcb-cursor0" in line
    assert "apt-get" not in line


def test_other_systems_need_none(
    libraries: ModuleType, apt_get: AptGet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries.sys, "platform", "win32")
    assert libraries.missing_packages() == []
