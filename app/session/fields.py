"""The fields that are held in memory: measured once, classified whenever thresholds change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.live.analysis import field_histograms
from app.live.analyzer import AnalysisSetup, FieldAnalyzer, Measurement
from app.live.field_result import FieldHistograms, FieldResult
from app.live.freshness import ShownResult
from app.live.thumbnail import thumbnail
from app.model.sitting_cells import edited_cells
from app.model.sitting_state import FieldState
from app.model.tally import FieldTally, tally_field
from app.session.events import Saved
from app.session.keeper import KeptField
from inference.analyser import classify_field, describe_field
from inference.arrays import U8
from inference.cells.table import CellTable
from inference.membrane.description import MembraneDescription
from inference.scoring.profile import RuleProfile
from inference.stain.profile import StainProfile

Thresholds = tuple[tuple[str, float], ...]


def thresholds_of(stain: StainProfile) -> Thresholds:
    """Return the thresholds of a profile, by the names of its levels."""
    return tuple((level.name, level.threshold_od) for level in stain.levels)


@dataclass(frozen=True, eq=False)
class HeldField:
    """A measured field in memory.

    Attributes
    ----------
    field, number
        Names; empty and 0 for one that is only shown.
    result
        Frame, time, generation.
    um_per_px, width_px, height_px
        Of the field.
    measurement, histograms
        Free of thresholds.
    thumbnail
        Small picture.
    rgb
        Pixels, until they are safely on disk.
    saved
        Whether they are.
    warnings, asked_s, done_s, seconds
        As in `app.session.events.ShownField`.
    """

    field: str
    number: int
    result: ShownResult
    um_per_px: float
    width_px: int
    height_px: int
    measurement: Measurement
    histograms: FieldHistograms
    thumbnail: U8
    rgb: U8 | None
    saved: Saved
    warnings: tuple[str, ...]
    asked_s: float
    done_s: float
    seconds: Mapping[str, float]

    @staticmethod
    def of(result: FieldResult) -> "HeldField":
        """Hold a result that is not yet a field of the slide."""
        frame = result.request.frame
        assert frame.um_per_px is not None  # else there were no result
        return HeldField(
            field="",
            number=0,
            result=ShownResult(
                frame.number, frame.taken_s, frame.generation, result.request.press is None
            ),
            um_per_px=frame.um_per_px,
            width_px=frame.rgb.shape[1],
            height_px=frame.rgb.shape[0],
            measurement=result.measurement,
            histograms=result.histograms,
            thumbnail=result.thumbnail,
            rgb=frame.rgb,
            saved=Saved.SAVING,
            warnings=result.warnings,
            asked_s=result.request.asked_s,
            done_s=result.done_s,
            seconds=result.seconds,
        )

    def named(self, field: str, number: int) -> "HeldField":
        """Return it as a field of the slide."""
        return replace(self, field=field, number=number)


@dataclass(frozen=True, eq=False)
class Classification:
    """A field at certain thresholds, without regions and edits."""

    thresholds: Thresholds
    description: MembraneDescription
    cells: CellTable


def classification(measurement: Measurement, stain: StainProfile) -> Classification:
    """Classify a measured field at the thresholds of a profile."""
    description = describe_field(measurement.measured, stain)
    cells = classify_field(measurement.measured, description, stain)
    return Classification(thresholds_of(stain), description, cells)


def measured_again(kept: KeptField, analyzer: FieldAnalyzer) -> HeldField:
    """Return a saved field measured as it was, at the nuclei that were detected then."""
    setup = AnalysisSetup(kept.stain, kept.white, kept.white_origin)
    measurement = analyzer.measure(kept.rgb, kept.um_per_px, setup, kept.nuclei)
    return HeldField(
        field=kept.field,
        number=kept.number,
        # Of no generation and number that a live picture has: it is never painted over one.
        result=ShownResult(-1, 0.0, -1),
        um_per_px=kept.um_per_px,
        width_px=kept.rgb.shape[1],
        height_px=kept.rgb.shape[0],
        measurement=measurement,
        histograms=field_histograms(measurement.measured),
        thumbnail=thumbnail(kept.rgb),
        rgb=None,
        saved=Saved.SAVED,
        warnings=kept.warnings,
        asked_s=0.0,
        done_s=0.0,
        seconds=kept.seconds,
    )


class FieldShelf:
    """Holds the fields of the open slide, their classes, and their counts.

    Classes are kept for the last thresholds at which a field was classified, without its
    membranes, which only the field that is shown needs. Not for several threads at once.
    """

    def __init__(self) -> None:
        self._fields: dict[str, HeldField] = {}
        self._classes: dict[str, tuple[Thresholds, CellTable]] = {}
        self._counts: dict[str, tuple[object, FieldTally]] = {}

    def get(self, field: str) -> HeldField | None:
        """Return a field; None when it is not held."""
        return self._fields.get(field)

    def put(self, held: HeldField) -> None:
        """Hold a field, in place of what was held under its name."""
        self._fields[held.field] = held

    def remove(self, field: str) -> None:
        """Forget a field."""
        self._fields.pop(field, None)
        self._classes.pop(field, None)
        self._counts.pop(field, None)

    def clear(self) -> None:
        """Forget all fields whose pixels are on disk, since another slide is begun."""
        for name in [name for name, held in self._fields.items() if held.rgb is None]:
            self.remove(name)

    def set_saved(self, field: str, saved: Saved) -> None:
        """Note whether a field is on disk; from then on the pixels need not be held."""
        held = self._fields[field]
        rgb = None if saved is Saved.SAVED else held.rgb
        self._fields[field] = replace(held, saved=saved, rgb=rgb)

    def classify(self, field: str, thresholds: Thresholds, cells: CellTable) -> None:
        """Keep the classes of a field."""
        self._classes[field] = (thresholds, cells)

    def is_current(self, field: str, thresholds: Thresholds) -> bool:
        """Whether the classes of a field are those at certain thresholds."""
        known = self._classes.get(field)
        return known is not None and known[0] == thresholds

    def count(self, state: FieldState, rules: RuleProfile) -> FieldTally:
        """Return what a classified field adds to the tally; counted again only after a change."""
        thresholds, cells = self._classes[state.field]
        key = (thresholds, state.regions, state.edits, rules)
        known = self._counts.get(state.field)
        if known is not None and known[0] == key:
            return known[1]
        both = edited_cells(cells, state.edits, state.analysis_regions)
        held = self._fields[state.field]
        counts = tally_field(state.field, state.number, both, held.um_per_px, rules)
        self._counts[state.field] = (key, counts)
        return counts
