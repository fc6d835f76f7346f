"""One saved image from its file to the entries and overlays of its fields."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.model.field_entry import FieldEntry
from app.model.overlay import Overlay, draw_on
from app.model.sheet import sheet
from app.model.slide_settings import SlideSettings, WhitePoint
from app.storage.images import FieldImage, ImageProblem, SavedImage
from inference.analyser import MeasuredField, classify_field, describe_field, measure_field
from inference.arrays import U8
from inference.cells.classes import merged
from inference.membrane.description import MembraneDescription
from inference.nuclei.choice import choose_detector
from inference.regions import Region, shifted
from inference.stain.white import estimate_white


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


def analyzed_fields(
    image: SavedImage, settings: SlideSettings, field_name: Callable[[str], str]
) -> Iterator[AnalyzedField]:
    """Analyze the fields of a saved image one after the other.

    Parameters
    ----------
    field_name
        Makes a field's name unique within the slide.

    Raises
    ------
    ImageProblem
        The image is damaged, or has no white point and none was given.
    """
    white = settings.white or _profile_white(settings) or _estimated_white(image)
    detector, detector_warning = choose_detector(
        settings.detector, settings.stain.vectors, white.rgb
    )
    warnings = tuple(text for text in (detector_warning, white.warning) if text)
    regions = settings.regions.get(image.path, ())
    thresholds = [level.threshold_od for level in settings.stain.levels]
    for field in image.fields():
        here = tuple(shifted(region, -field.x0_px, -field.y0_px) for region in regions)
        measured = measure_field(field.rgb, field.um_per_px, settings.stain, white.rgb, detector)
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
            detector=detector.name,
            warnings=warnings,
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
    """Estimate the white point: the median over those fields of the image that show glass.

    A field in the middle of the tissue has no glass of its own; its neighbors may.
    """
    estimates = [estimate_white(field.rgb) for field in image.fields()]
    found = [white for white in estimates if white is not None]
    if not found:
        raise ImageProblem(
            "shows no bare glass to take the white point from: give --white R,G,B or --blank FILE"
        )
    red, green, blue = (statistics.median(channel) for channel in zip(*found, strict=True))
    return WhitePoint(
        (red, green, blue),
        "estimated from the picture",
        "the white point is estimated from the picture: --white or --blank would be surer",
    )
