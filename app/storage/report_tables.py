"""The two tables of the report: the classes, and the settings."""

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from app.model.palette import CLASS_STYLES, MarkerShape
from app.model.slide_report import SlideReport
from app.storage.pdf_text import BOLD, REGULAR, clipped, shortened, wrapped
from app.storage.report_ink import INK, QUIET, Box, line, right_text, text
from inference.cells.classes import CellClass
from inference.scoring.intervals import Interval
from inference.scoring.score import Estimate, SlideScore
from inference.scoring.wording import percent

_ROW = 14.5
_SIZE = 8.5
_SMALL = 7.5
_LEADING = 10.0
_LABEL = 62.0
_HEAD = 24.0
_HASH_LETTERS = 16
"""As many as tell any two profiles apart; the whole hash stands in slide.json."""
CLASSES_HEIGHT = 130.0
"""What `draw_classes` needs."""


def draw_classes(canvas: Canvas, box: Box, score: SlideScore) -> None:
    """Draw counts, percentages and intervals of the five classes."""
    text(canvas, box.left, box.top - 8, "Tumor cells by class", BOLD, 9)
    columns = [box.left + box.width * part for part in (0.43, 0.56, 0.78, 1.0)]
    y = box.top - _HEAD
    for right, head in zip(
        columns, ("cells", "percent", "95 %, cells", "95 %, fields"), strict=True
    ):
        right_text(canvas, right, y, head, REGULAR, _SMALL, QUIET)
    line(canvas, box.left, y - 4, box.right)
    for cell_class in CLASS_STYLES:
        y -= _ROW
        estimate = score.estimates[cell_class.symbol]
        _marker(canvas, box.left + 6, y + 3, cell_class)
        text(canvas, box.left + 17, y, cell_class.label, REGULAR, _SIZE)
        values = _values(estimate, score.n_cells)
        for right, value in zip(columns, values, strict=True):
            right_text(canvas, right, y, value, REGULAR, _SIZE)
    line(canvas, box.left, y - 4.5, box.right)
    y -= _ROW
    text(canvas, box.left + 17, y, "all counted cells", BOLD, _SIZE)
    right_text(canvas, columns[0], y, str(score.n_cells), BOLD, _SIZE)
    fields = f"in {score.n_fields} field{'' if score.n_fields == 1 else 's'}"
    right_text(canvas, box.right, y, fields, REGULAR, _SIZE)
    note = "95 % intervals in percent: over cells (Wilson), over fields (bootstrap)"
    text(canvas, box.left, y - 15, note, REGULAR, _SMALL, QUIET)


def settings_height(width: float, report: SlideReport) -> float:
    """Return the height that `draw_settings` needs in a box of a width."""
    rows = _settings_rows(report, width - _LABEL)
    return _HEAD + sum(_row_height(lines) for _, lines, _ in rows) - _LEADING


def draw_settings(canvas: Canvas, box: Box, report: SlideReport) -> None:
    """Draw what the result rests on."""
    text(canvas, box.left, box.top - 8, "Settings", BOLD, 9)
    y = box.top - _HEAD
    for label, lines, is_hash in _settings_rows(report, box.width - _LABEL):
        shown = shortened(label, REGULAR, _SIZE, _LABEL - 4)
        text(canvas, box.left, y, shown, REGULAR, _SIZE, QUIET)
        size, color = (_SMALL, QUIET) if is_hash else (_SIZE, INK)
        for place, words in enumerate(lines):
            left = box.left + _LABEL
            text(canvas, left, y - _LEADING * place, words, REGULAR, size, color)
        y -= _row_height(lines)


def _settings_rows(report: SlideReport, width: float) -> list[tuple[str, list[str], bool]]:
    """Return label, lines and whether it is a hash, for every row."""
    profile = report.score.profile
    thresholds = ", ".join(f"{name} {value:.3g}" for name, value in report.thresholds_od.items())
    scale = None if report.um_per_px is None else f"{report.um_per_px:.4g} um/px"
    taken = ", ".join(part for part in (report.objective, scale) if part)
    return [
        ("thresholds", _lines(f"{thresholds} OD", width), False),
        ("rule profile", _lines(f"{profile.name} {profile.version}", width), False),
        ("", [_hash(profile.sha256)], True),
        ("stain profile", _lines(report.stain_name, width), False),
        ("", [_hash(report.stain_sha256)], True),
        ("detector", _lines(report.detector, width), False),
        ("taken at", _lines(taken or "fields differ", width), False),
        ("edited cells", [str(report.edits)], False),
        *(
            (label, [shortened(value, REGULAR, _SIZE, width)], False)
            for label, value in report.details.items()
        ),
    ]


def _lines(words: str, width: float) -> list[str]:
    return clipped(wrapped(words, REGULAR, _SIZE, width), 2, REGULAR, _SIZE, width)


def _row_height(lines: list[str]) -> float:
    return _LEADING * (len(lines) - 1) + 12.5


def _hash(sha256: str) -> str:
    return f"SHA-256 {sha256[:_HASH_LETTERS]}"


def _values(estimate: Estimate, total: int) -> tuple[str, str, str, str]:
    share = percent(estimate.count, total).removesuffix(" %") if total else "-"
    wilson = _ends(estimate.wilson) if total else "-"
    return str(estimate.count), share, wilson, _ends(estimate.bootstrap)


def _ends(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"


def _marker(canvas: Canvas, x: float, y: float, cell_class: CellClass) -> None:
    """Draw the sign of a class as it stands in the pictures, edged to show on white."""
    style = CLASS_STYLES[cell_class]
    color = Color(*(channel / 255 for channel in style.color))
    r = 3.6
    hollow = style.shape in (MarkerShape.RING, MarkerShape.HOLLOW_TRIANGLE, MarkerShape.CROSS)
    for stroke, width in ((INK, 2.6 if hollow else 1.0), (color, 1.4 if hollow else 0.0)):
        if not width:
            continue
        canvas.setStrokeColor(stroke)
        canvas.setFillColor(color)
        canvas.setLineWidth(width)
        path = canvas.beginPath()
        match style.shape:
            case MarkerShape.DISC | MarkerShape.RING:
                path.circle(x, y, r)
            case MarkerShape.TRIANGLE | MarkerShape.HOLLOW_TRIANGLE:
                path.moveTo(x, y + r)
                path.lineTo(x + r, y - r * 0.8)
                path.lineTo(x - r, y - r * 0.8)
                path.close()
            case MarkerShape.CROSS:
                path.moveTo(x - r, y - r)
                path.lineTo(x + r, y + r)
                path.moveTo(x - r, y + r)
                path.lineTo(x + r, y - r)
        canvas.drawPath(path, stroke=1, fill=int(not hollow))
