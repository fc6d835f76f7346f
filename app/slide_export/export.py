"""Writes a kept slide to a folder: tables, slide.json, overlays and the report."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.case_keeping.sittings import SavedSitting, read_sitting
from app.model.sheet import sheet
from app.model.tally import Tally, fold
from app.slide_export.kept_fields import FieldReader
from app.slide_export.slide_page import report_field, slide_report
from app.slide_export.slide_record import FieldFacts, notes, slide_provenance, slide_record
from app.storage.cases.problem import StorageProblem
from app.storage.cases.store import CaseStore
from app.storage.report_pdf import write_report_pdf
from app.storage.slide_output import OutputProblem, slide_output
from inference.scoring.caution import ScoreNote

REPORT = "report.pdf"


@dataclass(frozen=True, eq=False)
class SlideExport:
    """What was written.

    Attributes
    ----------
    sitting
        The slide.
    tally
        Counts and scores, without and with the pathologist's changes.
    notes
        What the reader must know beside the score's own warnings.
    """

    sitting: SavedSitting
    tally: Tally
    notes: tuple[ScoreNote, ...]


def export_slide(
    store: CaseStore,
    slide_id: int,
    folder: Path,
    *,
    laboratory: str = "",
    done: Callable[[int, int], None] = lambda _done, _of: None,
) -> SlideExport:
    """Write a slide, finished or open, as ``her2scope score`` writes one, and its report.

    Only reads the store; may run on any thread, and takes a second or two a field.

    Parameters
    ----------
    folder
        Made when missing; one that holds a slide is refused. After a failure nothing is left.
    laboratory
        For the head of the report.
    done
        Called with the fields that are written, and how many there are.

    Raises
    ------
    StorageProblem
        The slide cannot be read or scored.
    OutputProblem
        The folder holds a slide or a report, or cannot be written.
    """
    sitting = read_sitting(store, slide_id)
    state = sitting.state
    if state is None:
        raise StorageProblem(f"{sitting.in_words} was taken back and has nothing to export")
    stain, rules = sitting.profiles()
    reader = FieldReader(store, sitting, stain, rules)
    facts, pictures = [], []
    with slide_output(folder) as output, _report_beside(folder) as report_path:
        for number, each in enumerate(state.accepted, start=1):
            field = reader.read(each)
            name = field.entry.name
            output.add_picture(name, sheet(field.picture, field.overlay, name))
            output.add_fields([field.entry])
            facts.append(FieldFacts.of(field))
            pictures.append(report_field(name, field.picture, field.tally.edited.counts.total))
            done(number, len(state.accepted))
        tally = fold([field.tally for field in facts], rules)
        score = tally.edited
        more = notes(sitting, score, facts)
        report = slide_report(sitting, state, stain, score, facts, pictures, more, laboratory)
        try:
            write_report_pdf(report_path, report)
        except OSError as error:
            raise OutputProblem(f"{report_path} cannot be written ({error.strerror})") from error
        output.finish(
            slide_record(sitting, state, tally, facts, more),
            (),
            slide_provenance(sitting, state, (stain, rules), facts),
        )
    return SlideExport(sitting, tally, more)


@contextmanager
def _report_beside(folder: Path) -> Iterator[Path]:
    """Give the place of the report, and take it away again when the block raises."""
    path = folder / REPORT
    if path.exists():
        raise OutputProblem(f"{folder} already holds a {REPORT}: name another folder or remove it")
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise
