"""Slides that are kept: listed, looked at and exported, while the sitting goes on untouched."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.gui import kept_slides
from app.gui.background import Background
from app.gui.kept_slides import NO_STORE, KeptSlides
from app.gui.slides_page import NOTHING_KEPT
from app.model.sitting_state import SlideState
from app.slide_export import export as exporting
from app.slide_export.export import export_slide
from app.slide_viewing import ViewedSlide
from app.storage.cases.reader import load_slide
from app.storage.cases.reader import slides as all_slides
from app.storage.cases.store import CaseStore, open_store
from tests.app.gui.wired_desk import Desk
from tests.app.keeping.kept_sitting import keep_cases

PATIENCE_MS = 200_000
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep a finished slide of three fields with changes of every kind, and one in work."""
    return keep_cases(tmp_path_factory.mktemp("kept") / "cases", ("S26-2", "B2"))


@pytest.fixture
def store(kept: Path, tmp_path: Path) -> Iterator[CaseStore]:
    """Open a copy, so that a test cannot change what the next one reads."""
    with open_store(Path(shutil.copytree(kept, tmp_path / "cases"))) as store:
        yield store


class Kept:
    """The pages over a store, and a session that must not be asked for anything."""

    def __init__(self, desk: Desk, store: CaseStore | None, qtbot: QtBot) -> None:
        self.desk, self.store, self.qtbot = desk, store, qtbot
        self.slides = KeptSlides(desk.window, desk.display, desk.wiring.pages, store)
        self.page, self.viewer = self.slides.page, self.slides.viewer
        for action in ("slides", "export"):
            desk.wiring.serve(action, partial(self.slides.do, action))
        desk.session.since()

    def until(self, holds: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=PATIENCE_MS)

    def listed(self) -> "Kept":
        self.desk.wiring.do("slides")
        self.until(lambda: self.page.rows or self.page.empty_text not in ("", "Looking …"))
        return self

    def choose(self, name: str) -> "Kept":
        found = {each.name: each.id for each in all_slides(self.slides._store)}  # type: ignore[arg-type]
        assert self.page.choose(found[name])
        return self

    def press(self, text: str) -> None:
        (button,) = [b for b in self.page.findChildren(QPushButton) if b.text() == text]
        assert button.isEnabled()
        button.click()

    @property
    def viewed(self) -> ViewedSlide:
        assert self.slides._viewed is not None
        return self.slides._viewed

    def open(self, name: str) -> "Kept":
        self.listed().choose(name).press("Open")
        self.until(lambda: self.slides._viewed and not self.viewed.tally.pending)
        self.until(lambda: self.viewer.picture.shown is not None)
        return self

    def in_work(self, name: str, *, finished: bool = False, unsaved: int = 0) -> None:
        """Let the session tell that a kept slide is on the stage."""
        assert self.store is not None
        (record,) = [each for each in all_slides(self.store) if each.name == name]
        slide = SlideState(
            str(record.provenance["slide"]), record.case, name, "camera", "asco-cap-2018"
        )
        sitting = self.desk.made.sitting(
            version=next(VERSIONS), slide=replace(slide, finished=finished), unsaved=unsaved
        )
        self.desk.tell(sitting)


VERSIONS = iter(range(10, 1000))


@pytest.fixture
def given(desk: Desk, store: CaseStore, qtbot: QtBot) -> Iterator[Kept]:
    made = Kept(desk, store, qtbot)
    desk.window.show()
    yield made
    made.slides.close()
    ours = {"slides", "viewing", "field picture", "export"}
    assert not ours & {each.name for each in threading.enumerate()}


def key(which: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focus = QApplication.focusWidget() or QApplication.activeWindow()
    assert focus is not None
    QTest.keyClick(focus, which, modifier)


# The list


def test_slides_are_listed_the_newest_first_and_found_by_words(given: Kept) -> None:
    given.listed()
    newest, oldest = given.page.rows
    assert (newest[:2], newest[3:]) == (("S26-2", "B2"), ("not finished", "1", "–", "–"))
    assert (oldest[:2], oldest[3:5], oldest[6]) == (("S26-1", "A1"), ("finished", "3"), "2+")
    (record,) = [each for each in all_slides(given.slides._store) if each.name == "A1"]  # type: ignore[arg-type]
    assert record.proposal is not None
    assert oldest[5] == record.proposal["score"]
    given.page.search("a1 FINISHED")
    assert given.page.rows == [oldest]
    assert given.page.chosen is not None
    assert given.page.chosen.name == "A1", "what is not seen cannot be the one that is opened"
    given.page.search("a1 b2")
    assert given.page.rows == []
    assert given.page.empty_text == "No slide has all these words."
    assert given.page.chosen is None


def test_an_empty_store_says_so(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    with open_store(tmp_path / "nothing") as store:
        made = Kept(desk, store, qtbot).listed()
        assert made.page.empty_text == NOTHING_KEPT
        made.slides.close()


def test_without_a_store_there_is_one_line(desk: Desk, qtbot: QtBot) -> None:
    made = Kept(desk, None, qtbot)
    desk.wiring.do("slides")
    assert desk.window.said == NO_STORE
    assert not made.page.isVisible()
    made.slides.close()


def test_a_store_that_cannot_be_read_is_told_in_the_page(
    given: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: CaseStore) -> None:
        raise OSError("the disk is gone\nand more")

    monkeypatch.setattr(kept_slides, "slides", broken)
    given.listed()
    assert given.page.empty_text == "The disk is gone"
    assert given.page.chosen is None


def test_the_list_follows_a_slide_that_is_finished(
    given: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.in_work("B2")
    given.listed()
    assert given.page.rows[0][3] == "in work"
    asked: list[object] = []
    monkeypatch.setattr(given.slides, "refresh", lambda: asked.append(1))
    given.in_work("B2", finished=True, unsaved=1)
    assert not asked, "it is not on disk yet"
    assert not given.desk.window.menus.is_enabled("export")
    given.in_work("B2", finished=True)
    assert len(asked) == 1
    assert given.desk.window.menus.is_enabled("export")
    given.in_work("B2", finished=True)
    assert len(asked) == 1


def test_the_pages_are_as_high_as_they_want_to_be(given: Kept) -> None:
    given.open("A1")
    assert given.page.window().height() >= 500, "a table is not as high as the line below it"
    assert given.viewer.window().height() >= 700


# A slide that is looked at


def test_a_finished_slide_is_looked_at_and_nothing_of_it_or_the_sitting_changes(
    given: Kept,
) -> None:
    assert given.store is not None
    given.in_work("B2")
    given.open("A1")
    viewer, desk = given.viewer, given.desk
    record = given.viewed.sitting.record
    before = load_slide(given.store, record.id).steps
    assert viewer.words[:2] == ("FINISHED SLIDE, READ ONLY", "S26-1 · A1")
    assert "read only" in viewer.window().windowTitle()
    # As it was finished: the same counts and score, with the changes of the pathologist.
    score = given.viewed.tally.tally.edited
    assert record.proposal is not None
    assert (str(score.score), score.n_fields) == (record.proposal["score"], 3)
    assert given.viewed.note == ""
    assert list(viewer.strip.thumbs) == list(given.viewed.fields)
    shown = viewer.picture.shown
    assert shown is not None
    assert shown.number == 1
    assert shown.regions, "the region that was drawn in it"
    # Each key that would change the slide in work is refused here, and reaches nobody.
    QTest.mouseClick(viewer.picture, Qt.MouseButton.LeftButton)
    for which, modifier in (
        (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier),
    ):
        key(which, modifier)
        assert "is not done here: the slide is read only" in viewer.words[2]
    key(Qt.Key.Key_BracketRight)
    given.until(lambda: viewer.picture.shown is not None and viewer.picture.shown.number == 2)
    asked = [call for call in desk.session.since() if call[0] != "set_view"]  # the main window's
    assert asked == []
    assert load_slide(given.store, record.id).steps == before


def test_one_key_goes_back_to_the_sitting(given: Kept) -> None:
    for which in (Qt.Key.Key_Home, Qt.Key.Key_Escape):
        given.open("A1")
        given.until(given.viewer.window().isActiveWindow)
        key(which)
        assert not given.viewer.isVisible()
        assert given.slides._viewed is None
        assert given.viewer.picture.shown is None, "its pictures are let go of"


def test_the_slide_in_work_is_not_looked_at_twice(given: Kept) -> None:
    given.in_work("B2")
    given.listed().choose("B2").press("Open")
    assert given.page.says == "B2 is the slide in work: it stands in the main window"
    assert not given.viewer.isVisible()


def test_no_cells_lie_over_the_picture_of_another_field(given: Kept) -> None:
    given.open("A1")
    first, second = list(given.viewed.fields)[:2]
    given.viewer.open_field(second)
    assert given.viewer.picture.shown is None
    given.viewer.show_picture(first, np.zeros((320, 400, 3), np.uint8))  # comes too late
    assert given.viewer.picture.shown is None
    given.until(lambda: given.viewer.picture.shown is not None)
    shown = given.viewer.picture.shown
    assert shown is not None
    assert shown.number == 2


def test_a_field_whose_picture_is_gone_is_told_and_does_not_count(given: Kept) -> None:
    assert given.store is not None
    (a1,) = [each for each in all_slides(given.store) if each.name == "A1"]
    gone = load_slide(given.store, a1.id).fields[1].image_sha256
    for path in given.store.images.rglob(f"*{gone}*"):
        path.unlink()
    given.open("A1")
    assert given.viewer.words[2].startswith("Field 2 cannot be loaded: ")
    assert (given.viewed.tally.missing, given.viewed.tally.tally.edited.n_fields) == (1, 2)


# Export


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".png")
    }


def test_an_export_writes_what_the_command_writes(given: Kept, tmp_path: Path) -> None:
    assert given.store is not None
    place = tmp_path / "place"
    place.mkdir()
    given.listed().choose("A1").press("Export …")
    dialog = given.slides.dialog
    assert isinstance(dialog, QFileDialog)
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(place))
    dialog.close()
    given.until(lambda: not given.slides._exporting.busy)
    (folder,) = place.iterdir()
    assert folder.name == "S26-1 - A1"
    assert given.page.says == f"A1 of case S26-1 is in {folder}, with report.pdf"
    assert given.desk.window.said == f"Exported: {given.page.says}"
    (a1,) = [each for each in all_slides(given.store) if each.name == "A1"]
    export_slide(given.store, a1.id, tmp_path / "command")
    assert files(folder) == files(tmp_path / "command")
    names = {path.name for path in folder.iterdir()}
    assert {"slide.json", "report.pdf", "cells.csv", "field 3-overlay.png"} <= names
    # Once more: a folder of its own again.
    given.slides.export(a1, place)
    given.until(lambda: not given.slides._exporting.busy)
    assert sorted(each.name for each in place.iterdir()) == ["S26-1 - A1", "S26-1 - A1 (2)"]


@pytest.mark.parametrize("stopped", [False, True])
def test_an_export_that_ends_in_the_middle_leaves_nothing(
    given: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    at_end, go_on = threading.Event(), threading.Event()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    real = kept_slides.export_slide

    def held(*args: object, **named: object) -> object:
        at_end.set()
        assert go_on.wait(60)
        return real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_slides, "export_slide", held)
    if not stopped:
        monkeypatch.setattr(exporting, "write_report_pdf", fail)
    place = tmp_path / "place"
    place.mkdir()
    given.listed().choose("A1")
    assert given.page.chosen is not None
    given.slides.export(given.page.chosen, place)
    assert at_end.wait(60)
    assert given.page.says == "Exporting A1 of case S26-1 …"
    given.slides.ask_folder(given.page.chosen)
    assert given.slides.dialog is None, "one at a time"
    if stopped:
        given.press("Stop export")
    go_on.set()
    given.until(lambda: not given.slides._exporting.busy)
    said = "stopped, and nothing was written" if stopped else "No space left on device"
    assert given.page.says.startswith("Not exported: ")
    assert said in given.page.says
    assert list(place.iterdir()) == []


def test_the_program_ends_in_the_middle_of_an_export(given: Kept, tmp_path: Path) -> None:
    given.listed().choose("A1")
    assert given.page.chosen is not None
    given.slides.export(given.page.chosen, tmp_path / "place")
    given.slides.close()  # waits for the thread, which the fixture looks for
    left = tmp_path / "place" / "S26-1 - A1"
    assert not left.exists() or (left / "slide.json").exists(), "all or nothing"


def test_the_slide_in_work_is_exported_when_it_is_finished(given: Kept) -> None:
    given.in_work("A1")
    given.slides.do("export")
    assert given.desk.window.said.startswith("Finish the slide first")
    assert not given.page.isVisible()
    given.in_work("A1", finished=True)
    given.desk.wiring.do("export")
    given.until(lambda: given.slides.dialog is not None)
    assert given.page.chosen is not None
    assert given.page.chosen.name == "A1"
    assert given.slides.dialog is not None
    given.slides.dialog.close()
    assert given.slides.dialog is None


# Work beside the windows


def test_of_work_that_was_replaced_nothing_is_told(qtbot: QtBot) -> None:
    background = Background("test")
    go_on = threading.Event()
    came: list[object] = []
    background.start(lambda _: go_on.wait(60), lambda _: came.append("old"), came.append)
    background.start(lambda _: "new", came.append, came.append)
    go_on.set()
    qtbot.waitUntil(lambda: came == ["new"])
    background.start(lambda _: 1 / 0, came.append, came.append)
    qtbot.waitUntil(lambda: came == ["new", "division by zero"])
    assert not background.busy
    background.close()
    assert SimpleNamespace(threads=background._threads).threads == []
