"""A field of a sitting as the case store takes it, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.model.case_records import FieldRecord, FieldResult, NewField
from app.session.keeper import KeptField
from app.storage.cases.problem import StorageProblem
from inference.arrays import U8
from inference.nuclei.points import NucleusPoints
from inference.stain.profile import StainProfile


def new_field(kept: KeptField) -> NewField:
    """Return a field as it is handed to the store.

    The nuclei are two columns of the cells. What the store has no column for goes into the
    provenance: name, frame, seconds, and the stain profile with all that it said.

    Raises
    ------
    ValueError
        The cells are not the nuclei in their order: edits would name other cells.
    """
    cells, nuclei = kept.cells, kept.nuclei
    same = np.array_equal(cells.xy_px, nuclei.xy_px) and np.array_equal(
        cells.confidence, nuclei.confidence
    )
    if not same:
        raise ValueError("the cells of a field must be its nuclei, in their order")
    return NewField(
        number=kept.number,
        rgb=kept.rgb,
        um_per_px=kept.um_per_px,
        objective=kept.objective,
        white=kept.white,
        white_origin=kept.white_origin,
        taken_utc=kept.taken_utc,
        result=FieldResult(
            cells=cells,
            thresholds_od={level.name: level.threshold_od for level in kept.stain.levels},
            detector=kept.detector,
            warnings=kept.warnings,
            provenance={
                "field": kept.field,
                "frame": kept.frame,
                "seconds": dict(kept.seconds),
                "quality": dict(kept.quality),
                "scale_origin": kept.scale_origin,
                "stain": kept.stain.model_dump(mode="json"),
            },
        ),
    )


def kept_field(field: str, slide: str, record: FieldRecord, rgb: U8) -> KeptField:
    """Return a field as the session kept it.

    Parameters
    ----------
    field, slide
        Its name, and the identity of its slide.
    record, rgb
        As the store has them.

    Raises
    ------
    StorageProblem
        The field was not kept by a sitting, or what it rests on cannot be read.
    """
    cells, provenance = record.result.cells, record.result.provenance
    try:
        frame, seconds = int(provenance["frame"]), _seconds(provenance["seconds"])
        stain = StainProfile.model_validate(provenance["stain"])
    except (KeyError, TypeError, ValueError) as error:
        first = (str(error).splitlines() or ["nothing more is known"])[0]
        raise StorageProblem(f"field {record.number} cannot be read ({first})") from error
    return KeptField(
        field=field,
        slide=slide,
        number=record.number,
        rgb=rgb,
        um_per_px=record.um_per_px,
        objective=record.objective,
        frame=frame,
        taken_utc=record.taken_utc,
        nuclei=NucleusPoints(cells.xy_px, cells.confidence),
        cells=cells,
        stain=stain,
        white=record.white,
        white_origin=record.white_origin,
        detector=record.result.detector,
        warnings=record.result.warnings,
        seconds=seconds,
        # Of fields that earlier versions kept nothing is known of these.
        quality=dict(provenance.get("quality") or {}),
        scale_origin=str(provenance.get("scale_origin") or ""),
    )


def _seconds(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}
