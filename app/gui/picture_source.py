"""Where the picture comes from: the camera, or an opened field."""

from PySide6.QtGui import QImage

from app.gui.images import opaque_view
from app.gui.view_transform import ViewTransform
from app.live.freshness import (
    FreshnessLimits,
    LivePicture,
    OverlayVerdict,
    ShownResult,
    overlay_state,
)
from app.live.preview import Preview
from app.live.view import Crop, halved, view_of
from app.session.events import ShownField
from inference.arrays import U8


class PictureSource:
    """Keeps the newest live picture, and the pixels of an opened field while one is shown."""

    def __init__(self) -> None:
        self.preview: Preview | None = None
        self._opened: ShownField | None = None
        self._rgb: U8 | None = None
        self._half: U8 | None = None
        self._made: tuple[ViewTransform, U8, Crop] | None = None

    @property
    def stored(self) -> bool:
        """Whether an opened field is shown and not the live picture."""
        return self._opened is not None

    @property
    def field_size(self) -> tuple[int, int] | None:
        """Width and height of the field that is shown; None before the first picture."""
        if self._opened is not None:
            return self._opened.width_px, self._opened.height_px
        if self.preview is not None:
            return self.preview.field_width_px, self.preview.field_height_px
        return None

    @property
    def um_per_px(self) -> float | None:
        """Pixel size of what is shown; None when it is not known."""
        if self._opened is not None:
            return self._opened.um_per_px
        objective = self.preview.objective if self.preview is not None else None
        return None if objective is None else objective.um_per_px

    def verdict(
        self, wanted: bool, result: ShownResult | None, now_s: float, limits: FreshnessLimits
    ) -> OverlayVerdict:
        """Say whether the overlay of a result may be painted over this picture now.

        The cells of an opened field lie on the field's own picture, however old both are.
        """
        p = self.preview
        live = None
        if p is not None:
            live = LivePicture(p.taken_s, p.generation, p.still_since, p.interval_s)
        if self._opened is not None:
            result, live = ShownResult(0, now_s, 0), LivePicture(now_s, 0, 0, 0.0)
        return overlay_state(wanted, result, live, now_s, limits)

    def open(self, shown: ShownField | None) -> None:
        """Show an opened field; None goes back to the live picture."""
        before, self._opened = self._opened, shown
        if shown is None:
            self._take(None)
        elif shown.picture is not None:
            self._take(shown.picture)
        elif before is None or before.field != shown.field:
            self._take(None)

    def take_pixels(self, field: str, rgb: U8) -> None:
        """Take the pixels of the opened field, which come later than its cells."""
        if self._opened is not None and self._opened.field == field:
            self._take(rgb)

    def picture(self, transform: ViewTransform) -> tuple[QImage, Crop] | None:
        """Return what is to be painted, and which part of the field it shows."""
        if self._opened is None:
            return None if self.preview is None else _live_picture(self.preview)
        if self._rgb is None or self._half is None:
            return None
        if self._made is None or self._made[0] != transform:
            self._made = (transform, *view_of(self._rgb, self._half, transform.wanted()))
        return opaque_view(self._made[1]), self._made[2]

    def _take(self, rgb: U8 | None) -> None:
        if rgb is not self._rgb:
            self._rgb = rgb
            self._half = None if rgb is None else halved(rgb)
            self._made = None


def _live_picture(preview: Preview) -> tuple[QImage, Crop]:
    return opaque_view(preview.bgra), preview.crop
