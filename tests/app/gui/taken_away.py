"""A sitting in which camera, pedal and second screen are taken away and given back.

``python -m tests.app.gui.taken_away FOLDER PRESSES SEED`` runs it on the display that is there and
prints one JSON record. The camera is a stream whose server pulls the cable, the pedal a
pseudo-terminal, the second screen a monitor of the X server. Each place on the slide bears a number
in its picture, so that every saved field tells of which moment it is.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.case_keeping.folder import open_cases
from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.start import sitting_start
from app.gui.program import Program, Windows, started_application
from app.live.analyzer import AnalysisSetup, chosen_analyzer
from app.live.pedal import PedalStatus
from app.live.preview import Preview
from app.live.trouble import Trouble
from app.session.options import Devices
from app.settings import MicroscopeSettings, Settings, WindowSettings
from app.storage.cases.reader import load_image, load_slide, slides
from app.storage.cases.store import CaseStore
from hardware.cameras.known import CameraChoice, camera_of
from hardware.nosepieces.by_hand import HandNosepiece
from hardware.objective import Objective
from hardware.pedals.kinds import make_pedal
from hardware.simulators.microscope.numbering import read_number, write_number
from hardware.simulators.tissue import pattern, render_field
from inference.stain.profile import load_stain_profile
from tests.hardware.cameras.mjpeg import MjpegCamera
from tests.hardware.pedals.serial_rigs import PtyEnd

UM, SIDE = 0.424, 480
FRAMES_PER_S = 15.0
PATIENCE_S = 60.0
_PRESS_S = 0.1
_UNSURE_S = 3.0
_SAMPLED_MS = 5


@dataclass
class Report:
    """What was done, and what came of it."""

    presses: int = 0
    fields: int = 0
    refused: int = 0
    not_sent: int = 0
    unsure: int = 0
    taken: dict[str, int] = field(default_factory=lambda: {"camera": 0, "pedal": 0, "screen": 0})
    wrong: list[str] = field(default_factory=list)
    kept: int = 0
    stale_ms: float = 0.0
    stale_what: str = ""
    messages: dict[str, int] = field(default_factory=dict)


class KnownNosepiece(HandNosepiece):
    """Has one objective, whose pixel size is known."""

    def __init__(self) -> None:
        super().__init__(("20x",))
        self._objectives = (Objective("20x", UM),)
        self.select("20x")


class Sitting:
    """The table with its devices, and the windows.

    Parameters
    ----------
    folder
        For pictures, pedal and cases.
    presses
        How many.
    screen
        Whether there is a monitor that can be unplugged.
    """

    def __init__(
        self, application: QApplication, folder: Path, presses: int, seed: int, *, screen: bool
    ) -> None:
        self.application, self.folder = application, folder
        self.random = random.Random(seed)
        self.screen = screen
        self.report = Report()
        self.camera = MjpegCamera(_places(folder, presses + 1), FRAMES_PER_S)
        self.pedal = PtyEnd(folder / "pedal")
        self.place = 0
        self.heard: list[str] = []
        self.camera_there = True
        self._pulls = 0
        self._lock = threading.Lock()
        self._last_of_place: tuple[int, float] = (0, time.monotonic())
        self._pedal_heard = False

    def run(self, presses: int) -> Report:
        """Sit, and count what came of it."""
        with open_cases(self.folder / "cases") as store:
            keeper = CaseKeeper(store, {"camera": "stream"})
            keeper.start()
            windows = Windows(self.application, self._program(store, keeper))
            self.windows = windows
            windows.display.looked.connect(self._look)
            windows.start()
            sampler = QTimer()
            sampler.setInterval(_SAMPLED_MS)
            sampler.timeout.connect(self._sample)
            sampler.start()
            try:
                self._until(lambda: windows.display.preview is not None, "the first picture")
                self._until(lambda: self._pedal_heard, "the pedal")
                for number in range(1, presses + 1):
                    self._one(number)
                self._until(lambda: "all saved" in windows.main._station.text(), "all on disk")
            except TimeoutError as error:
                self.report.wrong.append(str(error))
            finally:
                sampler.stop()
                windows.stop()
                lost = keeper.close()
                self.camera.close()
                self.pedal.close()
            self.report.wrong += list(lost)
            self._compare(store)
        return self.report

    # One press

    def _one(self, number: int) -> None:
        """Drive to the next place, perhaps take something away, press, and see what comes."""
        report, windows = self.report, self.windows
        self.place = number
        self.camera.tell(f"show {number}")
        self._until(self._in_view, f"place {number} in view")
        away = self._perhaps_taken_away()
        if away:
            self._wait(self.random.uniform(0.0, 0.6))
        before, told = len(windows.main.strip.thumbs), len(self.heard)

        def answered() -> bool:
            return len(windows.main.strip.thumbs) > before or self._answered(told)

        report.presses += 1
        sent = self._press()
        if sent is True:
            self._until(answered, f"an answer to press {number}")
        elif sent is None:
            self._wait_for(answered, _UNSURE_S)
        if len(windows.main.strip.thumbs) > before:
            report.fields += 1
            self._accepted.append(number)
        elif sent is None:
            report.unsure += 1
        elif sent:
            report.refused += 1
        else:
            report.not_sent += 1
        for thread in away:
            thread.join()
        self._until(lambda: self.camera_there and self.pedal.plugged, "everything given back")
        self._until(self._in_view, f"place {number} after all was given back")
        self._until(lambda: self._pedal_heard, "the pedal")

    _accepted: list[int]

    def _press(self) -> bool | None:
        """Press for a moment.

        Returns
        -------
        sent
            False when the cable was out before; None when it was pulled while the foot was down or
            just after, so that nobody can know whether the press went through.
        """
        pulls = self._pulls
        for data in (b"\x81", b"\x01"):
            with self._lock:
                if not self.pedal.plugged or not self._pedal_heard:
                    return False if data == b"\x81" else None
                self.pedal.send(data)
            self._wait(_PRESS_S)
        return None if self._pulls > pulls else True

    def _answered(self, told: int) -> bool:
        return any("no field taken" in text or "not counted" in text for text in self.heard[told:])

    def _perhaps_taken_away(self) -> list[threading.Thread]:
        kinds = ["camera", "pedal", *(["screen"] if self.screen else [])]
        chosen = [kind for kind in kinds if self.random.random() < 0.15]
        threads = []
        for kind in chosen:
            self.report.taken[kind] += 1
            wait_s, gone_s = self.random.uniform(0.0, 0.5), self.random.uniform(0.3, 1.5)
            thread = threading.Thread(target=self._take_away, args=(kind, wait_s, gone_s))
            thread.start()
            threads.append(thread)
        return threads

    def _take_away(self, kind: str, wait_s: float, gone_s: float) -> None:
        time.sleep(wait_s)
        if kind == "camera":
            with self._lock:
                self.camera_there = False
                self.camera.tell("unplug")
            time.sleep(gone_s)
            with self._lock:
                self.camera.tell("replug")
                self.camera_there = True
        elif kind == "pedal":
            with self._lock:
                self._pulls += 1
                self.pedal.unplug()
            time.sleep(gone_s)
            with self._lock:
                self.pedal.plug()
        else:
            subprocess.run(["xrandr", "--delmonitor", "AR"], check=True)
            time.sleep(gone_s)
            place = "1600/400x1200/300+1600+0"
            subprocess.run(["xrandr", "--setmonitor", "AR", place, "none"], check=True)

    # What is seen

    def _in_view(self) -> bool:
        taken = self.windows.session.raw_picture()
        preview = self.windows.display.preview
        still = preview is not None and preview.frame > preview.still_since
        return taken is not None and read_number(taken.rgb) == self.place and still

    def _look(self, event: object) -> None:
        if isinstance(event, Trouble):
            self.heard.append(event.text)
            known = event.text.split(":")[0][:60]
            self.report.messages[known] = self.report.messages.get(known, 0) + 1
        if isinstance(event, PedalStatus):
            self._pedal_heard = event.present
        if isinstance(event, Preview):
            taken = self.windows.session.raw_picture()
            if taken is not None:
                number = read_number(taken.rgb)
                if number != self._last_of_place[0]:
                    self._last_of_place = (number, event.taken_s)

    def _sample(self) -> None:
        """See how long an overlay outlives the tissue that it belongs to, or the camera."""
        windows, now_s = self.windows, time.monotonic()
        preview, shown = windows.display.preview, windows.display.shown
        if not windows.second.eyepiece.shows_overlay or preview is None or shown is None:
            return
        ends = {"camera": preview.taken_s + preview.interval_s}
        if shown.result.frame < preview.still_since:
            ends["place"] = self._last_of_place[1]
        for what, since_s in ends.items():
            late_ms = 1000 * (now_s - since_s)
            if late_ms > self.report.stale_ms:
                self.report.stale_ms, self.report.stale_what = late_ms, what

    def _until(self, holds: Callable[[], object], what: str) -> None:
        ends_s = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > ends_s:
                raise TimeoutError(f"waited in vain for {what}; told: {self.heard[-5:]}")
            self.application.processEvents()
            time.sleep(0.002)

    def _wait(self, seconds: float) -> None:
        self._wait_for(lambda: False, seconds)

    def _wait_for(self, holds: Callable[[], bool], seconds: float) -> None:
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s and not holds():
            self.application.processEvents()
            time.sleep(0.002)

    def _compare(self, store: CaseStore) -> None:
        """See that each accepted press is one field on disk, of the place it was pressed at."""
        (slide,) = slides(store)
        contents = load_slide(store, slide.id)
        self.report.kept = len(contents.fields)
        found = [read_number(load_image(store, each.image_sha256)) for each in contents.fields]
        if found != self._accepted:
            pairs = [f"{a} != {b}" for a, b in zip(found, self._accepted, strict=False) if a != b]
            count = f"{len(found)} fields for {len(self._accepted)} presses"
            self.report.wrong.append("; ".join([count, *pairs]))

    def _program(self, store: CaseStore, keeper: CaseKeeper) -> Program:
        self._accepted = []
        record = {
            "kind": "serial-bytes",
            "port": str(self.pedal.link),
            "switches": [{"down": "81", "up": "01"}],
        }
        stain = load_stain_profile("camera")
        return Program(
            devices=Devices(
                camera_of(CameraChoice("opencv", self.camera.url)),
                KnownNosepiece(),
                make_pedal(record),
            ),
            motors=None,
            keeper=keeper,
            open_analyzer=chosen_analyzer("rough", AnalysisSetup(stain)),
            settings=Settings(
                microscope=MicroscopeSettings(white=(236.0, 235.0, 238.0)),
                window=WindowSettings(guided=True),
            ),
            settings_path=self.folder / "settings.json",
            messages=(),
            start=sitting_start(store, keeper, ("S26-1", "A1"), resume=False),
            cases=store,
        )


def _places(folder: Path, count: int) -> list[Path]:
    """Write one picture for each place on the slide, with its number in it."""
    reach = SIDE + 24 * min(count, 24)
    tissue = render_field(pattern("2+"), 1, 900.0, 900.0, reach, reach, UM).rgb
    paths = []
    for number in range(count):
        x, y = 24 * (number % 24), 24 * (number // 24 % 24)
        rgb = np.ascontiguousarray(tissue[y : y + SIDE, x : x + SIDE])
        write_number(rgb, number)
        path = folder / f"place-{number:03d}.jpg"
        cv2.imwrite(str(path), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        paths.append(path)
    return paths


def sitting(folder: Path, presses: int, seed: int, *, screen: bool) -> Report:
    """Run a whole sitting on the display that is there."""
    application = started_application()
    made = Sitting(application, folder, presses, seed, screen=screen)
    # What is raised where Qt calls would be printed and forgotten.
    sys.excepthook = lambda _kind, error, _trace: made.report.wrong.append(repr(error))
    return made.run(presses)


if __name__ == "__main__":
    found = sitting(
        Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), screen="DISPLAY" in os.environ
    )
    print(json.dumps(asdict(found)))  # noqa: T201 - read by the test
