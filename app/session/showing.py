"""From a held field to what is shown of it: pure functions."""

import cv2
import numpy as np

from app.model.overlay import Overlay
from app.model.sitting_cells import edited_cells
from app.model.sitting_state import FieldEdits, FieldState
from app.session.events import FieldCard, Saved, ShownField
from app.session.fields import Classification, HeldField
from inference.arrays import U8
from inference.cells.classes import merged
from inference.membrane.description import MembraneDescription


def membrane_image(description: MembraneDescription) -> U8:
    """Return the class image of the skeletons in the codes of `CellClass`."""
    codes = merged(np.arange(256, dtype=np.uint8) % _codes(description), len(description.levels))
    image = np.asarray(cv2.LUT(description.classes, codes), np.uint8)
    image.flags.writeable = False
    return image


def _codes(description: MembraneDescription) -> int:
    return 2 * len(description.levels) + 1


def shown_field(
    held: HeldField,
    state: FieldState | None,
    classes: Classification,
    membranes: U8,
    *,
    previewed: bool,
    stored: bool,
) -> ShownField:
    """Put together what is shown of a field.

    Parameters
    ----------
    state
        Regions and edits; None for what is not a field of the slide.
    classes, membranes
        At the thresholds that hold now.
    previewed
        Whether these are still to be confirmed.
    stored
        Whether the user opened the field.
    """
    edits = state.edits if state else FieldEdits()
    regions = state.analysis_regions if state else ()
    cells = edited_cells(classes.cells, edits, regions)
    overlay = Overlay(
        width_px=held.width_px,
        height_px=held.height_px,
        um_per_px=held.um_per_px,
        xy_px=cells.edited.xy_px,
        cell_class=cells.edited.cell_class,
        counted=cells.edited.counted,
        membranes=membranes,
        regions=regions,
    )
    return ShownField(
        field=state.field if state else None,
        number=state.number if state else None,
        stored=stored,
        result=held.result,
        um_per_px=held.um_per_px,
        width_px=held.width_px,
        height_px=held.height_px,
        cells=cells,
        regions=state.regions if state else (),
        overlay=overlay,
        thresholds_od=dict(classes.thresholds),
        previewed=previewed,
        histograms=held.histograms,
        picture=held.rgb,
        warnings=held.warnings,
        asked_s=held.asked_s,
        done_s=held.done_s,
        seconds=held.seconds,
    )


def field_card(state: FieldState, held: HeldField | None) -> FieldCard:
    """Return the card of a field for the strip of thumbnails."""
    return FieldCard(
        field=state.field,
        number=state.number,
        thumbnail=held.thumbnail if held else None,
        accepted=state.accepted,
        saved=held.saved if held else Saved.SAVED,
        edited=bool(state.edits or state.regions),
        warnings=held.warnings if held else (),
    )
