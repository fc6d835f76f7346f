"""From a held field to what is shown of it: pure functions."""

from app.model.overlay import Overlay
from app.model.sitting_cells import edited_cells
from app.model.sitting_state import FieldEdits, FieldState
from app.session.events import FieldCard, Saved, ShownField
from app.session.fields import HeldField
from app.session.prepared import Prepared


def shown_field(
    held: HeldField,
    state: FieldState | None,
    ready: Prepared,
    *,
    previewed: bool,
    stored: bool,
) -> ShownField:
    """Put together what is shown of a field.

    Parameters
    ----------
    state
        Regions and edits; None for what is not a field of the slide.
    ready
        At the thresholds that hold now.
    previewed
        Whether these are still to be confirmed.
    stored
        Whether the user opened the field.
    """
    edits = state.edits if state else FieldEdits()
    regions = state.analysis_regions if state else ()
    cells = edited_cells(ready.classes.cells, edits, regions)
    overlay = Overlay(
        width_px=held.width_px,
        height_px=held.height_px,
        um_per_px=held.um_per_px,
        xy_px=cells.edited.xy_px,
        cell_class=cells.edited.cell_class,
        counted=cells.edited.counted,
        membranes=ready.membranes,
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
        drawings={} if edits or regions else ready.drawings,
        thresholds_od=dict(ready.classes.thresholds),
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
