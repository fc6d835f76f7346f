"""What slide.json says of a slide that was scored in a sitting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.case_keeping.sittings import SavedSitting
from app.model.field_entry import FieldEntry
from app.model.sitting_cells import EditedCells
from app.model.sitting_state import FieldState, SlideState
from app.model.slide_settings import SlideSettings
from app.model.tally import FieldTally, Tally
from app.provenance import provenance
from app.session.keeper import KeptField
from app.slide_export.kept_fields import ReadField, field_name
from inference.cells.classes import CellClass
from inference.scoring.caution import ScoreNote
from inference.scoring.profile import RuleProfile
from inference.scoring.score import SlideScore
from inference.stain.profile import StainProfile


@dataclass(frozen=True, eq=False)
class FieldFacts:
    """What stays of a field after its pictures were written: all but the pixels.

    Attributes
    ----------
    entry, tally
        As in `app.slide_export.kept_fields.ReadField`.
    edited_cells
        One record for each cell that the pathologist changed.
    record
        For the provenance.
    objective
        Name of the objective.
    """

    entry: FieldEntry
    tally: FieldTally
    edited_cells: tuple[Mapping[str, object], ...]
    record: Mapping[str, object]
    objective: str

    @staticmethod
    def of(field: ReadField) -> "FieldFacts":
        """Keep what is needed of a field."""
        return FieldFacts(
            entry=field.entry,
            tally=field.tally,
            edited_cells=tuple(_edited_cells(field.entry.name, field.cells)),
            record=_image_record(field.entry, field.kept, field.state),
            objective=field.kept.objective,
        )


def notes(
    sitting: SavedSitting, score: SlideScore, fields: Sequence[FieldFacts]
) -> tuple[ScoreNote, ...]:
    """Return what the reader must know beside the score's own warnings."""
    found = []
    if sitting.record.status == "open":
        found.append(ScoreNote("not_finished", "the slide is not finished"))
    found.extend(ScoreNote("field", text) for text in _warnings_of_fields(fields))
    proposed = sitting.record.proposal
    changed = None if proposed is None else changed_proposal(proposed, score)
    if changed is not None:
        found.append(changed)
    return tuple(found)


def changed_proposal(proposed: Mapping[str, Any], score: SlideScore) -> ScoreNote | None:
    """Say that a finished slide would be scored otherwise today; None when it would not."""
    now = score.record()
    if all(proposed.get(key) == now[key] for key in ("score", "counts")):
        return None
    text = (
        f"{proposed.get('score')} was proposed when the slide was finished; this program "
        f"analyzes the same fields as {score.score}, with other counts"
    )
    return ScoreNote("analyzed_differently", text)


def slide_record(
    sitting: SavedSitting,
    state: SlideState,
    tally: Tally,
    fields: Sequence[FieldFacts],
    more: Sequence[ScoreNote],
) -> dict[str, object]:
    """Return the score as ``her2scope score`` has it, and the sitting beside it.

    ``sitting`` holds the pathologist's part: own score and comment, regions, every changed cell
    with its class before (``class_proposed``) and after (``class_final``), the score without these
    changes, and the steps from which `app.model.sitting.replay` gets all of it again.
    """
    record, slide = tally.edited.record(), sitting.record
    all_notes = (*tally.edited.warnings, *more)
    record["warnings"] = [{"code": note.code, "text": note.text} for note in all_notes]
    without = tally.proposed.record()
    record["sitting"] = {
        "case": slide.case,
        "slide": slide.name,
        "status": slide.status,
        "begun_utc": slide.created_utc.isoformat(timespec="seconds"),
        "changed_utc": sitting.changed_utc.isoformat(timespec="seconds"),
        "pathologist": {"score": state.score, "comment": state.comment},
        "score_when_finished": slide.proposal.get("score") if slide.proposal else None,
        "without_edits": {key: without[key] for key in ("score", "reason", "n_cells", "counts")},
        "edited_cells": [cell for field in fields for cell in field.edited_cells],
        "regions": [region for field in state.accepted for region in _regions(field)],
        "dropped_fields": [field_name(each.number) for each in state.fields if not each.accepted],
        "steps": [
            {
                "number": step.number,
                "saved_utc": step.saved_utc.isoformat(timespec="milliseconds"),
                "kind": step.kind,
                "payload": dict(step.payload),
            }
            for step in sitting.steps
        ],
    }
    return record


def slide_provenance(
    sitting: SavedSitting,
    state: SlideState,
    profiles: tuple[StainProfile, RuleProfile],
    fields: Sequence[FieldFacts],
) -> dict[str, object]:
    """Return what goes under ``provenance``: as of saved files, with the kept fields as images."""
    changes = tuple(f"{name} {value:g}" for name, value in state.thresholds_od.items())
    stain, rules = profiles
    facts = provenance(SlideSettings(stain=stain, rules=rules, stain_changes=changes), (), ())
    return facts | {
        "detectors": sorted({field.entry.detector for field in fields}),
        "images": [dict(field.record) for field in fields],
        "sitting": dict(sitting.record.provenance),
    }


def _edited_cells(name: str, cells: EditedCells) -> list[dict[str, object]]:
    """Return one record a changed cell; ``row`` is its place among the field's rows, from 0."""
    found: list[dict[str, object]] = []
    labels = {int(each): each.label for each in CellClass}
    for row in np.flatnonzero(cells.touched).tolist():
        number, deleted = int(cells.numbers[row]), bool(cells.deleted[row])
        x, y = cells.edited.xy_px[row].tolist()
        was = None if number < 0 else labels[int(cells.proposed.cell_class[row])]
        now = None if deleted else labels[int(cells.edited.cell_class[row])]
        change = "deleted" if deleted else "added" if number < 0 else "reclassified"
        found.append(
            {
                "field": name,
                "row": row,
                "x_px": round(x, 2),
                "y_px": round(y, 2),
                "change": change,
                "class_proposed": was,
                "class_final": now,
            }
        )
    return found


def _image_record(entry: FieldEntry, kept: KeptField, state: FieldState) -> dict[str, object]:
    drawn = [
        {"kind": each.kind, "reason": each.reason, "corners": len(each.exterior)}
        for each in state.regions
    ]
    return {
        "file": entry.file,
        "sha256": entry.sha256,
        "width_px": entry.width_px,
        "height_px": entry.height_px,
        "um_per_px": entry.um_per_px,
        "um_per_px_origin": entry.um_per_px_origin,
        "white": list(entry.white),
        "white_origin": entry.white_origin,
        "white_picture_sha256": None,
        "detector": entry.detector,
        "fields": [entry.name],
        "regions": [{"file": None, "sha256": None, "regions": drawn}] if drawn else [],
        "objective": kept.objective,
        "quality": dict(kept.quality),
        "taken_utc": kept.taken_utc.isoformat(timespec="milliseconds"),
    }


def _regions(field: FieldState) -> list[dict[str, object]]:
    return [
        {
            "field": field_name(field.number),
            "kind": each.kind,
            "reason": each.reason,
            "exterior": each.exterior,
            "holes": each.holes,
        }
        for each in field.regions
    ]


def _warnings_of_fields(fields: Sequence[FieldFacts]) -> list[str]:
    """Return each warning once, with the fields that it belongs to."""
    texts: dict[str, list[str]] = {}
    for field in fields:
        for text in field.entry.warnings:
            texts.setdefault(text, []).append(str(field.tally.number))
    return [
        text if len(numbers) == len(fields) else f"field {', '.join(numbers)}: {text}"
        for text, numbers in texts.items()
    ]
