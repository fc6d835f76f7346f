"""The settings of the eyepiece."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from app.gui.eyepiece_panel import EyepiecePanel
from app.model.eyepiece import EyepieceLook
from app.model.eyepiece_display import DisplayIdentity
from hardware.eyepiece_calibration import EyepieceCalibration, PointPair

AR = DisplayIdentity("HDMI-1", "Sony", "7", 1600, 0, 1920, 1080)
TV = DisplayIdentity("HDMI-2", "", "", 3520, 0, 1920, 1080)


@pytest.fixture
def panel(qtbot: QtBot) -> EyepiecePanel:
    panel = EyepiecePanel()
    qtbot.addWidget(panel)
    return panel


def choices(panel: EyepiecePanel) -> QComboBox:
    box = panel.findChild(QComboBox, "eyepiece-display")
    assert isinstance(box, QComboBox)
    return box


def test_displays_are_listed_and_the_chosen_one_stands(panel: EyepiecePanel) -> None:
    told: list[object] = []
    panel.display_chosen.connect(told.append)
    panel.show_displays((AR, TV), TV)
    box = choices(panel)
    assert [box.itemText(i) for i in range(box.count())] == ["None", AR.label, TV.label]
    assert box.currentText() == TV.label
    assert told == []
    box.setCurrentIndex(1)
    box.setCurrentIndex(0)
    assert told == [AR, None]


def test_a_display_that_is_away_stays_listed(panel: EyepiecePanel) -> None:
    panel.show_displays((TV,), AR)
    assert choices(panel).currentText() == f"{AR.label}, not there"


def test_sliders_tell_and_show_the_look(panel: EyepiecePanel) -> None:
    told: list[object] = []
    panel.look_changed.connect(told.append)
    panel.show_look(EyepieceLook(0.5, 2.0, 1.5))
    assert told == []
    assert panel.look == EyepieceLook(0.5, 2.0, 1.5)
    slider = panel.findChild(QSlider, "eyepiece-line-width")
    assert isinstance(slider, QSlider)
    slider.setValue(slider.maximum())
    assert told == [EyepieceLook(0.5, 4.0, 1.5)]
    for name in ("brightness", "line-width", "point-size"):
        slider = panel.findChild(QSlider, f"eyepiece-{name}")
        assert isinstance(slider, QSlider)
        slider.setValue(slider.minimum())
    assert panel.look == EyepieceLook(0.05, 0.5, 0.5)


def test_the_state_of_the_calibration_is_said(panel: EyepiecePanel) -> None:
    label = panel.findChild(QLabel, "eyepiece-calibration")
    button = panel.findChild(QPushButton, "eyepiece-calibrate")
    assert isinstance(label, QLabel)
    assert isinstance(button, QPushButton)
    today = date(2026, 5, 1)
    pairs = tuple(
        PointPair((x * 2.0, y * 2.0), (float(x), float(y)))
        for x, y in ((0, 0), (90, 5), (10, 80), (70, 70))
    )
    good = EyepieceCalibration("40x", "S", "AR", (600, 600), (300, 300), 0.2, pairs, today)
    panel.show_calibration("40x", good, today)
    assert label.text() == "40x: 2026-05-01, 0.00 µm"
    panel.show_calibration("40x", replace(good, made_on=today - timedelta(200)), today)
    assert "200 days ago" in label.text()
    assert label.minimumHeight() >= label.heightForWidth(label.minimumWidth()) > 0
    panel.show_calibration("40x", None, today)
    assert "only centered" in label.text()
    assert button.isEnabled()
    panel.show_calibration(None, None, today)
    assert not button.isEnabled()
