"""Files appear whole or not at all."""

import os
from pathlib import Path

import pytest

from app.storage.atomic import atomic_write


def test_the_file_appears_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "slide.json"
    with atomic_write(target) as part:
        part.write_text("whole")
        assert not target.exists()
        assert part.parent == tmp_path
        assert part.suffix == ".json"
    assert target.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_an_error_leaves_the_earlier_file_and_no_rest(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "slide.json"
    target.write_text("earlier")
    with pytest.raises(error), atomic_write(target) as part:
        part.write_text("hal")
        raise error
    assert target.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_replacing_that_fails_leaves_no_rest_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", held)
    with (
        pytest.raises(PermissionError, match=r"slide\.json could not be replaced: close it"),
        atomic_write(tmp_path / "slide.json") as part,
    ):
        part.write_text("whole")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_is_an_error_and_leaves_no_rest(tmp_path: Path) -> None:
    (tmp_path / "slide.json" / "inside").mkdir(parents=True)
    with pytest.raises(OSError), atomic_write(tmp_path / "slide.json") as part:
        part.write_text("whole")
    assert [p.name for p in tmp_path.iterdir()] == ["slide.json"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "none" / "slide.json"):
        pass


def test_content_is_synced_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "slide.json"
    seen: list[bool] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(target.exists()), sync(fd))[1])
    with atomic_write(target) as part:
        part.write_text("whole")
    assert seen[0] is False


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_the_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with atomic_write(tmp_path / "atomic") as part:
        part.write_text("x")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode
