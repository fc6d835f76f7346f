"""The folder of an export: named by case and slide, and never one that is there."""

from pathlib import Path

import pytest

from app.slide_export.own_folder import own_folder


def test_each_export_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    first = own_folder(tmp_path, "S26-1", "A1")
    assert first == tmp_path / "S26-1 - A1"
    assert not first.exists()
    first.mkdir()
    (tmp_path / "S26-1 - A1 (2)").touch()
    assert own_folder(tmp_path, "S26-1", "A1") == tmp_path / "S26-1 - A1 (3)"


@pytest.mark.parametrize(
    ("case", "slide", "name"),
    [
        ("26/417", "A:1", "26%2F417 - A%3A1"),
        ("..", "..", ".. - .%2E"),
        ("a", "b ", "a - b%20"),
        ("con.", "x", "%63on. - x"),
    ],
)
def test_its_name_suits_every_file_system_and_stays_in_its_place(
    tmp_path: Path, case: str, slide: str, name: str
) -> None:
    folder = own_folder(tmp_path, case, slide)
    assert folder.name == name
    assert folder.parent == tmp_path
