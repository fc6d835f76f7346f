"""The report: what it says, and that all of it has its place on one page."""

import base64
import errno
import itertools
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from app import RESEARCH_USE_ONLY, __version__
from app.model.slide_report import ReportField, SlideReport
from app.storage import report_pdf
from app.storage.pdf_text import REGULAR, clipped, printable, shortened, wrapped
from app.storage.report_pdf import write_report_pdf
from inference.scoring.counts import ClassCounts, FieldCounts
from inference.scoring.profile import load_profile
from inference.scoring.score import SlideScore, score_slide


def a_score(*fields: ClassCounts) -> SlideScore:
    named = [FieldCounts(f"field {i}", counts, um_per_px=0.212) for i, counts in enumerate(fields)]
    return score_slide(named, load_profile())


def a_picture(number: int, width: int = 64, height: int = 48) -> ReportField:
    rgb = np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)
    return ReportField(f"field {number}", rgb, 100 + number)


TYPICAL = a_score(*[ClassCounts(4 + i, 6, 31, 22, 100) for i in range(6)])


def a_report(**changes: Any) -> SlideReport:
    values: dict[str, Any] = {
        "laboratory": "Institute of Pathology",
        "case": "S26-0123",
        "slide": "A1",
        "score": TYPICAL,
        "pathologist_score": "1+",
        "pathologist_comment": "Crushed at the edge.",
        "stain_name": "camera",
        "stain_sha256": "0123456789abcdef" * 4,
        "thresholds_od": {"weak": 0.12, "intense": 0.45},
        "detector": "rough 1",
        "objective": "40x",
        "um_per_px": 0.212,
        "edits": 3,
        "fields": tuple(a_picture(i) for i in range(1, 7)),
        "created": datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        "warnings": ("field 2 overlaps field 1",),
        "details": {"antibody": "4B5"},
    }
    return SlideReport(**(values | changes))


@dataclass(frozen=True)
class Mark:
    """Something drawn, by its edges in points."""

    what: str
    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "Mark") -> bool:
        return (
            self.left < other.right - 0.1
            and other.left < self.right - 0.1
            and self.bottom < other.top - 0.1
            and other.bottom < self.top - 0.1
        )


class Noting(Canvas):  # type: ignore[misc]
    """A canvas that notes what is drawn where."""

    marks: list[Mark]
    pages: int

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        type(self).marks, type(self).pages = [], 0

    def drawString(self, x: float, y: float, text: str, *args: Any, **named: Any) -> None:  # noqa: N802
        width, size = stringWidth(text, self._fontname, self._fontsize), self._fontsize
        # Of letters of usual height; the bottoms of "g" and the dots of "Ä" may come near.
        self.marks.append(Mark(text, x, y, x + width, y + 0.7 * size))
        super().drawString(x, y, text, *args, **named)

    def drawRightString(self, x: float, y: float, text: str) -> None:  # noqa: N802
        self.drawString(x - stringWidth(text, self._fontname, self._fontsize), y, text)

    def drawImage(self, image: Any, x: float, y: float, *size: Any, **named: Any) -> Any:  # noqa: N802
        self.marks.append(Mark("picture", x, y, x + size[0], y + size[1]))
        return super().drawImage(image, x, y, *size, **named)

    def showPage(self) -> None:  # noqa: N802
        type(self).pages += 1
        super().showPage()


def drawn(report: SlideReport, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Mark]:
    monkeypatch.setattr(report_pdf, "Canvas", Noting)
    write_report_pdf(folder / "report.pdf", report)
    assert Noting.pages == 1
    return Noting.marks


def said(marks: list[Mark]) -> str:
    return "\n".join(mark.what for mark in marks)


def text_in(path: Path) -> str:
    """Return the text of a PDF as it lies in the file."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", path.read_bytes(), re.DOTALL):
        try:
            content = zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True))
        except (ValueError, zlib.error):
            continue  # a picture
        found += re.findall(rb"\((.*?)(?<!\\)\) Tj", content)
    return "\n".join(line.decode("cp1252") for line in found)


def test_the_file_is_one_page_with_its_line_above_and_below(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    write_report_pdf(path, a_report())
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") == 1
    assert text_in(path).count(RESEARCH_USE_ONLY) == 2
    assert list(tmp_path.iterdir()) == [path]


def test_it_says_all_that_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = a_report()
    words = said(drawn(report, tmp_path, monkeypatch))
    for text in (
        "Institute of Pathology",
        "S26-0123",
        "A1",
        "Proposed by image analysis",
        TYPICAL.score,
        f"rule {TYPICAL.rule_number}: {TYPICAL.rule_name}",
        "Not final: the pathologist decides.",
        "Score of the pathologist",
        "1+",
        "Crushed at the edge.",
        "intense complete",
        "no staining",
        str(TYPICAL.counts.ns),
        "weak 0.12, intense 0.45 OD",
        "asco-cap-2018 1",
        f"SHA-256 {TYPICAL.profile.sha256[:16]}",
        "SHA-256 0123456789abcdef",
        "rough 1",
        "40x, 0.212 um/px",
        "4B5",
        "field 2 overlaps field 1",
        "in 6 fields",
        "101 cells",
        f"HER2Scope {__version__}",
        "2026-03-01 12:30 +0000    page 1 of 1",
    ):
        assert text in words.split("\n"), text
    assert TYPICAL.reason in words.replace("\n", " ")


def test_percentages_and_intervals_are_those_of_the_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = drawn(a_report(), tmp_path, monkeypatch)
    row = next(mark for mark in marks if mark.what == "weak complete")
    cells = [mark.what for mark in marks if mark.bottom == row.bottom and mark.left < 350]
    estimate = TYPICAL.estimates["wc"]
    assert estimate.fraction is not None
    assert estimate.bootstrap is not None
    ends = [
        f"{100 * x.low:.1f} to {100 * x.high:.1f}" for x in (estimate.wilson, estimate.bootstrap)
    ]
    assert cells == ["weak complete", "186", f"{100 * estimate.fraction:.1f}", *ends]


def test_without_an_opinion_the_proposal_does_not_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = a_report(pathologist_score=None, pathologist_comment="")
    marks = drawn(report, tmp_path, monkeypatch)
    (proposal,) = [mark for mark in marks if mark.what == TYPICAL.score]
    (none,) = [mark for mark in marks if mark.what == "not given"]
    head = next(mark for mark in marks if mark.what == "Score of the pathologist")
    assert proposal.right < head.left == none.left


def test_a_slide_without_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = a_report(score=a_score(), fields=(), objective=None, um_per_px=None, details={})
    words = said(drawn(report, tmp_path, monkeypatch))
    assert "not assessable" in words
    assert "fields differ" in words
    assert "picture" not in words.split("\n")
    assert "nan" not in words


def test_ten_fields_are_shown_and_more_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = tuple(a_picture(i) for i in range(1, 15))
    marks = drawn(a_report(fields=fields), tmp_path, monkeypatch)
    assert sum(mark.what == "picture" for mark in marks) == 10
    assert "Fields (the first 10 of 14)" in said(marks)


def test_warnings_without_room_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings = tuple(f"warning {i}" for i in range(90))
    words = said(drawn(a_report(warnings=warnings), tmp_path, monkeypatch))
    shown = len(re.findall(r"^warning \d+$", words, re.MULTILINE))
    more = re.search(r"^and (\d+) more, in slide.json and fields.csv$", words, re.MULTILINE)
    assert more is not None
    assert shown + int(more[1]) == 90
    assert shown >= 10


def test_names_too_long_for_a_line_stay_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = "S26-" + "0123456789" * 6
    assert case in said(drawn(a_report(case=case), tmp_path, monkeypatch)).replace("\n", "")


def check_places(drawn_marks: list[Mark]) -> None:
    marks = [mark for mark in drawn_marks if mark.what.strip()]
    for mark in marks:
        assert mark.left >= 39.9, mark
        assert mark.right <= A4[0] - 39.9, mark
        assert mark.bottom >= 25, mark
        assert mark.top <= A4[1] - 25, mark
    for one, other in itertools.combinations(marks, 2):
        assert not one.overlaps(other), (one, other)


@pytest.mark.parametrize("n_fields", [0, 1, 5, 6, 12])
@pytest.mark.parametrize("word", ["WWWW ", "W" * 40, "\u6848"])
def test_the_longest_of_everything_has_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, n_fields: int
) -> None:
    long = word * 40
    names = ("laboratory", "case", "slide", "stain_name", "detector", "objective")
    report = a_report(
        **dict.fromkeys(names, long),
        pathologist_score=long,
        pathologist_comment=long * 3,
        score=a_score(*[ClassCounts(*[99_999] * 5)] * n_fields),
        fields=tuple(a_picture(i, 400 if i % 2 else 40, 60) for i in range(n_fields)),
        warnings=tuple(f"{i} {long}" for i in range(20)),
        thresholds_od={f"level {i} {word}": 0.123456 for i in range(4)},
        details={f"{i} {word}": long for i in range(6)},
    )
    check_places(drawn(report, tmp_path, monkeypatch))


LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=200)
COUNTS = st.builds(ClassCounts, *[st.integers(0, 99_999)] * 5)
SIZES = st.tuples(st.integers(1, 300), st.integers(1, 300))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.tuples(LINES, LINES, LINES, LINES, LINES, LINES),
    st.none() | LINES,
    st.lists(COUNTS, max_size=12),
    st.lists(SIZES, max_size=12),
    st.lists(LINES, max_size=30),
    st.dictionaries(LINES, LINES, max_size=6),
)
def test_everything_has_its_own_place_on_the_page(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    opinion: str | None,
    counts: list[ClassCounts],
    sizes: list[tuple[int, int]],
    warnings: list[str],
    details: dict[str, str],
) -> None:
    report = a_report(
        laboratory=names[0],
        case=names[1],
        slide=names[2],
        detector=names[3],
        stain_name=names[4],
        pathologist_comment=names[5] * 8,
        pathologist_score=opinion,
        score=a_score(*counts),
        fields=tuple(a_picture(i, *size) for i, size in enumerate(sizes)),
        warnings=tuple(warnings),
        details=details,
    )
    check_places(drawn(report, tmp_path, monkeypatch))


def test_a_full_disk_leaves_the_earlier_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.pdf"
    path.write_text("earlier")

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_report_pdf(path, a_report())
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_seventh_detail_is_refused() -> None:
    with pytest.raises(ValueError, match="room for 6 details"):
        a_report(details={str(i): "" for i in range(7)})


def test_letters_that_the_font_lacks_stay_apart() -> None:
    assert printable("Müller \u2013 5 µm") == "Müller \u2013 5 µm"
    assert printable("案") != printable("例")
    assert printable("a\tb\nc\x00") == "a b c[U+0000]"


@settings(max_examples=100, deadline=None)
@given(LINES, st.integers(40, 300))
def test_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrapped(text, REGULAR, 8, width)
    assert "".join(lines).replace(" ", "") == "".join(printable(text).split())
    for line in [*lines, *clipped(lines, 2, REGULAR, 8, width), shortened(text, REGULAR, 8, width)]:
        assert stringWidth(line, REGULAR, 8) <= width
    assert len(clipped(lines, 2, REGULAR, 8, width)) == min(2, len(lines))
