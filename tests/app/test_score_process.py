"""``her2scope score`` as a process: streams, progress bar and Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardware.simulators.tissue import Optics

PROGRAM = [sys.executable, "-m", "app"]
WHITE = ",".join(f"{value:g}" for value in Optics().white)


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config"), "COLUMNS": "80"}


def command(*arguments: object) -> list[str]:
    return [*PROGRAM, "score", *map(str, arguments), "--mpp", "0.424", "--white", WHITE]


def test_a_log_gets_no_progress_bar(tmp_path, saved) -> None:
    files = [saved("a.png"), saved("b.png", 12)]
    done = subprocess.run(
        command(*files, "--output", tmp_path / "out"),
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "Scoring" not in done.stdout


def test_a_terminal_gets_a_progress_bar_on_stderr_alone(tmp_path, saved) -> None:
    pty = pytest.importorskip("pty", exc_type=ImportError)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(saved("a.png"), tmp_path / "no.png", "--output", tmp_path / "out"),
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**environment(tmp_path), "TERM": "xterm"},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the terminal ends with its last writer
            break
        if not part:
            break
        seen += part
    os.close(ours)
    stdout, _ = process.communicate()
    assert process.returncode == 1
    assert b"Scoring" in seen
    assert b"no.png: there is no such file" in seen
    assert b"\x1b" not in stdout
    assert b"Scoring" not in stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send Ctrl-C to one process")
def test_ctrl_c_keeps_what_is_finished(tmp_path, saved) -> None:
    files = [saved(f"f{number:02}.png", number, side=256) for number in range(32)]
    output = tmp_path / "out"
    process = subprocess.Popen(
        command(*files, "--overlay", "--output", output),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
    )
    # The picture of the second file tells that the first is finished.
    while not (output / "f01-overlay.png").exists() and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stderr == f"Interrupted: {output} holds the files that were finished.\n"
    slide = json.loads((output / "slide.json").read_text("utf-8"))
    finished = [image["file"] for image in slide["provenance"]["images"]]
    left = slide["provenance"]["not_reached"]
    assert slide["provenance"]["interrupted"] is True
    assert finished and left
    assert [*finished, *(Path(path).name for path in left)] == [path.name for path in files]
    assert slide["n_fields"] == len(finished)
    text = f"interrupted: {len(left)} of 32 images were not scored"
    assert {"code": "interrupted", "text": text} in slide["warnings"]
    assert f"Warning {text}" in " ".join(stdout.split())
    pictures = {f"{Path(name).stem}-overlay.png" for name in finished}
    tables = {"cells.csv", "fields.csv", "slide.json"}
    assert {path.name for path in output.iterdir()} == pictures | tables
    rows = (output / "fields.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == finished
    cells = (output / "cells.csv").read_text("utf-8-sig").splitlines()[1:]
    assert len(cells) == slide["n_cells"]
