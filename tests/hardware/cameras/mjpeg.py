"""Starts the MJPEG camera of the tests, and holds its cable."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from hardware.simulators.microscope.numbering import write_number

_SERVER = Path(__file__).with_name("mjpeg_server.py")


def numbered_pictures(folder: Path, side_px: int, count: int) -> list[Path]:
    """Write pictures with some texture and their number in them."""
    cells = np.random.default_rng(5).integers(60, 250, (side_px // 16, side_px // 16, 3), np.uint8)
    tissue = cv2.resize(cells, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
    paths = []
    for number in range(count):
        rgb = tissue.copy()
        write_number(rgb, number)
        path = folder / f"{number:03d}.jpg"
        cv2.imwrite(str(path), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        paths.append(path)
    return paths


class MjpegCamera:
    """The process, told by one line each."""

    def __init__(self, pictures: list[Path], frames_per_s: float) -> None:
        command = [sys.executable, str(_SERVER), str(frames_per_s), *map(str, pictures)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{int(self._answer())}/video"

    def tell(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()
