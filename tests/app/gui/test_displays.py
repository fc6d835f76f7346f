"""The eyepiece window on its display: two screens without X, and screens that come and go."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.gui.displays import Displays, identity
from app.gui.eyepiece_placement import SMALL_WINDOW, EyepiecePlacement, Place
from app.gui.eyepiece_window import EyepieceWindow
from app.model.eyepiece_display import DisplayIdentity

PROGRAM = Path(__file__).with_name("eyepiece_program.py")
SCREENS = {
    "screens": [
        {"name": "1-MAIN", "x": 0, "y": 0, "width": 1600, "height": 1200},
        {"name": "2-AR", "x": 1600, "y": 100, "width": 800, "height": 600},
    ]
}


def told_by_program(tmp_path: Path, commands: list[str]) -> list[dict[str, object]]:
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps(SCREENS))
    answer = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input="\n".join([*commands, "quit"]) + "\n",
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screens}"},
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_of_two_screens_the_second_is_offered_and_filled(tmp_path: Path) -> None:
    told = told_by_program(tmp_path, ["choose 0"])
    (displays,) = (line for line in told if line["kind"] == "displays")
    assert [display["name"] for display in displays["usable"]] == ["2-AR"]  # type: ignore[attr-defined]
    placed = next(line for line in told if line["kind"] == "placed")
    assert placed["geometry"] == [1600, 100, 800, 600]
    assert (placed["screen"], placed["primary"]) == ("2-AR", False)
    assert (placed["visible"], placed["frameless"]) == (True, True)


def test_the_small_window_has_a_frame_and_stays_small(tmp_path: Path) -> None:
    told = told_by_program(tmp_path, ["choose 0", "small", "choose 0", "away"])
    places = [
        (line["place"], line["frameless"], line["geometry"][2:])  # type: ignore[index]
        for line in told
        if line["kind"] == "placed"
    ]
    assert places[:3] == [
        ("display", True, [800, 600]),
        ("small", False, [800, 600]),
        ("display", True, [800, 600]),
    ]
    assert places[3][0] == "away"
    assert told[-2]["visible"] is False


def test_without_a_second_display_nothing_is_shown_by_itself(
    qtbot: QtBot, qapp: QApplication
) -> None:
    assert isinstance(qapp, QGuiApplication)
    displays = Displays(qapp)
    primary = qapp.primaryScreen()
    assert displays.usable == ()
    assert displays.find(identity(primary)) is None
    window = EyepieceWindow()
    qtbot.addWidget(window)
    notices: list[str] = []
    placement = EyepiecePlacement(window, displays)
    placement.notice.connect(notices.append)
    placement.restore(identity(primary))
    assert not window.isVisible()
    assert len(notices) == 1


class Plugs(QObject):
    """Displays that a test plugs and unplugs; all of them are the one screen that there is."""

    changed = Signal()

    def __init__(self, screen: QScreen) -> None:
        super().__init__()
        self.screen = screen
        self.there = True

    def find(self, wanted: DisplayIdentity) -> QScreen | None:
        return self.screen if self.there else None

    def plug(self, there: bool) -> None:
        self.there = there
        self.changed.emit()


class Bench:
    def __init__(self, qtbot: QtBot, screen: QScreen) -> None:
        self.plugs = Plugs(screen)
        self.window = EyepieceWindow()
        qtbot.addWidget(self.window)
        self.placement = EyepiecePlacement(self.window, self.plugs)  # type: ignore[arg-type]
        self.notices: list[str] = []
        self.placement.notice.connect(self.notices.append)
        self.chosen: list[object] = []
        self.placement.chosen.connect(self.chosen.append)
        self.display = identity(screen)

    @property
    def state(self) -> tuple[Place, bool]:
        return self.placement.place, self.window.isVisible()


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication) -> Bench:
    return Bench(qtbot, qapp.primaryScreen())


def test_unplugged_it_is_hidden_and_said_and_plugged_it_is_back(bench: Bench) -> None:
    bench.placement.choose(bench.display)
    assert bench.chosen == [bench.display]
    assert bench.state == (Place.DISPLAY, True)
    assert bench.placement.display == bench.display.label
    bench.plugs.plug(False)
    assert bench.state == (Place.AWAY, False)
    assert bench.placement.display == ""
    assert len(bench.notices) == 1
    assert bench.display.name in bench.notices[0]
    bench.plugs.plug(False)  # another display comes or goes
    assert len(bench.notices) == 1
    bench.plugs.plug(True)
    assert bench.state == (Place.DISPLAY, True)
    assert bench.notices[1:] == [""]
    assert bench.chosen == [bench.display], "nothing was chosen anew"


def test_remembered_but_away_is_said_at_the_start(bench: Bench) -> None:
    bench.plugs.there = False
    bench.placement.restore(bench.display)
    assert bench.state == (Place.AWAY, False)
    assert len(bench.notices) == 1
    bench.placement.choose(None)
    assert bench.notices[1:] == [""]
    assert bench.chosen == [None]


def test_put_away_by_the_user_it_stays_away(bench: Bench) -> None:
    bench.placement.choose(bench.display)
    bench.placement.put_away()
    bench.plugs.plug(False)
    bench.plugs.plug(True)
    assert bench.state == (Place.AWAY, False)
    assert bench.notices == []


def test_closed_by_the_user_it_stays_away(bench: Bench) -> None:
    bench.placement.choose(bench.display)
    bench.window.close()
    bench.plugs.plug(True)
    assert bench.state == (Place.AWAY, False)


def test_the_small_window_is_not_disturbed_by_displays(bench: Bench) -> None:
    bench.placement.choose(bench.display)
    bench.placement.show_small()
    for there in (False, True):
        bench.plugs.plug(there)
        assert bench.state == (Place.SMALL, True)
    assert bench.placement.display == SMALL_WINDOW
    assert not bench.window.isFullScreen()
    assert bench.window.geometry().size() == QRect(0, 0, 800, 600).size()
    bench.placement.choose(bench.display)
    assert bench.state == (Place.DISPLAY, True)
    assert bench.window.isFullScreen()
