"""The two scores of the report: what is proposed, and what the pathologist says."""

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from app.storage.pdf_text import BOLD, REGULAR, clipped, shortened, wrapped
from app.storage.report_ink import ALERT, INK, QUIET, Box, panel, text
from inference.scoring.score import SlideScore

_SIZE = 8.5
_LEADING = 10.5
_SCORE_SIZE = 26.0
_WORD_SIZE = 16.0
"""For a score in words."""
_FRAME = 9.0
_AROUND_TEXT = 70.0
"""Height of a box without its paragraph."""
_FEWEST_LINES, _MOST_LINES = 4, 11


def scores_height(width: float, score: SlideScore, comment: str) -> float:
    """Return the height of both boxes, each `width` wide, so that reason and comment fit.

    Of a comment longer than about 600 letters the end is left out, with dots.
    """
    room = width - 2 * _FRAME
    longest = max(len(wrapped(words, REGULAR, _SIZE, room)) for words in (score.reason, comment))
    return _AROUND_TEXT + _LEADING * min(max(longest, _FEWEST_LINES), _MOST_LINES)


def draw_proposal(canvas: Canvas, box: Box, score: SlideScore) -> None:
    """Draw the proposal with its rule and reason; it is never called final."""
    panel(canvas, box, filled=True)
    inner = box.inside(_FRAME)
    text(canvas, inner.left, inner.top - 7, "Proposed by image analysis", BOLD, 9)
    baseline = inner.top - 33
    size = _size(score.score)
    text(canvas, inner.left, baseline, score.score, BOLD, size)
    beside = inner.left + max(44.0, stringWidth(score.score, BOLD, size) + 10)
    room = inner.right - beside
    lines = [(f"rule {score.rule_number}: {score.rule_name}", QUIET)]
    if score.borderline:
        lines.append((f"borderline {score.borderline}", ALERT))
    for place, (words, color) in enumerate(lines):
        y = baseline + 10.5 * (len(lines) - 1 - place)
        text(canvas, beside, y, shortened(words, REGULAR, _SIZE, room), REGULAR, _SIZE, color)
    note = "Not final: the pathologist decides."
    text(canvas, inner.left, inner.bottom + 1, note, REGULAR, 8, QUIET)
    _paragraph(canvas, inner, baseline - 15, score.reason)


def draw_opinion(canvas: Canvas, box: Box, score: str | None, comment: str) -> None:
    """Draw the pathologist's score and comment, or that there is none."""
    panel(canvas, box, filled=False)
    inner = box.inside(_FRAME)
    text(canvas, inner.left, inner.top - 7, "Score of the pathologist", BOLD, 9)
    baseline = inner.top - 33
    if score:
        size = _size(score)
        shown = shortened(score, BOLD, size, inner.width)
        text(canvas, inner.left, baseline, shown, BOLD, size)
    else:
        text(canvas, inner.left, baseline, "not given", REGULAR, _WORD_SIZE, ALERT)
    text(canvas, inner.left, inner.bottom + 1, "Signature", REGULAR, 8, QUIET)
    canvas.setLineWidth(0.5)
    canvas.line(inner.left + 44, inner.bottom, inner.right, inner.bottom)
    _paragraph(canvas, inner, baseline - 15, comment)


def _size(score: str) -> float:
    return _SCORE_SIZE if len(score) <= 3 else _WORD_SIZE


def _paragraph(canvas: Canvas, box: Box, top: float, words: str) -> None:
    """Write as many lines as fit above the last line of the box."""
    most = int((top - (box.bottom + 11)) / _LEADING) + 1
    lines = wrapped(words, REGULAR, _SIZE, box.width)
    for place, shown in enumerate(clipped(lines, most, REGULAR, _SIZE, box.width)):
        text(canvas, box.left, top - place * _LEADING, shown, REGULAR, _SIZE, INK)
