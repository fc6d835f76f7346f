"""The report of a slide as one page of PDF (A4).

From top to bottom: who and what, the proposed score beside the pathologist's own, the classes
with their intervals beside the settings, warnings, fields. Warnings take the room they need, as
far as the fields can still be told apart, and the fields what is left.
"""

from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app import RESEARCH_USE_ONLY, __version__
from app.model.slide_report import SlideReport
from app.storage.atomic import atomic_write
from app.storage.pdf_text import BOLD, REGULAR, printable, shortened, wrapped
from app.storage.report_fields import draw_fields, fields_height
from app.storage.report_ink import FAINT, INK, QUIET, Box, line, right_text, text
from app.storage.report_score import draw_opinion, draw_proposal, scores_height
from app.storage.report_tables import CLASSES_HEIGHT, draw_classes, draw_settings, settings_height
from app.storage.report_warnings import draw_warnings

_MARGIN = 40.0
_GAP = 14.0
_NAME_SIZES = (11.0, 8.5)
"""For names in one line, and in two."""


def write_report_pdf(path: Path, report: SlideReport) -> None:
    """Write the report, whole or not at all.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    content = BytesIO()
    canvas = Canvas(content, pagesize=A4)
    canvas.setTitle(printable(f"HER2 image analysis: {report.case}, {report.slide}"))
    canvas.setAuthor(printable(report.laboratory))
    canvas.setSubject(RESEARCH_USE_ONLY)
    canvas.setCreator(f"HER2Scope {__version__}")
    _draw_page(canvas, report)
    canvas.showPage()
    canvas.save()
    with atomic_write(path) as part:
        part.write_bytes(content.getvalue())


def _draw_page(canvas: Canvas, report: SlideReport) -> None:
    page = Box(_MARGIN, A4[1] - 28, A4[0] - 2 * _MARGIN, A4[1] - 56)
    _draw_margins(canvas, page, report)
    top = _draw_heading(canvas, Box(page.left, page.top - 24, page.width, 60), report)

    half = (page.width - _GAP) / 2
    height = scores_height(half, report.score, report.pathologist_comment)
    draw_proposal(canvas, Box(page.left, top, half, height), report.score)
    opinion = Box(page.left + half + _GAP, top, half, height)
    draw_opinion(canvas, opinion, report.pathologist_score, report.pathologist_comment)
    top -= height + _GAP

    left = Box(page.left, top, page.width * 0.56, CLASSES_HEIGHT)
    draw_classes(canvas, left, report.score)
    beside = page.width - left.width - 2 * _GAP
    right = Box(page.right - beside, top, beside, settings_height(beside, report))
    draw_settings(canvas, right, report)
    top -= max(left.height, right.height) + _GAP

    bottom = page.bottom + 22
    room = top - bottom - _GAP - fields_height(len(report.fields))
    top = draw_warnings(canvas, Box(page.left, top, page.width, room), report) - _GAP
    draw_fields(canvas, Box(page.left, top, page.width, top - bottom), report.fields)


def _draw_margins(canvas: Canvas, page: Box, report: SlideReport) -> None:
    """Draw what stands above and below everything else."""
    text(canvas, page.left, page.top - 7, RESEARCH_USE_ONLY, BOLD, 8)
    program = f"HER2Scope {__version__}"
    right_text(canvas, page.right, page.top - 7, program, REGULAR, 8, QUIET)
    line(canvas, page.left, page.top - 13, page.right, FAINT)
    line(canvas, page.left, page.bottom + 13, page.right, FAINT)
    text(canvas, page.left, page.bottom, RESEARCH_USE_ONLY, BOLD, 8)
    moment = report.created.strftime("%Y-%m-%d %H:%M %z")
    right_text(canvas, page.right, page.bottom, f"{moment}    page 1 of 1", REGULAR, 8, QUIET)


def _draw_heading(canvas: Canvas, box: Box, report: SlideReport) -> float:
    """Draw who and what, and return where the next part begins."""
    right = box.width * 0.4
    text(canvas, box.left, box.top - 14, "HER2 image analysis", BOLD, 15)
    laboratory = shortened(report.laboratory, REGULAR, 9, right)
    right_text(canvas, box.right, box.top - 14, laboratory, REGULAR, 9, INK)
    top = box.top - 34
    half = (box.width - _GAP) / 2
    below = top
    for label, name, left in (
        ("case", report.case, box.left),
        ("slide", report.slide, box.left + half + _GAP),
    ):
        text(canvas, left, top, label, REGULAR, 8, QUIET)
        below = min(below, _draw_name(canvas, Box(left + 26, top, half - 26, 0), name))
    return below - 14


def _draw_name(canvas: Canvas, box: Box, name: str) -> float:
    """Write a name as a whole where two lines can hold it; returns the last baseline.

    Cut short it could be taken for another's.
    """
    large, small = _NAME_SIZES
    if len(wrapped(name, BOLD, large, box.width)) == 1:
        lines, size = [printable(name)], large
    else:
        size = small
        lines = wrapped(name, BOLD, size, box.width)
        if len(lines) > 2:
            lines = [lines[0], shortened(" ".join(lines[1:]), BOLD, size, box.width)]
    for place, words in enumerate(lines):
        text(canvas, box.left, box.top - 10 * place, words, BOLD, size)
    return box.top - 10 * (len(lines) - 1)
