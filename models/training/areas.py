"""Coarse polygons of tumor and of tissue without tumor, from GeoJSON.

A FeatureCollection; each feature is a Polygon or a MultiPolygon in pixels of its image, with the
properties ``core`` (the image) and ``kind`` (``tumor`` or ``non-tumor``). In non-tumor polygons
nothing is a tumor nucleus; tumor polygons only cut holes into them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from inference.arrays import F32
from models.training.annotations import AnnotationProblem

AreaKind = Literal["tumor", "non-tumor"]


@dataclass(frozen=True)
class Area:
    """One polygon, without holes.

    Attributes
    ----------
    image
        Name of the image without its suffix.
    kind
        What it holds.
    outline
        (n, 2) float32 pixels of the image.
    """

    image: str
    kind: AreaKind
    outline: F32


def read_areas(path: Path) -> list[Area]:
    """Read polygons.

    Raises
    ------
    AnnotationProblem
        With one line, if the file cannot be understood. Holes are refused: draw what lies in
        them as a polygon of the other kind.
    """
    try:
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
        return [area for feature in features for area in _areas(path, feature)]
    except OSError as error:
        raise AnnotationProblem(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, AnnotationProblem):
            raise
        raise AnnotationProblem(
            f"{path}: expected a GeoJSON FeatureCollection of polygons with the properties "
            "core and kind"
        ) from error


def _areas(path: Path, feature: dict[str, Any]) -> list[Area]:
    image = str(feature["properties"]["core"])
    kind: AreaKind
    match str(feature["properties"]["kind"]).lower():
        case "tumor" | "tumour":
            kind = "tumor"
        case "non-tumor" | "non-tumour":
            kind = "non-tumor"
        case other:
            raise AnnotationProblem(f"{path}: kind must be tumor or non-tumor, not {other!r}")
    geometry = feature["geometry"]
    polygons = {
        "Polygon": [geometry["coordinates"]],
        "MultiPolygon": geometry["coordinates"],
    }[geometry["type"]]
    areas = []
    for rings in polygons:
        if len(rings) != 1:
            raise AnnotationProblem(f"{path}: a polygon of {image} has holes; draw them apart")
        outline = np.array(rings[0], np.float32)
        if outline.ndim != 2 or outline.shape[1] != 2 or not np.isfinite(outline).all():
            raise AnnotationProblem(f"{path}: a polygon of {image} is no list of x, y")
        areas.append(Area(image, kind, outline))
    return areas
