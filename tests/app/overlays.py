"""Small overlays to draw."""

from typing import Any

import numpy as np

from app.model.overlay import Overlay, OverlayStyle

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
LINES_ONLY = OverlayStyle(markers=False, region_lines=False)
MARKERS_ONLY = OverlayStyle(membrane_lines=False, region_lines=False)


def an_overlay(width: int = 80, height: int = 60, **changes: Any) -> Overlay:
    values: dict[str, Any] = {
        "width_px": width,
        "height_px": height,
        "um_per_px": 0.25,
        "xy_px": np.zeros((0, 2), np.float32),
        "cell_class": np.zeros(0, np.uint8),
        "counted": np.zeros(0, np.bool_),
        "membranes": np.zeros((-(-height // 2), -(-width // 2)), np.uint8),
    }
    return Overlay(**(values | changes))


def cells(*xy: tuple[float, float], code: int = 4, counted: bool = True) -> dict[str, Any]:
    return {
        "xy_px": np.array(xy, np.float32).reshape(-1, 2),
        "cell_class": np.full(len(xy), code, np.uint8),
        "counted": np.full(len(xy), counted),
    }
