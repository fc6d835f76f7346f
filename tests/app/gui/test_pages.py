"""Small windows beside the main window, in which its keys work: but not those that are theirs."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from app.gui.about import AboutPage
from app.gui.calibration_panel import CalibrationPanel, CalibrationTask
from app.gui.keys_page import KeysPage
from app.gui.main_window import MainWindow
from app.gui.pages import Page, Pages
from app.model.eyepiece import EyepieceSetting
from hardware.eyepiece_calibration import centered_fit


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.fixture
def actions(window: MainWindow) -> list[str]:
    wanted: list[str] = []
    window.action.connect(wanted.append)
    return wanted


def opened(window: MainWindow, qtbot: QtBot, page: QWidget) -> Page:
    Pages(window).open("page", lambda: page)
    (dialog,) = window.findChildren(Page)
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def press(key: Qt.Key) -> None:
    focus = QApplication.focusWidget() or QApplication.activeWindow()
    assert focus is not None
    QTest.keyClick(focus, key)


@pytest.mark.parametrize("kind", ["keys", "about"])
def test_esc_closes_a_page_and_cancels_nothing_else(
    window: MainWindow, qtbot: QtBot, actions: list[str], kind: str
) -> None:
    page = KeysPage(window.keys) if kind == "keys" else AboutPage()
    dialog = opened(window, qtbot, page)
    press(Qt.Key.Key_O)
    assert actions == ["overlay"], "the keys of the main window work in it"
    press(Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert actions == ["overlay"]


def test_about_is_as_high_as_its_text(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot, AboutPage())
    last = dialog.findChildren(QLabel)[-1]
    assert dialog.height() - last.mapTo(dialog, last.rect().bottomLeft()).y() < 80


@pytest.fixture
def calibration(window: MainWindow, qtbot: QtBot) -> Iterator[CalibrationPanel]:
    page = QWidget(window, Qt.WindowType.Tool)
    panel = CalibrationPanel(page)
    page.show()
    setting = EyepieceSetting("20x", "Simulated", "AR", (1504, 1000), (640, 480))
    panel.begin(CalibrationTask(setting, 0.424, centered_fit((1504, 1000), (640, 480))))
    panel.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    yield panel
    panel.cancel()


def test_the_keys_of_a_calibration_do_nothing_to_the_slide(
    calibration: CalibrationPanel, actions: list[str]
) -> None:
    calibration.camera_clicked((300.0, 200.0))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
        press(key)
    assert actions == []
    course = calibration._course
    assert course is not None
    assert (course.at, course.mark) == (0, None), "on, back, and the mark taken away"
    press(Qt.Key.Key_Escape)
    assert not calibration.running
    assert actions == []
    press(Qt.Key.Key_Backspace)
    assert actions == ["drop-last-field"], "afterwards the keys are the main window's again"


def test_a_click_in_the_picture_leaves_the_keys_with_the_calibration(
    calibration: CalibrationPanel, window: MainWindow, qtbot: QtBot
) -> None:
    window.activateWindow()
    window.picture.setFocus()
    qtbot.waitUntil(window.isActiveWindow)
    calibration.camera_clicked((300.0, 200.0))
    qtbot.waitUntil(lambda: QApplication.focusWidget() is calibration)
    press(Qt.Key.Key_Right)
    course = calibration._course
    assert course is not None
    assert course.mark == (301.0, 200.0)


def test_nothing_of_a_calibration_is_cut_off(calibration: CalibrationPanel) -> None:
    page = calibration.window()
    page.resize(10, 10)
    for label in calibration.findChildren(QLabel):
        wraps = label.hasHeightForWidth()
        needed = label.heightForWidth(label.width()) if wraps else label.sizeHint().height()
        assert label.height() >= needed
    (table,) = calibration.findChildren(QTableWidget)
    assert table.viewport().height() >= 9 * table.rowHeight(0)
