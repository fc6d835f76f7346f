"""Draw the pictures of the documentation: ``python docs/make_pictures.py`` in the environment.

Simulated tissue, and scikit-image's public-domain picture of a stain of the same dyes; no
patient's tissue.
"""

from pathlib import Path

import cv2
import numpy as np
from skimage.data import immunohistochemistry

from app.model.micrometer_lines import draw_lines
from app.model.overlay import Overlay, draw_on
from app.model.sheet import sheet
from hardware.micrometer.reading import read_micrometer
from hardware.simulators.micrometer import SimulatedMicrometer
from hardware.simulators.tissue import STAINS, Optics, pattern, render_field
from inference.analyser import classify_field, describe_field, measure_field
from inference.arrays import U8
from inference.cells.classes import merged
from inference.nuclei.rough import RoughNuclei
from inference.stain.profile import load_stain_profile
from inference.stain.white import estimate_white

FOLDER = Path(__file__).parent / "pictures"


def overlaid(rgb: U8, um_per_px: float, white: tuple[float, float, float], title: str) -> U8:
    """Analyze a field as ``her2scope score`` does and draw what was found."""
    stain = load_stain_profile("camera")
    detector = RoughNuclei(stain.vectors, white)
    measured = measure_field(rgb, um_per_px, stain, white, detector)
    membranes = describe_field(measured, stain)
    cells = classify_field(measured, membranes, stain)
    overlay = Overlay(
        width_px=rgb.shape[1],
        height_px=rgb.shape[0],
        um_per_px=um_per_px,
        xy_px=cells.xy_px,
        cell_class=cells.cell_class,
        counted=cells.counted,
        membranes=merged(membranes.classes, len(membranes.levels)),
    )
    return sheet(draw_on(rgb, overlay), overlay, title)


def saved(name: str, rgb: U8) -> None:
    """Write a picture with few bytes."""
    cv2.imwrite(
        str(FOLDER / name), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88]
    )


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    white = Optics().white
    parts = []
    for name in ("0", "1+", "2+", "3+"):
        field = render_field(
            pattern(name), 3, 200.0, 300.0, 900, 620, 0.212, stains=STAINS["camera"]
        )
        parts.append(overlaid(field.rgb, 0.212, white, f"simulated, score {name}"))
    saved("overlay-example.jpg", parts[2])
    saved("scores.jpg", np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])]))
    ihc = immunohistochemistry()
    found = estimate_white(ihc)
    assert found is not None
    slide = SimulatedMicrometer(um_per_px=(0.424, 0.424), angle_deg=8, noise=4, dust=8, tilt=0.2)
    micrometer = slide.picture(1000, 560)
    saved("micrometer.jpg", draw_lines(micrometer, read_micrometer(micrometer, slide.pitch_um)))
    saved("ihc.jpg", overlaid(ihc, 0.4, found, "ihc.png, not HER2"))


if __name__ == "__main__":
    main()
