"""The one hop into the windows' thread: newest wins, nothing that matters is lost."""

import threading
import time
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QTimer, Signal
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
    qtbot.waitUntil(lambda: seen == [sitting, preview])


def test_what_takes_long_is_spread_over_turns(qtbot: QtBot, made: SimpleNamespace) -> None:
    seen: list[object] = []
    now_s = [0.0]

    def receive(event: Latest | Notice) -> None:
        seen.append(event)
        now_s[0] += 0.005
        QTimer.singleShot(0, lambda: seen.append("a turn"))

    bridge = Bridge(receive, clock=lambda: now_s[0])
    sitting, preview = made.sitting(), made.preview()
    notices = [ActionAsked("first"), ActionAsked("second")]
    bridge.latest(sitting)
    bridge.latest(preview)
    for notice in notices:
        bridge.notice(notice)
    qtbot.waitUntil(lambda: seen.count("a turn") == 4)
    one_turn, another = seen.index("a turn"), seen.index(sitting)
    assert seen[:one_turn] == notices
    assert one_turn < another
    assert [each for each in seen if each != "a turn"] == [*notices, sitting, preview]


def test_the_rest_comes_although_the_windows_have_always_something_to_do(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    seen: list[object] = []
    now_s = [0.0]

    def receive(event: Latest | Notice) -> None:
        seen.append(event)
        now_s[0] += 1.0

    bridge = Bridge(receive, clock=lambda: now_s[0])
    busy = QTimer()
    busy.setInterval(1)
    busy.timeout.connect(lambda: time.sleep(0.003))
    busy.start()
    bridge.latest(made.sitting())
    bridge.latest(made.preview())
    loop = QEventLoop()
    QTimer.singleShot(1000, loop.quit)
    loop.exec()
    busy.stop()
    assert len(seen) == 2


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
    qtbot.waitUntil(lambda: bool(seen) and isinstance(seen[-1], Preview))
    assert seen[:-1] == notices


def test_what_comes_while_events_are_handed_over_comes_too(
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
    qtbot.waitUntil(lambda: seen == [0, 1, 2, 3])


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
        qtbot.waitUntil(lambda: seen == [good, preview])
    assert [str(error) for _, error, _ in exceptions] == ["a view failed"]


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
