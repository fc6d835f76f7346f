"""The images of a slide one after the other: what an interruption or a fault leaves."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from app import image_scoring, slide_scoring
from app.model.slide_settings import SlideSettings, WhitePoint
from app.slide_scoring import SlideResult, score_slide_images
from hardware.simulators.tissue import Optics
from inference.scoring.profile import load_profile
from inference.stain.profile import load_stain_profile

SETTINGS = SlideSettings(
    stain=load_stain_profile("camera"),
    rules=load_profile("asco-cap-2018"),
    um_per_px=0.424,
    white=WhitePoint(Optics().white, "--white"),
    overlay=True,
)


@pytest.fixture
def files(saved) -> list[Path]:
    return [saved(f"{name}.png", 8 * number, side=128) for number, name in enumerate("abc")]


def run(files: list[Path], output: Path, done: Callable[[Path], None] = lambda _: None):
    result = score_slide_images(files, SETTINGS, output, done)
    names = sorted(path.name for path in output.iterdir())
    return result, names, json.loads((output / "slide.json").read_text("utf-8"))


def scored(result: SlideResult) -> list[str]:
    return [image.ready.image.path.stem for image in result.images]


def test_every_image_is_reported_done(files, tmp_path) -> None:
    seen: list[Path] = []
    result, _, slide = run([*files, tmp_path / "no.png"], tmp_path / "out", seen.append)
    assert seen == [*files, tmp_path / "no.png"]
    assert scored(result) == ["a", "b", "c"]
    assert [failure["file"] for failure in slide["failed"]] == [str(tmp_path / "no.png")]


def test_the_score_is_that_of_all_cells_together(files, tmp_path) -> None:
    together, _, _ = run(files, tmp_path / "all")
    alone = [run([file], tmp_path / file.stem)[0] for file in files]
    assert together.score.n_cells == sum(result.score.n_cells for result in alone) > 0
    backwards, _, _ = run(files[::-1], tmp_path / "backwards")
    assert backwards.score.counts == together.score.counts


@pytest.mark.parametrize("moment", ["describe_field", "field_picture", "open_image"])
def test_ctrl_c_in_an_image_drops_that_image(files, tmp_path, monkeypatch, moment) -> None:
    module = image_scoring if moment == "describe_field" else slide_scoring
    true_way = getattr(module, moment)
    calls = []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return true_way(*arguments)

    monkeypatch.setattr(module, moment, interrupted)
    result, names, slide = run(files, tmp_path / "out")
    assert scored(result) == ["a"]
    assert result.not_reached == tuple(files[1:])
    assert names == ["a-overlay.png", "cells.csv", "fields.csv", "slide.json"]
    assert slide["provenance"]["not_reached"] == [str(path) for path in files[1:]]
    assert slide["warnings"][-1]["text"] == "interrupted: 2 of 3 images were not scored"


def test_ctrl_c_between_two_images_keeps_the_first(files, tmp_path) -> None:
    result, names, _ = run(files, tmp_path / "out", lambda _: signal.raise_signal(signal.SIGINT))
    assert scored(result) == ["a"]
    assert "b-overlay.png" not in names


def test_ctrl_c_after_the_last_image_interrupts_nothing(files, tmp_path) -> None:
    def at_the_end(path: Path) -> None:
        if path == files[-1]:
            signal.raise_signal(signal.SIGINT)

    result, _, slide = run(files, tmp_path / "out", at_the_end)
    assert scored(result) == ["a", "b", "c"]
    assert slide["provenance"]["interrupted"] is False
    assert not any(note["code"] == "interrupted" for note in slide["warnings"])


def test_too_little_memory_for_one_image_is_told(files, tmp_path, monkeypatch) -> None:
    true_way = slide_scoring.ready_image

    def hungry(image, settings):
        if image.path.stem == "b":
            raise MemoryError
        return true_way(image, settings)

    monkeypatch.setattr(slide_scoring, "ready_image", hungry)
    result, _, _ = run(files, tmp_path / "out")
    assert scored(result) == ["a", "c"]
    assert [failure.problem for failure in result.failed] == ["needs more memory than there is"]


def test_an_image_that_changes_half_way_leaves_no_picture(
    files, tmp_path, tissue, monkeypatch, capsys
) -> None:
    true_way = slide_scoring.analyzed_fields

    def broken(ready, settings, field_name):
        yield from true_way(ready, settings, field_name)
        if ready.image.path.stem == "b":
            raise RuntimeError("after the picture was drawn")

    monkeypatch.setattr(slide_scoring, "analyzed_fields", broken)
    result, names, _ = run(files, tmp_path / "out")
    assert scored(result) == ["a", "c"]
    assert names[:2] == ["a-overlay.png", "c-overlay.png"]
    assert "after the picture was drawn" in capsys.readouterr().err


def test_the_white_of_an_image_comes_from_its_fields_with_glass(tmp_path, tissue) -> None:
    # Four cuts: two show glass; those of tissue alone have pale spots of some 229.
    wide = np.tile(tissue[:200], (1, 20, 1))[:, :9030].copy()
    wide[:, :100] = (240, 239, 238)
    wide[:, 3100:3200] = (244, 243, 242)
    path = tmp_path / "wide.png"
    PIL.Image.fromarray(wide).save(path)
    settings = SlideSettings(stain=SETTINGS.stain, rules=SETTINGS.rules, um_per_px=0.424)
    result = score_slide_images([path], settings, tmp_path / "out", lambda _: None)
    (image,) = result.images
    assert len(image.entries) == 4
    assert image.ready.white.rgb == pytest.approx((242, 241, 240), abs=0.6)
