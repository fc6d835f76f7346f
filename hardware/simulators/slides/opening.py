"""The slide that a word on the command line or a file dialog means."""

from pathlib import Path

from hardware.simulators.slides.folder import FolderSlide
from hardware.simulators.slides.image_file import ImageFileSlide
from hardware.simulators.slides.slide import Slide, SlideProblem
from hardware.simulators.slides.whole_slide import WholeSlide, is_whole_slide


def open_slide(path: Path, um_per_px: float | None = None) -> Slide:
    """Open a folder of images, a whole-slide file or an image file as slide.

    Parameters
    ----------
    path
        The folder or file.
    um_per_px
        Its pixel size; None to take the one that the file states.

    Raises
    ------
    SlideProblem
        It cannot be read, or its pixel size is not known.
    """
    if path.is_dir():
        return FolderSlide(path, um_per_px)
    if not path.exists():
        raise SlideProblem(f"{path}: there is no such file or folder")
    if is_whole_slide(path):
        return WholeSlide(path, um_per_px)
    return ImageFileSlide(path, um_per_px)
