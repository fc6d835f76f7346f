"""The history of a training: a row of figures a validation, as a file, curves and lines."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.training.curves import curves_picture
from models.training.images import write_rgb

Row = Mapping[str, Any]


def write_history(history: Sequence[Row], folder: Path) -> None:
    """Write the figures of a training, one row a validation, as JSON and as curves."""
    (folder / "history.json").write_text(
        json.dumps(list(history), indent=1) + "\n", encoding="utf-8"
    )
    f1 = {
        name: [(row["step"], row[key]) for row in history if row[key] is not None]
        for name, key in (("F1", "f1"), ("F1, varied", "f1_varied"), ("other found", "other_found"))
    }
    write_rgb(folder / "f1.png", curves_picture(f1, 0.0, 1.0, "step", "F1, or part found"))
    losses = [(row["step"], row["loss"]) for row in history]
    most = max(loss for _, loss in losses)
    write_rgb(
        folder / "loss.png",
        curves_picture({"loss": losses}, 0.0, most, "step", "mean square error of the heatmap"),
    )


def progress_line(row: Row) -> str:
    """Return a row of the history as a line for the reader."""

    def number(key: str) -> str:
        value = row[key]
        return f"{value:.3f}" if isinstance(value, float) else "-"

    figures = ", ".join(
        f"{name} {number(key)}"
        for name, key in (
            ("F1", "f1"),
            ("recall", "recall"),
            ("precision", "precision"),
            ("varied", "f1_varied"),
            ("other found", "other_found"),
            ("threshold", "threshold"),
        )
    )
    return f"step {row['step']}, {row['minutes']} min, loss {row['loss']:.5f}: {figures}"
