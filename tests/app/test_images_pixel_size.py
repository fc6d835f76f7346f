"""Where a saved field's pixel size comes from, and when it is refused."""

from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile

from app.storage.image_pixel_size import um_per_unit
from app.storage.images import ImageProblem, open_image

RGB = np.random.default_rng(5).integers(0, 255, (80, 96, 3), dtype=np.uint8)


def ome(path: Path, x: object, y: object, unit: str | None = "µm", schema: str = "2016-06") -> Path:
    units = f'PhysicalSizeXUnit="{unit}" PhysicalSizeYUnit="{unit}"' if unit else ""
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/{schema}"><Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="96" SizeY="80" '
        f'SizeC="3" SizeZ="1" SizeT="1" PhysicalSizeX="{x}" PhysicalSizeY="{y}" {units}>'
        f"<TiffData/></Pixels></Image></OME>"
    )
    tifffile.imwrite(path, RGB, photometric="rgb", description=xml.encode(), metadata=None)
    return path


def tags(path: Path, x: float, y: float, unit: str, description: str | None = None) -> Path:
    tifffile.imwrite(
        path,
        RGB,
        photometric="rgb",
        resolution=(x, y),
        resolutionunit=unit,
        description=description,
        metadata=None,
    )
    return path


def imagej(path: Path, px_per_unit: float, unit: str) -> Path:
    tifffile.imwrite(
        path, RGB[None], imagej=True, resolution=(px_per_unit,) * 2, metadata={"unit": unit}
    )
    return path


def refusal(path: Path, um_per_px: float | None) -> str:
    with pytest.raises(ImageProblem) as caught:
        open_image(path, um_per_px)
    return str(caught.value)


@pytest.mark.parametrize(
    ("size", "unit", "schema"),
    [
        (0.212, "µm", "2016-06"),
        (212, "nm", "2016-06"),
        (0.000212, "mm", "2016-06"),
        (0.212, "um", "2016-06"),  # not in the schema, but written
        (0.212, None, "2013-06"),  # before 2015 the unit was always um
    ],
)
def test_ome_states_it_in_any_unit(
    tmp_path: Path, size: float, unit: str | None, schema: str
) -> None:
    image = open_image(ome(tmp_path / "a.ome.tif", size, size, unit, schema), None)
    assert image.um_per_px == pytest.approx(0.212)
    assert image.um_per_px_origin == "file"


def test_tifffile_own_ome_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    metadata = {"axes": "YXS", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
    tifffile.imwrite(path, RGB, photometric="rgb", metadata=metadata)
    assert open_image(path, None).um_per_px == pytest.approx(0.25)


def test_ome_in_no_unit_of_length_states_nothing(tmp_path: Path) -> None:
    path = ome(tmp_path / "a.ome.tif", 1, 1, "pixel")
    assert "--mpp" in refusal(path, None)
    assert open_image(path, 0.3).um_per_px_origin == "--mpp"


@pytest.mark.parametrize(
    ("density", "unit"), [(40_000, "CENTIMETER"), (101_600, "INCH"), (40_000.0, 3)]
)
def test_resolution_tags_of_a_microscope_state_it(
    tmp_path: Path, density: float, unit: str
) -> None:
    image = open_image(tags(tmp_path / "a.tif", density, density, unit), None)
    assert image.um_per_px == pytest.approx(0.25)
    assert image.um_per_px_origin == "file"


@pytest.mark.parametrize(
    ("density", "unit"), [(72, "INCH"), (300, "INCH"), (28, "CENTIMETER"), (4, "NONE"), (0, "INCH")]
)
def test_print_densities_and_densities_without_unit_state_nothing(
    tmp_path: Path, density: float, unit: str
) -> None:
    path = tags(tmp_path / "a.tif", density, density, unit)
    assert "give it with --mpp" in refusal(path, None)
    image = open_image(path, 0.5)
    assert (image.um_per_px, image.um_per_px_origin) == (0.5, "--mpp")


@pytest.mark.parametrize(
    ("density", "unit"), [(4, "micron"), (4, "um"), (4, "\\u00B5m"), (0.004, "nm"), (4000, "mm")]
)
def test_imagej_states_it_in_its_unit(tmp_path: Path, density: float, unit: str) -> None:
    image = open_image(imagej(tmp_path / "a.tif", density, unit), None)
    assert image.um_per_px == pytest.approx(0.25)


def test_an_uncalibrated_imagej_file_states_nothing(tmp_path: Path) -> None:
    assert "--mpp" in refusal(imagej(tmp_path / "a.tif", 4, "pixel"), None)
    assert "--mpp" in refusal(imagej(tmp_path / "b.tif", 72, "inch"), None)


def test_aperio_states_it(tmp_path: Path) -> None:
    text = "Aperio Image Library v11.2.1\r\n96x80 |AppMag = 20|MPP = 0.4990|Left = 25"
    path = tags(tmp_path / "a.svs", 72, 72, "INCH", text)
    assert open_image(path, None).um_per_px == pytest.approx(0.499)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_jpeg_and_png_need_the_option(tmp_path: Path, name: str) -> None:
    # The print density of these is no statement, not even where it could be one (here 0.25 um).
    image = pyvips.Image.new_from_array(RGB).copy(xres=4000, yres=4000)
    image.write_to_file(str(tmp_path / name))
    assert "does not state its pixel size: give it with --mpp" in refusal(tmp_path / name, None)
    assert open_image(tmp_path / name, 0.25).um_per_px == 0.25


def test_the_option_must_agree_within_one_percent(tmp_path: Path) -> None:
    path = ome(tmp_path / "a.ome.tif", 0.25, 0.25)
    image = open_image(path, 0.2520)
    assert (image.um_per_px, image.um_per_px_origin) == (0.25, "file")
    message = refusal(path, 0.2530)
    assert "0.253" in message
    assert "0.25 um/px (OME)" in message


def test_pixels_that_are_not_square_are_refused(tmp_path: Path) -> None:
    assert "not square" in refusal(ome(tmp_path / "a.ome.tif", 0.25, 0.26), None)
    assert "not square" in refusal(tags(tmp_path / "a.tif", 40_000, 20_000, "CENTIMETER"), 0.25)
    image = open_image(ome(tmp_path / "b.ome.tif", 0.25, 0.251), None)
    assert image.um_per_px == pytest.approx(0.2505)


@pytest.mark.parametrize("size", [0.049, 2.01, 0, "NaN"])
def test_an_implausible_size_in_the_file_is_refused(tmp_path: Path, size: object) -> None:
    message = refusal(ome(tmp_path / "a.ome.tif", size, size), 0.25)
    assert "OME" in message
    assert "correct the file" in message


@pytest.mark.parametrize("size", [0.049, 2.01, 0.0, -0.25, float("nan"), float("inf")])
def test_an_implausible_option_is_refused(tmp_path: Path, size: float) -> None:
    path = tags(tmp_path / "a.tif", 72, 72, "INCH")
    assert "--mpp" in refusal(path, size)
    assert "outside 0.05 to 2" in refusal(path, size)


@pytest.mark.parametrize("size", [0.05, 2.0])
def test_the_bounds_are_plausible(tmp_path: Path, size: float) -> None:
    assert open_image(tags(tmp_path / "a.tif", 72, 72, "INCH"), size).um_per_px == size


def test_a_file_that_contradicts_itself_needs_the_option(tmp_path: Path) -> None:
    text = "Aperio Image Library\r\nexported |MPP = 0.25"
    path = tags(tmp_path / "a.tif", 20_000, 20_000, "CENTIMETER", text)
    message = refusal(path, None)
    assert "0.25 um/px (Aperio's MPP) and 0.5 um/px (resolution tags)" in message
    image = open_image(path, 0.5)
    assert (image.um_per_px, image.um_per_px_origin) == (0.5, "--mpp")
    assert "0.4" in refusal(path, 0.4)


def test_units_of_length() -> None:
    assert um_per_unit("\N{MICRO SIGN}m") == um_per_unit("\N{GREEK SMALL LETTER MU}m") == 1
    assert um_per_unit(" Micron ") == 1
    assert um_per_unit("\N{ANGSTROM SIGN}") == pytest.approx(1e-4)
    assert um_per_unit("pixel") is None
    assert um_per_unit("") is None
