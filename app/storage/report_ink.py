"""Colors, boxes and strokes of the report; sizes in points, y upward as PDF has it."""

from dataclasses import dataclass

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from app.storage.pdf_text import REGULAR

INK = Color(0.1, 0.11, 0.13)
QUIET = Color(0.4, 0.42, 0.45)
FAINT = Color(0.78, 0.79, 0.81)
PANEL = Color(0.955, 0.958, 0.965)
ALERT = Color(0.62, 0.24, 0.0)


@dataclass(frozen=True)
class Box:
    """A rectangle by its left and top edge."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The bottom edge."""
        return self.top - self.height

    def inside(self, margin: float) -> "Box":
        """Return what is left within a margin."""
        return Box(
            self.left + margin,
            self.top - margin,
            self.width - 2 * margin,
            self.height - 2 * margin,
        )


def text(
    canvas: Canvas,
    left: float,
    baseline: float,
    words: str,
    font: str = REGULAR,
    size: float = 8.5,
    color: Color = INK,
) -> None:
    """Write one line from its left end."""
    canvas.setFillColor(color)
    canvas.setFont(font, size)
    canvas.drawString(left, baseline, words)


def right_text(
    canvas: Canvas,
    right: float,
    baseline: float,
    words: str,
    font: str = REGULAR,
    size: float = 8.5,
    color: Color = INK,
) -> None:
    """Write one line up to its right end."""
    canvas.setFillColor(color)
    canvas.setFont(font, size)
    canvas.drawRightString(right, baseline, words)


def line(canvas: Canvas, left: float, y: float, right: float, color: Color = FAINT) -> None:
    """Draw a thin level line."""
    canvas.setStrokeColor(color)
    canvas.setLineWidth(0.5)
    canvas.line(left, y, right, y)


def panel(canvas: Canvas, box: Box, *, filled: bool) -> None:
    """Draw a box with a thin edge."""
    canvas.setStrokeColor(FAINT)
    canvas.setFillColor(PANEL)
    canvas.setLineWidth(0.7)
    canvas.rect(box.left, box.bottom, box.width, box.height, stroke=1, fill=int(filled))
