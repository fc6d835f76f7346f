"""``slide.json``: the slide's score, why, and all it takes to get it again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from app import RESEARCH_USE_ONLY
from app.model.field_entry import FailedFile
from app.storage.atomic import atomic_write

SCORE_KEYS = (
    "score",
    "reason",
    "profile",
    "n_cells",
    "n_fields",
    "counts",
    "fractions",
    "intervals",
    "warnings",
)
"""What a reader of the file may count on, beside ``failed`` and ``provenance``."""


def write_slide_json(
    path: Path,
    score: Mapping[str, object],
    failed: Sequence[FailedFile],
    provenance: Mapping[str, object],
) -> None:
    """Write the slide's result: UTF-8, indented, whole or not at all.

    Parameters
    ----------
    path
        Usually ``slide.json``.
    score
        At least `SCORE_KEYS`; all values must be what JSON knows.
    failed
        Files that could not be scored.
    provenance
        Program, profile, detector, settings, files and hashes.

    Raises
    ------
    ValueError
        `score` lacks a key or takes the place of another part, or a number is not finite.
    TypeError
        A value is not what JSON knows.
    OSError
        The file cannot be written.
    """
    lacking = [key for key in SCORE_KEYS if key not in score]
    if lacking:
        raise ValueError(f"the score lacks {', '.join(lacking)}")
    rest = {"failed": [asdict(file) for file in failed], "provenance": dict(provenance)}
    taken = {"research_use_only", *rest} & set(score)
    if taken:
        raise ValueError(f"the score must not hold {', '.join(sorted(taken))}")
    document = {"research_use_only": RESEARCH_USE_ONLY, **score, **rest}
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    with atomic_write(path) as part:
        # A file name that is no UTF-8 becomes JSON's own escape.
        part.write_bytes(text.encode("utf-8", "backslashreplace"))
