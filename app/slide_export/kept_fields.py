"""The fields of a kept slide, measured again and classified as the slide says."""

from dataclasses import dataclass

from app.case_keeping.sittings import SavedSitting
from app.live.analyzer import AnalysisSetup, DetectorAnalyzer
from app.model.field_entry import FieldEntry
from app.model.overlay import Overlay, draw_on
from app.model.sitting_cells import EditedCells, edited_cells
from app.model.sitting_state import FieldState
from app.model.tally import FieldTally, tally_field
from app.session.fields import classification
from app.session.keeper import KeptField
from app.session.prepared import membrane_image
from app.storage.cases.image_files import image_path
from app.storage.cases.store import CaseStore
from inference.arrays import U8
from inference.scoring.profile import RuleProfile
from inference.stain.profile import StainProfile


@dataclass(frozen=True, eq=False)
class ReadField:
    """A field of a kept slide, with all that is written of it.

    Attributes
    ----------
    state
        Regions and edits.
    kept
        As it was kept.
    cells
        At the slide's thresholds, inside the regions, without and with the edits.
    entry
        Its row in fields.csv and its rows in cells.csv.
    tally
        What it adds to the slide.
    picture
        (h, w, 3) the tissue with the cells over it.
    overlay
        What is drawn on `picture`.
    """

    state: FieldState
    kept: KeptField
    cells: EditedCells
    entry: FieldEntry
    tally: FieldTally
    picture: U8
    overlay: Overlay


class FieldReader:
    """Reads the fields of one slide, each as the session has it when it resumes the slide.

    Parameters
    ----------
    store, sitting
        Where the slide is kept, and the slide.
    stain, rules
        In force for the slide, the stain profile with the confirmed thresholds.
    """

    def __init__(
        self, store: CaseStore, sitting: SavedSitting, stain: StainProfile, rules: RuleProfile
    ) -> None:
        self._store = store
        self._sitting = sitting
        self._stain = stain
        self._rules = rules
        self._analyzer = DetectorAnalyzer("rough")  # which detects nothing: the nuclei are kept

    def read(self, state: FieldState) -> ReadField:
        """Read a field, measure and classify it, and draw it.

        Raises
        ------
        StorageProblem
            Its picture is missing or damaged, or its row cannot be read.
        """
        kept = self._sitting.load(self._store, state)
        setup = AnalysisSetup(kept.stain, kept.white, kept.white_origin)
        measurement = self._analyzer.measure(kept.rgb, kept.um_per_px, setup, kept.nuclei)
        classes = classification(measurement, self._stain)
        regions = state.analysis_regions
        cells = edited_cells(classes.cells, state.edits, regions)
        overlay = Overlay(
            width_px=kept.rgb.shape[1],
            height_px=kept.rgb.shape[0],
            um_per_px=kept.um_per_px,
            xy_px=cells.edited.xy_px,
            cell_class=cells.edited.cell_class,
            counted=cells.edited.counted,
            membranes=membrane_image(classes.description),
            regions=regions,
        )
        tally = tally_field(state.field, state.number, cells, kept.um_per_px, self._rules)
        return ReadField(
            state=state,
            kept=kept,
            cells=cells,
            entry=self._entry(state, kept, cells),
            tally=tally,
            picture=draw_on(kept.rgb, overlay),
            overlay=overlay,
        )

    def _entry(self, state: FieldState, kept: KeptField, cells: EditedCells) -> FieldEntry:
        thresholds = [level.threshold_od for level in self._stain.levels]
        sha256 = self._sitting.fields[state.field].image_sha256
        return FieldEntry(
            name=field_name(state.number),
            file=image_path(self._store.images, sha256).name,
            sha256=sha256,
            um_per_px=kept.um_per_px,
            um_per_px_origin=_scale_origin(kept),
            width_px=kept.rgb.shape[1],
            height_px=kept.rgb.shape[0],
            x0_px=0,
            y0_px=0,
            cells=cells.edited,
            t_weak=thresholds[0],
            t_intense=thresholds[-1],
            white=kept.white,
            white_origin=kept.white_origin,
            detector=kept.detector,
            warnings=kept.warnings,
        )


def _scale_origin(kept: KeptField) -> str:
    objective = f"objective {kept.objective}" if kept.objective else "calibration"
    return f"{objective}, {kept.scale_origin}" if kept.scale_origin else objective


def field_name(number: int) -> str:
    """Return the name of a field in tables, pictures and warnings; the tally has the same."""
    return f"field {number}"
