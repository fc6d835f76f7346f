"""The window joined to a session that notes what it is asked."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from pytestqt.qtbot import QtBot

from app.gui.banners import PictureLimits
from app.gui.display import Display
from app.gui.main_window import MainWindow
from app.gui.stage_drive import StageDrive
from app.gui.wiring import Wiring
from app.session.events import Shown
from app.settings import WindowSettings

NOW = 10.42


class Notes:
    """Stands for session and stage: every call is noted, and answered with True."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self.calls.append((name, *args, *named.values()))
            return self.answers.get(name, True)

        return call

    def since(self) -> list[tuple[Any, ...]]:
        calls, self.calls = self.calls, []
        return calls


class Desk:
    def __init__(self, qtbot: QtBot, made: SimpleNamespace, settings: WindowSettings) -> None:
        self.made = made
        self.window = MainWindow(clock=lambda: NOW)
        qtbot.addWidget(self.window)
        self.display = Display(self.window, PictureLimits(), lambda: NOW)
        self.session, self.stage = Notes(), Notes()
        self.wiring = Wiring(
            self.window,
            self.display,
            self.session,  # type: ignore[arg-type]
            drive=StageDrive(self.stage),  # type: ignore[arg-type]
            objectives=("20x", "40x"),
            settings=settings,
        )
        self.saved: list[WindowSettings] = []
        self.wiring.settings_changed.connect(self.saved.append)

    def tell(self, *events: Any) -> "Desk":
        for event in events:
            self.display.receive(event)
        return self

    def sitting(self) -> "Desk":
        made = self.made
        return self.tell(made.preview(), made.sitting(), made.tally(), Shown(1, made.shown()))
