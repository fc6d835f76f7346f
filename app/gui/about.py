"""What the program is, and what it is not for."""

import platform
from importlib.metadata import version

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import RESEARCH_USE_ONLY, __version__
from app.gui.controls import label, rule
from app.gui.theme import GRID


class AboutPage(QWidget):
    """Version, purpose, and where the method is from."""

    def __init__(self, details: tuple[tuple[str, str], ...] = (), parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("About HER2Scope")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(label(f"HER2Scope {__version__}", "title"))
        layout.addWidget(label(RESEARCH_USE_ONLY, "warning", wrap=True))
        layout.addWidget(
            label(
                "An open augmented-reality microscope for HER2 scoring of breast cancer. It "
                "proposes a score; the pathologist decides.",
                wrap=True,
            )
        )
        layout.addWidget(rule())
        lines = [
            (
                "Method",
                "Zhang et al. 2020, Microscope Based HER2 Scoring System; ring profiles ours",
            ),
            ("License", "Apache License 2.0; typeface Inter, SIL Open Font License 1.1"),
            ("Python", platform.python_version()),
            ("Qt", version("PySide6-Essentials")),
            *details,
        ]
        for name, text in lines:
            layout.addWidget(label(f"{name}: {text}", "quiet", wrap=True))
        layout.addStretch(1)
        for each in self.findChildren(type(label())):
            each.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFixedWidth(56 * GRID)
