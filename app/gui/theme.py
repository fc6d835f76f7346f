"""Colors, sizes and style sheet of the windows: one table of tokens for each theme."""

from dataclasses import dataclass, fields
from typing import Literal

ThemeName = Literal["dark", "light"]

GRID = 8
"""All distances are multiples of it, in logical pixels."""
CONTROL = 28
"""Height of buttons and fields: with 2 px above and below, four steps of the grid."""
TEXT_PX = 13
SMALL_PX = 11
HEAD_PX = 15
SCORE_PX = 44


@dataclass(frozen=True)
class Theme:
    """Colors as ``#rrggbb``.

    Attributes
    ----------
    surround
        Around the picture.
    window, panel, raised, hover, pressed
        Surfaces, from the window's ground to a control under the pointer.
    line
        Between surfaces; says nothing by itself.
    edge
        Around controls: it is what shows that they are there.
    text, quiet
        Text, and text that steps back.
    accent, on_accent
        What is chosen or to be done next, and text on it.
    warning, on_warning, failure, on_failure, good
        What needs care, what failed, and what is in order.
    track
        Ground of bars and markers; dark in both themes, since the class colors are bright.
    """

    name: ThemeName
    surround: str
    window: str
    panel: str
    raised: str
    hover: str
    pressed: str
    line: str
    edge: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    warning: str
    on_warning: str
    failure: str
    on_failure: str
    good: str
    track: str


DARK = Theme(
    name="dark",
    surround="#0e1013",
    window="#15171b",
    panel="#1b1e23",
    raised="#262a31",
    hover="#313741",
    pressed="#3b424e",
    line="#2d323a",
    edge="#7d8695",
    text="#e9ebee",
    quiet="#a6adb8",
    accent="#7fb0ff",
    on_accent="#0c1626",
    warning="#f0b849",
    on_warning="#221700",
    failure="#ff8a80",
    on_failure="#2a0603",
    good="#86cf8d",
    track="#0e1013",
)

LIGHT = Theme(
    name="light",
    surround="#d6dae0",
    window="#e9ecf0",
    panel="#f6f7f9",
    raised="#ffffff",
    hover="#e4e9f0",
    pressed="#d3dbe6",
    line="#d0d6de",
    edge="#7a8390",
    text="#16191e",
    quiet="#4d5663",
    accent="#1c5bb8",
    on_accent="#ffffff",
    warning="#8a5200",
    on_warning="#ffffff",
    failure="#b3261e",
    on_failure="#ffffff",
    good="#1d6a33",
    track="#2b3038",
)

THEMES: dict[str, Theme] = {"dark": DARK, "light": LIGHT}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, 1 to 21, as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def style_sheet(theme: Theme) -> str:
    """Return the Qt style sheet of a theme."""
    sheet = _SHEET
    for field in fields(Theme):
        sheet = sheet.replace(f"@{field.name};", f"{getattr(theme, field.name)};")
    return sheet


_SHEET = """
* { font-size: 13px; outline: none; }
QMainWindow, QDialog { background: @window; }
QWidget { color: @text; }
QFrame[role="panel"], QWidget[role="panel"] { background: @panel; }
QFrame[role="float"] { background: @panel; border: 1px solid @edge; border-radius: 4px; }
QLabel[role="frame"] { color: @quiet; border: 1px solid @line; }
QFrame[role="rule"] { background: @line; border: none; }

QLabel[role="quiet"] { color: @quiet; }
QLabel[role="small"] { color: @quiet; font-size: 11px; }
QLabel[role="head"] { color: @quiet; font-size: 11px; font-weight: 600; }
QLabel[role="title"] { font-size: 15px; font-weight: 600; }
QLabel[role="score"] { font-size: 44px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="chip"] { color: @text; border: 1px solid @edge; border-radius: 3px;
    padding: 0 6px; font-size: 11px; font-weight: 600; min-height: 16px; max-height: 16px; }
QLabel[role="warning"] { color: @warning; }
QLabel[role="failure"] { color: @failure; }
QLabel[role="good"] { color: @good; }
QLabel[role="dirty"] { color: @on_warning; background: @warning; border-radius: 3px;
    padding: 0 8px; font-weight: 600; min-height: 24px; max-height: 24px; }
QLabel[role="banner-info"] { color: @text; background: @panel; border: 1px solid @edge;
    border-radius: 4px; font-weight: 600; }
QLabel[role="banner-warning"] { color: @on_warning; background: @warning;
    border-radius: 4px; font-weight: 600; }
QLabel[role="banner-failure"] { color: @on_failure; background: @failure;
    border-radius: 4px; font-weight: 600; }

QPushButton { background: @raised; border: 1px solid @edge; border-radius: 4px;
    padding: 0 10px; min-height: 26px; max-height: 26px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @pressed; }
QPushButton:focus { border: 2px solid @accent; padding: 0 9px; min-height: 24px;
    max-height: 24px; }
QPushButton:checked { background: @accent; color: @on_accent; border-color: @accent;
    font-weight: 600; }
QPushButton:checked:focus { border-color: @text; }
QPushButton:disabled { color: @quiet; background: @panel; border-color: @line; }
QPushButton:checked:disabled { color: @text; background: @pressed; border-color: @edge; }
QPushButton[role="first"] { background: @accent; color: @on_accent; border-color: @accent;
    font-weight: 600; }
QPushButton[role="first"]:focus { border-color: @text; }
QPushButton[role="first"]:disabled { background: @panel; color: @quiet; border-color: @line; }
QPushButton[role="flat"] { background: transparent; border: 1px solid transparent; }
QPushButton[role="flat"]:hover { background: @hover; }
QPushButton[role="flat"]:focus { border: 2px solid @accent; }
QPushButton[role="flat"]:checked { background: @hover; color: @text;
    border-color: @edge; font-weight: 400; }
QPushButton[role="small"] { padding: 0 6px; min-height: 22px; max-height: 22px;
    font-size: 11px; }
QPushButton[role="choice"] { background: transparent; border: 1px solid transparent;
    text-align: left; padding: 0 8px; }
QPushButton[role="choice"]:hover { background: @hover; }
QPushButton[role="choice"]:focus { border: 1px solid @accent; background: @hover;
    padding: 0 8px; min-height: 26px; max-height: 26px; }

QComboBox { background: @raised; border: 1px solid @edge; border-radius: 4px; padding: 0 8px;
    min-height: 26px; max-height: 26px; combobox-popup: 0; }
QComboBox:hover { background: @hover; }
QComboBox:focus { border-color: @accent; }
QComboBox:disabled { color: @quiet; border-color: @line; background: @panel; }
QComboBox::drop-down { border: none; width: 8px; }
QComboBox QAbstractItemView { background: @raised; color: @text; border: 1px solid @edge;
    selection-background-color: @accent; selection-color: @on_accent; }

QLineEdit, QPlainTextEdit, QKeySequenceEdit { background: @raised; color: @text;
    border: 1px solid @edge; border-radius: 4px; padding: 3px 6px;
    selection-background-color: @accent; selection-color: @on_accent; }
QLineEdit:focus, QPlainTextEdit:focus { border: 1px solid @accent; }

QSlider { min-height: 24px; max-height: 24px; }
QSlider::groove:horizontal { height: 4px; background: @edge; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; border-radius: 8px;
    background: @text; border: 1px solid @panel; }
QSlider::handle:horizontal:hover { background: @accent; }
QSlider::handle:horizontal:focus { background: @accent; }
QSlider::handle:horizontal:disabled { background: @quiet; }

QMenuBar { background: @window; color: @text; border-bottom: 1px solid @line; }
QMenuBar::item { padding: 4px 10px; background: transparent; }
QMenuBar::item:selected { background: @hover; }
QMenu { background: @raised; color: @text; border: 1px solid @edge; padding: 4px 0; }
QMenu::item { padding: 4px 24px 4px 24px; }
QMenu::item:selected { background: @accent; color: @on_accent; }
QMenu::item:disabled { color: @quiet; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QStatusBar { background: @window; color: @quiet; border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QToolTip { background: @raised; color: @text; border: 1px solid @edge; padding: 4px 6px; }

QListWidget, QTableWidget, QScrollArea { background: @panel; border: none; }
QScrollArea > QWidget > QWidget { background: @panel; }
QListWidget::item { padding: 2px 8px; border-radius: 3px; }
QListWidget::item:hover { background: @hover; }
QListWidget::item:selected { background: @pressed; color: @text; }
QTableWidget { gridline-color: @line; }
QTableWidget::item { padding: 0 8px; }
QTableWidget::item:selected { background: @pressed; color: @text; }
QHeaderView::section { background: @panel; color: @quiet; border: none;
    border-bottom: 1px solid @line; padding: 4px 11px; font-size: 11px; font-weight: 600; }
QScrollBar:vertical { background: transparent; width: 8px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 8px; margin: 0; }
QScrollBar::handle { background: @edge; border-radius: 3px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::handle:hover { background: @quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: @line; }
QSplitter::handle:hover { background: @accent; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
"""
