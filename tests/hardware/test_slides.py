import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.simulators.slides import (
    GLASS,
    Extent,
    FolderSlide,
    ImageFileSlide,
    Slide,
    SlideProblem,
    WholeSlide,
    open_slide,
)
from hardware.simulators.slides.resampling import resampled


def ramp(width=300, height=200):
    """A picture whose red rises by one in two columns, and green in two rows."""
    out = np.zeros((height, width, 3), np.uint8)
    out[..., 0] = np.arange(width)[None] // 2
    out[..., 1] = np.arange(height)[:, None] // 2
    out[..., 2] = 40
    return out


def write(path: Path, rgb, **more):
    image = pyvips.Image.new_from_memory(rgb.tobytes(), rgb.shape[1], rgb.shape[0], 3, "uchar")
    image.copy(interpretation="srgb").write_to_file(str(path), **more)
    return path


def reader(picture):
    return lambda x, y, w, h: picture[y : y + h, x : x + w]


class TestResampling:
    def test_at_its_own_size_a_picture_comes_as_it_is(self):
        picture = ramp()
        out = resampled(reader(picture), (300, 200), 20, 30, 1.0, (50, 40))
        assert np.array_equal(out, picture[30:70, 20:70])
        assert not out.flags.writeable

    def test_outside_there_is_glass(self):
        out = resampled(reader(ramp()), (300, 200), -1000, 0, 1.0, (10, 20))
        assert (out == GLASS).all()
        out = resampled(reader(ramp()), (300, 200), 290, 190, 1.0, (40, 40))
        assert (out[20:] == GLASS).all()
        assert (out[:, 20:] == GLASS).all()
        assert np.array_equal(out[:9, :9], ramp()[190:199, 290:299])

    @settings(max_examples=40, deadline=None)
    @given(
        step=st.floats(0.3, 9.0),
        left=st.floats(-40, 200),
        top=st.floats(-40, 100),
        cut=st.integers(1, 39),
    )
    def test_neighbors_fit_together(self, step, left, top, cut):
        noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
        read = reader(noise)
        whole = resampled(read, (300, 200), left, top, step, (40, 16)).astype(int)
        one = resampled(read, (300, 200), left, top, step, (cut, 16))
        two = resampled(read, (300, 200), left + cut * step, top, step, (40 - cut, 16))
        # OpenCV interpolates in steps of 1/32 pixel.
        error = np.abs(np.hstack([one, two]) - whole)
        assert error.max() <= 255 / 32 * 2 + 1

    @pytest.mark.parametrize("step", [0.5, 0.7, 1.5, 2.0, 3.3, 8.0])
    def test_every_pixel_lies_where_it_belongs(self, step):
        size = (int(150 / step), int(100 / step))
        out = resampled(reader(ramp()), (300, 200), 100, 50, step, size).astype(float)
        x = 100 + (np.arange(size[0]) + 0.5) * step
        y = 50 + (np.arange(size[1]) + 0.5) * step
        # Columns 2k and 2k + 1 are k: on the average (x - 0.5 - 0.5) / 2 at the position x.
        assert np.abs(out[..., 0] - (x - 1)[None] / 2).max() <= 1.1
        assert np.abs(out[..., 1] - (y - 1)[:, None] / 2).max() <= 1.1
        assert (
            np.abs((out[..., 0] - (x - 1)[None] / 2).mean()) < 0.6
        )  # the picture itself is rounded

    def test_what_is_finer_than_a_pixel_is_averaged(self):
        stripes = np.zeros((200, 300, 3), np.uint8)
        stripes[:, ::2] = 200
        out = resampled(reader(stripes), (300, 200), 20, 20, 4.0, (30, 30))
        assert np.abs(out.astype(int) - 100).max() <= 1


def as_slide(slide: Slide) -> Slide:
    return slide


class TestImageFile:
    @pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
    def test_an_image_lies_at_the_origin_in_um(self, tmp_path, ending):
        more = {"Q": 100} if ending == "jpg" else {}
        slide = as_slide(ImageFileSlide(write(tmp_path / f"a.{ending}", ramp(), **more), 0.5))
        assert slide.name == f"a.{ending}"
        assert slide.extent == Extent(0.0, 0.0, 150.0, 100.0)
        assert slide.start_um(10.0, 10.0) == (75.0, 50.0)
        out = slide.region(10.0, 20.0, 60, 50, 0.5)
        assert np.abs(out.astype(int) - ramp()[40:90, 20:80]).max() <= 4
        coarse = slide.region(10.0, 20.0, 15, 12, 2.0)
        mean = cv2.resize(ramp()[40:88, 20:80], (15, 12), interpolation=cv2.INTER_AREA)
        assert np.abs(coarse.astype(int) - mean).max() <= 4

    def test_a_tiff_states_its_pixel_size(self, tmp_path):
        path = write(tmp_path / "a.tif", ramp(), xres=4000.0, yres=4000.0)
        extent = ImageFileSlide(path).extent
        assert extent.right == pytest.approx(75.0)

    def test_the_resolution_of_a_print_is_no_pixel_size(self, tmp_path):
        path = write(tmp_path / "a.tif", ramp(), xres=300 / 25.4, yres=300 / 25.4)
        with pytest.raises(SlideProblem, match="does not state its pixel size"):
            ImageFileSlide(path)

    def test_gray_deep_and_transparent_images_become_rgb(self, tmp_path):
        gray = np.full((20, 30), 77, np.uint8)
        cv2.imwrite(str(tmp_path / "gray.png"), gray)
        cv2.imwrite(str(tmp_path / "deep.png"), np.full((20, 30, 3), 77 * 257, np.uint16))
        cv2.imwrite(str(tmp_path / "clear.png"), np.zeros((20, 30, 4), np.uint8))
        for name, color in (("gray", (77,) * 3), ("deep", (77,) * 3), ("clear", GLASS)):
            out = ImageFileSlide(tmp_path / f"{name}.png", 1.0).region(5.0, 5.0, 10, 10, 1.0)
            assert (out == color).all()

    def test_a_damaged_image_is_told(self, tmp_path, caplog):
        # libvips would log from a thread of its own, which Python then counts as one of ours.
        caplog.set_level(logging.CRITICAL, logger="pyvips")
        path = write(
            tmp_path / "a.png", np.random.default_rng(1).integers(0, 9, (500, 500, 3), np.uint8)
        )
        path.write_bytes(path.read_bytes()[:-3000])
        slide = ImageFileSlide(path, 1.0)
        with pytest.raises(SlideProblem, match=r"a\.png: cannot be read") as caught:
            slide.region(0.0, 400.0, 100, 100, 1.0)
        assert len(str(caught.value).splitlines()) == 1


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        for k in range(5):
            gray = np.full((100 + 10 * k, 120, 3), 40 * k, np.uint8)
            write(tmp_path / f"field-{k}.png", gray)
        (tmp_path / "notes.txt").write_text("not an image")
        return tmp_path

    def test_images_lie_side_by_side_in_rows(self, folder):
        slide = as_slide(FolderSlide(folder, 1.0))
        assert slide.name == folder.name
        # Three columns, two rows; cells of the largest image and a gap.
        assert slide.extent == Extent(0.0, 0.0, 3 * 184.0 - 64, 2 * 204.0 - 64)
        assert slide.start_um(1.0, 1.0) == (60.0, 50.0)
        whole = slide.region(0.0, 0.0, 488, 344, 1.0)
        for k in range(5):
            left, top = 184 * (k % 3), 204 * (k // 3)
            part = whole[top + 2 : top + 98 + 10 * k, left + 2 : left + 118]
            assert (part == 40 * k).all()
        assert (whole[2:200, 124:180] == GLASS).all()
        assert (whole[210:, 380:] == GLASS).all()

    def test_a_picture_decoded_is_dropped_for_others(self, folder, monkeypatch):
        monkeypatch.setattr("hardware.simulators.slides.folder._DECODED_BYTES", 1)
        slide = FolderSlide(folder, 1.0)
        slide.region(0.0, 0.0, 488, 344, 1.0)
        assert len(slide._open) == 2

    def test_a_folder_needs_images_of_one_pixel_size(self, tmp_path, folder):
        with pytest.raises(SlideProblem, match="does not state its pixel size"):
            FolderSlide(folder)
        empty = tmp_path / "empty"
        empty.mkdir()
        with pytest.raises(SlideProblem, match="holds no"):
            FolderSlide(empty, 1.0)
        two = tmp_path / "two"
        two.mkdir()
        write(two / "a.tif", ramp(), xres=4000.0, yres=4000.0)
        write(two / "b.tif", ramp(), xres=2000.0, yres=2000.0)
        with pytest.raises(SlideProblem, match="one pixel size"):
            FolderSlide(two)
        assert FolderSlide(two, 0.5).extent.right > 0


class TestWholeSlide:
    @pytest.fixture
    def pyramid(self, tmp_path):
        large = np.array(cv2.resize(ramp(500, 500), (2000, 2000), interpolation=cv2.INTER_LINEAR))
        return large, write(
            tmp_path / "scan.tif", large, tile=True, pyramid=True, compression="deflate",
            xres=4000.0, yres=4000.0,
        )  # fmt: skip

    def test_it_is_read_from_the_level_that_is_fine_enough(self, pyramid):
        large, path = pyramid
        slide = as_slide(WholeSlide(path, 0.25))
        assert slide.extent == Extent(0.0, 0.0, 500.0, 500.0)
        assert slide.start_um(1.0, 1.0) == (250.0, 250.0)
        own = slide.region(50.0, 60.0, 80, 90, 0.25)
        assert np.array_equal(own, large[240:330, 200:280])
        for um, block in ((0.5, 2), (2.0, 8)):
            out = slide.region(50.0, 60.0, 20, 30, um).astype(int)
            area = large[240 : 240 + 30 * block, 200 : 200 + 20 * block]
            mean = cv2.resize(area, (20, 30), interpolation=cv2.INTER_AREA)
            assert np.abs(out - mean).max() <= 3
        assert (slide.region(-100.0, -100.0, 20, 20, 0.25) == GLASS).all()

    def test_without_a_pixel_size_it_is_refused(self, tmp_path):
        path = write(tmp_path / "scan.tif", ramp(), tile=True, tile_width=128, tile_height=128)
        with pytest.raises(SlideProblem, match="does not state its pixel size"):
            WholeSlide(path)


class TestOpening:
    def test_the_kind_follows_from_what_is_there(self, tmp_path):
        write(tmp_path / "a.png", ramp())
        write(tmp_path / "scan.tif", ramp(), tile=True, tile_width=128, tile_height=128)
        assert isinstance(open_slide(tmp_path, 0.25), FolderSlide)
        assert isinstance(open_slide(tmp_path / "a.png", 0.25), ImageFileSlide)
        assert isinstance(open_slide(tmp_path / "scan.tif", 0.25), WholeSlide)

    @pytest.mark.parametrize(
        ("name", "content", "um", "message"),
        [
            ("none.png", None, 0.25, "no such file or folder"),
            ("notes.txt", b"text", 0.25, "only .jpg"),
            ("torn.png", b"\x89PNG", 0.25, "cannot be read"),
            ("torn.tif", b"II*\0", 0.25, "cannot be read"),
        ],
    )
    def test_what_cannot_be_a_slide_is_told_in_one_line(self, tmp_path, name, content, um, message):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SlideProblem, match=message) as caught:
            open_slide(path, um)
        assert len(str(caught.value).splitlines()) == 1
        assert str(path) in str(caught.value)

    @pytest.mark.parametrize("um", [0.0, -1.0, 50.0])
    def test_a_pixel_size_must_be_possible(self, tmp_path, um):
        path = write(tmp_path / "a.png", ramp())
        scan = write(tmp_path / "scan.tif", ramp(), tile=True, tile_width=128, tile_height=128)
        for each in (path, scan):
            with pytest.raises(SlideProblem, match="um per px"):
                open_slide(each, um)
