"""kill -9 in the middle of a sitting loses nothing that was said to be kept."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import IO

import pytest

from app.storage.cases.reader import open_slides
from app.storage.cases.store import open_store
from tests.app.cases import sitting_process as sittings

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="sittings are forked processes")

KILLS = 50
MOST_ANSWERS = 60
PATIENCE_S = 60.0
UNDER_WAY = 3
"""Changes that may be kept and not answered yet: one is written, one or two being answered."""


@pytest.fixture(scope="module")
def source() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, sittings.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        yield process
        _stream(process.stdin).close()
        process.wait(PATIENCE_S)


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _answers(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _kill_one(source: "subprocess.Popen[str]", folder: Path, answers: Path, seed: int) -> int:
    """Kill a sitting at a moment that follows from the seed; returns what it had answered."""
    moment = random.Random(seed)
    wanted = moment.choice([0, moment.randrange(1, 5), moment.randrange(5, MOST_ANSWERS)])
    _stream(source.stdin).write(f"{folder}\t{seed}\t{answers}\n")
    _stream(source.stdin).flush()
    child = int(_stream(source.stdout).readline())
    end = time.monotonic() + PATIENCE_S
    while _answers(answers) < wanted and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(moment.uniform(0, 0.12 if wanted == 0 else 0.02))
    os.kill(child, signal.SIGKILL)
    assert int(_stream(source.stdout).readline()) == -signal.SIGKILL, "it had ended before"
    found = _answers(answers)
    assert found >= wanted
    return found


def _check(folder: Path, seed: int, answered: int) -> None:
    with open_store(folder) as store:
        observed = sittings.observed(store)
        plan = list(sittings.plan(seed))
        # What was under way when it was killed may be there, whole; what was answered must be.
        possible = range(answered, answered + UNDER_WAY + 1)
        assert any(sittings.expected(plan[:n]) == observed for n in possible), (
            f"seed {seed}: {answered} were answered, the store holds {observed}"
        )
        unfinished = [slide["name"] for slide in observed if slide["finished"] is None]
        assert [slide.name for slide in reversed(open_slides(store))] == unfinished
        assert not list(store.images.glob(".*"))
    with closing(connect(folder / "cases.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_what_was_answered_survives_a_kill(source: "subprocess.Popen[str]", tmp_path: Path) -> None:
    for seed in range(KILLS):
        folder = tmp_path / f"cases {seed}"
        answered = _kill_one(source, folder, tmp_path / f"answers {seed}", seed)
        _check(folder, seed, answered)


def test_the_check_sees_a_loss(folder: Path) -> None:
    plan = list(sittings.plan(0))[:30]
    assert sittings.expected(plan) != sittings.expected(plan[:-1])
