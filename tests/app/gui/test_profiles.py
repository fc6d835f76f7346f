"""Stain profiles of the user's own in the window: offered, and saved from tried thresholds."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.gui.profile_wiring import ProfileWiring
from app.session.events import Shown
from app.storage.stain_profile_folder import StainProfileFolder
from inference.stain.profile import StainProfile, load_stain_profile
from tests.app.gui.wired_desk import Desk

TRIED = {"weak": 0.12, "intense": 0.6}


@pytest.fixture
def folder(tmp_path: Path) -> StainProfileFolder:
    return StainProfileFolder(tmp_path / "stain-profiles")


@pytest.fixture
def profiles(desk: Desk, folder: StainProfileFolder) -> ProfileWiring:
    desk.sitting()
    made = ProfileWiring(desk.wiring, desk.window, desk.display, folder, lambda: date(2026, 5, 4))
    desk.session.since()
    return made


def own(name: str) -> StainProfile:
    return load_stain_profile("camera").model_copy(update={"name": name})


def tried(desk: Desk, made: SimpleNamespace) -> None:
    desk.tell(Shown(2, made.shown(thresholds_od=TRIED, previewed=True)))


def name_edit(desk: Desk) -> QLineEdit:
    (edit,) = desk.window.thresholds.form.findChildren(QLineEdit)
    return edit


# Offered


def test_the_list_is_read_again_each_time_it_is_opened(
    desk: Desk, profiles: ProfileWiring, folder: StainProfileFolder, qtbot: QtBot
) -> None:
    choice = desk.window.thresholds.profile
    assert choice.names == ["camera", "scanner"]
    folder.add(own("lab"))
    choice.showPopup()
    assert choice.names == ["camera", "scanner", "lab"]
    assert choice.itemText(2) == "lab (own)"
    choice.hidePopup()
    (folder.path / "lab.toml").unlink()
    choice.showPopup()
    assert choice.names == ["camera", "scanner"]
    choice.hidePopup()


def test_one_of_the_users_own_is_chosen_by_its_name(
    desk: Desk, profiles: ProfileWiring, folder: StainProfileFolder, made: SimpleNamespace
) -> None:
    folder.add(own("lab"))
    sitting = made.sitting()
    desk.tell(replace(sitting, slide=replace(sitting.slide, fields=())))
    profiles.look()
    choice = desk.window.thresholds.profile
    choice.setCurrentIndex(2)
    choice.activated.emit(2)
    assert ("choose_stain", "lab") in desk.session.since()


def test_the_profile_in_force_stays_in_the_list_when_its_file_is_gone(
    desk: Desk, profiles: ProfileWiring, made: SimpleNamespace
) -> None:
    sitting = made.sitting()
    desk.tell(replace(sitting, slide=replace(sitting.slide, stain="gone")))
    profiles.look()
    assert desk.window.thresholds.profile.name == "gone"


def test_a_broken_file_is_left_out_and_told_once(
    desk: Desk, profiles: ProfileWiring, folder: StainProfileFolder
) -> None:
    folder.add(own("lab"))
    (folder.path / "broken.toml").write_text("name =", "utf-8")
    profiles.look()
    assert desk.window.thresholds.profile.names == ["camera", "scanner", "lab"]
    assert desk.window.said.startswith("Stain profile 'broken' cannot be read")
    desk.window.say("")
    profiles.look()
    assert desk.window.said == ""


# Saved


def test_tried_thresholds_become_a_profile_and_the_slide_stays_as_it_is(
    desk: Desk,
    profiles: ProfileWiring,
    folder: StainProfileFolder,
    made: SimpleNamespace,
    qtbot: QtBot,
) -> None:
    desk.window.show()
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    tried(desk, made)
    desk.session.since()
    QTest.keyClick(desk.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    edit = name_edit(desk)
    qtbot.waitUntil(edit.hasFocus)
    QTest.keyClicks(edit, "lab 4B5")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    saved = folder.load("lab 4B5")
    assert {level.name: level.threshold_od for level in saved.levels} == TRIED
    assert saved.name == "lab 4B5"
    assert "2026-05-04 (weak 0.120, intense 0.600); all else from camera" in saved.origin
    assert desk.session.since() == [], "neither confirmed nor chosen"
    assert desk.window.thresholds.dirty
    assert desk.window.thresholds.form.isHidden()
    assert desk.window.thresholds.profile.names == ["camera", "scanner", "lab 4B5"]
    assert "Saved as lab 4B5" in desk.window.said
    assert desk.window.picture.hasFocus()


@pytest.mark.parametrize("name", ["camera", "lab", "a/b"])
def test_a_name_that_cannot_be_had_is_told_beside_it(
    desk: Desk,
    profiles: ProfileWiring,
    folder: StainProfileFolder,
    made: SimpleNamespace,
    name: str,
) -> None:
    folder.add(own("lab"))
    tried(desk, made)
    desk.wiring.do("save-profile")
    name_edit(desk).setText(name)
    name_edit(desk).returnPressed.emit()
    form = desk.window.thresholds.form
    assert form.says.startswith("Not saved: ")
    assert not form.isHidden()
    assert name_edit(desk).text() == name
    assert [file.name for file in folder.path.iterdir()] == ["lab.toml"]
    name_edit(desk).setText("another")
    assert "Not saved" not in form.says


def test_a_folder_that_cannot_be_written_is_told(
    desk: Desk, profiles: ProfileWiring, folder: StainProfileFolder, made: SimpleNamespace
) -> None:
    folder.path.write_text("a file in its place", "utf-8")
    tried(desk, made)
    desk.wiring.do("save-profile")
    name_edit(desk).setText("lab")
    name_edit(desk).returnPressed.emit()
    assert desk.window.thresholds.form.says.startswith("Not saved: ")


def test_thresholds_of_the_profile_itself_are_nothing_to_save(
    desk: Desk, profiles: ProfileWiring, made: SimpleNamespace
) -> None:
    bar = desk.window.thresholds
    desk.wiring.do("save-profile")
    assert bar.form.isHidden()
    assert "Nothing to save" in desk.window.said
    assert not bar._save.isEnabled()
    sitting = made.sitting()
    changed = {"weak": 0.2}
    stain = sitting.stain.with_thresholds(changed)
    slide = replace(sitting.slide, thresholds_od=changed)
    desk.tell(replace(sitting, slide=slide, stain=stain), Shown(3, None))
    assert bar._save.isEnabled(), "confirmed ones can be saved as well"
    assert bar.changed_profile == stain


def test_esc_and_return_in_the_name_do_nothing_to_the_slide(
    desk: Desk,
    profiles: ProfileWiring,
    folder: StainProfileFolder,
    made: SimpleNamespace,
    qtbot: QtBot,
) -> None:
    desk.window.show()
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    tried(desk, made)
    desk.session.since()
    wanted: list[str] = []
    desk.window.action.connect(wanted.append)
    desk.wiring.do("save-profile")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):  # no name: Return confirms nothing, too
        QTest.keyClick(QApplication.focusWidget(), key)
    assert wanted == []
    assert desk.session.since() == []
    assert desk.window.thresholds.form.isHidden()
    assert not folder.path.exists()
