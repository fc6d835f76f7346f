"""The thresholds beside their histograms."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.gui.intents import (
    ChooseStain,
    ConfirmThresholds,
    ResetThresholds,
    TryThresholds,
)
from app.gui.level_plot import share_above
from app.gui.threshold_bar import ThresholdBar


def texts(widget: Any) -> str:
    labels = [label for label in widget.findChildren(QLabel) if not label.isHidden()]
    return "\n".join(label.text() for label in labels)


def listening(widget: Any) -> list[Any]:
    intents: list[Any] = []
    widget.intent.connect(intents.append)
    return intents


@pytest.fixture
def bar(qtbot: QtBot, made: SimpleNamespace) -> ThresholdBar:
    bar = ThresholdBar()
    qtbot.addWidget(bar)
    bar.take_sitting(made.sitting())
    bar.take_shown(made.shown())
    return bar


def test_each_level_has_the_histogram_that_its_threshold_cuts(bar: ThresholdBar) -> None:
    weak, intense = bar.plots.values()
    assert (weak.level.name, weak.level.of) == ("weak", "contrast")
    assert (intense.level.name, intense.level.of) == ("intense", "density")
    assert "Membrane contrast" in texts(weak)
    assert "DAB density" in texts(intense)
    assert (weak.threshold, intense.threshold) == (10, 90)  # 0.08 and 0.7 OD in 1/128


def test_the_share_above_is_that_of_the_pixels() -> None:
    counts = np.zeros(256, np.int64)
    counts[[3, 10, 11, 200]] = (50, 25, 20, 5)
    assert share_above(counts, 10) == 0.25
    assert share_above(counts, 200) == 0.0
    assert share_above(np.zeros(256, np.int64), 10) == 0.0


def test_a_fast_sweep_is_said_once_with_the_newest_thresholds(bar: ThresholdBar) -> None:
    intents = listening(bar)
    for units in range(11, 60):
        bar.plots["weak"].slider.setValue(units)
    assert intents == []
    QApplication.processEvents()
    assert intents == [TryThresholds({"weak": 59 / 128, "intense": 90 / 128})]


def test_line_and_slider_move_together(bar: ThresholdBar) -> None:
    plot = bar.plots["weak"]
    plot._line.setValue(0.25)
    assert plot.threshold == 32
    plot.slider.setValue(64)
    assert float(plot._line.value()) == 0.5
    assert "t_weak 0.500" in texts(plot)


def test_what_the_session_says_is_no_move_by_the_user(
    bar: ThresholdBar, made: SimpleNamespace
) -> None:
    intents = listening(bar)
    bar.take_shown(made.shown(thresholds_od={"weak": 0.25, "intense": 0.5}))
    QApplication.processEvents()
    assert bar.plots["weak"].threshold == 32
    assert intents == []


def test_keys_move_by_one_step(bar: ThresholdBar) -> None:
    bar.step("weak", 1)
    bar.step("intense", -1)
    bar.step("no such level", 1)
    assert (bar.plots["weak"].threshold, bar.plots["intense"].threshold) == (11, 89)


def test_confirm_and_reset_are_possible_when_there_is_something(
    bar: ThresholdBar, made: SimpleNamespace
) -> None:
    intents = listening(bar)
    bar.confirm()
    bar.reset()
    assert intents == []
    assert bar._dirty.isHidden()
    bar.take_shown(made.shown(previewed=True))
    assert not bar._dirty.isHidden()
    bar.confirm()
    bar.reset()
    assert intents == [ConfirmThresholds(), ResetThresholds()]
    bar.take_shown(made.shown())
    sitting = made.sitting()
    bar.take_sitting(replace(sitting, slide=replace(sitting.slide, thresholds_od={"weak": 0.1})))
    bar.reset()
    assert intents[-1] == ResetThresholds()


def test_the_sliders_stay_where_they_are_when_there_is_something_to_confirm(
    bar: ThresholdBar, made: SimpleNamespace, qtbot: QtBot
) -> None:
    bar.take_shown(made.shown())
    bar.resize(240, 500)
    bar.show()
    qtbot.waitExposed(bar)
    slider = bar.plots["weak"].slider
    before = slider.mapTo(bar, slider.rect().topLeft())
    bar.take_shown(made.shown(previewed=True))
    QApplication.processEvents()
    assert slider.mapTo(bar, slider.rect().topLeft()) == before


def test_without_a_field_there_is_nothing_to_move(bar: ThresholdBar) -> None:
    bar.take_shown(None)
    bar.step("weak", 5)
    assert bar.plots["weak"].threshold == 10
    assert not bar.plots["weak"].isEnabled()


def test_the_stain_profile_can_be_chosen_before_the_first_field(
    bar: ThresholdBar, made: SimpleNamespace
) -> None:
    intents = listening(bar)
    assert not bar.profile.isEnabled()
    sitting = made.sitting()
    bar.take_sitting(replace(sitting, slide=replace(sitting.slide, fields=())))
    assert bar.profile.isEnabled()
    bar.profile.setCurrentText("scanner")
    bar.profile.activated.emit(1)
    assert intents == [ChooseStain("scanner")]
    assert bar.profile.name == "camera", "until the slide has it: it may be refused"
