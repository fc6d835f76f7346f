"""The tables and the slide's file as a reader of them finds them."""

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app import RESEARCH_USE_ONLY
from app.model.field_entry import FailedFile, FieldEntry
from app.storage.cells_csv import cells_csv
from app.storage.csv_stream import csv_stream, decimal
from app.storage.fields_csv import fields_csv
from app.storage.overlay_png import overlay_name, write_overlay_png
from app.storage.slide_json import SCORE_KEYS, write_slide_json
from inference.cells.table import CellTable


def a_table(n: int) -> CellTable:
    """Give cells of all classes in turn; every sixth is not counted."""
    k = np.arange(n)
    return CellTable(
        xy_px=np.column_stack([k * 1.5, k * 2.25]).astype(np.float32).reshape(n, 2),
        confidence=np.full(n, 0.875, np.float32),
        cell_class=(k % 5).astype(np.uint8),
        ring_od=(k / 10).astype(np.float32),
        completeness=np.full(n, 2 / 3, np.float32),
        completeness_intense=np.zeros(n, np.float32),
        enclosed_weak=k % 2 == 0,
        counted=k % 6 != 5,
    )


def an_entry(name: str = "field 1", n: int = 12, **changes: Any) -> FieldEntry:
    values: dict[str, Any] = {
        "name": name,
        "file": "slide.tif",
        "sha256": "ab" * 32,
        "um_per_px": 0.25,
        "um_per_px_origin": "--mpp",
        "width_px": 640,
        "height_px": 480,
        "x0_px": 0,
        "y0_px": 0,
        "cells": a_table(n),
        "t_weak": 0.12,
        "t_intense": 0.7,
        "white": (240.0, 241.5, 239.0),
        "white_origin": "--blank",
        "detector": "rough-nuclei 1",
    }
    return FieldEntry(**(values | changes))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def test_cells_one_row_a_cell_in_pixels_of_the_saved_image(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    with cells_csv(path) as table:
        table.append(an_entry(n=5))
        table.append(an_entry("field 2", n=2, x0_px=1000, y0_px=3008))
    found = rows(path)
    assert len(found) == 7
    assert found[3] == {
        "field": "field 1",
        "x_px": "4.50",
        "y_px": "6.75",
        "x_um": "1.12",
        "y_um": "1.69",
        "class": "intense incomplete",
        "confidence": "0.875",
        "ring_od": "0.300",
        "completeness": "0.667",
        "completeness_intense": "0.000",
        "enclosed_weak": "false",
        "counted": "true",
        RESEARCH_USE_ONLY: "",
    }
    assert (found[6]["x_px"], found[6]["y_px"]) == ("1001.50", "3010.25")
    assert (found[6]["x_um"], found[6]["y_um"]) == ("250.38", "752.56")


def test_tables_are_utf8_with_byte_order_mark_and_plain_lines(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    with cells_csv(path) as table:
        table.append(an_entry('Präparat "7", Feld 坏\nx', n=1))
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbffield,")
    assert b"\r" not in content
    assert rows(path)[0]["field"] == 'Präparat "7", Feld 坏\nx'


def test_a_file_name_that_is_no_utf8_does_not_cost_the_table(tmp_path: Path) -> None:
    with cells_csv(tmp_path / "cells.csv") as table:
        table.append(an_entry("bad\udcff", n=1))
    assert rows(tmp_path / "cells.csv")[0]["field"] == "bad\\udcff"


def test_no_cells_and_no_fields_give_a_table_with_its_header(tmp_path: Path) -> None:
    with cells_csv(tmp_path / "cells.csv") as table:
        table.append(an_entry(n=0))
    with fields_csv(tmp_path / "fields.csv"):
        pass
    for name in ("cells.csv", "fields.csv"):
        assert rows(tmp_path / name) == []
        assert RESEARCH_USE_ONLY in (tmp_path / name).read_text("utf-8-sig")


def test_what_was_not_measured_is_empty(tmp_path: Path) -> None:
    cells = a_table(1)
    cells.ring_od[0] = np.nan
    with cells_csv(tmp_path / "cells.csv") as table:
        table.append(an_entry(cells=cells))
    with fields_csv(tmp_path / "fields.csv") as fields:
        fields.append(an_entry(cells=cells))
    assert rows(tmp_path / "cells.csv")[0]["ring_od"] == ""
    assert rows(tmp_path / "fields.csv")[0]["mean_ring_od"] == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.005, "1.00"), (-0.001, "0.00"), (-0.5, "-0.50"), (1e6, "1000000.00"), (np.nan, "")],
)
def test_decimals(value: float, text: str) -> None:
    assert decimal(value, 2) == text


def test_fields_counts_and_percentages_are_of_counted_cells(tmp_path: Path) -> None:
    path = tmp_path / "fields.csv"
    with fields_csv(path) as table:
        table.append(an_entry(warnings=("no bare glass", "out of focus"), y0_px=7))
    (row,) = rows(path)
    # 12 cells, classes 0..4 in turn; cells 5 and 11 (classes 0 and 1) are not counted.
    assert (row["n_detected"], row["n_cells"]) == ("12", "10")
    names = ("intense_complete", "intense_incomplete", "weak_complete", "weak_incomplete")
    assert [row[name] for name in names] == ["2", "2", "2", "2"]
    assert [row[f"{name}_percent"] for name in names] == ["20.00"] * 4
    assert (row["no_staining"], row["no_staining_percent"]) == ("2", "20.00")
    assert row["area_um2"] == "19200.0"
    assert row["mean_ring_od"] == "0.5000"
    assert (row["um_per_px"], row["y0_px"], row["t_weak"]) == ("0.25", "7", "0.12")
    assert (row["white_r"], row["white_g"], row["white_b"]) == ("240.0", "241.5", "239.0")
    assert row["warnings"] == "no bare glass; out of focus"


def test_a_field_without_counted_cells_has_no_percentages(tmp_path: Path) -> None:
    path = tmp_path / "fields.csv"
    with fields_csv(path) as table:
        table.append(an_entry(n=0))
    (row,) = rows(path)
    assert (row["n_cells"], row["weak_complete"]) == ("0", "0")
    assert (row["weak_complete_percent"], row["mean_ring_od"]) == ("", "")


def test_a_table_appears_at_its_end_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    with cells_csv(path) as table:
        table.append(an_entry())
        assert not path.exists()
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_keeps_the_finished_fields_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"

    def interrupted() -> Any:
        yield ["2", "x"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), csv_stream(path, ["a", "b"]) as table:
        table.append([["1", "x"], ["1", "y"]])
        table.append(interrupted())
    assert [row["a"] for row in rows(path)] == ["1", "1"]
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_within_the_write_leaves_no_half_field(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with pytest.raises(KeyboardInterrupt), csv_stream(path, ["a"]) as table:
        table.append([["1"]])
        table._stream.write(b"2,\n2")
        raise KeyboardInterrupt
    assert [row["a"] for row in rows(path)] == ["1"]


def test_another_error_leaves_the_earlier_table(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_text("earlier")
    with pytest.raises(RuntimeError), cells_csv(path) as table:
        table.append(an_entry())
        raise RuntimeError
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with pytest.raises(ValueError, match="needs 2 values"), csv_stream(path, ["a", "b"]) as table:
        table.append([["1", "2"], ["3"]])
    assert list(tmp_path.iterdir()) == []


SCORE: dict[str, object] = {
    "score": "2+",
    "reason": "complete, weak to moderate, in more than 10 %",
    "profile": "asco-cap-2018",
    "n_cells": 1000,
    "n_fields": 5,
    "counts": {"intense complete": 12},
    "fractions": {"intense complete": 0.012},
    "intervals": {"intense complete": [0.006, 0.021]},
    "warnings": ["kein weißes Glas"],
}


def test_slide_json_holds_score_failures_and_provenance(tmp_path: Path) -> None:
    path = tmp_path / "slide.json"
    failed = [FailedFile("broken.jpg", "is cut off"), FailedFile("b\udcff.jpg", "is empty")]
    write_slide_json(path, SCORE, failed, {"program": "her2scope 0.1.0"})
    document = json.loads(path.read_text("utf-8"))
    assert document["research_use_only"] == RESEARCH_USE_ONLY
    assert {key: document[key] for key in SCORE_KEYS} == SCORE
    assert document["failed"][0] == {"file": "broken.jpg", "problem": "is cut off"}
    assert document["failed"][1]["file"] == "b\udcff.jpg"
    assert document["provenance"] == {"program": "her2scope 0.1.0"}
    assert "weißes" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"n_cells": float("nan")}, ValueError, "not JSON compliant"),
        ({"n_cells": np.int64(3)}, TypeError, "not JSON serializable"),
        ({"failed": []}, ValueError, "must not hold failed"),
    ],
)
def test_what_json_does_not_know_is_refused_and_nothing_written(
    tmp_path: Path, changes: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        write_slide_json(tmp_path / "slide.json", SCORE | changes, [], {})
    assert list(tmp_path.iterdir()) == []


def test_a_score_without_a_part_is_refused(tmp_path: Path) -> None:
    short = {key: value for key, value in SCORE.items() if key != "intervals"}
    with pytest.raises(ValueError, match="lacks intervals"):
        write_slide_json(tmp_path / "slide.json", short, [], {})


def test_overlay_png_is_lossless_and_keeps_the_channels_in_order(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    path = tmp_path / overlay_name("a")
    write_overlay_png(path, rgb)
    read = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    np.testing.assert_array_equal(read[..., ::-1], rgb)
    assert list(tmp_path.iterdir()) == [path]


def test_overlay_names_suit_every_file_system_and_stay_apart() -> None:
    fields = ["a/b", "a\\b", "a:b", "a%3Ab", "a", "a ", "con", "con.x", "坏", "a\n", "..", "%63on"]
    names = [overlay_name(field) for field in fields]
    assert len(set(names)) == len(fields)
    assert names[0] == "a%2Fb-overlay.png"
    assert names[6] == "%63on-overlay.png"
    assert not any(set(name) & set('<>:"/\\|?*\n') for name in names)
