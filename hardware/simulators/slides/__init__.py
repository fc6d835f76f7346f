"""Slides for the simulated microscope: synthetic tissue, images, folders, whole-slide files."""

from hardware.simulators.slides.folder import FolderSlide
from hardware.simulators.slides.image_file import ImageFileSlide
from hardware.simulators.slides.opening import open_slide
from hardware.simulators.slides.slide import GLASS, Extent, Slide, SlideProblem
from hardware.simulators.slides.synthetic import SyntheticSlide
from hardware.simulators.slides.whole_slide import WholeSlide

__all__ = [
    "GLASS",
    "Extent",
    "FolderSlide",
    "ImageFileSlide",
    "Slide",
    "SlideProblem",
    "SyntheticSlide",
    "WholeSlide",
    "open_slide",
]
