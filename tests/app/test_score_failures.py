"""``her2scope score`` with files and folders that are no good: one line each, nothing half done."""

import hashlib
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from app import image_scoring
from hardware.simulators.tissue import Optics

WHITE = ",".join(f"{value:g}" for value in Optics().white)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_bad_files_are_listed_and_do_not_stop_the_others(tmp_path, tissue, saved, score) -> None:
    good = [saved("good.png"), saved("good.jpg", 12)]
    picture = PIL.Image.fromarray(tissue[:200, :200])
    bad = {
        "cut.png": "cut short",
        "empty.jpg": "empty",
        "gray.png": "gray",
        "deep.tif": "16 bits",
        "cmyk.jpg": "CMYK",
        "text.png": "no image of a known kind",
        "missing.png": "no such file",
    }
    (tmp_path / "cut.png").write_bytes(good[0].read_bytes()[:40_000])
    (tmp_path / "empty.jpg").touch()
    picture.convert("L").save(tmp_path / "gray.png")
    PIL.Image.fromarray(np.full((100, 100), 4000, np.uint16)).save(tmp_path / "deep.tif")
    picture.convert("CMYK").save(tmp_path / "cmyk.jpg")
    (tmp_path / "text.png").write_text("not a picture, but long enough to be one\n" * 9)
    (tmp_path / "folder").mkdir()
    files = [tmp_path / name for name in bad]
    result, out = score(files[0], good[0], *files[1:], tmp_path / "folder", good[1], "--overlay")
    assert result.exit_code == 1
    assert [row["field"] for row in out.fields] == ["good", "good-2"]
    assert "this is a folder" in out.failed.pop("folder")
    assert list(out.failed) == list(bad)
    for name, part in bad.items():
        assert part in out.failed[name]
        assert f"{tmp_path / name}: {out.failed[name]}\n" in result.stderr
    assert result.stderr.count("\n") == 8
    assert "Images 2 of 10 scored" in out.text
    assert [name for name in out.files if name.endswith(".png")] == [
        "good-2-overlay.png",
        "good-overlay.png",
    ]


def test_a_large_image_that_breaks_off_leaves_no_picture(tmp_path, tissue, score) -> None:
    tall = np.tile(tissue[:, :128], (13, 1, 1))[:4600]
    path = tmp_path / "tall.png"
    PIL.Image.fromarray(tall).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    result, out = score(path, "--overlay")
    assert result.exit_code == 1
    assert "cut short" in out.failed["tall.png"]
    assert out.files == ["cells.csv", "fields.csv", "slide.json"]
    assert (out.cells, out.fields) == ([], [])


def test_without_a_pixel_size_nothing_is_guessed(saved, score) -> None:
    result, out = score(saved("a.png"), mpp=False)
    assert result.exit_code == 1
    assert "give it with --mpp" in out.failed["a.png"]
    assert out.slide["score"] == "not assessable"


def test_pixels_too_coarse_for_membranes_are_refused(tmp_path, saved, score) -> None:
    result, out = score(saved("a.png"), "--mpp", "0.71", mpp=False)
    assert result.exit_code == 1
    assert "membranes cannot be seen at 0.71 um per px" in out.failed["a.png"]


def test_the_same_picture_counts_once(saved, score) -> None:
    first, second = saved("a.png"), saved("copy.png")
    result, out = score(first, second)
    assert result.exit_code == 1
    assert out.failed["copy.png"] == f"is the same picture as {first}, which is counted already"
    assert out.slide["n_fields"] == 1


def test_fields_of_one_name_stay_apart(saved, score) -> None:
    files = [saved("one/a.png"), saved("two/a.png", 6), saved("A.png", 12), saved("a-2.png", 18)]
    result, out = score(*files, "--overlay")
    assert result.exit_code == 0
    assert [row["field"] for row in out.fields] == ["a", "a-2", "A-3", "a-2-2"]
    assert [row["sha256"] for row in out.fields] == [sha256(path) for path in files]
    assert sum(name.endswith("-overlay.png") for name in out.files) == 4


def test_an_empty_field_is_not_assessable(tmp_path, score) -> None:
    path = tmp_path / "glass.png"
    noise = np.random.default_rng(0).normal(0, 1, (300, 300, 3))
    PIL.Image.fromarray((np.array([243, 242, 240]) + noise).round().astype(np.uint8)).save(path)
    result, out = score(path, "--overlay")
    assert result.exit_code == 0
    assert out.slide["score"] == "not assessable"
    assert (out.slide["n_cells"], out.slide["n_fields"]) == (0, 1)
    assert out.cells == []
    assert "too few cells: 0 tumor cells" in result.stdout


def test_a_fault_of_the_program_is_shown_and_does_not_stop_the_others(
    saved, score, monkeypatch
) -> None:
    true_way = image_scoring.describe_field
    calls = []

    def faulty(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise ZeroDivisionError("two\nlines")
        return true_way(*arguments)

    monkeypatch.setattr(image_scoring, "describe_field", faulty)
    result, out = score(saved("a.png"), saved("b.png", 6), saved("c.png", 12))
    assert result.exit_code == 1
    assert out.failed == {"b.png": "unexpected ZeroDivisionError: two lines; please report it"}
    assert [row["field"] for row in out.fields] == ["a", "c"]
    assert "Traceback" in result.stderr
    assert "in faulty" in result.stderr


# --- the output folder


def test_a_folder_with_a_slide_is_refused_and_kept(tmp_path, saved, call) -> None:
    output = tmp_path / "out"
    options = ["--mpp", 0.424, "--white", WHITE, "--output", output]
    assert call("score", saved("a.png"), *options).exit_code == 0
    before = {path: path.read_bytes() for path in output.iterdir()}
    result = call("score", saved("b.png", 12), *options)
    assert result.exit_code == 2
    assert result.stderr == (
        f"her2scope score: --output {output} already holds a slide (slide.json): name another "
        "folder or remove it\n"
    )
    assert {path: path.read_bytes() for path in output.iterdir()} == before


def test_a_picture_is_never_written_over_another(tmp_path, saved, call) -> None:
    files = [saved("pictures/a.png"), saved("pictures/a-overlay.png", 12)]
    before = sha256(files[1])
    options = ["--mpp", 0.424, "--white", WHITE, "--output", tmp_path / "pictures", "--overlay"]
    result = call("score", *files, *options)
    assert result.exit_code == 2
    assert "already holds a slide (a-overlay.png)" in result.stderr
    assert sha256(files[1]) == before
    assert len(list((tmp_path / "pictures").iterdir())) == 2


@pytest.mark.parametrize("name", ["a.png", "a.png/out"])
def test_an_output_that_cannot_be_a_folder_is_one_line(tmp_path, saved, call, name) -> None:
    field = saved("a.png")
    result = call("score", field, "--mpp", 0.424, "--output", tmp_path / name)
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"her2scope score: --output {tmp_path / name} cannot be written"
    )
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere"
)
def test_a_folder_without_permission_is_one_line(tmp_path, saved, call) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    result = call("score", saved("a.png"), "--mpp", 0.424, "--output", locked)
    assert result.exit_code == 2
    assert "cannot be written (Permission denied)" in result.stderr


def test_a_full_disk_leaves_nothing_behind(tmp_path, saved, call, monkeypatch) -> None:
    written = []

    def full(path, rgb):
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        path.write_bytes(b"picture")

    monkeypatch.setattr("app.storage.slide_output.write_overlay_png", full)
    output = tmp_path / "new" / "out"
    files = [saved("a.png"), saved("b.png", 12)]
    result = call("score", *files, "--mpp", 0.424, "--overlay", "--output", output)
    assert result.exit_code == 2
    assert "cannot be written (No space left on device)" in result.stderr
    assert len(written) == 2
    assert not (tmp_path / "new").exists()
