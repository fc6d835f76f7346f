"""The one hop into the windows' thread: newest wins, nothing that matters is lost."""

import threading
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from app.gui.bridge import Bridge
from app.live.preview import Preview
from app.live.trouble import Trouble
from app.session.events import ActionAsked, Latest, Notice, PressHeard

FRAMES = 500


def on_a_thread(work: object) -> None:
    """Run something on another thread, to its end, while the windows' thread is busy."""
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    thread.join()


def turns(count: int) -> None:
    """Let the windows' thread turn a number of times."""
    for _ in range(count):
        QCoreApplication.processEvents()


def test_however_many_frames_come_the_newest_alone_is_handed_over(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    seen: list[Latest | Notice] = []
    bridge = Bridge(seen.append)
    on_a_thread(lambda: [bridge.latest(made.preview(frame=i)) for i in range(FRAMES)])
    assert seen == []
    QCoreApplication.processEvents()
    assert [event.frame for event in seen if isinstance(event, Preview)] == [FRAMES - 1]
    assert bridge.replaced == FRAMES - 1


class OneSignalEach(QObject):
    """The trap: a signal is queued for each frame, and all of them are painted one by one."""

    came = Signal(object)


def test_a_signal_for_each_frame_would_queue_all_of_them(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    seen: list[Preview] = []
    naive = OneSignalEach()
    naive.came.connect(seen.append, Qt.ConnectionType.QueuedConnection)
    on_a_thread(lambda: [naive.came.emit(made.preview(frame=i)) for i in range(FRAMES)])
    QCoreApplication.processEvents()
    # At 25 frames a second and 40 ms for each painting this is 20 s of old pictures.
    assert [preview.frame for preview in seen] == list(range(FRAMES))


def test_states_of_different_kinds_do_not_replace_each_other(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    seen: list[object] = []
    bridge = Bridge(seen.append)
    sitting, preview = made.sitting(), made.preview()
    on_a_thread(lambda: (bridge.latest(sitting), bridge.latest(preview)))
    turns(5)
    assert seen == [sitting, preview]


def test_between_two_events_the_windows_have_a_turn(qtbot: QtBot, made: SimpleNamespace) -> None:
    seen: list[object] = []

    def receive(event: Latest | Notice) -> None:
        seen.append(event)
        QTimer.singleShot(0, lambda: seen.append("a turn"))

    bridge = Bridge(receive)
    sitting, preview, notice = made.sitting(), made.preview(), ActionAsked("notice")
    bridge.latest(sitting)
    bridge.latest(preview)
    bridge.notice(notice)
    turns(8)
    assert seen == [notice, "a turn", sitting, "a turn", preview, "a turn"]


def test_every_notice_arrives_in_order_and_before_the_states(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    seen: list[object] = []
    bridge = Bridge(seen.append)
    notices = [
        item
        for i in range(FRAMES)
        for item in (PressHeard(i, i, 0.0), ActionAsked(f"{i}"), Trouble("pedal", f"{i}", "", 0.0))
    ]

    def work() -> None:
        for notice in notices:
            bridge.latest(made.preview())
            bridge.notice(notice)

    on_a_thread(work)
    turns(len(notices) + 5)
    assert seen[:-1] == notices
    assert isinstance(seen[-1], Preview)


def test_what_comes_while_events_are_handed_over_comes_in_the_next_turn(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    seen: list[int] = []

    def receive(event: Latest | Notice) -> None:
        assert isinstance(event, Preview)
        seen.append(event.frame)
        if event.frame < 3:
            bridge.latest(made.preview(frame=event.frame + 1))

    bridge = Bridge(receive)
    bridge.latest(made.preview(frame=0))
    turns(8)
    assert seen == [0, 1, 2, 3]


def test_an_error_in_one_event_does_not_lose_the_others(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    seen: list[object] = []

    def receive(event: Latest | Notice) -> None:
        if isinstance(event, ActionAsked) and event.action == "bad":
            raise ValueError("a view failed")
        seen.append(event)

    bridge = Bridge(receive)
    good, preview = ActionAsked("good"), made.preview()
    bridge.notice(ActionAsked("bad"))
    bridge.notice(good)
    bridge.latest(preview)
    with capture_exceptions() as exceptions:
        turns(6)
    assert [str(error) for _, error, _ in exceptions] == ["a view failed"]
    assert seen == [good, preview]


@pytest.mark.parametrize("before", [True, False])
def test_a_closed_bridge_hands_nothing_over(
    qtbot: QtBot, made: SimpleNamespace, before: bool
) -> None:
    seen: list[object] = []
    bridge = Bridge(seen.append)
    if before:
        bridge.latest(made.preview())
    bridge.close()
    bridge.latest(made.preview())
    QCoreApplication.processEvents()
    assert seen == []
