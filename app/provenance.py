"""Where a result comes from: everything that it takes to get it again."""

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from app import __version__
from app.image_scoring import ScoredImage
from app.model.slide_settings import SlideSettings
from inference.nuclei.choice import runtimes_left_out

_LIBRARIES = ("numpy", "numba", "opencv-python-headless", "scipy", "pyvips-binary")


def provenance(
    settings: SlideSettings, images: Sequence[ScoredImage], not_reached: Sequence[Path]
) -> dict[str, object]:
    """Return what goes under ``provenance`` in slide.json.

    The rule profile's name, version and hash stand with the score.

    Parameters
    ----------
    images
        Those that were scored, in their order.
    not_reached
        Those that Ctrl-C left over.
    """
    stain = settings.stain
    return {
        "program": {"name": "her2scope", "version": __version__},
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "finished_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "interrupted": bool(not_reached),
        "not_reached": [str(path) for path in not_reached],
        "detectors": sorted({name for image in images for name in image.detectors}),
        "method": stain.method,
        "stain_profile": {**stain.model_dump(mode="json"), "sha256": stain.sha256},
        "stain_profile_changes": list(settings.stain_changes),
        "images": [_of_image(image, settings) for image in images],
    }


def _of_image(image: ScoredImage, settings: SlideSettings) -> Mapping[str, object]:
    saved, white = image.ready.image, image.ready.white
    return {
        "file": saved.path.name,
        "sha256": saved.sha256,
        "width_px": saved.width,
        "height_px": saved.height,
        "um_per_px": saved.um_per_px,
        "um_per_px_origin": saved.um_per_px_origin,
        "white": list(white.rgb),
        "white_origin": white.origin,
        "white_picture_sha256": white.sha256,
        "detector": ", ".join(image.detectors),
        "runtimes_left_out": list(runtimes_left_out(image.ready.detector)),
        "fields": [entry.name for entry in image.entries],
        "regions": [
            {
                "file": file.name,
                "sha256": file.sha256,
                "regions": [
                    {"kind": region.kind, "reason": region.reason, "corners": len(region.exterior)}
                    for region in file.regions
                ],
            }
            for file in settings.regions.get(saved.path, ())
        ],
    }
