"""Files that the windows show: fonts."""

from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

FAMILY = "Inter"
"""The one typeface of the windows; without its files the system's sans serif stands in."""

_ROOT = Path(__file__).resolve().parents[2]


def assets_folder() -> Path:
    """Return where the assets lie: beside the packages, in a checkout and when installed."""
    return _ROOT / "assets"


def load_fonts() -> bool:
    """Make the program's typeface known to Qt; False when it is not there.

    Needs a running `QGuiApplication`.
    """
    files = sorted((assets_folder() / "fonts").glob("*.otf"))
    loaded = [QFontDatabase.addApplicationFont(str(path)) for path in files]
    return bool(loaded) and all(number >= 0 for number in loaded)


def window_font(size_px: int) -> QFont:
    """Return the typeface with figures of one width, so that numbers do not jump."""
    font = QFont([FAMILY, "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "sans-serif"])
    font.setPixelSize(size_px)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
