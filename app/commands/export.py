"""``her2scope slides`` and ``her2scope export``: what is kept, and a slide of it as files."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from app import RESEARCH_USE_ONLY
from app.case_keeping.folder import cases_folder, open_existing_cases
from app.commands.score_text import show_score
from app.model.case_records import SlideRecord
from app.slide_export.export import REPORT, SlideExport, export_slide
from app.storage.cases.problem import StorageProblem
from app.storage.cases.reader import slides as all_slides
from app.storage.cases.store import CaseStore
from app.storage.slide_output import OutputProblem

WRONG_CALL, INTERRUPTED = 2, 130

CASES = typer.Option("--cases", metavar="DIR", help="Folder of the cases; else this user's own.")
"""The option of every command that opens the case store."""

_MOST_NAMES = 10


def slides(cases: Annotated[Path | None, CASES] = None) -> None:
    """List the slides that are kept, the newest first."""
    folder = cases_folder(cases)
    try:
        with open_existing_cases(folder) as store:
            found = all_slides(store)
    except StorageProblem as problem:
        _refuse("slides", problem)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if found:
        console.print(_table(found))
        console.print()
    console.print(f"{len(found)} slide{'' if len(found) == 1 else 's'} in {folder}")
    console.print(RESEARCH_USE_ONLY)


def export(
    case: Annotated[str, typer.Option("--case", metavar="NAME", help="Name of the case.")],
    slide: Annotated[str, typer.Option("--slide", metavar="NAME", help="Name of the slide.")],
    output: Annotated[
        Path,
        typer.Option("--output", metavar="DIR", help="Folder for the results, without a slide."),
    ],
    cases: Annotated[Path | None, CASES] = None,
    laboratory: Annotated[
        str, typer.Option("--laboratory", metavar="NAME", help="For the head of the report.")
    ] = "",
) -> None:
    """Write a slide of a sitting as files, as score writes saved fields.

    Writes slide.json, fields.csv, cells.csv, a picture of every field and report.pdf. All of it
    or, when Ctrl-C is pressed, nothing.
    """
    try:
        with open_existing_cases(cases_folder(cases)) as store:
            written = _with_progress(store, _slide_named(store, case, slide), output, laboratory)
    except StorageProblem as problem:
        _refuse("export", problem)
    except OutputProblem as problem:
        _refuse("export", f"--output {problem}")
    except KeyboardInterrupt as interrupt:
        typer.echo("Interrupted: nothing was written.", err=True)
        raise typer.Exit(INTERRUPTED) from interrupt
    show_score(
        Console(highlight=False, markup=False, emoji=False),
        written.tally.edited,
        warnings=[note.text for note in written.notes],
        more=[*_facts(written), ("Written to", f"{output} (with {REPORT})")],
    )


def _table(found: tuple[SlideRecord, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name in ("Case", "Slide", "Status", "Fields", "Proposed", "Own score", "Begun"):
        table.add_column(name, justify="right" if name == "Fields" else "left", no_wrap=True)
    for each in found:
        table.add_row(
            each.case,
            each.name,
            each.status,
            str(each.n_fields),
            str(each.proposal["score"]) if each.proposal else "",
            each.pathologist_score or "",
            each.created_utc.astimezone().strftime("%Y-%m-%d %H:%M"),
        )
    return table


def _slide_named(store: CaseStore, case: str, slide: str) -> int:
    """Return the id of a slide.

    Raises
    ------
    StorageProblem
        There is none of that name; the line says which there are.
    """
    of_case = all_slides(store, case)
    for each in of_case:
        if each.name == slide:
            return each.id
    if of_case:
        raise StorageProblem(
            f"case {case} has no slide {slide}; it has {_listed([each.name for each in of_case])}"
        )
    names = list(dict.fromkeys(each.case for each in all_slides(store)))
    known = f"; there are {_listed(names)}" if names else ": nothing is kept yet"
    raise StorageProblem(f"there is no case {case}{known}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _with_progress(store: CaseStore, slide_id: int, output: Path, laboratory: str) -> SlideExport:
    errors = Console(stderr=True, highlight=False, markup=False, emoji=False)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as progress:
        task = progress.add_task("Writing fields", total=None)
        return export_slide(
            store,
            slide_id,
            output,
            laboratory=laboratory,
            done=lambda n, of: progress.update(task, completed=n, total=of),
        )


def _facts(written: SlideExport) -> list[tuple[str, str]]:
    state, record = written.sitting.state, written.sitting.record
    facts = [("Slide", f"{record.name} of case {record.case}, {record.status}")]
    if state is not None and state.score is not None:
        facts.append(("Own score", state.score))
    if written.tally.changed_by_hand:
        facts.append(("Without edits", str(written.tally.proposed.score)))
    return facts


def _refuse(command: str, problem: object) -> NoReturn:
    typer.echo(f"her2scope {command}: {problem}", err=True)
    raise typer.Exit(WRONG_CALL)
