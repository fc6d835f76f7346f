"""What the header of a TIFF says beside its pixels: pages, missing data, pixel size."""

import logging
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import tifffile

from app.storage.image_pixel_size import StatedPixelSize, plausible, um_per_unit
from app.storage.image_problem import ImageProblem

_TILE_ROW_BYTES = 300_000_000
"""The decoder holds two rows of tiles: larger ones would break the bound on memory."""

_SAME_SHAPE = 0.02
"""A smaller page is a level of the pyramid when its sides' ratio differs by less than this."""

_PALETTE = 3
_UM_PER_MM = 1_000.0
_UM_PER_RESOLUTION_UNIT = {2: 25_400.0, 3: 10_000.0}
"""TIFF 6.0, page 38: ResolutionUnit 2 is the inch, 3 the centimeter, 1 none."""


def check_tiff(path: Path) -> list[StatedPixelSize]:
    """Check that a TIFF holds one whole field, and return the pixel sizes that it states.

    Raises
    ------
    ImageProblem
        The header is broken, data lie behind the end of the file or are missing, the file
        has several pages or focus planes that are no pyramid, colors come from a palette, the
        picture is to be turned, or the tiles are too large to be read in pieces.
    """
    logger = logging.getLogger("tifffile")
    if not logger.handlers:  # or Python prints its complaints to stderr, beside ours
        logger.addHandler(logging.NullHandler())
    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages.first
            _check_page(page, path.stat().st_size)
            _check_single(tiff, page)
            return list(_stated(tiff, page))
    except ImageProblem:
        raise
    except Exception as error:  # the parser meets arbitrary bytes and fails in as many ways
        reason = " ".join(str(error).split())
        raise ImageProblem(
            f"the TIFF header is cut short or damaged ({reason}): copy or save the file again"
        ) from error


def _check_page(page: tifffile.TiffPage, file_bytes: int) -> None:
    pieces = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if not pieces or any(offset + count > file_bytes for offset, count in pieces):
        raise ImageProblem("the file is cut short, part of the picture is not there: copy it again")
    if any(count == 0 for _, count in pieces):
        raise ImageProblem("the file has tiles without pixels: export the field again, whole")
    if page.photometric == _PALETTE:
        raise ImageProblem("the colors come from a palette: save the field as 8-bit RGB")
    if page.is_tiled and page.tilelength * page.imagewidth * 3 > _TILE_ROW_BYTES:
        raise ImageProblem(
            f"the tiles are too large ({page.tilewidth} x {page.tilelength} px): save the image "
            f"with tiles of 256 to 1024 px"
        )


def _check_single(tiff: tifffile.TiffFile, first: tifffile.TiffPage) -> None:
    several = "it takes one field a file: save the plane or page in focus by itself"
    planes = (tiff.imagej_metadata or {}).get("images", 1)
    if tiff.ome_metadata:
        pixels = _ome_pixels(tiff.ome_metadata)
        planes = max(planes, int(pixels.get("SizeZ", 1)) * int(pixels.get("SizeT", 1)))
    if planes > 1:
        raise ImageProblem(f"the file is a stack of {planes} planes (focus or time): {several}")
    for page in tiff.pages[1:]:
        if not (page.is_reduced or _is_smaller_copy(page, first)):
            raise ImageProblem(
                f"the file has {len(tiff.pages)} pages that are no pyramid of one image: {several}"
            )


def _is_smaller_copy(page: tifffile.TiffPage, first: tifffile.TiffPage) -> bool:
    x = page.imagewidth / first.imagewidth
    y = page.imagelength / first.imagelength
    return bool(max(x, y) < 1 and abs(x - y) <= _SAME_SHAPE * max(x, y))


def _stated(tiff: tifffile.TiffFile, page: tifffile.TiffPage) -> Iterator[StatedPixelSize]:
    if tiff.ome_metadata:
        yield from _stated_by_ome(tiff.ome_metadata)
    aperio = re.search(r"\bMPP\s*=\s*([0-9.]+)", page.description)
    if aperio:
        um = float(aperio[1])
        yield StatedPixelSize("Aperio's MPP", um, um)
    yield from _stated_by_resolution(tiff, page)


def _ome_pixels(xml: str) -> dict[str, str]:
    """Return the attributes of the first image's Pixels, of any version of the OME schema.

    The two attributes are read without a model of the schema: files of before 2016 and files
    with a unit that the schema does not know are common, and a model refuses them.
    """
    pixels = ET.fromstring(xml).find("{*}Image/{*}Pixels")
    return {} if pixels is None else dict(pixels.attrib)


def _stated_by_ome(xml: str) -> Iterator[StatedPixelSize]:
    pixels = _ome_pixels(xml)
    sides = []
    for name in ("PhysicalSizeX", "PhysicalSizeY"):
        um = um_per_unit(pixels.get(f"{name}Unit", "µm"))  # um where no unit stands (OME 2016-06)
        if name not in pixels or um is None:
            return
        sides.append(float(pixels[name]) * um)
    yield StatedPixelSize("OME", *sides)


def _stated_by_resolution(
    tiff: tifffile.TiffFile, page: tifffile.TiffPage
) -> Iterator[StatedPixelSize]:
    """Read the resolution tags: in ImageJ's unit where there is one, else per inch or cm.

    Printing and scanning programs fill the same tags (72 dpi), so what is no pixel size of a
    microscope is no statement at all, unless ImageJ says that the image was calibrated.
    """
    if "XResolution" not in page.tags or "YResolution" not in page.tags:
        return
    x, y = (page.tags[name].value for name in ("XResolution", "YResolution"))
    if 0 in (*x, *y):
        return
    um = um_per_unit(str((tiff.imagej_metadata or {}).get("unit", "")))
    calibrated = um is not None and um <= _UM_PER_MM  # inch and cm are for printing
    if um is None:
        tag = page.tags.get("ResolutionUnit")
        um = _UM_PER_RESOLUTION_UNIT.get(int(tag.value) if tag else 2)
    if um is None:
        return
    x_um, y_um = um * x[1] / x[0], um * y[1] / y[0]
    if calibrated:
        yield StatedPixelSize("ImageJ", x_um, y_um)
    elif plausible(x_um) or plausible(y_um):
        yield StatedPixelSize("resolution tags", x_um, y_um)
