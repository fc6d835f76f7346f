"""Regions from GeoJSON, as QuPath and others export them.

Coordinates are pixels of the whole image at full resolution, from the top left. In QuPath, as
in GeoJSON files of other slide viewers, whole numbers are the corners of pixels; here they are
the centers, so that half a pixel is taken off.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import shapely

from inference.arrays import F64
from inference.regions import Region

CORNER_TO_CENTER_PX = -0.5

_MEASURED = {"detection", "cell", "tile"}
"""Kinds of QuPath objects that are results, not regions, and stand in the same export."""


class RegionProblem(Exception):
    """A file of regions cannot be used; the message is one line for the user."""


def read_regions(path: Path, kind: Literal["include", "exclude"]) -> list[Region]:
    """Read the polygons of a GeoJSON file as regions of one kind.

    A FeatureCollection, a Feature, a bare geometry and QuPath's plain list of features are
    read; a MultiPolygon gives one region a polygon. QuPath's detections, cells and tiles are
    passed over. Points and lines are refused, not passed over: an outline that was left open
    by mistake would otherwise silently not exclude anything. The reason of a region is its
    classification, else its name.

    Returns
    -------
    At least one region, in pixels of the whole image, pixel centers at whole numbers.

    Raises
    ------
    RegionProblem
        The file cannot be read, is not GeoJSON, holds no polygon, or one that is empty, not
        closed, or crosses itself.
    """
    try:
        return _regions(_parsed(path), kind)
    except RegionProblem as problem:
        raise RegionProblem(f"{path}: {problem}") from problem.__cause__


def _parsed(path: Path) -> object:
    try:
        # A whole number of a thousand digits is not worth its time: it becomes infinite.
        return json.loads(path.read_bytes().decode("utf-8-sig"), parse_int=float)
    except OSError as error:
        raise RegionProblem(f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise RegionProblem("is not GeoJSON (no valid JSON text)") from error


def _regions(document: object, kind: Literal["include", "exclude"]) -> list[Region]:
    regions = []
    passed_over = 0
    for number, feature in enumerate(_features(document), start=1):
        properties = feature.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        if properties.get("objectType") in _MEASURED:
            passed_over += 1
            continue
        reason = _reason(properties)
        try:
            for polygon in _polygons(feature.get("geometry")):
                exterior, *holes = polygon
                regions.append(Region(kind, exterior, tuple(holes), reason))
        except RegionProblem as problem:
            name = f"feature {number} ({reason})" if reason else f"feature {number}"
            raise RegionProblem(f"{name} {problem}") from problem.__cause__
    if not regions:
        rest = f", only {passed_over} detections" if passed_over else ""
        raise RegionProblem(f"holds no polygon{rest}; export annotations that are closed areas")
    return regions


def _features(document: object) -> Iterator[Mapping[str, object]]:
    """Yield features; a bare geometry is made one."""
    if isinstance(document, Mapping) and document.get("type") == "FeatureCollection":
        document = document.get("features")
    elif isinstance(document, Mapping) and "coordinates" in document:
        document = [{"type": "Feature", "geometry": document}]
    elif isinstance(document, Mapping):
        document = [document]
    if not isinstance(document, list):
        raise RegionProblem("is not GeoJSON (no list of features)")
    for feature in document:
        if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
            raise RegionProblem("is not GeoJSON (no FeatureCollection, Feature or geometry)")
        yield feature


def _reason(properties: Mapping[str, object]) -> str:
    classification = properties.get("classification")
    if isinstance(classification, Mapping):
        classification = classification.get("name")
    for text in (classification, properties.get("name")):
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())
    return ""


def _polygons(geometry: object) -> Iterator[list[F64]]:
    """Yield every polygon as its rings, the exterior first."""
    if not isinstance(geometry, Mapping):
        raise RegionProblem("has no geometry")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        yield _rings(coordinates)
    elif kind == "MultiPolygon":
        if not isinstance(coordinates, list) or not coordinates:
            raise RegionProblem("is empty")
        for polygon in coordinates:
            yield _rings(polygon)
    else:
        raise RegionProblem(f"is a {kind}; a region must be a Polygon or MultiPolygon")


def _rings(coordinates: object) -> list[F64]:
    if not isinstance(coordinates, list) or not coordinates:
        raise RegionProblem("is empty")
    rings = [_ring(ring) for ring in coordinates]
    polygon = shapely.Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        raise RegionProblem(f"is no simple area: {shapely.is_valid_reason(polygon)}")
    return [ring + CORNER_TO_CENTER_PX for ring in rings]


def _ring(corners: object) -> F64:
    """Return (n, 2) corners without the repeated last one."""
    if not isinstance(corners, list) or not corners:
        raise RegionProblem("is empty")
    if not all(_is_position(corner) for corner in corners):
        raise RegionProblem("has coordinates that are not pairs of numbers")
    ring = np.array([corner[:2] for corner in corners], np.float64)
    if not np.isfinite(ring).all():
        raise RegionProblem("has coordinates that are not finite")
    if (ring[0] != ring[-1]).any():
        raise RegionProblem("is not closed: its last corner must repeat its first")
    if len(ring) < 4:
        raise RegionProblem("has fewer than three corners")
    return ring[:-1]


def _is_position(corner: object) -> bool:
    return (
        isinstance(corner, Sequence)
        and len(corner) >= 2
        and all(isinstance(value, float) for value in corner[:2])
    )
