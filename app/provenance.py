"""Where a result comes from: everything that it takes to get it again."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from app import __version__
from app.model.field_entry import FieldEntry
from app.model.slide_settings import SlideSettings

_LIBRARIES = ("numpy", "numba", "opencv-python-headless", "scipy", "pyvips-binary")


def provenance(
    settings: SlideSettings, entries: Sequence[FieldEntry], interrupted: bool
) -> dict[str, object]:
    """Return what goes under ``provenance`` in slide.json.

    The rule profile's name, version and hash stand with the score.
    """
    stain = settings.stain
    return {
        "program": {"name": "her2scope", "version": __version__},
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "finished_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "interrupted": interrupted,
        "detectors": sorted({entry.detector for entry in entries}),
        "method": stain.method,
        "stain_profile": {**stain.model_dump(mode="json"), "sha256": stain.sha256},
        "images": [
            {
                "file": entry.file,
                "field": entry.name,
                "sha256": entry.sha256,
                "um_per_px": entry.um_per_px,
                "um_per_px_origin": entry.um_per_px_origin,
                "white": list(entry.white),
                "white_origin": entry.white_origin,
            }
            for entry in entries
        ],
        "regions": {
            str(path): [
                {"kind": region.kind, "reason": region.reason, "corners": len(region.exterior)}
                for region in regions
            ]
            for path, regions in settings.regions.items()
        },
    }
