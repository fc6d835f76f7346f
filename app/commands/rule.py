"""``her2scope rule``: the score and the reason for counts made by hand."""

import json
from typing import Annotated

import typer
from rich.console import Console

from app import RESEARCH_USE_ONLY
from app.commands.score_text import show_score
from inference.scoring.counts import ClassCounts, FieldCounts
from inference.scoring.profile import DEFAULT_PROFILE, load_profile
from inference.scoring.score import SlideScore, score_slide

_OF_FIELDS = "few_fields"
"""A warning that means nothing where the fields are not known."""


def rule(
    counts: Annotated[
        tuple[str, str, str, str, str],
        typer.Option(
            "--counts",
            metavar="IC II WC WI NS",
            help="Tumor cells: intense complete, intense incomplete, weak complete, weak "
            "incomplete, no staining.",
        ),
    ],
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="asco-cap-2018, zhang-2020, gastric-biopsy, gastric-resection, or the path of a "
            ".toml file.",
        ),
    ] = DEFAULT_PROFILE,
    cluster: Annotated[
        list[str] | None,
        typer.Option(
            "--cluster",
            metavar="CLASSES=CELLS",
            help="Cells in the largest connected cluster, for rules about clusters, e.g. "
            "ic+ii=6. May be given more than once.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score counts made by hand, and say why."""
    try:
        rules = load_profile(profile)
        field = FieldCounts("the count", _counts(counts), _clusters(cluster or []))
        if field.counts.total == 0:
            raise ValueError("--counts are all zero; give at least one tumor cell")
    except ValueError as error:
        typer.echo(f"her2scope rule: {error}", err=True)
        raise typer.Exit(2) from error
    score = score_slide([field], rules)
    if as_json:
        typer.echo(json.dumps(_record(score), indent=2))
    else:
        console = Console(highlight=False, markup=False, emoji=False)
        asked = [quantity for quantity in rules.cluster_quantities if not cluster]
        hints = [("Hint", f"give the largest cluster, e.g. --cluster {name}=6") for name in asked]
        show_score(console, score, leave_out={_OF_FIELDS}, more=hints)


def _counts(words: tuple[str, ...]) -> ClassCounts:
    for word in words:
        if not (word.isascii() and word.isdigit()):
            raise ValueError(
                "--counts takes five whole numbers of 0 or more (IC II WC WI NS), "
                f"and '{word}' is not one"
            )
    return ClassCounts(*(int(word) for word in words))


def _clusters(words: list[str]) -> dict[str, int]:
    clusters = {}
    for word in words:
        quantity, sign, size = word.partition("=")
        if not (sign and size.isascii() and size.isdigit()):
            raise ValueError(f"--cluster takes classes and cells, as in ic+ii=6, not '{word}'")
        clusters[quantity] = int(size)
    return clusters


def _record(score: SlideScore) -> dict[str, object]:
    record = score.record()
    record["warnings"] = [
        {"code": note.code, "text": note.text} for note in score.warnings if note.code != _OF_FIELDS
    ]
    del record["n_fields"]  # counts made by hand name no fields
    return {"notice": RESEARCH_USE_ONLY, **record}
