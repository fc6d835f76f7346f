"""The pixel size of a stored slide."""

from pathlib import Path

from hardware.simulators.slides.slide import SlideProblem

PLAUSIBLE_UM_PER_PX = (0.05, 4.0)
"""Outside of this a file's resolution is that of a print and not of a microscope."""


def chosen_um_per_px(path: Path, stated: float | None, given: float | None) -> float:
    """Return the pixel size of an image: the given one, or else the file's own.

    Parameters
    ----------
    path
        The file, for messages.
    stated
        What the file states; None where it states nothing.
    given
        What the user says; None to take the file's.

    Raises
    ------
    SlideProblem
        There is none, or it is none of a microscope.
    """
    least, most = PLAUSIBLE_UM_PER_PX
    if given is not None:
        if not least <= given <= most:
            raise SlideProblem(f"{path}: {given:g} um per px is not within {least:g} to {most:g}")
        return given
    if stated is None or not least <= stated <= most:
        raise SlideProblem(f"{path}: does not state its pixel size; give um per px")
    return stated
