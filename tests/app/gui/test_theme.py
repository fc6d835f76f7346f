"""Colors that can be read, and a style sheet that Qt takes whole."""

import re
from dataclasses import fields

import pytest

from app.gui.theme import DARK, LIGHT, Theme, contrast, style_sheet

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    # WebAIM's example of a gray that just passes on white.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@BOTH
@pytest.mark.parametrize("surface", ["window", "panel", "raised", "hover"])
@pytest.mark.parametrize("ink", ["text", "quiet", "accent", "warning", "failure", "good"])
def test_text_can_be_read_on_every_surface(theme: Theme, surface: str, ink: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, surface)) >= 4.5


@BOTH
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("on_accent", "accent"),
        ("on_warning", "warning"),
        ("on_failure", "failure"),
        ("text", "pressed"),
        ("quiet", "surround"),
    ],
)
def test_text_can_be_read_on_colored_grounds(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@BOTH
@pytest.mark.parametrize("surface", ["window", "panel", "raised", "hover"])
def test_controls_stand_out_from_what_they_lie_on(theme: Theme, surface: str) -> None:
    # WCAG 2.2, 1.4.11: what shows that a control is there.
    assert contrast(theme.edge, getattr(theme, surface)) >= 3.0


@BOTH
def test_every_color_is_written_in_full(theme: Theme) -> None:
    colors = [getattr(theme, field.name) for field in fields(Theme) if field.name != "name"]
    assert all(re.fullmatch(r"#[0-9a-f]{6}", color) for color in colors)


@BOTH
def test_no_token_is_left_in_the_style_sheet(theme: Theme) -> None:
    sheet = style_sheet(theme)
    assert "@" not in sheet
    assert sheet.count("{") == sheet.count("}")
