"""Fields that show the same tissue are known by it."""

import numpy as np
import pytest

from app.live.thumbnail import thumbnail
from app.session.overlap import SeenField, SeenTissue, look, overlap
from hardware.simulators.tissue import pattern, render_field
from inference.arrays import U8

SIDE = 700
UM_PER_PX = 0.9


@pytest.fixture(scope="module")
def tissue() -> U8:
    return render_field(pattern("2+"), 3, 0.0, 0.0, 2 * SIDE, SIDE, UM_PER_PX).rgb


def field(tissue: U8, left: int, top: int = 0, seed: int = 0) -> U8:
    """Return the thumbnail of a field that begins there, with a noise of its own."""
    rgb = np.roll(tissue, -top, axis=0)[:, left : left + SIDE].astype(np.int16)
    noise = np.random.default_rng(seed).integers(-6, 7, rgb.shape)
    return thumbnail(np.clip(rgb + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("part", [1.0, 0.8, 0.5, 0.2])
def test_the_part_that_two_fields_share_is_found(tissue: U8, part: float) -> None:
    one, other = field(tissue, 0), field(tissue, round((1 - part) * SIDE), seed=1)
    assert overlap(look(one), look(other)) == pytest.approx(part, abs=0.03)
    assert overlap(look(other), look(one)) == pytest.approx(part, abs=0.03)


def test_other_tissue_and_bare_glass_share_nothing(tissue: U8) -> None:
    here, there = look(field(tissue, 0)), look(field(tissue, SIDE))
    assert overlap(here, there) == 0
    other = render_field(pattern("2+"), 4, 0.0, 0.0, SIDE, SIDE, UM_PER_PX).rgb
    assert overlap(here, look(thumbnail(other))) == 0
    glass = np.full((SIDE, SIDE, 3), 243, np.uint8)
    assert overlap(look(thumbnail(glass)), look(thumbnail(glass))) == 0
    assert overlap(here, look(thumbnail(tissue[: SIDE // 2, :SIDE]))) == 0  # of another shape


def test_light_that_falls_off_is_no_tissue(tissue: U8) -> None:
    """Two fields under the same uneven light are not the same for that."""
    fall = np.linspace(0.8, 1.0, SIDE)[None, :, None]
    one, other = (
        thumbnail((tissue[:, left : left + SIDE] * fall).astype(np.uint8)) for left in (0, SIDE)
    )
    assert overlap(look(one), look(other)) == 0


def test_the_user_is_told_which_field_and_how_much(tissue: U8) -> None:
    seen = SeenTissue()
    fields = [SeenField("a", 1, field(tissue, SIDE)), SeenField("b", 2, field(tissue, 0))]
    assert seen.warnings(field(tissue, 0, seed=5), []) == ()
    (told,) = seen.warnings(field(tissue, SIDE // 4, seed=5), fields[1:])
    assert told.endswith("% of the tissue is in field 2 too: its cells count twice")
    assert 70 <= int(told.split()[0]) <= 80
    assert len(seen.warnings(field(tissue, SIDE // 2, seed=5), fields)) == 2
    assert seen.warnings(field(tissue, 0, seed=5), fields[:1]) == ()
