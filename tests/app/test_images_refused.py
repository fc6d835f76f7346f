"""Every file that cannot be scored gets one clear line, and no invented pixels."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
import pyvips
import tifffile

from app.storage.images import ImageProblem, open_image


def tissue(height: int = 240, width: int = 320) -> np.ndarray:
    rng = np.random.default_rng(7)
    small = rng.integers(40, 240, (height // 8, width // 8, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


RGB = tissue()
GRAY = np.ascontiguousarray(RGB[..., 0])
AS_COLOR = np.dstack([GRAY] * 3)


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    pyvips.Image.new_from_array(pixels).write_to_file(str(path), **options)
    return path


def refusal(path: Path, um_per_px: float = 0.25) -> str:
    with pytest.raises(ImageProblem) as caught:
        for _ in open_image(path, um_per_px).fields():
            pass
    message = str(caught.value)
    assert message
    assert "\n" not in message
    assert str(path.parent) not in message
    return message


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def animated_png(path: Path) -> None:
    save(path, RGB)
    data = path.read_bytes()
    after_header = 8 + 25  # signature, and IHDR with its length and checksum
    extra = png_chunk(b"acTL", struct.pack(">II", 2, 0))
    path.write_bytes(data[:after_header] + extra + data[after_header:])


def ome_stack(path: Path) -> None:
    tifffile.imwrite(
        path, np.stack([RGB] * 3), photometric="rgb", metadata={"axes": "ZYXS"}, ome=True
    )


def ome_stack_in_many_files(path: Path) -> None:
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="320" SizeY="240" '
        'SizeC="3" SizeZ="5" SizeT="1"><TiffData/></Pixels></Image></OME>'
    )
    tifffile.imwrite(path, RGB, photometric="rgb", description=xml, metadata=None)


def two_pages(path: Path) -> None:
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(RGB, photometric="rgb", metadata=None)
        tiff.write(tissue(200, 320), photometric="rgb", metadata=None)


def small_page_first(path: Path) -> None:
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(tissue(120, 160), photometric="rgb", metadata=None)
        tiff.write(RGB, photometric="rgb", metadata=None)


def missing_tiles(path: Path) -> None:
    tifffile.imwrite(path, RGB, photometric="rgb", tile=(64, 64), compression="zlib")
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        counts = list(tiff.pages.first.databytecounts)
        counts[3] = 0
        tiff.pages.first.tags["TileByteCounts"].overwrite(counts)


def turned(path: Path) -> None:
    image = pyvips.Image.new_from_array(RGB).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.write_to_file(str(path))


def cmyk(path: Path) -> None:
    PIL.Image.fromarray(RGB).convert("CMYK").save(path)


def palette(path: Path) -> None:
    PIL.Image.fromarray(RGB).quantize(64).save(path)


def lab(path: Path) -> None:
    pyvips.Image.new_from_array(RGB).colourspace("lab").write_to_file(str(path))


def transparent(path: Path) -> None:
    alpha = np.full(RGB.shape[:2], 255, np.uint8)
    alpha[-1, -1] = 254
    save(path, np.dstack([RGB, alpha]))


def large_of_few_bytes(path: Path) -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = png_chunk(b"IDAT", zlib.compress(b"\0"))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + rows)


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "empty": ("a.jpg", lambda p: p.write_bytes(b""), "empty (0 bytes)"),
    "missing": ("a.jpg", lambda _: None, "no such file"),
    "missing folder": ("none/a.jpg", lambda _: None, "no such file"),
    "zero in name": ("a\0.jpg", lambda _: None, "cannot be opened"),
    "long name": (f"{'a' * 300}.jpg", lambda _: None, "cannot be opened"),
    "folder": ("a.jpg", lambda p: p.mkdir(), "folder"),
    "text": ("a.jpg", lambda p: p.write_text("nuclei: 120\n" * 9), "the name says JPEG"),
    "text, few bytes": ("a.png", lambda p: p.write_text("x"), "the name says PNG"),
    "other format": ("a.bmp", lambda p: PIL.Image.fromarray(RGB).save(p), "not an image that can"),
    "jpeg named png": (
        "a.png",
        lambda p: save(p.with_suffix(".jpg"), RGB).rename(p),
        "the name says PNG, but the content is JPEG",
    ),
    "tiff named jpg": (
        "a.jpg",
        lambda p: save(p.with_suffix(".tif"), RGB).rename(p),
        "the name says JPEG, but the content is TIFF",
    ),
    "no ending": ("a", lambda p: save(p.with_suffix(".png"), RGB).rename(p), "rename the file"),
    "gray jpeg": ("a.jpg", lambda p: save(p, GRAY), "is gray"),
    "gray png": ("a.png", lambda p: save(p, GRAY), "gray"),
    "gray tiff": ("a.tif", lambda p: save(p, GRAY), "gray"),
    "gray saved as color png": ("a.png", lambda p: save(p, AS_COLOR), "gray though saved as color"),
    "gray saved as color jpeg": (
        "a.jpg",
        lambda p: save(p, AS_COLOR),
        "gray though saved as color",
    ),
    "16-bit png": ("a.png", lambda p: save(p, RGB.astype(np.uint16) * 257), "16 bits"),
    "16-bit tiff": ("a.tif", lambda p: save(p, RGB.astype(np.uint16) * 257), "16 bits"),
    "floating point": ("a.tif", lambda p: save(p, RGB.astype(np.float32)), "float values"),
    "cmyk jpeg": ("a.jpg", cmyk, "CMYK"),
    "cmyk tiff": ("a.tif", cmyk, "CMYK"),
    "lab tiff": ("a.tif", lab, "8-bit RGB"),
    "palette png": ("a.png", palette, "palette"),
    "palette tiff": ("a.tif", palette, "palette"),
    "five channels": (
        "a.tif",
        lambda p: tifffile.imwrite(p, np.dstack([RGB, GRAY, GRAY]), photometric="rgb"),
        "5 channels",
    ),
    "transparent png": ("a.png", transparent, "transparent"),
    "transparent tiff": ("a.tif", transparent, "transparent"),
    "animated png": ("a.png", animated_png, "animation"),
    "stack": (
        "a.tif",
        lambda p: tifffile.imwrite(p, np.stack([RGB] * 4), photometric="rgb"),
        "4 pages",
    ),
    "imagej stack": (
        "a.tif",
        lambda p: tifffile.imwrite(p, np.stack([RGB] * 4), imagej=True),
        "stack of 4 planes",
    ),
    "ome stack": ("a.ome.tif", ome_stack, "stack of 3 planes"),
    "ome stack in many files": ("a.ome.tif", ome_stack_in_many_files, "stack of 5 planes"),
    "two pages": ("a.tif", two_pages, "2 pages"),
    "small page first": ("a.tif", small_page_first, "2 pages"),
    "missing tiles": ("a.tif", missing_tiles, "tiles without pixels"),
    "turned jpeg": ("a.jpg", turned, "orientation tag 6"),
    "turned tiff": ("a.tif", turned, "orientation tag 6"),
    "turned png": ("a.png", turned, "orientation tag 6"),
    "too small": ("a.png", lambda p: save(p, RGB[:63]), "320 x 63 px is too small"),
    "over the limit": ("a.png", large_of_few_bytes, "60000 x 60000 px is too large"),
    "header of a jpeg alone": ("a.jpg", lambda p: p.write_bytes(b"\xff\xd8\xff\xe0"), "damaged"),
    "header of a png alone": (
        "a.png",
        lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n"),
        "cut short",
    ),
    "header of a tiff alone": ("a.tif", lambda p: p.write_bytes(b"II*\0\x08\0\0\0"), "damaged"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_one_line_says_what_is_wrong(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], case: str
) -> None:
    name, write, expected = REFUSED[case]
    write(tmp_path / name)
    capfd.readouterr()
    assert expected in refusal(tmp_path / name)
    assert capfd.readouterr() == ("", "")  # and nobody else speaks


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="access rights as on Unix")
def test_no_read_permission(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", RGB)
    path.chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)  # root may read everything
    try:
        assert "no permission" in refusal(path)
    finally:
        os.seteuid(was)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names as on Unix")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert "no regular file" in refusal(tmp_path / "a.jpg")


CODINGS: dict[str, dict[str, object]] = {
    "baseline.jpg": {},
    "progressive.jpg": {"interlace": True},
    "restarts.jpg": {"restart_interval": 4},
    "plain.png": {},
    "interlaced.png": {"interlace": True},
    "none.tif": {"compression": "none"},
    "lzw.tif": {"compression": "lzw"},
    "deflate_tiles.tif": {"compression": "deflate", "tile": True, "bigtiff": True},
    "jpeg.tif": {"compression": "jpeg"},
    "jpeg_tiles.tif": {"compression": "jpeg", "tile": True},
}


def coded(path: Path) -> bytes:
    """Write the same picture in one of the codings, and two that have the header in front."""
    if path.name in CODINGS:
        save(path, RGB, **CODINGS[path.name])
    else:
        layout = {"tile": (64, 64)} if "tiles" in path.name else {"rowsperstrip": 16}
        compression = "zlib" if "zlib" in path.name else None
        tifffile.imwrite(path, RGB, photometric="rgb", compression=compression, **layout)
    return path.read_bytes()


@pytest.mark.parametrize(
    "name", [*CODINGS, "front_none.tif", "front_zlib.tif", "front_zlib_tiles.tif"]
)
def test_a_file_cut_anywhere_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    whole = coded(tmp_path / name)
    (true,) = open_image(tmp_path / name, 0.25).fields()
    cut = tmp_path / f"cut_{name}"
    spread = np.linspace(1, len(whole) - 100, 25).astype(int).tolist()
    for length in [*spread, len(whole) // 2]:
        cut.write_bytes(whole[:length])
        refusal(cut)
    for length in range(len(whole) - 40, len(whole)):  # nothing but a trailer may be lacking
        cut.write_bytes(whole[:length])
        try:
            (field,) = open_image(cut, 0.25).fields()
        except ImageProblem:
            continue
        np.testing.assert_array_equal(field.rgb, true.rgb)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["baseline.jpg", "jpeg.tif", "jpeg_tiles.tif"])
def test_a_damaged_jpeg_is_never_filled_in(tmp_path: Path, name: str) -> None:
    data = bytearray(coded(tmp_path / name))
    middle = len(data) // 2
    # A marker in the midst of the data ends the segment early: the decoder paints the rest.
    data[middle : middle + 40] = b"\xff\xd9" * 20
    (tmp_path / name).write_bytes(data)
    assert "damaged" in refusal(tmp_path / name)


def test_fields_above_a_fault_are_true(tmp_path: Path) -> None:
    rgb = tissue(9000, 128)
    path = save(tmp_path / "long.png", rgb)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    seen = []
    with pytest.raises(ImageProblem, match="cut short, damaged"):
        for field in open_image(path, 0.25).fields():
            seen.append(field.name)
            end = field.y0_px + field.rgb.shape[0]
            np.testing.assert_array_equal(field.rgb, rgb[field.y0_px : end])
    assert seen == ["long_r0c0"]


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tiff_header_with_random_bytes_never_gives_a_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], compression: str | None
) -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        RGB,
        photometric="rgb",
        tile=(64, 64),
        compression=compression,
        resolution=(40_000, 40_000),
        resolutionunit="CENTIMETER",
    )
    whole = buffer.getvalue()
    rng = np.random.default_rng(11)
    path = tmp_path / "a.tif"
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for place in rng.integers(4, 700, 3):
            data[place] = rng.integers(0, 256)
        path.write_bytes(data)
        try:
            for field in open_image(path, None).fields():
                assert field.rgb.size
        except ImageProblem as problem:
            refused += 1
            assert "\n" not in str(problem)
    assert refused > 20
    assert capfd.readouterr() == ("", "")


def test_large_progressive_images_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.image_pixels._IN_PASSES_PIXELS", RGB.shape[0] * 300)
    assert "progressive" in refusal(save(tmp_path / "a.jpg", RGB, interlace=True))
    assert "progressive" in refusal(save(tmp_path / "a.png", RGB, interlace=True))
    assert open_image(save(tmp_path / "b.jpg", RGB), 0.25).width == RGB.shape[1]


def test_a_tiff_of_giant_tiles_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.tif", RGB, tile=True, tile_width=256, tile_height=256)
    assert open_image(path, 0.25).width == RGB.shape[1]
    monkeypatch.setattr("app.storage.image_tiff._TILE_ROW_BYTES", RGB.shape[1] * 3 * 255)
    assert "256 x 256" in refusal(path)


def test_gray_fields_of_a_color_image_are_fine_once_color_was_seen(tmp_path: Path) -> None:
    rgb = np.full((200, 9100, 3), 240, np.uint8)
    rgb[:, :320] = np.vstack([RGB, RGB])[:200]
    rgb[:, 8000:8100] = 0  # the black edge of a scan, in the last of four fields
    names = [f.name for f in open_image(save(tmp_path / "a.png", rgb), 0.25).fields()]
    assert names == [f"a_r0c{c}" for c in range(4)]
    mirrored = np.ascontiguousarray(rgb[:, ::-1])
    assert "gray" in refusal(save(tmp_path / "b.png", mirrored))


def test_a_file_that_changes_its_size_meanwhile_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", RGB)
    image = open_image(path, 0.25)
    save(path, RGB[:200])
    with pytest.raises(ImageProblem, match="changed"):
        next(image.fields())
