"""What is said over the picture, and when; and the numbers beside it."""

from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.gui.banners import BannerStack, PictureLimits, banners
from app.gui.guide import HINTS, Course, GuideStrip
from app.gui.hand import Tool
from app.gui.top_bar import TopBar
from app.live.field_result import AnalysisCondition, AnalysisStatus
from app.live.freshness import Darkness, OverlayVerdict
from app.live.preview import CameraCondition, CameraStatus
from app.live.quality import LightQuality
from app.session.events import ShownField
from hardware.objective import Objective

NOW = 10.42
LIMITS = PictureLimits()
WHITE = (240.0, 240.0, 240.0)
SEEN = OverlayVerdict(None)


def kinds(
    made: SimpleNamespace,
    *,
    camera: CameraStatus | None = None,
    analysis: AnalysisStatus | None = None,
    shown: ShownField | None = None,
    verdict: OverlayVerdict = SEEN,
    now: float = NOW,
    **changes: Any,
) -> dict[str, str]:
    preview = made.preview(**changes)
    found = banners(preview, camera, analysis, shown, verdict, now, LIMITS)
    return {banner.kind: banner.severity for banner in found}


def test_a_good_picture_says_nothing(made: SimpleNamespace) -> None:
    assert kinds(made) == {}
    assert banners(None, None, None, None, SEEN, NOW, LIMITS) == ()


@pytest.mark.parametrize(
    ("changes", "kind", "severity"),
    [
        ({"focus": 0.1}, "focus", "warning"),
        ({"clipped": 0.1}, "exposure", "warning"),
        ({"light": LightQuality(None, 0.2, None)}, "light", "warning"),
        ({"light": LightQuality(WHITE, 0.9, 0.4)}, "light", "warning"),
        ({"white_drift": 0.2}, "white", "warning"),
        ({"cautions": ("the flat field ran out",)}, "calibration", "warning"),
        ({"objective": None}, "scale", "failure"),
        ({"objective": Objective("4x", None)}, "scale", "failure"),
        ({"now": NOW + 0.5}, "stale", "failure"),
        ({"verdict": OverlayVerdict(Darkness.MOVED)}, "overlay", "info"),
        ({"verdict": OverlayVerdict(Darkness.OTHER_GENERATION)}, "overlay", "info"),
    ],
)
def test_a_bad_picture_is_said(
    made: SimpleNamespace, changes: dict[str, Any], kind: str, severity: str
) -> None:
    assert kinds(made, **changes) == {kind: severity}


def test_an_old_picture_can_be_blurred_too(made: SimpleNamespace) -> None:
    assert kinds(made, focus=0.1, now=NOW + 0.5) == {"stale": "failure", "focus": "warning"}


@pytest.mark.parametrize(
    "changes",
    [
        {"focus": None},
        {"focus": 0.1, "still_since": 6},  # blurred by the move itself
        {"verdict": OverlayVerdict(Darkness.OFF)},
        {"verdict": OverlayVerdict(Darkness.NO_RESULT)},
    ],
)
def test_what_is_no_fault_is_not_said(made: SimpleNamespace, changes: dict[str, Any]) -> None:
    assert kinds(made, **changes) == {}


def test_a_failing_camera_is_said_in_its_own_words_and_alone(made: SimpleNamespace) -> None:
    lost = CameraStatus(CameraCondition.LOST, "the camera is unplugged", "fake", 0.0)
    found = banners(made.preview(focus=0.0), lost, None, None, SEEN, NOW + 9, LIMITS)
    assert [(banner.text, banner.severity) for banner in found] == [
        ("The camera is unplugged", "failure")
    ]


def test_an_opened_field_says_so_and_nothing_of_the_camera(made: SimpleNamespace) -> None:
    shown = made.shown(stored=True)
    assert kinds(made, shown=shown, focus=0.0, now=NOW + 60) == {"stored": "info"}


def test_thresholds_and_analysis_are_said_the_gravest_first(made: SimpleNamespace) -> None:
    failed = AnalysisStatus(AnalysisCondition.FAILED, "no network")
    found = kinds(made, shown=made.shown(previewed=True), analysis=failed)
    assert list(found.items()) == [("analysis", "failure"), ("thresholds", "warning")]
    assert kinds(made, analysis=AnalysisStatus(AnalysisCondition.OPENING)) == {"analysis": "info"}


def test_banners_lie_in_the_middle_and_change_with_what_is_said(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(600, 400)
    stack = BannerStack(parent)
    parent.show()
    preview = made.preview(focus=0.1, clipped=0.2)
    stack.show_banners(banners(preview, None, None, None, SEEN, NOW, LIMITS))
    shown = [label.text() for label in stack._labels if not label.isHidden()]
    assert shown == ["Out of focus", "20 % of the field is overexposed"]
    assert abs(stack.geometry().center().x() - parent.rect().center().x()) <= 1
    assert stack.width() > stack._labels[1].fontMetrics().horizontalAdvance(shown[1])
    stack.show_banners(())
    assert all(label.isHidden() for label in stack._labels)


# The top bar


def test_the_readouts_always_show_objective_scale_focus_rate_and_age(
    qtbot: QtBot, made: SimpleNamespace
) -> None:
    bar = TopBar()
    qtbot.addWidget(bar)
    readouts = bar.readouts
    readouts.refresh(NOW)
    assert readouts._scale.text() == "scale unknown"
    readouts.take_preview(made.preview())
    readouts.refresh(NOW)
    assert readouts._objective.text() == "20x"
    assert readouts._scale.text() == "0.500 µm/px"
    assert (readouts._rate.text(), readouts._age.text()) == ("25 fps", "20 ms")
    assert readouts._age.property("role") == "quiet"
    assert readouts.focus_meter.focus == 0.8
    readouts.refresh(NOW + 20)
    assert (readouts._age.text(), readouts._age.property("role")) == ("20 s", "failure")
    readouts.take_preview(made.preview(objective=Objective("4x", None), focus=None))
    readouts.refresh(NOW)
    assert (readouts._scale.text(), readouts._scale.property("role")) == (
        "scale unknown",
        "failure",
    )
    bar.grab()


def test_tools_and_layers_say_what_is_wanted_and_show_what_is(qtbot: QtBot) -> None:
    bar = TopBar()
    qtbot.addWidget(bar)
    wanted: list[str] = []
    bar.action.connect(wanted.append)
    bar._tools[Tool.LASSO].click()
    bar._layers["cells"].click()
    assert wanted == ["tool-lasso", "layer-cells"]
    bar.show_tool(Tool.ADD)
    bar.show_layer("cells", seen=True)
    assert [tool for tool, button in bar._tools.items() if button.isChecked()] == [Tool.ADD]
    assert bar._layers["cells"].isChecked()
    assert not bar._steps["undo"].isEnabled()
    bar.show_step("undo", "cell deleted")
    assert bar._steps["undo"].isEnabled()


# The guide


def test_the_guide_follows_what_the_user_does_in_any_order() -> None:
    course = Course()
    assert course.hint is HINTS[0]
    course = course.after("pressed").after("drove")
    assert course.hint is not None
    assert course.hint.title == "Focus"
    for hint in HINTS:
        course = course.after(hint.deed)
    assert course.hint is None
    assert course.ended


def test_the_guide_can_be_skipped() -> None:
    course = Course().after("drove").skipped()
    assert course.hint is None
    assert course.after("focused").ended


def test_the_strip_shows_a_hint_and_goes_away(qtbot: QtBot) -> None:
    strip = GuideStrip()
    qtbot.addWidget(strip)
    strip.show_course(Course(), "Hold the arrows")
    assert not strip.isHidden()
    assert strip._text.text() == "Hold the arrows"
    strip.show_course(Course().skipped(), "")
    assert strip.isHidden()
