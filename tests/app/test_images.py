"""Reading saved fields: the pixels of every format, and the cutting of large images."""

import hashlib
import itertools
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
import pyvips
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from app.storage.images import FieldImage, field_cuts, open_image


def tissue(height: int, width: int) -> np.ndarray:
    """Smooth colored blobs with a pattern that names each pixel's place."""
    rng = np.random.default_rng(3)
    small = rng.integers(60, 240, (height // 16 + 2, width // 16 + 2, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def save(path: Path, rgb: np.ndarray, **options: object) -> Path:
    pyvips.Image.new_from_array(rgb).write_to_file(str(path), **options)
    return path


def read(path: Path, um_per_px: float | None = 0.25) -> list[FieldImage]:
    return list(open_image(path, um_per_px).fields())


LOSSLESS = {
    "plain.png": {},
    "interlaced.png": {"interlace": True},
    "strips.tif": {"compression": "none"},
    "lzw.tif": {"compression": "lzw"},
    "lzw_tiles.tiff": {"compression": "lzw", "tile": True},
    "deflate.tif": {"compression": "deflate"},
    "deflate_tiles.TIF": {"compression": "deflate", "tile": True},
    "big.btf": {"compression": "deflate", "tile": True, "bigtiff": True},
    "pyramid.tif": {"tile": True, "pyramid": True},
    "subifd.tif": {"tile": True, "pyramid": True, "subifd": True},
}


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_lossless_file_gives_its_pixels(tmp_path: Path, name: str) -> None:
    rgb = tissue(301, 517)
    # libvips writes by endings that it knows, and reads here without looking at them.
    ending = ".png" if name.endswith("png") else ".tif"
    path = save(tmp_path / f"written{ending}", rgb, **LOSSLESS[name]).rename(tmp_path / name)
    (field,) = read(path)
    np.testing.assert_array_equal(field.rgb, rgb)
    assert field.name == Path(name).stem
    assert (field.x0_px, field.y0_px) == (0, 0)
    assert not field.rgb.flags.writeable
    assert field.rgb.flags.c_contiguous


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.jpg", {"Q": 95}),
        ("progressive.jpeg", {"Q": 95, "interlace": True}),
        ("strips.tif", {"compression": "jpeg", "Q": 95}),
        ("tiles.tif", {"compression": "jpeg", "Q": 95, "tile": True}),
    ],
)
def test_a_jpeg_coded_file_gives_nearly_its_pixels(
    tmp_path: Path, name: str, options: dict[str, object]
) -> None:
    rgb = tissue(301, 517)
    (field,) = read(save(tmp_path / name, rgb, **options))
    assert field.rgb.shape == rgb.shape
    assert np.abs(field.rgb.astype(int) - rgb).mean() < 3


def test_channels_stored_one_after_the_other_are_read(tmp_path: Path) -> None:
    rgb = tissue(120, 200)
    path = tmp_path / "planar.tif"
    tifffile.imwrite(path, rgb.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read(path)[0].rgb, rgb)


def test_opaque_alpha_is_dropped(tmp_path: Path) -> None:
    rgb = tissue(100, 90)
    rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    for name in ("a.png", "a.tif"):
        (field,) = read(save(tmp_path / name, rgba))
        np.testing.assert_array_equal(field.rgb, rgb)


def test_a_color_profile_changes_nothing(tmp_path: Path) -> None:
    rgb = tissue(100, 90)
    path = save(tmp_path / "a.png", rgb, profile="p3")
    assert pyvips.Image.new_from_file(str(path)).get_typeof("icc-profile-data")
    np.testing.assert_array_equal(read(path)[0].rgb, rgb)


def test_a_white_blank_field_is_fine(tmp_path: Path) -> None:
    blank = np.full((200, 300, 3), 243, np.uint8)
    np.testing.assert_array_equal(read(save(tmp_path / "blank.png", blank))[0].rgb, blank)


def test_odd_names_are_names_and_no_options(tmp_path: Path) -> None:
    rgb = tissue(70, 80)
    (field,) = read(save(tmp_path / "plain.png", rgb).rename(tmp_path / "fall 3 [page=7] ä.png"))
    assert field.name == "fall 3 [page=7] ä"


def test_an_ome_tiff_loses_both_endings(tmp_path: Path) -> None:
    path = tmp_path / "case.7.ome.tif"
    tifffile.imwrite(path, tissue(70, 80), photometric="rgb")
    assert read(path)[0].name == "case.7"


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", tissue(70, 80))
    assert open_image(path, 0.25).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["large.png", "large.tif"])
def test_cut_fields_make_up_the_image_again(tmp_path: Path, name: str) -> None:
    rgb = tissue(4601, 6030)
    options = {"tile": True, "compression": "deflate"} if name.endswith("tif") else {}
    image = open_image(save(tmp_path / name, rgb, **options), 0.25)
    again = np.zeros_like(rgb)
    names = []
    for field in image.fields():
        height, width = field.rgb.shape[:2]
        again[field.y0_px : field.y0_px + height, field.x0_px : field.x0_px + width] = field.rgb
        names.append(field.name)
        assert field.rgb.flags.c_contiguous
        assert max(height, width) <= 3008
    np.testing.assert_array_equal(again, rgb)
    assert names == [f"large_r{r}c{c}" for r in range(2) for c in range(3)]
    assert image.field_count == 6


@given(side=st.integers(64, 100_000))
def test_cuts_are_nearly_equal_and_leave_nothing_out(side: int) -> None:
    cuts = field_cuts(side)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == side
    assert all(a[1] == b[0] for a, b in itertools.pairwise(cuts))
    lengths = [end - start for start, end in cuts]
    assert max(lengths) - min(lengths) <= 1
    assert len(cuts) == (1 if side <= 4512 else -(-side // 3008))


def test_no_file_stays_open(tmp_path: Path) -> None:
    rgb = tissue(70, 80)
    for name in ("a.png", "a.tif", "a.jpg"):
        path = save(tmp_path / name, rgb)
        read(path)
        assert str(path) not in [file.path for file in psutil.Process().open_files()]


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    for level in (50, 90):
        rgb = np.full((70, 80, 3), level, np.uint8)
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, rgb, photometric="rgb")
        np.testing.assert_array_equal(read(path)[0].rgb, rgb)
