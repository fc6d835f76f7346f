"""What must be known about the picture at once: as data first, then as lines over it."""

from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.controls import label, set_role
from app.gui.theme import GRID
from app.live.field_result import AnalysisCondition, AnalysisStatus
from app.live.freshness import Darkness, OverlayVerdict
from app.live.preview import CameraStatus, Preview
from app.live.quality import QualityLimits
from app.session.events import ShownField

Severity = Literal["info", "warning", "failure"]


@dataclass(frozen=True)
class Banner:
    """One line.

    Attributes
    ----------
    kind
        What it is about, for tests and programs.
    """

    kind: str
    text: str
    severity: Severity


@dataclass(frozen=True)
class PictureLimits:
    """From when on a picture is called bad; as the session warns, so that both say the same."""

    quality: QualityLimits = field(default_factory=QualityLimits)
    stall_s: float = 0.1


def banners(
    preview: Preview | None,
    camera: CameraStatus | None,
    analysis: AnalysisStatus | None,
    shown: ShownField | None,
    verdict: OverlayVerdict,
    now_s: float,
    limits: PictureLimits,
) -> tuple[Banner, ...]:
    """Return what must be said about what is seen, the gravest first.

    Parameters
    ----------
    verdict
        Whether the overlay is painted.
    now_s
        `time.monotonic`.
    """
    found: list[Banner] = []
    if shown is not None and shown.stored:
        number = "" if shown.number is None else f" {shown.number}"
        found.append(Banner("stored", f"Field{number}, as it was taken", "info"))
    else:
        found += _of_camera(preview, camera, now_s, limits)
        stale = verdict.dark in (Darkness.MOVED, Darkness.OTHER_GENERATION, Darkness.OLD)
        if stale:
            found.append(Banner("overlay", _sentence(verdict.message), "info"))
    if shown is not None and shown.previewed:
        found.append(Banner("thresholds", "Thresholds not confirmed", "warning"))
    if analysis is not None and analysis.condition is AnalysisCondition.FAILED:
        found.append(Banner("analysis", f"No analysis: {analysis.text}", "failure"))
    elif analysis is not None and analysis.condition is AnalysisCondition.OPENING:
        found.append(Banner("analysis", "The analysis is starting …", "info"))
    order: tuple[Severity, ...] = ("failure", "warning", "info")
    return tuple(sorted(found, key=lambda banner: order.index(banner.severity)))


def _of_camera(
    preview: Preview | None, camera: CameraStatus | None, now_s: float, limits: PictureLimits
) -> list[Banner]:
    if camera is not None and camera.failing:
        return [Banner("camera", _sentence(camera.text or camera.condition.value), "failure")]
    if preview is None:
        return []
    found = []
    age_s = now_s - preview.taken_s
    if age_s > preview.interval_s + limits.stall_s:
        found.append(Banner("stale", f"This picture is {age_s:.1f} s old", "failure"))
    if preview.objective is None:
        found.append(Banner("scale", "Objective unknown: nothing can be analyzed", "failure"))
    elif (problem := preview.objective.unscaled) is not None:
        found.append(Banner("scale", f"Nothing can be analyzed: {problem}", "failure"))
    found += [Banner("calibration", _sentence(text), "warning") for text in preview.cautions]
    quality = preview.quality
    # That the stage moves is what everybody sees, and blurs the picture.
    seen = {"motion", "focus"} if quality.moved else {"motion"}
    for flaw, text in quality.flaws(limits.quality):
        if flaw not in seen:
            refused = "; it is refused" if flaw in limits.quality.refuse else ""
            # The number of the focus changes with every picture.
            brief = "Out of focus" if flaw == "focus" else _sentence(text)
            found.append(Banner(flaw, f"{brief}{refused}", "warning"))
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


class BannerStack(QWidget):
    """Lies over the upper part of the picture; clicks go through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._banners: tuple[Banner, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID // 2)
        self._labels = [label("") for _ in range(4)]
        for each in self._labels:
            each.setContentsMargins(12, 5, 12, 5)
            each.hide()
            self._layout.addWidget(each, 0, Qt.AlignmentFlag.AlignHCenter)

    @property
    def banners(self) -> tuple[Banner, ...]:
        """What is said now."""
        return self._banners

    def show_banners(self, banners: tuple[Banner, ...]) -> None:
        """Say something else."""
        if banners == self._banners:
            return
        self._banners = banners
        for place, each in enumerate(self._labels):
            each.setVisible(place < len(banners))
            if place < len(banners):
                set_role(each, f"banner-{banners[place].severity}")
                each.setText(banners[place].text)
        self.place()

    def place(self) -> None:
        """Lie in the middle of the upper edge of the parent."""
        parent = self.parentWidget()
        assert parent is not None
        for each in self._labels:
            each.ensurePolished()
            each.updateGeometry()
        self._layout.invalidate()
        size = self._layout.totalSizeHint()
        self.setGeometry(
            (parent.width() - size.width()) // 2, 2 * GRID, size.width(), size.height()
        )
