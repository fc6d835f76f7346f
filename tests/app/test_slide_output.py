"""One slide in one folder: whole, or not at all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.model.field_entry import FieldEntry
from app.storage.slide_json import SCORE_KEYS
from app.storage.slide_output import OutputProblem, slide_output
from inference.cells.table import CellTable

SCORE: dict[str, Any] = dict.fromkeys(SCORE_KEYS, 1)
PICTURE = np.zeros((4, 4, 3), np.uint8)


def an_entry(name: str) -> FieldEntry:
    values = np.full(2, 0.5, np.float32)
    truth = np.ones(2, np.bool_)
    cells = CellTable(
        np.ones((2, 2), np.float32), values, np.ones(2, np.uint8), values, values, values, truth,
        truth,
    )  # fmt: skip
    return FieldEntry(
        name, f"{name}.png", "0" * 64, 0.25, "file", 9, 9, 0, 0, cells, 0.1, 0.7,
        (240.0, 240.0, 240.0), "--white", "rough",
    )  # fmt: skip


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_of_the_tables_is_there_before_the_end_and_all_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "slide"
    with slide_output(folder) as out:
        with out.one_image():
            out.add_picture("a", PICTURE)
            out.add_fields([an_entry("a")])
        assert [name for name in names(folder) if not name.startswith(".")] == ["a-overlay.png"]
        out.finish(SCORE, [], {"by": "a test"})
    assert names(folder) == ["a-overlay.png", "cells.csv", "fields.csv", "slide.json"]
    assert json.loads((folder / "slide.json").read_text())["provenance"] == {"by": "a test"}
    assert len((folder / "cells.csv").read_text().splitlines()) == 3
    assert len((folder / "fields.csv").read_text().splitlines()) == 2


def test_an_image_that_fails_takes_its_own_pictures_along(tmp_path: Path) -> None:
    with slide_output(tmp_path) as out:
        with out.one_image():
            out.add_picture("a", PICTURE)
        with pytest.raises(KeyboardInterrupt), out.one_image():
            out.add_picture("b", PICTURE)
            out.add_picture("c", PICTURE)
            raise KeyboardInterrupt
        out.finish(SCORE, [], {})
    assert names(tmp_path) == ["a-overlay.png", "cells.csv", "fields.csv", "slide.json"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_error_takes_everything_away(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "new" / "slide"):
        with pytest.raises(error), slide_output(folder) as out:
            out.add_picture("a", PICTURE)
            out.add_fields([an_entry("a")])
            raise error
    assert names(tmp_path) == ["notes.txt"]


def test_a_slide_json_that_cannot_be_written_takes_the_tables_along(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lacks"), slide_output(tmp_path) as out:
        out.add_fields([an_entry("a")])
        out.finish({}, [], {})
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["slide.json", "cells.csv", "fields.csv", "x-overlay.png"])
def test_a_folder_that_holds_a_part_of_a_slide_is_refused_and_kept(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("earlier")
    problem = pytest.raises(OutputProblem, match=f"already holds a slide.*{name}")
    with problem, slide_output(tmp_path):
        pytest.fail("must not come here")
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "earlier"


def test_other_files_in_the_folder_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("a field")
    with slide_output(tmp_path) as out:
        out.finish(SCORE, [], {})
    assert "a.png" in names(tmp_path)


def refusing(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    ("place", "use"),
    [
        ("app.storage.csv_stream.atomic_write", None),
        ("app.storage.slide_output.write_overlay_png", lambda out: out.add_picture("a", PICTURE)),
        ("app.storage.slide_output.write_slide_json", lambda out: out.finish(SCORE, [], {})),
    ],
)
def test_what_the_system_refuses_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, use: Callable[[Any], None]
) -> None:
    monkeypatch.setattr(place, refusing)
    folder = tmp_path / "slide"
    with pytest.raises(OutputProblem) as caught, slide_output(folder) as out:
        use(out)
    assert (
        str(caught.value) == f"{folder} cannot be written (Permission denied): name another folder"
    )
    assert not folder.exists()
