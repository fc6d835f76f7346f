"""Tally, thresholds, fields, history: what they show and what they say."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.gui.class_bars import ClassBars, rows_of_field, rows_of_slide
from app.gui.field_strip import FieldStrip, card_state
from app.gui.history_panel import HistoryPanel
from app.gui.intents import (
    BeginSlide,
    ChooseRules,
    DropField,
    FinishSlide,
    GiveScore,
    GoTo,
    OpenField,
)
from app.gui.main_window import MainWindow
from app.gui.tally_panel import (
    SlideDesk,
    TallyPanel,
    as_detected,
    cautions,
    finish_refusal,
    next_name,
)
from app.live.trouble import Trouble
from app.model.palette import CLASS_STYLES
from app.model.sitting import HistoryEntry
from app.model.sitting_state import FieldEdits
from app.model.tally import FieldTally, fold
from app.session.events import LiveView, Saved
from inference.scoring.counts import ClassCounts, FieldCounts
from inference.scoring.profile import load_profile


def texts(widget: Any) -> str:
    labels = [label for label in widget.findChildren(QLabel) if not label.isHidden()]
    return "\n".join(label.text() for label in labels)


def button(widget: Any, text: str) -> QPushButton:
    return next(each for each in widget.findChildren(QPushButton) if each.text() == text)


def listening(widget: Any) -> list[Any]:
    intents: list[Any] = []
    widget.intent.connect(intents.append)
    return intents


# Classes


def test_every_class_has_count_share_and_interval(made: SimpleNamespace) -> None:
    score = made.tally().tally.edited
    rows = rows_of_slide(score)
    assert [row.cell_class for row in rows] == list(CLASS_STYLES)
    assert sum(row.count for row in rows) == score.n_cells == 12
    for row in rows:
        assert row.interval is not None
        assert row.interval.low <= row.count / row.total <= row.interval.high
        assert "95 % interval" in row.words


def test_without_cells_there_are_no_percentages() -> None:
    (row, *_) = rows_of_field(ClassCounts())
    assert (row.share, row.interval) == ("–", None)
    assert row.words == "intense complete: 0 of 0 cells"


def test_the_table_is_painted_and_can_be_read_aloud(qtbot: QtBot, made: SimpleNamespace) -> None:
    bars = ClassBars()
    qtbot.addWidget(bars)
    bars.resize(bars.sizeHint())
    bars.set_rows(rows_of_slide(made.tally().tally.edited))
    image = bars.grab().toImage()
    inks = {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }
    wanted = {"#{:02x}{:02x}{:02x}".format(*style.color) for style in CLASS_STYLES.values()}
    assert wanted <= inks
    assert "intense complete: 2 of 12 cells" in bars.accessibleDescription()


# Tally


def a_desk(made: SimpleNamespace, **changes: Any) -> SlideDesk:
    desk = SlideDesk(made.sitting(), made.tally(), LiveView(1, False, 0, None, ""), made.shown())
    return replace(desk, **changes)


def test_the_proposal_is_called_one_and_has_its_reason(qtbot: QtBot, made: SimpleNamespace) -> None:
    panel = TallyPanel()
    qtbot.addWidget(panel)
    panel.show_desk(a_desk(made))
    shown = texts(panel)
    assert "PROPOSAL" in shown
    assert "Not assessable yet" in shown
    assert "12 tumor cells counted, 100 or more are needed" in shown
    assert "12 cells, 1 field" in shown


def test_a_score_is_shown_with_rule_and_flags(qtbot: QtBot, made: SimpleNamespace) -> None:
    many = FieldCounts("field 1", ClassCounts(ic=20, ii=30, wc=200, wi=300, ns=450))
    fewer = FieldCounts("field 1", ClassCounts(ic=200, ii=30, wc=20, wi=300, ns=450))
    tally = fold([FieldTally("f1", 1, fewer, many)], load_profile())
    panel = TallyPanel()
    qtbot.addWidget(panel)
    panel.show_desk(a_desk(made, tally=replace(made.tally(), tally=tally, pending=2)))
    shown = texts(panel)
    assert "2+" in shown
    assert "Rule 3: complete" in shown
    assert "Reflex ISH required" in shown
    assert "Without your changes to cells: 3+" in shown
    assert "2 fields are being classified again" in shown


def test_this_field_shows_what_the_hand_changed(qtbot: QtBot, made: SimpleNamespace) -> None:
    panel = TallyPanel()
    qtbot.addWidget(panel)
    shown = made.shown(edits=FieldEdits(classes={0: 4}, deleted=frozenset({1})))
    panel.show_desk(a_desk(made, shown=shown))
    button(panel, "This field").click()
    assert "11 cells, field 1, 2 changed by hand" in texts(panel)
    assert "Before changes by hand: " in texts(panel)
    assert not button(panel, "Slide").isChecked()


def test_counts_before_changes_by_hand_stay_in_sight() -> None:
    detected = ClassCounts(ic=3, ii=0, wc=2, wi=4, ns=1)
    assert as_detected(detected, detected) == ""
    line = as_detected(detected, ClassCounts(ic=4, ii=0, wc=1, wi=4, ns=1))
    assert line == "Before changes by hand: intense complete 3, weak complete 2"


def test_a_long_line_is_seen_whole_beside_nothing_else(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(1024, 700)
    window.show()
    window.say_station("a camera  ·  analysis ready  ·  all saved")
    window.say("Field 1: 812 cells, 240 ms")
    assert window._station.isVisible()
    reason = "No field taken: the white point is not known; show clean glass and press W, then try"
    window.say(reason, "failure")
    assert not window._station.isVisible()
    assert window._said.whole_width <= window.statusBar().width() - window._only.width()
    window.say("Undone")
    assert window._station.isVisible()


def test_warnings_of_fields_are_said_once_with_their_numbers(made: SimpleNamespace) -> None:
    cards = (
        made.card(1, warnings=("blurred",)),
        made.card(2, warnings=("blurred", "overexposed")),
        made.card(3, warnings=("dropped one",), accepted=False),
        made.card(4),
    )
    found = cautions(SlideDesk(made.sitting(fields=cards)))
    assert found == ("Field 1, 2: blurred", "Field 2: overexposed")
    everywhere = cautions(SlideDesk(made.sitting(fields=cards[:2])))
    assert everywhere[0] == "All fields: blurred"


def test_thresholds_that_are_not_confirmed_cannot_be_forgotten(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    panel = TallyPanel()
    qtbot.addWidget(panel)
    intents = listening(panel)
    desk = a_desk(made, shown=made.shown(previewed=True))
    panel.show_desk(desk)
    assert "Thresholds changed and not confirmed" in texts(panel)
    assert finish_refusal(desk) == "Confirm or reset the thresholds first"
    assert not button(panel, "Finish slide").isEnabled()
    panel.finish()
    assert intents == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({}, None),
        ({"sitting": None}, "There is no slide yet"),
        ({"live": LiveView(1, False, 1, None, "")}, "A field is still being analyzed"),
    ],
)
def test_when_a_slide_can_be_finished(
    made: SimpleNamespace, change: dict[str, Any], refusal: str | None
) -> None:
    assert finish_refusal(a_desk(made, **change)) == refusal
    pending = a_desk(made, tally=made.tally(pending=1))
    assert finish_refusal(pending) == "The fields are still being classified"


def test_the_own_score_is_given_and_withdrawn(qtbot: QtBot, made: SimpleNamespace) -> None:
    panel = TallyPanel()
    qtbot.addWidget(panel)
    intents = listening(panel)
    panel.show_desk(a_desk(made))
    names = ("0", "0+", "1+", "2+", "3+")
    # Nothing is chosen for the pathologist.
    assert not any(button(panel, name).isChecked() for name in names)
    button(panel, "2+").click()
    sitting = made.sitting()
    given = replace(sitting, slide=replace(sitting.slide, score="2+"))
    panel.show_desk(a_desk(made, sitting=given))
    assert [name for name in names if button(panel, name).isChecked()] == ["2+"]
    button(panel, "2+").click()
    assert intents == [GiveScore("2+", ""), GiveScore(None, "")]


def test_a_comment_is_given_when_it_is_left_and_is_another(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    panel = TallyPanel()
    qtbot.addWidget(panel)
    intents = listening(panel)
    panel.show_desk(a_desk(made))
    panel.own._comment.setPlainText("  crushed at the edge ")
    panel.own.keep_comment()
    sitting = made.sitting()
    given = replace(sitting, slide=replace(sitting.slide, comment="crushed at the edge"))
    panel.show_desk(a_desk(made, sitting=given))
    panel.own.keep_comment()
    assert intents == [GiveScore(None, "crushed at the edge")]


def test_a_finished_slide_is_left_alone_and_the_next_can_be_begun(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    panel = TallyPanel()
    qtbot.addWidget(panel)
    intents = listening(panel)
    sitting = made.sitting()
    done = replace(sitting, slide=replace(sitting.slide, finished=True))
    panel.show_desk(a_desk(made, sitting=done))
    assert not button(panel, "Finish slide").isEnabled()
    assert not button(panel, "2+").isEnabled()
    panel.show()
    button(panel, "Next slide").click()
    assert panel._form.isVisible()
    assert (panel._form._case.text(), panel._form._name.text()) == ("Case 7", "A2")
    button(panel, "Begin").click()
    assert intents == [BeginSlide("Case 7", "A2")]
    assert not panel._form.isVisible()


@pytest.mark.parametrize("height", [800, 672])
def test_the_end_of_the_slide_is_seen_however_much_there_is_to_warn_of(
    qtbot: QtBot, made: SimpleNamespace, height: int
) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(1280, height)
    warned = made.card(1, warnings=tuple(f"{place} is doubtful, " * 4 for place in "ABCDEFGH"))
    window.tally.show_desk(a_desk(made, sitting=made.sitting(fields=(warned,))))
    with qtbot.waitExposed(window):
        window.show()
    for name in ("0", "3+", "Finish slide", "Next slide"):
        wanted = button(window.tally, name)
        qtbot.waitUntil(lambda it=wanted: it.visibleRegion().boundingRect() == it.rect())
    said = next(each for each in window.findChildren(QLabel) if "H is doubtful" in each.text())
    assert said.visibleRegion().boundingRect() != said.rect(), "too little to scroll"


@pytest.mark.parametrize(
    ("last", "following"), [("A1", "A2"), ("07", "08"), ("B9", "B10"), ("x", "")]
)
def test_slides_are_counted_on(last: str, following: str) -> None:
    assert next_name(last) == following


def test_finish_and_rules_are_said(qtbot: QtBot, made: SimpleNamespace) -> None:
    panel = TallyPanel()
    qtbot.addWidget(panel)
    intents = listening(panel)
    panel.show_desk(a_desk(made))
    button(panel, "Finish slide").click()
    panel.rules.setCurrentText("zhang-2020")
    panel.rules.activated.emit(1)
    assert intents == [FinishSlide(), ChooseRules("zhang-2020")]


# Fields


def test_the_state_of_a_field_is_a_word(made: SimpleNamespace) -> None:
    assert card_state(made.card(1)) == ("saved", "quiet")
    assert card_state(made.card(1, edited=True))[0] == "saved, edited"
    assert card_state(made.card(1, saved=Saved.SAVING))[1] == "warning"
    assert card_state(made.card(1, saved=Saved.UNSAVED)) == ("NOT SAVED", "failure")
    assert card_state(made.card(1, accepted=False))[0] == "dropped"


def test_fields_stand_in_the_strip_and_open_by_a_click(qtbot: QtBot, made: SimpleNamespace) -> None:
    strip = FieldStrip()
    qtbot.addWidget(strip)
    intents = listening(strip)
    strip.take_sitting(made.sitting(fields=(made.card(1), made.card(2, accepted=False))))
    strip.take_tally(made.tally())
    assert [thumb.words[0] for thumb in strip.thumbs.values()] == ["1 · 12 cells", "2"]
    assert "1 counted" in texts(strip)
    first = strip.thumbs["f1"]
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    strip.set_opened("f1")
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    assert intents == [OpenField("f1"), OpenField(None)]
    first.grab()


def test_fields_open_one_after_the_other_and_drop(qtbot: QtBot, made: SimpleNamespace) -> None:
    strip = FieldStrip()
    qtbot.addWidget(strip)
    intents = listening(strip)
    strip.open_beside(-1)
    strip.drop_opened()
    assert intents == []
    strip.take_sitting(made.sitting(fields=(made.card(1), made.card(2), made.card(3))))
    strip.open_beside(-1)
    strip.set_opened("f3")
    strip.open_beside(-1)
    strip.open_beside(1)
    strip.drop_opened()
    assert intents == [OpenField("f3"), OpenField("f2"), OpenField("f3"), DropField("f3")]


def test_the_next_slide_begins_with_an_empty_strip(qtbot: QtBot, made: SimpleNamespace) -> None:
    strip = FieldStrip()
    qtbot.addWidget(strip)
    strip.take_sitting(made.sitting(fields=(made.card(1), made.card(2))))
    strip.take_sitting(made.sitting(fields=()))
    assert strip.thumbs == {}
    strip.take_sitting(made.sitting(fields=(replace(made.card(1), field="other"),)))
    assert list(strip.thumbs) == ["other"]


def test_a_field_keeps_its_place_while_its_state_changes(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    strip = FieldStrip()
    qtbot.addWidget(strip)
    strip.take_sitting(made.sitting(fields=(made.card(1, saved=Saved.SAVING),)))
    before = strip.thumbs["f1"]
    strip.take_sitting(made.sitting(fields=(made.card(1), made.card(2))))
    assert strip.thumbs["f1"] is before
    assert before.words[1] == "saved"


# History and messages


def test_the_history_shows_what_stands_and_what_was_undone(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    intents = listening(panel)
    entries = (
        HistoryEntry("begun", True),
        HistoryEntry("field 1", True),
        HistoryEntry("cell", False),
    )
    panel.take_sitting(made.sitting(history=entries))
    rows = [panel.steps.item(i) for i in range(3)]
    assert [row.text() for row in rows] == ["1  begun", "2  field 1", "3  cell"]
    assert [row.font().strikeOut() for row in rows] == [False, False, True]
    panel.steps.itemClicked.emit(rows[0])
    panel.steps.itemClicked.emit(rows[2])
    assert intents == [GoTo(1), GoTo(3)]


def test_rows_that_did_not_change_stay(qtbot: QtBot, made: SimpleNamespace) -> None:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.take_sitting(made.sitting())
    first = panel.steps.item(0)
    more = (*made.sitting().history, HistoryEntry("third", True))
    panel.take_sitting(made.sitting(history=more))
    assert panel.steps.item(0) is first
    assert panel.steps.count() == 3
    panel.take_sitting(made.sitting(history=more[:1]))
    assert panel.steps.count() == 1


def test_messages_are_kept_counted_and_announced(qtbot: QtBot) -> None:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    for text in ("lost", "lost", "back"):
        panel.take_trouble(Trouble("camera", text, "", 0.0))
    assert panel.unread == 3
    button(panel, "Messages (3)").click()
    assert panel.unread == 0
    shown = [panel.messages.item(i).text() for i in range(panel.messages.count())]
    assert len(shown) == 2
    assert shown[0].endswith("camera: lost (2 times)")
    panel.take_trouble(Trouble("pedal", "gone", "Traceback ...", 0.0))
    assert panel.unread == 0
    assert panel.messages.item(2).toolTip() == "Traceback ..."
