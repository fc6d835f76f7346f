"""A slide's score as text for a terminal."""

from collections.abc import Collection

from rich.console import Console
from rich.table import Table

from app import RESEARCH_USE_ONLY
from inference.cells.classes import CellClass
from inference.scoring.counts import SYMBOLS
from inference.scoring.intervals import Interval
from inference.scoring.score import SlideScore
from inference.scoring.wording import percent


def show_score(
    console: Console,
    score: SlideScore,
    *,
    leave_out: Collection[str] = (),
    more: Collection[tuple[str, str]] = (),
) -> None:
    """Print the proposal, the reason, remarks, and the five classes with their intervals.

    Parameters
    ----------
    leave_out
        Codes of warnings that mean nothing here.
    more
        Further facts, each a name and a text.
    """
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("Proposed score", str(score.score), style="bold")
    facts.add_row("Reason", score.reason)
    for flag in score.flags:
        facts.add_row("Note", flag.text)
    for warning in score.warnings:
        if warning.code not in leave_out:
            facts.add_row("Warning", warning.text)
    facts.add_row("Guideline", score.profile.guideline.title)
    facts.add_row("Profile", f"{score.profile.name}, version {score.profile.version}")
    for name, text in more:
        facts.add_row(name, text)
    console.print(facts)
    console.print()
    console.print(_classes(score))
    console.print()
    console.print(RESEARCH_USE_ONLY)


def _classes(score: SlideScore) -> Table:
    classes = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    classes.add_column("Class")
    classes.add_column("Cells", justify="right")
    classes.add_column("Share", justify="right")
    classes.add_column("95 % interval", justify="right")
    names = {cell_class.symbol: cell_class.label for cell_class in CellClass}
    for symbol in SYMBOLS:
        estimate = score.estimates[symbol]
        share = percent(estimate.count, score.n_cells) if score.n_cells else ""
        classes.add_row(names[symbol], str(estimate.count), share, _interval(estimate.wilson))
    classes.add_row("all tumor cells", str(score.n_cells))
    return classes


def _interval(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
