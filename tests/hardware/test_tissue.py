"""The simulated slide: the same everywhere, true to its pattern, and lit by the law."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from hardware.simulators.tissue import (
    NO_CLASS,
    PATTERN_NAMES,
    STAINS,
    Kind,
    Optics,
    SlidePattern,
    Stains,
    pattern,
    render_field,
)

SLIDE = Optics(vignetting=0.0, full_well=0.0)
"""What belongs to the slide alone: no shading, no noise."""

GLASS = replace(pattern("2+"), glass=1.0, dirt=0.0)


@pytest.fixture(scope="module")
def big():
    return render_field(pattern("2+"), 11, -130.0, 2000.0, 1100, 1100, 0.424)


def sorted_truth(xy, *columns):
    order = np.lexsort((xy[:, 0], xy[:, 1]))
    return (xy[order], *(c[order] for c in columns))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    first, again, other = (
        render_field(pattern("3+"), seed, 10.0, -20.0, 90, 70, 0.424) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first.rgb, again.rgb)
    np.testing.assert_array_equal(first.truth.xy_px, again.truth.xy_px)
    assert not np.array_equal(first.rgb, other.rgb)


def test_another_process_renders_the_same_bytes():
    code = (
        "import hashlib; from hardware.simulators.tissue import pattern, render_field; "
        "f = render_field(pattern('1+'), 2**62 + 9, -3e4, 5e3, 61, 47, 0.424); "
        "print(hashlib.sha256(f.rgb.tobytes() + f.truth.xy_px.tobytes()).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()
    field = render_field(pattern("1+"), 2**62 + 9, -3e4, 5e3, 61, 47, 0.424)
    data = field.rgb.tobytes() + field.truth.xy_px.tobytes()
    assert told == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", ["2+", "gastric"])
@pytest.mark.parametrize("um_per_px", [0.212, 0.424])
def test_tiles_agree_with_the_big_field(name, um_per_px):
    slide = pattern(name)
    x0, y0 = -57.3, 1210.9
    width, height, cut, low = 260, 210, 93, 120
    whole = render_field(slide, 8, x0, y0, width, height, um_per_px, optics=SLIDE)
    tiled = np.zeros_like(whole.rgb)
    points, kinds, classes = [], [], []
    for left, right in ((0, cut), (cut, width)):
        for top, bottom in ((0, low), (low, height)):
            x, y = x0 + left * um_per_px, y0 + top * um_per_px
            tile = render_field(slide, 8, x, y, right - left, bottom - top, um_per_px, optics=SLIDE)
            tiled[top:bottom, left:right] = tile.rgb
            points.append(tile.truth.xy_px + np.float32([left, top]))
            kinds.append(tile.truth.kind)
            classes.append(tile.truth.cell_class)
    # A rounding of the last bit may differ; a seam would not be one gray level.
    assert np.abs(tiled.astype(int) - whole.rgb).max() <= 1
    assert len(whole.truth.kind) >= 10
    xy, kind, cell_class = sorted_truth(
        np.concatenate(points), np.concatenate(kinds), np.concatenate(classes)
    )
    truth = sorted_truth(whole.truth.xy_px, whole.truth.kind, whole.truth.cell_class)
    np.testing.assert_allclose(xy, truth[0], atol=1e-3)
    np.testing.assert_array_equal(kind, truth[1])
    np.testing.assert_array_equal(cell_class, truth[2])


def test_both_objectives_see_the_same_slide():
    fine = render_field(pattern("2+"), 9, 300.0, 40.0, 500, 400, 0.212, optics=SLIDE)
    coarse = render_field(pattern("2+"), 9, 300.0, 40.0, 250, 200, 0.424, optics=SLIDE)
    np.testing.assert_allclose(
        (fine.truth.xy_px + 0.5) * 0.212, (coarse.truth.xy_px + 0.5) * 0.424, atol=1e-3
    )
    np.testing.assert_array_equal(fine.truth.cell_class, coarse.truth.cell_class)
    reduced = cv2.resize(fine.rgb, (250, 200), interpolation=cv2.INTER_AREA)
    difference = np.abs(reduced.astype(float) - coarse.rgb)
    assert difference.mean() < 2.5
    shifted = np.abs(np.roll(reduced, 2, axis=1).astype(float) - coarse.rgb)
    assert difference.mean() < 0.5 * shifted.mean()


def test_a_coarse_field_is_the_average_of_a_fine_one():
    fine = render_field(pattern("3+"), 9, 0.0, 0.0, 240, 160, 0.4, optics=SLIDE)
    coarse = render_field(pattern("3+"), 9, 0.0, 0.0, 60, 40, 1.6, optics=SLIDE)
    reduced = cv2.resize(fine.rgb, (60, 40), interpolation=cv2.INTER_AREA)
    assert np.abs(reduced.astype(float) - coarse.rgb).max() <= 1.5


@pytest.mark.parametrize("name", PATTERN_NAMES)
def test_every_preset_renders_with_its_mix(name):
    slide = pattern(name)
    counts = np.zeros(5)
    for corner in (0.0, 3000.0, 6000.0):
        field = render_field(slide, 21, corner, corner, 700, 640, 0.48)
        assert field.rgb.shape == (640, 700, 3)
        assert field.rgb.dtype == np.uint8
        assert not field.rgb.flags.writeable
        assert field.rgb.std() > 5
        tumor = field.truth.kind == Kind.TUMOR
        assert np.all(field.truth.cell_class[~tumor] == NO_CLASS)
        counts += np.bincount(field.truth.cell_class[tumor], minlength=5)
    assert counts.sum() > 1000
    expected = np.array(slide.expected_mix)
    # Patches of cells stain alike, so that the shares of some fields scatter.
    tolerance = 0.25 if slide.clone_mix else 0.08
    np.testing.assert_allclose(counts / counts.sum(), expected, atol=tolerance)
    assert np.all(counts[expected == 0] == 0)


def test_a_big_field_holds_every_kind_of_nucleus(big):
    kinds = np.bincount(big.truth.kind, minlength=len(Kind))
    assert kinds[Kind.TUMOR] > 600
    assert kinds[Kind.STROMA] > 50
    assert kinds[Kind.IMMUNE] > 30
    busy = replace(pattern("2+"), dcis=1.0, benign=1.0, apoptoses=0.1)
    field = render_field(busy, 3, 0.0, 0.0, 800, 800, 0.8)
    assert set(np.unique(field.truth.kind)) == set(Kind)


def test_points_lie_in_the_field_and_apart_from_each_other(big):
    xy = big.truth.xy_px[big.truth.kind == Kind.TUMOR].astype(float)
    assert xy.min() >= -0.5
    assert xy.max() < 1099.5
    distance = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) * 0.424
    np.fill_diagonal(distance, 99)
    nearest = distance.min(axis=1)
    assert 8 < np.median(nearest) < 13
    assert np.mean(nearest < 5) < 0.02


def test_rings_are_as_complete_as_their_class_says(big):
    truth = big.truth
    mean = [truth.completeness[truth.cell_class == code].mean() for code in range(5)]
    assert mean[0] < 0.4
    assert 0.5 < mean[1] < 0.72
    assert 0.5 < mean[3] < 0.8
    assert min(mean[2], mean[4]) > 0.95
    assert truth.completeness[truth.kind != Kind.TUMOR].max() == 0


def test_nuclei_are_blue_where_the_truth_says(big):
    red, _, blue = np.moveaxis(big.rgb.astype(int), 2, 0)
    picked = (big.truth.kind == Kind.TUMOR) & (big.truth.cell_class == 0)
    x, y = np.rint(big.truth.xy_px[picked]).astype(int).T
    assert np.mean(blue[y, x] - red[y, x] > 8) > 0.9


def test_intense_slides_are_browner():
    brown = []
    for name in ("0", "1+", "2+", "3+"):
        field = render_field(pattern(name), 4, 500.0, 500.0, 500, 500, 0.424)
        red, _, blue = np.moveaxis(field.rgb.astype(float), 2, 0)
        brown.append(np.mean(red - blue > 30))
    assert brown == sorted(brown)
    assert brown[0] < 0.001
    assert brown[3] > 0.1


def test_bare_glass_is_the_white_point_within_the_noise():
    optics = Optics(white=(200.0, 240.0, 230.0), vignetting=0.0, full_well=9000.0, read_noise=0.7)
    field = render_field(GLASS, 3, 0.0, 0.0, 200, 150, 0.424, optics=optics)
    pixels = field.rgb.reshape(-1, 3).astype(float)
    np.testing.assert_allclose(pixels.mean(axis=0), optics.white, atol=0.1)
    shot = np.sqrt(np.array(optics.white) * 255 / 9000 + 0.7**2 + 1 / 12)
    np.testing.assert_allclose(pixels.std(axis=0), shot, rtol=0.03)
    assert len(field.truth.kind) == 0


def test_glass_without_noise_is_exactly_white():
    optics = replace(SLIDE, white=(250.0, 245.0, 240.0))
    field = render_field(GLASS, 3, 0.0, 0.0, 33, 21, 0.212, optics=optics)
    assert np.all(field.rgb == (250, 245, 240))


def test_vignetting_takes_light_from_the_corners_alone():
    field = render_field(
        GLASS, 3, 0.0, 0.0, 301, 201, 0.424, optics=Optics(vignetting=0.2, full_well=0.0)
    )
    assert abs(int(field.rgb[100, 150, 0]) - 243) <= 1
    assert abs(int(field.rgb[0, 0, 0]) - 243 * 0.8) <= 2


def test_defocus_blurs_and_exposures_differ_in_noise_alone():
    def seen(**optics):
        field = render_field(
            pattern("3+"), 4, 500.0, 500.0, 150, 150, 0.424, optics=Optics(**optics)
        )
        return field.rgb.astype(float)

    sharpness = [cv2.Laplacian(seen(defocus_um=z, full_well=0.0), -1).var() for z in (0, 3, 9)]
    assert sharpness == sorted(sharpness, reverse=True)
    noise = seen(exposure=0) - seen(exposure=1)
    assert 1 < noise.std() < 5
    assert abs(noise.mean()) < 0.1


def test_stain_vectors_set_the_color():
    plain, other = (
        render_field(pattern("3+"), 4, 500.0, 500.0, 200, 200, 0.424, optics=SLIDE, stains=stains)
        for stains in (STAINS["ruifrok"], Stains(dab=(0.9, 0.3, 0.3)))
    )
    assert other.rgb[..., 0].mean() < plain.rgb[..., 0].mean() - 5
    assert other.rgb[..., 2].mean() > plain.rgb[..., 2].mean() + 5


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 37), (301, 7), (63, 65)])
def test_any_size_renders(width, height):
    field = render_field(pattern("2+"), 1, -1e5, 3e5, width, height, 0.212)
    assert field.rgb.shape == (height, width, 3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda: render_field(pattern("0"), 1, 0, 0, 0, 5, 0.2), "1 x 1"),
        (lambda: render_field(pattern("0"), 1, 0, 0, 5, 5, 0.0), "um per px"),
        (lambda: render_field(pattern("0"), 1, 0, 0, 5, 5, float("nan")), "um per px"),
        (lambda: render_field(pattern("0"), 1, float("inf"), 0, 5, 5, 0.2), "position"),
        (lambda: pattern("4+"), "no slide pattern '4\\+'"),
        (lambda: SlidePattern("x", "0", (0.5, 0.6, 0, 0, 0)), "add up to 1"),
        (lambda: replace(pattern("0"), cell_um=2.0), "6 to 40 um"),
        (lambda: replace(pattern("0"), nest_fraction=1.0), "nest fraction"),
        (lambda: replace(pattern("0"), clone_share=2.0), "clone"),
        (lambda: Optics(white=(0.0, 1.0, 1.0)), "white point"),
        (lambda: Optics(psf_um=-1), "negative"),
        (lambda: Optics(vignetting=1.0), "vignetting"),
        (lambda: Stains(dab=(0.0, 0.0, 0.0)), "zero"),
    ],
)
def test_bad_input_is_refused_in_one_line(change, says):
    with pytest.raises(ValueError, match=says) as caught:
        change()
    assert "\n" not in str(caught.value)
