"""A small program around the eyepiece, run as a process of its own by the tests of displays.

Commands come as lines on standard input, and all that happens is told as JSON lines on standard
output: a picture comes 25 times a second, as from a camera, until ``stall``.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.gui.displays import Displays
from app.gui.eyepiece_placement import EyepiecePlacement
from app.gui.eyepiece_window import EyepieceWindow
from app.gui.keyboard_pedal import PedalKeys
from app.model.eyepiece import (
    EyepieceLook,
    EyepiecePicture,
    EyepieceSetting,
    EyepieceState,
    eyepiece_picture,
    eyepiece_projection,
)
from app.model.eyepiece_display import DisplayIdentity
from app.model.overlay import Overlay
from hardware.pedals.keyboard import KeyboardPedal
from inference.cells.classes import CellClass

FIELD = (1600, 1200)
INTERVAL_S = 0.04


def tell(kind: str, **values: object) -> None:
    print(json.dumps({"kind": kind, "time_s": time.monotonic(), **values}), flush=True)  # noqa: T201


def many_cells() -> Overlay:
    rng = np.random.default_rng(1)
    membranes = np.zeros((600, 800), np.uint8)
    angle = np.linspace(0, 2 * np.pi, 400)
    centers = rng.uniform((40, 40), (760, 560), (300, 2))
    for number, (x, y) in enumerate(centers):
        columns = np.round(x + 14 * np.cos(angle)).astype(int)
        rows = np.round(y + 14 * np.sin(angle)).astype(int)
        membranes[rows, columns] = number % len(CellClass)
    return Overlay(
        *FIELD,
        um_per_px=0.212,
        xy_px=(centers * 2).astype(np.float32),
        cell_class=(np.arange(300) % len(CellClass)).astype(np.uint8),
        counted=np.ones(300, bool),
        membranes=membranes,
    )


class Program:
    def __init__(self, application: QApplication, remembered: DisplayIdentity | None) -> None:
        self.application = application
        self.overlay = many_cells()
        self.picture: EyepiecePicture | None = None
        self.dark: str | None = None
        self.window = QWidget()
        self.window.setWindowTitle("HER2Scope main")
        self.banner = QLabel()
        self.text = QLineEdit()
        column = QVBoxLayout(self.window)
        column.addWidget(QLabel("Live picture"), 1)
        column.addWidget(self.text)
        column.addWidget(self.banner)
        self.window.resize(900, 600)
        self.window.show()
        self.window.setFocus(Qt.FocusReason.OtherFocusReason)
        self.eyepiece = EyepieceWindow()
        self.displays = Displays(application)
        self.displays.changed.connect(self.tell_displays)
        self.placement = EyepiecePlacement(self.eyepiece, self.displays)
        self.placement.notice.connect(self.notice)
        self.placement.placed.connect(self.placed)
        self.eyepiece.resized.connect(self.project)
        self.pedal = KeyboardPedal()
        self.pedal.open()
        self.keys = PedalKeys(self.pedal)
        self.keys.start()
        self.camera = QTimer()
        self.camera.timeout.connect(self.frame)
        self.camera.start(round(1000 * INTERVAL_S))
        self.input = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self.input.activated.connect(self.commanded)
        self.tell_displays()
        if remembered is not None:
            self.placement.restore(remembered)

    def tell_displays(self) -> None:
        tell("displays", usable=[vars(display) for display in self.displays.usable])

    def notice(self, text: str) -> None:
        self.banner.setText(text)
        tell("notice", text=text)

    def placed(self) -> None:
        place = self.eyepiece.geometry()
        screen = self.eyepiece.screen()
        tell(
            "placed",
            place=self.placement.place.value,
            visible=self.eyepiece.isVisible(),
            geometry=[place.x(), place.y(), place.width(), place.height()],
            screen=screen.name(),
            primary=screen is self.application.primaryScreen(),
            frameless=bool(self.eyepiece.windowFlags() & Qt.WindowType.FramelessWindowHint),
        )
        self.project()

    def project(self) -> None:
        setting = EyepieceSetting(
            "40x", "Simulated", self.placement.display, FIELD, self.eyepiece.size_px
        )
        projection = eyepiece_projection((), setting, EyepieceLook())
        self.eyepiece.set_projection(projection)
        self.picture = eyepiece_picture(self.overlay, projection)

    def frame(self) -> None:
        now = time.monotonic()
        words = "412 cells in 5 fields"
        state = EyepieceState(self.picture, self.dark, "HER2 3+", words, now, INTERVAL_S)
        self.eyepiece.show_state(state)
        while (event := self.pedal.read(0)) is not None:
            tell("pedal", down=event.down, at_s=event.time_s)

    def commanded(self) -> None:
        words = os.read(sys.stdin.fileno(), 4096).decode().split("\n")
        for line in filter(None, words):
            self.command(*line.split())

    def command(self, name: str, value: str = "") -> None:
        if name == "choose":
            self.placement.choose(self.displays.usable[int(value)])
        elif name == "small":
            self.placement.show_small()
        elif name == "away":
            self.placement.put_away()
        elif name == "dark":
            self.dark = "the stage has moved"
        elif name == "light":
            self.dark = None
        elif name == "stall":
            self.camera.stop()
        elif name == "edit":
            self.text.setFocus()
        elif name == "grab":
            np.save(Path(value), self.eyepiece.shown_rgb())
        elif name == "quit" or not name:
            self.keys.stop()
            self.application.quit()
        tell("done", command=name, text=self.text.text(), visible=self.eyepiece.isVisible())


def main() -> None:
    application = QApplication(sys.argv)
    application.setQuitOnLastWindowClosed(False)
    remembered = DisplayIdentity(**json.loads(sys.argv[1])) if len(sys.argv) > 1 else None
    program = Program(application, remembered)
    tell("ready")
    application.exec()
    program.eyepiece.close()
    program.window.close()
    tell("ended")


if __name__ == "__main__":
    main()
