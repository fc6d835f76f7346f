"""The calibration as a user does it, with the simulated beam splitter as the eye."""

import math
from datetime import date

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from app.gui.calibration_panel import CalibrationPanel, CalibrationTask
from app.gui.eyepiece_window import EyepieceWindow
from app.model.eyepiece import EyepieceLook, EyepieceSetting, applies, eyepiece_projection
from hardware.eyepiece_calibration import (
    GOOD_RESIDUAL_UM,
    EyepieceCalibration,
    Point,
    centered_fit,
)
from hardware.simulators.beam_splitter import SimulatedBeamSplitter, simulated_truth
from inference.arrays import U8

CAMERA = (1504, 1000)
DISPLAY = (640, 480)
UM_PER_PX = 0.424
SETTING = EyepieceSetting("20x", "Simulated", "AR", CAMERA, DISPLAY)
TRUTH = simulated_truth(CAMERA, DISPLAY)


TISSUE = np.random.default_rng(5).integers(90, 140, (CAMERA[1], CAMERA[0], 3), dtype=np.uint8)


class Bench:
    """Panel and eyepiece, wired as the main window wires them."""

    def __init__(self, qtbot: QtBot) -> None:
        self.splitter = SimulatedBeamSplitter()
        self.splitter.show(np.zeros((DISPLAY[1], DISPLAY[0], 3), np.uint8))
        self.without = self.picture()
        self.eyepiece = EyepieceWindow()
        self.panel = CalibrationPanel()
        qtbot.addWidget(self.eyepiece)
        qtbot.addWidget(self.panel)
        self.eyepiece.resize(*DISPLAY)
        self.eyepiece.show()
        self.panel.resize(420, 560)
        self.panel.show()
        self.target: Point | None = None
        self.mark: Point | None = None
        self.accepted: list[EyepieceCalibration] = []
        self.ended: list[bool] = []
        self.panel.target_changed.connect(self._show_target)
        self.panel.mark_changed.connect(lambda mark: setattr(self, "mark", mark))
        self.panel.accepted.connect(self.accepted.append)
        self.panel.ended.connect(lambda: self.ended.append(True))
        self.task = CalibrationTask(SETTING, UM_PER_PX, centered_fit(CAMERA, DISPLAY))
        self.panel.begin(self.task)

    def _show_target(self, target: Point | None) -> None:
        self.target = target
        self.eyepiece.show_target(target)
        self.splitter.show(None if target is None else self.eyepiece.shown_rgb())

    def picture(self) -> U8:
        picture = TISSUE.copy()
        self.splitter.light(picture)
        return picture

    def seen(self) -> Point:
        """Find the cross in the camera picture, as an eye does."""
        light = self.picture().astype(float) - self.without.astype(float)
        light = light.sum(axis=2)
        y, x = np.mgrid[: CAMERA[1], : CAMERA[0]]
        return float((light * x).sum() / light.sum()), float((light * y).sum() / light.sum())

    def click_all(self, error_px: np.ndarray | None = None) -> None:
        for i in range(9):
            x, y = self.seen()
            dx, dy = (0.0, 0.0) if error_px is None else error_px[i].tolist()
            self.panel.camera_clicked((x + dx, y + dy))
            self.panel.confirm()

    def text(self, name: str) -> str:
        label = self.panel.findChild(QLabel, name)
        assert isinstance(label, QLabel)
        return label.text()

    def button(self, name: str) -> QPushButton:
        button = self.panel.findChild(QPushButton, f"calibration-{name}")
        assert isinstance(button, QPushButton)
        return button

    @property
    def table(self) -> QTableWidget:
        table = self.panel.findChild(QTableWidget)
        assert isinstance(table, QTableWidget)
        return table

    def cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        assert item is not None
        return item.text()


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


def key(bench: Bench, code: Qt.Key, times: int = 1, *, shift: bool = False) -> None:
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    for _ in range(times):
        QTest.keyClick(bench.panel, code, modifier)


def test_clicking_the_crosses_finds_the_truth_of_the_simulator(bench: Bench) -> None:
    bench.click_all()
    assert bench.text("calibration-title").endswith("all placed")
    assert bench.text("calibration-quality").endswith("Good.")
    bench.button("accept").click()
    (calibration,) = bench.accepted
    fit = calibration.fit
    assert fit.rms_um is not None
    assert fit.rms_um < 0.2
    corners = np.array([(0, 0), (CAMERA[0], 0), (0, CAMERA[1]), CAMERA], float)
    away = fit.camera_to_display.apply(corners) - TRUTH.apply(corners)
    off_um = np.hypot(*away.T) / math.sqrt(abs(np.linalg.det(TRUTH.matrix[:, :2]))) * UM_PER_PX
    assert off_um.max() < 0.3
    assert applies(calibration, SETTING)
    assert calibration.made_on == date.today()
    projection = eyepiece_projection((calibration,), SETTING, EyepieceLook())
    assert projection.calibrated
    assert bench.ended == [True]
    assert not bench.panel.running
    assert bench.target is None


def test_nudging_alone_finds_it_too(bench: Bench) -> None:
    for _ in range(9):
        goal = bench.seen()
        key(bench, Qt.Key.Key_Right)
        assert bench.mark is not None
        for axis, (less, more) in enumerate(
            ((Qt.Key.Key_Left, Qt.Key.Key_Right), (Qt.Key.Key_Up, Qt.Key.Key_Down))
        ):
            away = round(goal[axis] - bench.mark[axis])
            tens, ones = divmod(abs(away), 10)
            towards = more if away > 0 else less
            key(bench, towards, tens, shift=True)
            key(bench, towards, ones)
        key(bench, Qt.Key.Key_Return)
    fit = bench.panel.fit
    assert fit is not None
    assert fit.rms_um is not None
    assert fit.rms_um < UM_PER_PX


def test_residuals_are_shown_point_by_point_as_soon_as_there_are_any(bench: Bench) -> None:
    assert bench.text("calibration-quality") == "0 of at least 3 targets are placed"
    for _ in range(3):
        bench.panel.camera_clicked(bench.seen())
        bench.panel.confirm()
    assert "Three points fit any map" in bench.text("calibration-quality")
    assert bench.button("accept").isEnabled()
    bench.panel.camera_clicked(bench.seen())
    fit = bench.panel.fit
    assert fit is not None
    assert [bench.cell(row, 2) for row in range(4)] == [f"{r:.2f}" for r in fit.residuals_um]
    assert bench.cell(4, 2) == ""
    assert f"{fit.rms_um:.2f} µm over 4 points" in bench.text("calibration-quality")


def test_a_bad_click_is_named_and_placed_again(bench: Bench) -> None:
    error = np.random.default_rng(2).normal(0, 0.7, (9, 2))
    error[5] += (40, 30)
    bench.click_all(error)
    assert "contradict target 6" in bench.text("calibration-quality")
    assert [bench.cell(row, 3) for row in range(9)] == [""] * 5 + ["look again"] + [""] * 3
    QTest.mouseClick(
        bench.table.viewport(),
        Qt.MouseButton.LeftButton,
        pos=bench.table.visualItemRect(bench.table.item(5, 0)).center(),
    )
    assert bench.text("calibration-title").endswith("target 6 of 9")
    bench.panel.camera_clicked(bench.seen())
    bench.panel.confirm()
    assert bench.text("calibration-quality").endswith("Good.")


def test_scattered_clicks_are_warned_of(bench: Bench) -> None:
    bench.click_all(np.random.default_rng(4).normal(0, 12, (9, 2)))
    fit = bench.panel.fit
    assert fit is not None
    assert fit.rms_um is not None
    assert fit.rms_um > GOOD_RESIDUAL_UM
    assert "More than 2 µm" in bench.text("calibration-quality")


def test_keys_go_back_take_away_and_give_up(bench: Bench) -> None:
    bench.panel.camera_clicked(bench.seen())
    key(bench, Qt.Key.Key_Enter)
    assert bench.text("calibration-title").endswith("target 2 of 9")
    key(bench, Qt.Key.Key_Backspace)
    assert bench.mark is not None
    key(bench, Qt.Key.Key_Delete)
    assert bench.mark is None
    key(bench, Qt.Key.Key_Escape)
    assert not bench.panel.running
    assert bench.target is None
    assert bench.accepted == []
    assert bench.ended == [True]


def test_the_arrows_still_nudge_after_a_click_into_the_list(bench: Bench) -> None:
    bench.panel.camera_clicked((300.0, 300.0))
    bench.table.setFocus()
    QTest.keyClick(bench.table, Qt.Key.Key_Down)
    assert bench.mark == (300.0, 301.0)


def test_starting_again_forgets_all_marks(bench: Bench) -> None:
    bench.click_all()
    bench.button("start-again").click()
    assert bench.panel.fit is None
    assert bench.text("calibration-title").endswith("target 1 of 9")


def test_what_cannot_be_done_is_not_offered(bench: Bench) -> None:
    enabled = {name: bench.button(name).isEnabled() for name in ("back", "next", "accept")}
    assert enabled == {"back": False, "next": False, "accept": False}
    bench.panel.accept()
    assert bench.accepted == []
    bench.panel.cancel()
    bench.panel.cancel()
    assert bench.ended == [True]
    for step in (bench.panel.confirm, bench.panel.back, bench.panel.clear_mark, bench.panel.redo):
        step()
    bench.panel.camera_clicked((1.0, 1.0))
    bench.panel.nudge(1.0, 0.0)
    assert bench.mark is None


def test_a_page_that_is_closed_ends_it(bench: Bench) -> None:
    bench.panel.close()
    assert not bench.panel.running
    assert bench.target is None
    assert bench.ended == [True]


def test_it_says_where_the_cross_is_seen(bench: Bench) -> None:
    def says(text: str) -> bool:
        return any(text in label.text() for label in bench.panel.findChildren(QLabel))

    assert says("Look into the eyepiece at the cross")
    bench.panel.set_seen_in_camera(True)
    assert says("the camera sees the\ncross. Click its middle.")
    assert not says("Look into the eyepiece")


def test_it_is_not_modal(bench: Bench) -> None:
    assert not bench.panel.isModal()
    assert QApplication.activeModalWidget() is None
