"""One saved image from its file to the entries and overlays of its fields."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import shapely

from app.installed_network import installed_network
from app.model.field_entry import FieldEntry
from app.model.overlay import Overlay, draw_on
from app.model.sheet import sheet
from app.model.slide_settings import SlideSettings, WhitePoint
from app.storage.images import FieldImage, ImageProblem, SavedImage
from inference.analyser import (
    MeasuredField,
    TooCoarse,
    classify_field,
    describe_field,
    measure_field,
    require_membranes_visible,
)
from inference.arrays import U8
from inference.cells.classes import merged
from inference.membrane.description import MembraneDescription
from inference.nuclei.choice import (
    DetectorUnavailable,
    choose_detector,
    detector_notices,
    pixel_size_doubt,
)
from inference.nuclei.points import NucleusDetector
from inference.nuclei.scale_doubt import DOUBTS
from inference.regions import Region, shifted
from inference.scoring.caution import ScoreNote
from inference.stain.white import estimate_white

_ESTIMATED = "estimated from the picture"

_GLASS_EVENNESS = 0.97
"""Glass of one image is this even: the light of a scan hardly falls from field to field."""


@dataclass(frozen=True)
class ReadyImage:
    """A saved image with all that its analysis needs.

    Attributes
    ----------
    image
        The file.
    white
        White point.
    detector
        What finds its nuclei.
    regions
        In pixels of the whole image.
    notes
        What the reader of its results must know.
    """

    image: SavedImage
    white: WhitePoint
    detector: NucleusDetector
    regions: tuple[Region, ...]
    notes: tuple[ScoreNote, ...]


@dataclass(frozen=True)
class AnalyzedField:
    """A field with all that an overlay needs.

    Attributes
    ----------
    image
        The pixels.
    entry
        What joins the slide.
    measured, membranes
        What the classes came from.
    regions
        In field pixels.
    """

    image: FieldImage
    entry: FieldEntry
    measured: MeasuredField
    membranes: MembraneDescription
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class ScoredImage:
    """A saved image that was scored.

    Attributes
    ----------
    ready
        The image and how it was analyzed.
    entries
        Its fields.
    """

    ready: ReadyImage
    entries: tuple[FieldEntry, ...]

    @property
    def notes(self) -> tuple[ScoreNote, ...]:
        """Return what the reader must know, what became of the detector and regions included."""
        lost = [ScoreNote("detector_lost", text) for text in detector_notices(self.ready.detector)]
        doubts = [text for entry in self.entries for text in entry.warnings if text in DOUBTS]
        doubted = [
            ScoreNote("pixel_size", f"in {doubts.count(text)} of {len(self.entries)} fields {text}")
            for text in sorted(set(doubts))
        ]
        notes = (*self.ready.notes, *doubted, *lost)
        cells = sum(len(entry.cells) for entry in self.entries)
        if not cells or any(entry.cells.counted.any() for entry in self.entries):
            return notes
        text = f"{self.ready.image.path.name}: the regions leave none of its {cells} cells"
        return (*notes, ScoreNote("no_cells_in_regions", text))

    @property
    def detectors(self) -> tuple[str, ...]:
        """Return what really found the nuclei of its fields, each once."""
        return tuple(dict.fromkeys(entry.detector for entry in self.entries))


def ready_image(image: SavedImage, settings: SlideSettings) -> ReadyImage:
    """Find the white point and the detector of an image.

    Raises
    ------
    ImageProblem
        Its pixels are too large; it is damaged; it has no white point and none was given; the
        wanted detector cannot be had any more.
    """
    try:
        require_membranes_visible(image.um_per_px)
    except TooCoarse as problem:
        raise ImageProblem(str(problem)) from problem
    white = settings.white or _profile_white(settings) or _estimated_white(image)
    try:
        detector, text = choose_detector(
            settings.detector, settings.stain.vectors, white.rgb, installed_network()
        )
    except DetectorUnavailable as problem:
        raise ImageProblem(str(problem)) from problem
    notes = [] if text is None else [ScoreNote("detector", text)]
    if white.origin == _ESTIMATED:
        notes.append(
            ScoreNote(
                "white_estimated",
                "the white point is estimated from the picture: --white or --blank would be surer",
            )
        )
    notes.extend(_region_notes(image, settings))
    return ReadyImage(image, white, detector, settings.regions_of(image.path), tuple(notes))


def analyzed_fields(
    ready: ReadyImage, settings: SlideSettings, field_name: Callable[[str], str]
) -> Iterator[AnalyzedField]:
    """Analyze the fields of a saved image one after the other.

    Parameters
    ----------
    field_name
        Makes a field's name unique within the slide.

    Raises
    ------
    ImageProblem
        The image is damaged, or nothing can run the wanted detector any more.
    """
    image, white = ready.image, ready.white
    thresholds = [level.threshold_od for level in settings.stain.levels]
    for field in image.fields():
        here = tuple(shifted(region, -field.x0_px, -field.y0_px) for region in ready.regions)
        try:
            measured = measure_field(
                field.rgb, field.um_per_px, settings.stain, white.rgb, ready.detector
            )
            doubt = pixel_size_doubt(ready.detector, field.rgb, field.um_per_px, measured.nuclei)
        except DetectorUnavailable as problem:
            raise ImageProblem(str(problem)) from problem
        doubts = () if doubt is None else (doubt,)
        membranes = describe_field(measured, settings.stain)
        cells = classify_field(measured, membranes, settings.stain, here)
        entry = FieldEntry(
            name=field_name(field.name),
            file=image.path.name,
            sha256=image.sha256,
            um_per_px=field.um_per_px,
            um_per_px_origin=field.um_per_px_origin,
            width_px=field.rgb.shape[1],
            height_px=field.rgb.shape[0],
            x0_px=field.x0_px,
            y0_px=field.y0_px,
            cells=cells,
            t_weak=thresholds[0],
            t_intense=thresholds[-1],
            white=white.rgb,
            white_origin=white.origin,
            detector=ready.detector.name,
            warnings=(*doubts, *(n.text for n in ready.notes), *detector_notices(ready.detector)),
        )
        yield AnalyzedField(field, entry, measured, membranes, here)


def field_picture(field: AnalyzedField) -> U8:
    """Draw a field with its cells and membranes, title and legend; RGB."""
    cells, levels = field.entry.cells, len(field.membranes.levels)
    overlay = Overlay(
        width_px=field.entry.width_px,
        height_px=field.entry.height_px,
        um_per_px=field.entry.um_per_px,
        xy_px=cells.xy_px,
        cell_class=cells.cell_class,
        counted=cells.counted,
        membranes=merged(field.membranes.classes, levels),
        regions=field.regions,
    )
    return sheet(draw_on(field.image.rgb, overlay), overlay, field.entry.name)


def _profile_white(settings: SlideSettings) -> WhitePoint | None:
    white = settings.stain.white
    return None if white is None else WhitePoint(white, "stain profile")


def _estimated_white(image: SavedImage) -> WhitePoint:
    """Estimate the white point from those fields of the image that show glass.

    A field in the middle of the tissue has no glass of its own; its neighbors may. Pale tissue is
    taken for glass where there is none, so that estimates well below the brightest do not count.
    """
    estimates = [white for f in image.fields() if (white := estimate_white(f.rgb)) is not None]
    if not estimates:
        raise ImageProblem(
            "shows no bare glass to take the white point from: give --white R,G,B or --blank FILE"
        )
    least = _GLASS_EVENNESS * max(sum(white) for white in estimates)
    glass = [white for white in estimates if sum(white) >= least]
    red, green, blue = (statistics.median(channel) for channel in zip(*glass, strict=True))
    return WhitePoint((red, green, blue), _ESTIMATED)


def _region_notes(image: SavedImage, settings: SlideSettings) -> Iterator[ScoreNote]:
    """Remark on regions that miss the image, and on an image without an include region."""
    picture = shapely.box(-0.5, -0.5, image.width - 0.5, image.height - 0.5)
    for file in settings.regions.get(image.path, ()):
        for region in file.regions:
            if not shapely.Polygon(region.exterior, region.holes).intersects(picture):
                named = f" '{region.reason}'" if region.reason else ""
                yield ScoreNote(
                    "region_outside",
                    f"{image.path.name}: the {region.kind} region{named} of {file.name} lies "
                    "wholly outside of the picture; regions are in pixels of the saved image",
                )
    if _includes(settings) and not any(
        r.kind == "include" for r in settings.regions_of(image.path)
    ):
        yield ScoreNote(
            "no_include",
            f"{image.path.name} has no include region, unlike other pictures: all of it counts",
        )


def _includes(settings: SlideSettings) -> bool:
    files = [file for of_image in settings.regions.values() for file in of_image]
    return any(region.kind == "include" for file in files for region in file.regions)
