"""A slide's score as text for a terminal."""

import textwrap
from collections.abc import Collection, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from app import RESEARCH_USE_ONLY
from app.model.slide_settings import SlideSettings
from app.slide_scoring import SlideResult
from inference.cells.classes import CellClass
from inference.scoring.counts import SYMBOLS
from inference.scoring.intervals import Interval
from inference.scoring.score import SlideScore
from inference.scoring.wording import percent

_WIDEST = 100
"""Longer lines are hard to read."""

_GLUE = "\ue000"
"""Stands for a space that no line may end at."""


def show_score(
    console: Console,
    score: SlideScore,
    *,
    leave_out: Collection[str] = (),
    warnings: Collection[str] = (),
    more: Collection[tuple[str, str]] = (),
) -> None:
    """Print the proposal, the reason, remarks, and the five classes with their intervals.

    Parameters
    ----------
    leave_out
        Codes of warnings that mean nothing here.
    warnings
        Further warnings.
    more
        Further facts, each a name and a text.
    """
    cautions = [note.text for note in score.warnings if note.code not in leave_out]
    facts = [
        ("Proposed score", str(score.score)),
        ("Reason", score.reason),
        *(("Note", flag.text) for flag in score.flags),
        *(("Warning", text) for text in (*cautions, *warnings)),
        ("Guideline", score.profile.guideline.title),
        ("Profile", f"{score.profile.name}, version {score.profile.version}"),
        *more,
    ]
    for number, line in enumerate(_columns(facts, min(console.width, _WIDEST))):
        console.print(line, style="bold" if number == 0 else "", soft_wrap=True)
    console.print()
    console.print(_classes(score))
    console.print()
    console.print(RESEARCH_USE_ONLY)


def analysis_facts(result: SlideResult, settings: SlideSettings) -> list[tuple[str, str]]:
    """Return what the images were analyzed with, as names and texts."""
    stain, images = settings.stain, result.images
    levels = ", ".join(f"{level.name} {level.threshold_od:g}" for level in stain.levels)
    changed = f", changed by {' '.join(settings.stain_changes)}" if settings.stain_changes else ""
    of = len(images) + len(result.failed) + len(result.not_reached)
    fields = result.score.n_fields
    facts = [
        ("Stain profile", f"{stain.name} ({levels} OD, {stain.method} method){changed}"),
        ("Nuclei", ", ".join(_different(name for image in images for name in image.detectors))),
        ("White point", _white_points(result)),
        (
            "Pixel size",
            ", ".join(
                _different(
                    f"{image.ready.image.um_per_px:.4g} um ({image.ready.image.um_per_px_origin})"
                    for image in images
                )
            ),
        ),
        ("Regions", _regions(result, settings)),
        ("Images", f"{len(images)} of {of} scored, {fields} field{'' if fields == 1 else 's'}"),
    ]
    return [(name, text) for name, text in facts if text]


def _different(texts: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _white_points(result: SlideResult) -> str:
    whites = dict.fromkeys(image.ready.white for image in result.images)
    if len(whites) > 1:
        origin = next(iter(whites)).origin
        return f"{origin}, each its own; see fields.csv"
    return "".join(
        f"{', '.join(f'{value:g}' for value in white.rgb)} ({white.origin})" for white in whites
    )


def _regions(result: SlideResult, settings: SlideSettings) -> str:
    kinds = [
        {region.kind for region in settings.regions_of(image.ready.image.path)}
        for image in result.images
    ]
    parts = []
    for kind in ("include", "exclude"):
        of_kind = sum(kind in found for found in kinds)
        if of_kind:
            parts.append(f"{kind} in {of_kind}")
    return f"{', '.join(parts)} of {len(kinds)} images" if parts else ""


def _columns(facts: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield the lines of two columns; a word too long for its column, as a path, stays whole."""
    indent = max(len(name) for name, _ in facts) + 2
    for name, text in facts:
        lines = textwrap.wrap(
            text.replace(" %", f"{_GLUE}%"),
            max(width - indent, 20),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, line in enumerate(lines or [""]):
            start = name if number == 0 else ""
            yield f"{start:<{indent}}{line}".replace(_GLUE, " ").rstrip()


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
        interval = _interval(estimate.wilson) if score.n_cells else ""
        classes.add_row(names[symbol], str(estimate.count), share, interval)
    classes.add_row("all tumor cells", str(score.n_cells))
    return classes


def _interval(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
