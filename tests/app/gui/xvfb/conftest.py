"""A screen with two monitors for each test, and the program on it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.app.gui.xvfb.program import Running
from tests.app.gui.xvfb.screen import TwoMonitors

Start: TypeAlias = Callable[..., Running]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def screen(stack: ExitStack, tmp_path: Path) -> TwoMonitors:
    return TwoMonitors(stack, tmp_path)


@pytest.fixture
def start(screen: TwoMonitors, stack: ExitStack, tmp_path: Path) -> Start:
    """Start the program on the same cases, as often as wanted."""

    def started(*options: str) -> Running:
        return Running(screen, stack, tmp_path / "cases", *options)

    return started


@pytest.fixture
def program(start: Start) -> Running:
    """A sitting with one field, which is opened."""
    program = start()
    program.analyze()
    program.open_field(1)
    return program
