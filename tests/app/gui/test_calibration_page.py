"""Pixel size, flat field and parfocality on the page, with simulated micrometers and glass."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.gui.calibrating.page import CalibrationPage
from app.model.optics import RawPicture
from app.storage.calibration_file import CALIBRATION_FILE, Calibrations, load_calibrations
from app.storage.flat_field_file import load_smooth_light
from hardware.objective import Objective
from hardware.simulators.micrometer import SimulatedMicrometer
from inference.arrays import U8

PATIENCE_MS = 60_000
TODAY = date(2026, 11, 26)
UM = 0.25
SIZE = (900, 700)


def scale(um_per_px: float = UM) -> U8:
    micrometer = SimulatedMicrometer(um_per_px=(um_per_px, um_per_px), angle_deg=3.0)
    return micrometer.picture(*SIZE)


def glass(fall: float = 0.2, seed: int = 1) -> U8:
    width, height = SIZE
    x = np.linspace(-1, 1, width)[None, :, None]
    y = np.linspace(-1, 1, height)[:, None, None]
    light = np.array([236.0, 232.0, 228.0]) * (1 - fall * (x * x + y * y) / 2)
    noise = np.random.default_rng(seed).normal(0, 1.5, light.shape)
    return np.clip(np.rint(light + noise), 0, 255).astype(np.uint8)


class Bench:
    """What the camera sees, and the page that is open."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.path = qtbot, folder / CALIBRATION_FILE
        self.rgb: U8 | None = scale()
        self.objective: Objective | None = Objective("40x", None)
        self.kept: list[Calibrations] = []
        self.page = CalibrationPage(self.take, ("20x", "40x"), self.path, lambda: TODAY)
        qtbot.addWidget(self.page)
        self.page.kept.connect(self.kept.append)
        self.page.refresh()

    def take(self) -> RawPicture | None:
        return None if self.rgb is None else RawPicture(self.rgb, "cam", self.objective)

    def button(self, text: str) -> Any:
        return next(b for b in self.page.findChildren(QPushButton) if b.text() == text)

    def click(self, text: str) -> None:
        assert self.button(text).isEnabled()
        self.button(text).click()
        self.qtbot.waitUntil(lambda: not self.page._background.busy, timeout=PATIENCE_MS)

    def named(self, name: str) -> Any:
        found = self.page.findChildren(QWidget)
        return next(each for each in found if each.accessibleName() == name)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(qtbot, tmp_path)
    yield made
    made.page.stop()


def test_a_pixel_size_is_found_looked_at_and_kept(bench: Bench) -> None:
    assert bench.page.rows[1] == ("40x", "–", "–", "–", "never made", "never made")
    assert not bench.button("Keep pixel size").isEnabled()
    bench.click("Find the scale")
    assert "0.2500" in bench.page.says and "Is every line" in bench.page.says
    assert not bench.page._picture.pixmap().isNull()
    bench.click("Keep pixel size")
    (kept,) = bench.kept
    found = kept.objective("cam", "40x", SIZE)
    assert found is not None and found.um_per_px == pytest.approx(UM, rel=0.001)
    assert (found.made_on, found.valid_until) == (TODAY, date(2027, 11, 26))
    assert load_calibrations(bench.path)[0] == kept
    assert bench.page.rows[1][1:5] == ("0.2500", "2026-11-26", "2027-11-26", "valid")
    assert bench.page.rows[0][4] == "never made"


def test_a_doubtful_one_is_kept_at_the_second_click(bench: Bench) -> None:
    bench.click("Find the scale")
    bench.click("Keep pixel size")
    bench.objective = Objective("20x", None)
    bench.click("Find the scale")  # the same picture cannot be of a 20x
    assert "Doubt: " in bench.page.says and "other objectives" in bench.page.says
    bench.click("Keep pixel size")
    assert len(bench.kept) == 1
    bench.click("Keep it all the same")
    assert len(bench.kept) == 2
    assert bench.kept[1].objective("cam", "20x", SIZE) is not None


@pytest.mark.parametrize("missing", ["picture", "objective"])
def test_without_picture_or_objective_nothing_is_measured(bench: Bench, missing: str) -> None:
    if missing == "picture":
        bench.rgb = None
    else:
        bench.objective = None
    for text in ("Find the scale", "Take clean glass", "Take with the weaker"):
        bench.click(text)
        wanted = "no picture" if missing == "picture" else "which objective"
        assert wanted in bench.page.says
    assert not bench.kept


def test_a_picture_without_a_scale_is_refused_in_one_line(bench: Bench) -> None:
    bench.rgb = glass()
    bench.click("Find the scale")
    assert not bench.button("Keep pixel size").isEnabled()
    assert bench.page.says and "\n" not in bench.page.says
    bench.named("Distance of the lines in um").setText("ten")
    bench.click("Find the scale")
    assert "must be a number, not 'ten'" in bench.page.says


def test_a_flat_field_is_measured_on_several_places_and_kept(bench: Bench) -> None:
    bench.rgb = glass()
    bench.click("Take clean glass")
    assert "1 picture of glass: white point" in bench.page.says
    assert "falls by 2" in bench.page.says or "falls by 1" in bench.page.says
    bench.rgb = glass(seed=2)
    bench.click("Take clean glass")
    assert "2 pictures of glass" in bench.page.says
    bench.click("Keep flat field")
    flat = bench.kept[-1].flat_field("cam", "40x", SIZE)
    assert flat is not None and flat.white == pytest.approx((220, 216, 213), abs=6)
    light = load_smooth_light(bench.path.with_name(flat.file), SIZE)
    assert light.white == pytest.approx(flat.white)
    assert bench.page.rows[1][5] == "valid"


def test_glass_of_another_objective_is_not_mixed_in(bench: Bench) -> None:
    bench.rgb = glass()
    bench.click("Take clean glass")
    bench.objective = Objective("20x", None)
    bench.click("Take clean glass")
    assert "begin again" in bench.page.says
    bench.click("Begin again")
    bench.click("Take clean glass")
    assert "1 picture of glass" in bench.page.says


def test_dirty_glass_is_refused_and_the_pictures_before_are_kept(bench: Bench) -> None:
    bench.rgb = glass()
    bench.click("Take clean glass")
    bench.rgb = scale()
    bench.rgb = np.full_like(bench.rgb, 40)
    bench.click("Take clean glass")
    assert "too dark" in bench.page.says
    bench.rgb = glass(seed=3)
    bench.click("Take clean glass")
    assert "2 pictures of glass" in bench.page.says


def test_the_shift_between_two_objectives_is_told(bench: Bench) -> None:
    cells = np.random.default_rng(4).integers(60, 250, (90, 120, 3), np.uint8)
    scene = cv2.resize(cells, (2400, 1800), interpolation=cv2.INTER_CUBIC)
    width, height = SIZE
    # 0.25 um per px; the middle of the stronger lies 40 um (160 px) to the right, 10 um above.
    top, left = 900 - height // 2 - 40, 1200 - width // 2 + 160
    strong = scene[top : top + height, left : left + width]
    wide = scene[900 - height : 900 + height, 1200 - width : 1200 + width]
    weak = cv2.resize(wide, SIZE, interpolation=cv2.INTER_AREA)
    bench.objective, bench.rgb = Objective("20x", 0.5), weak
    bench.click("Take with the weaker")
    bench.objective, bench.rgb = Objective("40x", 0.25), strong
    bench.click("Take with the stronger")
    assert "41 um from" in bench.page.says
    assert "40 um to the right, 10 um up" in bench.page.says
    assert "seen to" not in bench.page.says


def test_entries_that_cannot_be_read_are_never_overwritten(bench: Bench) -> None:
    text = '{"version": 1, "objectives": [{"camera": ""}], "flat_fields": []}'
    bench.path.write_text(text)
    bench.page.refresh()
    assert "entry 1 of objectives left out" in bench.page.says
    bench.click("Find the scale")
    bench.click("Keep pixel size")
    assert "entries that would be lost" in bench.page.says
    assert bench.path.read_text() == text and not bench.kept
