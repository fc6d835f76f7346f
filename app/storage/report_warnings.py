"""The warnings of the report."""

from reportlab.pdfgen.canvas import Canvas

from app.model.slide_report import SlideReport
from app.storage.pdf_text import BOLD, REGULAR, wrapped
from app.storage.report_ink import ALERT, QUIET, Box, text

_SIZE = 8.5
_LEADING = 11.0
_HEAD = 22.0


def draw_warnings(canvas: Canvas, box: Box, report: SlideReport) -> float:
    """Draw flags and warnings, and say how many find no room; returns where they end."""
    notes = [note.text for note in (*report.score.flags, *report.score.warnings)]
    notes = list(dict.fromkeys((*notes, *report.warnings)))
    text(canvas, box.left, box.top - 8, "Warnings", BOLD, 9)
    y = box.top - _HEAD
    if not notes:
        text(canvas, box.left, y, "none", REGULAR, _SIZE, QUIET)
        return y - 4
    broken = [wrapped(note, REGULAR, _SIZE, box.width - 10) for note in notes]
    most = max(1, int((box.height - _HEAD) / _LEADING) + 1)
    shown = _fitting([len(lines) for lines in broken], most)
    for lines in broken[:shown]:
        text(canvas, box.left, y, "\u2022", REGULAR, _SIZE, ALERT)
        for words in lines[:most]:
            text(canvas, box.left + 10, y, words, REGULAR, _SIZE)
            y -= _LEADING
    if shown < len(notes):
        more = f"and {len(notes) - shown} more, in slide.json and fields.csv"
        text(canvas, box.left + 10, y, more, BOLD, _SIZE, ALERT)
        y -= _LEADING
    return y + _LEADING - 4


def _fitting(lengths: list[int], most: int) -> int:
    """Return how many notes fit in `most` lines, one of them kept free when not all do."""
    if sum(lengths) <= most:
        return len(lengths)
    used = shown = 0
    for length in lengths:
        if used + length > most - 1:
            break
        used, shown = used + length, shown + 1
    return max(1, shown)
