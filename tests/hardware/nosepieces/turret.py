"""A nosepiece of a few lines at the other end of a kernel tty."""

import threading
import time

from tests.hardware.pedals.serial_rigs import PtyEnd


class Turret:
    """Answers as long as its cable is plugged in."""

    def __init__(self, end: PtyEnd) -> None:
        self.end = end
        self.position = "2"
        self.silent = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="rig turret")
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _serve(self) -> None:
        text = b""
        while not self._stop.is_set():
            try:
                if self.end.readable(0.02):
                    text += self.end.received()
            except (OSError, ValueError, AssertionError):
                time.sleep(0.02)  # the cable is out
                continue
            *lines, text = text.split(b"\r")
            for line in lines:
                if line == b"POS?" and not self.silent:
                    self.end.send(b"noise\rPOS=" + self.position.encode() + b"\r\n")
                elif line.startswith(b"POS "):
                    self.position = line[4:].decode()
