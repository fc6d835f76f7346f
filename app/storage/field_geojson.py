"""Cells and membranes of a field as GeoJSON that QuPath opens beside the image."""

import json
import uuid
from pathlib import Path

import numpy as np

from app import RESEARCH_USE_ONLY
from app.model.field_contours import FieldContours
from app.model.field_entry import FieldEntry
from app.model.palette import CLASS_STYLES
from app.storage.atomic import atomic_write
from app.storage.geojson import CORNER_TO_CENTER_PX
from inference.cells.classes import CellClass

_NAMESPACE = uuid.UUID("6d1b1a52-6f5e-5e0c-9a34-0b7f1c6f5a11")
"""Makes the identity of a cell a function of its image and place: a second export has the same."""


def write_field_geojson(path: Path, entry: FieldEntry, contours: FieldContours) -> None:
    """Write one field, whole or not at all.

    Every cell is a detection: the polygon of the ring on which its membrane was measured, its
    class with a color, and its measurements. The membranes of each class are one annotation of
    lines. Coordinates are pixels of the saved image from its top left corner, as in QuPath.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    corner = np.array([entry.x0_px, entry.y0_px]) - CORNER_TO_CENTER_PX
    rings = (contours.rings + corner).round(2)
    features = [_cell(entry, i, ring.tolist()) for i, ring in enumerate(rings)]
    for cell_class, lines in contours.membranes.items():
        if lines:
            moved = [(line + corner).round(2).tolist() for line in lines]
            features.append(_membranes(cell_class, moved))
    document = {
        "type": "FeatureCollection",
        "features": features,
        "field": entry.name,
        "research_use_only": RESEARCH_USE_ONLY,
    }
    with atomic_write(path) as part:
        part.write_text(json.dumps(document, allow_nan=False), "utf-8")


def _cell(entry: FieldEntry, i: int, ring: list[list[float]]) -> dict[str, object]:
    cells = entry.cells
    identity = f"{entry.sha256} {entry.name} {i}"
    return {
        "type": "Feature",
        "id": str(uuid.uuid5(_NAMESPACE, identity)),
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "properties": {
            "objectType": "detection",
            "classification": _classification(CellClass(int(cells.cell_class[i]))),
            "measurements": {
                "confidence": round(float(cells.confidence[i]), 3),
                "ring OD": round(float(cells.ring_od[i]), 3),
                "completeness": round(float(cells.completeness[i]), 3),
                "completeness intense": round(float(cells.completeness_intense[i]), 3),
                "counted": int(cells.counted[i]),
            },
        },
    }


def _membranes(cell_class: CellClass, lines: list[list[list[float]]]) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": lines},
        "properties": {
            "objectType": "annotation",
            "name": f"membrane, {cell_class.label}",
            "classification": _classification(cell_class),
        },
    }


def _classification(cell_class: CellClass) -> dict[str, object]:
    """Return name and color; a class without a color stops QuPath's reader."""
    return {"name": cell_class.label, "color": list(CLASS_STYLES[cell_class].color)}
