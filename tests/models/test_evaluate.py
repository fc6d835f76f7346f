"""The evaluation as a developer runs it, on drawn tissue."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.arrays import F32, U8
from models.training.annotations import AnnotationProblem, read_annotations
from models.training.error_pictures import FALSE, FOUND, MISSED
from models.training.evaluate import main

ROOT = Path(__file__).parents[2]
MPP = 0.424
WHITE = "240,240,240"
PLACES = np.array([(x, y) for y in range(30, 180, 24) for x in range(30, 280, 24)], np.float32)


def tissue(places: F32) -> U8:
    """Return blue nuclei in pale blue cytoplasm, BGR."""
    nuclei = np.zeros((210, 310), np.float32)
    for x, y in places:
        cv2.circle(nuclei, (int(x), int(y)), 8, 1.0, -1)
    density = 0.1 + 0.15 * cv2.GaussianBlur(nuclei, (0, 0), 1.0)
    od = density[..., None] * np.array([0.286, 0.704, 0.650])  # blue, green, red
    return np.asarray(np.rint(240 * 10.0**-od), np.uint8)


def write_points(file: Path, rows: list[tuple[object, ...]], head: str = "x,y,kind") -> Path:
    lines = [head, *(",".join(str(value) for value in row) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "set-00.png"), tissue(PLACES))
    cv2.imwrite(str(tmp_path / "set-01.png"), tissue(PLACES[:20]))
    cv2.imwrite(str(tmp_path / "other-1.png"), tissue(PLACES))
    return tmp_path


def evaluated(folder: Path, points: list[Path], *more: str) -> list[dict]:  # type: ignore[type-arg]
    result = folder / "result.json"
    arguments = ["--images", str(folder), "--points", *map(str, points), "--mpp", str(MPP)]
    arguments += ["--detector", "rough"]  # drawn discs are no tissue to a network
    assert main([*arguments, "--white", WHITE, "--json", str(result), *more]) == 0
    runs = json.loads(result.read_text())
    assert isinstance(runs, list)
    return runs


def test_a_file_for_each_image(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = ["tumour_negative"] * 60 + ["lymphocyte"] * 4 + ["unsure"] * 13
    rows = [(int(x), int(y), kind) for (x, y), kind in zip(PLACES, kinds, strict=True)]
    all_tumor = [(int(x), int(y), "tumor") for x, y in PLACES]
    points = [
        write_points(folder / "set-00.csv", rows),
        write_points(folder / "set-01.csv", all_tumor),
        write_points(folder / "other-1.csv", all_tumor),
    ]
    (run,) = evaluated(folder, points)
    assert run["um_per_px"] == MPP
    first, second, third = run["images"]
    assert [row["name"] for row in run["images"]] == ["set-00", "set-01", "other-1"]
    assert first["true_positives"] == 60
    assert first["false_positives"] == 4  # the lymphocytes; what is unsure does not count
    assert first["kinds"]["lymphocyte"] == {"annotated": 4, "found": 4}
    assert first["kinds"]["tumor_negative"] == {"annotated": 60, "found": 60}
    assert (second["true_positives"], second["false_negatives"]) == (20, 57)
    assert second["recall"] == pytest.approx(20 / 77)
    assert third["f1"] == 1
    assert [row["name"] for row in run["sets"]] == ["other", "set", "all"]
    assert run["sets"][1]["true_positives"] == 80
    assert run["sets"][2]["true_positives"] == 157
    printed = capsys.readouterr().out
    assert "set-01" in printed
    assert "0.260" in printed


def test_crops_of_cores(folder: Path) -> None:
    write_points(
        folder / "crops.csv",
        [("p0", "set-00", 0, 0, 140, 200), ("p1", "set-00", 160, 0, 100, 100)],
        "crop,core,x,y,width,height",
    )
    inside = [(x, y) for x, y in PLACES if x < 140]
    rows = [("p0", "set-00", x, y, "tumour") for x, y in inside[:-3]]
    points = write_points(folder / "points.csv", rows, "crop,core,x,y,kind")
    (run,) = evaluated(folder, [points])
    crop, empty = run["images"]
    assert (crop["name"], empty["name"]) == ("p0", "p1")
    assert (crop["true_positives"], crop["false_positives"]) == (len(inside) - 3, 3)
    assert empty["recall"] is None
    assert empty["precision"] == 0
    assert [row["name"] for row in run["sets"]] == ["set-00"]


def test_list_of_pixel_sizes(folder: Path) -> None:
    rows = [(int(x), int(y), "tumor") for x, y in PLACES]
    points = write_points(folder / "set-00.csv", rows)
    runs = evaluated(folder, [points], "--mpp", "0.3", "0.424")
    assert [run["um_per_px"] for run in runs] == [0.3, 0.424]
    assert runs[1]["sets"][0]["f1"] == 1


def test_ignored_kinds_and_chosen_images(folder: Path) -> None:
    rows = [(int(x), int(y), "tumor_positive") for x, y in PLACES]
    points = [write_points(folder / f"{name}.csv", rows) for name in ("set-00", "other-1")]
    (run,) = evaluated(folder, points, "--only", "set-*", "--ignore", "tumor_positive")
    assert len(run["images"]) == 1
    assert run["images"][0]["false_positives"] == run["images"][0]["false_negatives"] == 0
    assert run["images"][0]["f1"] is None


def test_worse_images_are_compared_in_pixels_of_the_points(folder: Path) -> None:
    twice = cv2.resize(tissue(PLACES), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / "fine-1.png"), twice)
    rows = [(2 * int(x) + 0.5, 2 * int(y) + 0.5, "tumor") for x, y in PLACES]
    points = write_points(folder / "fine-1.csv", rows)
    (run,) = evaluated(folder, [points], "--mpp", "0.212", "--as-20x")
    assert run["images"][0]["f1"] == 1


def test_pictures_show_found_missed_and_false(folder: Path) -> None:
    shifted = [(int(x), int(y), "tumor") for x, y in PLACES[:40]]
    missing = (295, 200, "tumor")
    points = write_points(folder / "set-00.csv", [*shifted, missing])
    evaluated(folder, [points], "--pictures", str(folder / "worst"))
    (file,) = (folder / "worst").iterdir()
    assert file.name == "01-set-00.png"
    picture = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)
    factor = picture.shape[1] // 310

    def shows(x: float, y: float, color: tuple[int, int, int]) -> bool:
        around = 5 * factor
        u, v = int(x * factor), int(y * factor)
        part = picture[max(v - around, 0) : v + around, max(u - around, 0) : u + around]
        return bool((part == color).all(axis=2).any())

    assert shows(*PLACES[0], FOUND)
    assert shows(*PLACES[50], FALSE)
    assert shows(295, 200, MISSED)
    assert not shows(*PLACES[0], FALSE)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--points", "none.csv"], "cannot be read as CSV"),
        (["--points", "wrong.csv"], "expected the columns x, y, kind"),
        (["--points", "nan.csv"], "not a finite number"),
        (["--points", "nowhere.csv"], "no image nowhere there"),
        (["--points", "broken.csv"], "cannot be read as an image"),
        (
            ["--points", "set-00.csv", "--detector", "linknet", "--weights", "nothing"],
            "no trained network is installed",
        ),
        (["--points", "set-00.csv", "--only", "x*"], "no image is left"),
        (["--points", "crop-points.csv"], "crops that crops.csv does not name: p9"),
        (["--points", "empty"], "holds no CSV file"),
    ],
)
def test_bad_input_is_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(folder)
    write_points(folder / "set-00.csv", [(30, 30, "tumor")])
    write_points(folder / "wrong.csv", [(1, 2)], "x,y")
    write_points(folder / "nan.csv", [("nan", 2, "tumor")])
    write_points(folder / "nowhere.csv", [(1, 2, "tumor")])
    write_points(folder / "broken.csv", [(1, 2, "tumor")])
    (folder / "broken.png").write_bytes(b"not an image")
    (folder / "empty").mkdir()
    head = "crop,core,x,y,width,height"
    write_points(folder / "crops.csv", [("p0", "set-00", 0, 0, 9, 9)], head)
    write_points(folder / "crop-points.csv", [("p9", "a", 1, 2, "tumor")], "crop,core,x,y,kind")
    assert main(["--images", ".", "--mpp", "0.4", "--white", WHITE, *more]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_white_is_wanted_where_no_image_shows_glass(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = write_points(folder / "set-00.csv", [(30, 30, "tumor")])
    cv2.imwrite(str(folder / "set-00.png"), np.full((99, 99, 3), 60, np.uint8))
    assert main(["--images", str(folder), "--points", str(points), "--mpp", "0.4"]) == 2
    assert "--white" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--mpp", "0"], ["--mpp", "0.4", "--white", "1,2"]])
def test_bad_options(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--images", ".", "--points", "a.csv", *wrong])
    assert stopped.value.code == 2


def test_the_network_needs_no_glass(folder: Path) -> None:
    points = write_points(folder / "set-00.csv", [(30, 30, "tumor")])
    cv2.imwrite(str(folder / "set-00.png"), np.full((99, 99, 3), 60, np.uint8))
    arguments = ["--images", str(folder), "--points", str(points), "--mpp", "0.4"]
    assert main([*arguments, "--detector", "linknet"]) == 0


def test_a_folder_of_points(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_points(tmp_path / f"{name}.csv", [(1, 2, "tumor")])
    write_points(tmp_path / "crops.csv", [], "crop,core,x,y,width,height")
    assert [part.image for part in read_annotations(tmp_path)] == ["a", "b"]


def test_spelling_and_empty_file(tmp_path: Path) -> None:
    (part,) = read_annotations(write_points(tmp_path / "a-007.csv", [(1, 2, " Tumour_Positive")]))
    assert part.kinds == ("tumor_positive",)
    assert (part.name, part.image, part.group, part.box) == ("a-007", "a-007", "a", None)
    (empty,) = read_annotations(write_points(tmp_path / "12.csv", []))
    assert empty.xy.shape == (0, 2)
    assert empty.group == "12"
    with pytest.raises(AnnotationProblem):
        read_annotations(write_points(tmp_path / "b.csv", [("p", 1, 2, "x")], "crop,x,y,kind"))


def test_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "models.training.evaluate", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--pictures" in done.stdout


def test_models_is_no_package() -> None:
    assert not list((ROOT / "models").rglob("__init__.py"))


def test_images_of_stated_and_of_other_pixel_sizes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "more").mkdir()
    (folder / "set-01.png").rename(folder / "more" / "fine-1.png")
    rows = [("a", "set-00", int(x), int(y), "tumor") for x, y in PLACES]
    rows += [("b", "fine-1", int(x) + 10, int(y), "tumor") for x, y in PLACES[:20]]
    points = write_points(folder / "points.csv", rows, "crop,core,x,y,kind")
    head = "crop,core,x,y,width,height"
    crops = [("a", "set-00", 0, 0, 310, 210, MPP), ("b", "fine-1", 0, 0, 310, 210, 0.6)]
    arguments = ["--images", str(folder), str(folder / "more"), "--points", str(points)]
    arguments += ["--white", WHITE, "--detector", "rough"]
    write_points(folder / "crops.csv", [row[:-1] for row in crops], head)
    assert main(arguments) == 2
    assert "nobody states its pixel size: --mpp" in capsys.readouterr().err

    write_points(folder / "crops.csv", list(crops), head + ",um_per_px")
    result = folder / "result.json"
    assert main([*arguments, "--json", str(result)]) == 0
    (run,) = json.loads(result.read_text())
    assert run["um_per_px"] is None
    assert "Sets at their own um per px" in capsys.readouterr().out
    assert [row["recall"] for row in run["images"]] == [1, 0]  # 10 px are 6 um there

    assert main([*arguments, "--json", str(result), "--mpp", str(MPP)]) == 0
    (run,) = json.loads(result.read_text())
    assert [row["recall"] for row in run["images"]] == [1, 1]  # and 4.24 um here
