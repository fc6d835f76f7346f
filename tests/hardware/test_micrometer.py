"""Pixel sizes from rendered stage micrometers: right to 0.2 %, or refused."""

import math
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from hardware.micrometer.problem import MicrometerProblem
from hardware.micrometer.reading import MOST_UNEQUAL, MicrometerReading, Pattern, read_micrometer
from hardware.simulators.micrometer import SimulatedMicrometer
from hardware.simulators.tissue import pattern, render_field

U8 = npt.NDArray[np.uint8]

GOOD = 0.002
SIZE = (820, 640)

CONDITIONS = {
    "clean": SimulatedMicrometer(),
    "poor": SimulatedMicrometer(noise=8, dust=20, tilt=0.4, vignetting=0.3, contrast=0.4),
    "blurred": SimulatedMicrometer(blur_px=-0.12),  # of a pitch
    "dark field, from the end on": SimulatedMicrometer(dark_field=True, lines=11, missing=(2,)),
}


def micrometer(name: str, kind: str, um_per_px: float, angle_deg: float) -> SimulatedMicrometer:
    made = CONDITIONS[name]
    # Large pixels show more lines, small ones ten or so of a finer scale.
    pitch = 10.0 if um_per_px >= 0.2 else 5.0
    blur = -made.blur_px * pitch / um_per_px if made.blur_px < 0 else made.blur_px
    return replace(
        made,
        pattern="grid" if kind == "grid" else "ruler",
        pitch_um=pitch,
        line_um=0.2 * pitch,
        um_per_px=(um_per_px, um_per_px),
        angle_deg=angle_deg,
        blur_px=blur,
        seed=round(angle_deg * 10),
    )


def read(made: SimulatedMicrometer, size: tuple[int, int] = SIZE) -> MicrometerReading:
    return read_micrometer(made.picture(*size), made.pitch_um)


@pytest.mark.slow
@pytest.mark.parametrize("um_per_px", [0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("kind", ["ruler", "grid"])
def test_the_pixel_size_is_right_at_every_angle(kind: str, name: str, um_per_px: float) -> None:
    offset = {"ruler": 0.0, "grid": 5.3}[kind] + 2.1 * list(CONDITIONS).index(name)
    for angle in (0.0, 13.0, 31.0, 45.0, 76.0, 90.0):
        turned = min(90.0, angle + offset) if angle else 0.0
        made = micrometer(name, kind, um_per_px, turned)
        reading = read(made)
        assert reading.pattern == kind
        assert reading.um_per_px == pytest.approx(um_per_px, rel=GOOD), turned
        # Ten lines that are near to each other say less than many.
        few = name.startswith("dark field") and um_per_px >= 0.5
        assert all(few and "known to" in warning for warning in reading.warnings)
        assert reading.error < GOOD
        off = math.radians(reading.families[0].angle_deg - turned)
        assert abs(math.sin(2 * off) if kind == "grid" else math.sin(off)) < 0.005


def test_places_and_number_of_the_lines_are_those_that_were_drawn() -> None:
    made = SimulatedMicrometer(lines=21, um_per_px=(0.5, 0.5), angle_deg=0, middle_um=(20.0, 0.0))
    reading = read(made)
    (family,) = reading.families
    assert (family.lines, family.missing) == (21, 0)
    expected = (SIZE[0] - 1) / 2 + (np.arange(-10, 11) * 10.0 - 20.0) / 0.5
    np.testing.assert_allclose(family.segments[:, 0], expected, atol=0.1)
    np.testing.assert_allclose(family.segments[:, 2], expected, atol=0.1)
    assert reading.residual_um < 0.02
    assert reading.straightness_um < 0.05
    lengths = np.abs(family.segments[:, 3] - family.segments[:, 1]) * 0.5
    assert lengths.min() > 40
    # The tenth is twice as long as its neighbors, but only strips that show all lines count.
    assert lengths.max() < 80


def test_gray_pictures_do() -> None:
    picture = SimulatedMicrometer(angle_deg=20).picture(*SIZE)
    color, gray = read_micrometer(picture, 10), read_micrometer(picture[..., 0].copy(), 10)
    assert gray.um_per_px == pytest.approx(color.um_per_px, rel=1e-6)
    assert color.um_per_px == pytest.approx(0.25, rel=GOOD)


@pytest.mark.parametrize("middle_um", [-20.0, 25.0, 50.0, 70.0, 85.0])
def test_any_part_of_a_ruler_gives_the_pitch_of_neighbors_or_a_warning(middle_um: float) -> None:
    """Where the view leaves the short lines behind, every fifth and then every tenth is seen."""
    made = SimulatedMicrometer(um_per_px=(0.5, 0.5), angle_deg=0, middle_um=(0.0, middle_um))
    reading = None
    try:
        reading = read(made, (820, 120))
    except MicrometerProblem:
        assert middle_um > 40
        return
    assert reading.warnings or reading.um_per_px == pytest.approx(0.5, rel=GOOD)
    if middle_um < 40:
        assert reading.warnings == ()


@pytest.mark.parametrize("faint", [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.9])
@pytest.mark.parametrize("angle_deg", [0.0, 24.0])
def test_faint_lines_between_never_double_the_pitch(faint: float, angle_deg: float) -> None:
    """Every second line is fainter: the pitch is that of all, or the picture is refused."""
    all_lines = SimulatedMicrometer(angle_deg=angle_deg, lines=60, noise=1).picture(*SIZE)
    odd = SimulatedMicrometer(
        angle_deg=angle_deg, lines=60, noise=1, missing=tuple(range(-29, 31, 2))
    ).picture(*SIZE)
    mixed = faint * all_lines + (1 - faint) * odd.astype(np.float64)
    try:
        reading = read_micrometer(mixed.astype(np.uint8), 10)
    except MicrometerProblem:
        return
    assert reading.um_per_px == pytest.approx(0.25, rel=GOOD) or faint < 0.1


@pytest.mark.parametrize("gap_um", [3.0, 4.0, 6.0])
def test_lines_in_pairs_never_halve_the_pitch(gap_um: float) -> None:
    """Thick lines may show both edges dark: two of them stand for each line of the scale."""
    one = SimulatedMicrometer(noise=0, line_um=1.5).picture(*SIZE)
    two = SimulatedMicrometer(noise=0, line_um=1.5, middle_um=(gap_um, 0.0)).picture(*SIZE)
    try:
        reading = read_micrometer(np.minimum(one, two), 10)
    except MicrometerProblem:
        return
    assert reading.um_per_px == pytest.approx(0.25, rel=GOOD)


def test_pixels_that_are_not_square_are_told_at_any_angle() -> None:
    for angle in (0.0, 20.0, 45.0, 70.0):
        made = SimulatedMicrometer("grid", um_per_px=(0.25, 0.26), angle_deg=angle)
        reading = read(made)
        assert reading.um_per_px_sides == pytest.approx((0.25, 0.26), rel=GOOD)
        assert len(reading.warnings) == 1
        assert "not square" in reading.warnings[0]
    nearly = SimulatedMicrometer("grid", um_per_px=(0.25, 0.25 * (1 + MOST_UNEQUAL / 2)))
    assert read(nearly).warnings == ()
    assert read(SimulatedMicrometer()).um_per_px_sides is None


def test_distortion_is_told() -> None:
    picture = SimulatedMicrometer(um_per_px=(0.5, 0.5)).picture(*SIZE)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    away = (x - SIZE[0] / 2) / SIZE[0]
    bent = cv2.remap(picture, x + 2.4 * (2 * away) ** 2, y, cv2.INTER_LINEAR)
    reading = read_micrometer(bent, 10)
    assert reading.pattern is Pattern.RULER
    assert len(reading.warnings) == 1
    assert "pitch changes by" in reading.warnings[0]


def tissue() -> U8:
    return render_field(pattern("2+"), 3, 200.0, 300.0, 820, 640, 0.25).rgb


def words() -> U8:
    picture = np.full((640, 820, 3), 230, np.uint8)
    for row in range(8):
        place = (30, 70 + 75 * row)
        cv2.putText(picture, "Stage 1 mm / 0.01 mm No.", place, 0, 1.8, (30, 30, 30), 4)
    return picture


def noise() -> U8:
    return np.random.default_rng(2).integers(0, 256, (640, 820, 3), np.uint8)


def uneven() -> U8:
    picture = np.full((640, 820, 3), 230, np.uint8)
    for x in np.cumsum(np.random.default_rng(4).uniform(12, 70, 18)):
        picture[:, round(x) : round(x) + 5] = 60
    return picture


REFUSED = {
    "tissue": tissue,
    "words": words,
    "noise": noise,
    "uneven lines": uneven,
    "empty field": lambda: SimulatedMicrometer(lines=1, length_um=0.0).picture(*SIZE),
    "nothing": lambda: np.full((640, 820, 3), 200, np.uint8),
    "dust": lambda: SimulatedMicrometer(lines=1, length_um=0.0, dust=60).picture(*SIZE),
    "one line": lambda: SimulatedMicrometer(lines=1, length_um=300.0).picture(*SIZE),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_micrometer_is_refused(name: str) -> None:
    with pytest.raises(MicrometerProblem) as refused:
        read_micrometer(REFUSED[name](), 10)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (SimulatedMicrometer(blur_px=9.0), "focus"),
        (SimulatedMicrometer("grid", blur_px=9.0), "focus"),
        (SimulatedMicrometer(lines=5), "5 lines are found and 6 are needed"),
        (SimulatedMicrometer(lines=4, angle_deg=30), "4 lines are found and 6 are needed"),
        (SimulatedMicrometer(lines=15, missing=(-4, -1, 3, 4)), "4 of 15 lines are not found"),
        (SimulatedMicrometer(um_per_px=(2.2, 2.2)), "px apart and 5 are needed|no evenly spaced"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    made: SimulatedMicrometer, words: str
) -> None:
    with pytest.raises(MicrometerProblem, match=words):
        read(made)


@pytest.mark.parametrize("um_per_px", [2.1, 2.7, 3.3, 4.1])
@pytest.mark.parametrize("kind", ["ruler", "grid"])
def test_a_pitch_of_two_to_five_pixels_never_gives_a_size(kind: str, um_per_px: float) -> None:
    """Of a ruler every fifth line could be taken for the scale."""
    for angle in (0.0, 7.0, 45.0):
        made = micrometer("clean", kind, um_per_px, angle)
        with pytest.raises(MicrometerProblem):
            read(replace(made, length_um=900.0, lines=901, blur_px=0.4))


@pytest.mark.parametrize(
    ("picture", "pitch_um", "words"),
    [
        (np.zeros((300, 300, 3)), 10.0, "8 bits"),
        (np.zeros((300, 300, 4), np.uint8), 10.0, "RGB"),
        (np.zeros((300, 50, 3), np.uint8), 10.0, "smaller"),
        (np.zeros((300, 300, 3), np.uint8), 0.0, "pitch must be positive"),
        (np.zeros((300, 300, 3), np.uint8), math.nan, "pitch must be positive"),
    ],
)
def test_bad_input_is_refused(picture: U8, pitch_um: float, words: str) -> None:
    with pytest.raises(MicrometerProblem, match=words):
        read_micrometer(picture, pitch_um)


def test_letters_beside_a_ruler_do_not_disturb() -> None:
    picture = SimulatedMicrometer(um_per_px=(0.4, 0.4), lines=71, noise=3).picture(820, 640)
    for i in range(4):
        cv2.putText(picture, f"0.{i}", (40 + 200 * i, 120), 0, 2.0, (40, 40, 40), 5)
    cv2.line(picture, (0, 245), (819, 245), (50, 50, 50), 4)
    assert read_micrometer(picture, 10).um_per_px == pytest.approx(0.4, rel=GOOD)


def test_jpeg_does_not_disturb() -> None:
    picture = SimulatedMicrometer(um_per_px=(0.4, 0.4), angle_deg=3).picture(*SIZE)
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])
    again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    assert read_micrometer(again, 10).um_per_px == pytest.approx(0.4, rel=GOOD)


def any_micrometer(seed: int) -> SimulatedMicrometer:
    """Return a micrometer, optics and camera by chance, good ones and bad ones."""
    random = np.random.default_rng([1, seed])
    pitch = float(random.choice([5.0, 10.0, 20.0, 50.0]))
    um_per_px = pitch / float(np.exp(random.uniform(np.log(3.0), np.log(120.0))))
    blurred = float(random.uniform(0.5, 0.5 + 0.2 * pitch / um_per_px))
    return SimulatedMicrometer(
        pattern="grid" if random.random() < 0.5 else "ruler",
        pitch_um=pitch,
        line_um=pitch * float(random.uniform(0.08, 0.4)),
        lines=int(random.integers(4, 150)),
        length_um=pitch * float(random.uniform(3, 12)),
        um_per_px=(um_per_px, um_per_px),
        angle_deg=float(random.uniform(0, 90)),
        middle_um=(float(random.normal(0, 3)) * pitch, float(random.normal(0, 3)) * pitch),
        blur_px=blurred if random.random() < 0.4 else 0.8,
        contrast=float(random.uniform(0.15, 0.9)),
        dark_field=bool(random.random() < 0.3),
        vignetting=float(random.uniform(0, 0.4)),
        tilt=float(random.uniform(0, 0.4)),
        noise=float(random.uniform(0, 15)),
        dust=int(random.integers(0, 40)),
        missing=tuple(int(n) for n in random.integers(-20, 20, int(random.integers(0, 4)))),
        seed=seed,
    )


@pytest.mark.slow
def test_by_chance_it_is_right_or_refused_or_warned_of() -> None:
    read_at_all = 0
    for seed in range(60):
        made = any_micrometer(seed)
        try:
            reading = read(made, (700, 520))
        except MicrometerProblem:
            continue
        read_at_all += 1
        right = reading.um_per_px == pytest.approx(made.um_per_px[0], rel=GOOD)
        assert right or reading.warnings, made
    assert read_at_all >= 25
