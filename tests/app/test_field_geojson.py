"""Cells and membranes for QuPath."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import program
from app.model.field_contours import field_contours
from inference.analyser import MeasuredField, describe_field, measure_field
from inference.cells.classes import CellClass
from inference.nuclei.points import NucleusPoints
from inference.stain.profile import load_stain_profile
from inference.stain.vectors import RUIFROK

WHITE = (240.0, 240.0, 240.0)


class Here:
    """Finds one nucleus where it is told."""

    name = "here"

    def __init__(self, *xy: float) -> None:
        self._xy = np.array([xy], np.float32)

    def detect(self, rgb: np.ndarray, um_per_px: float) -> NucleusPoints:
        return NucleusPoints(self._xy, np.ones(1, np.float32))


def ring(x: float, y: float, um_per_px: float) -> MeasuredField:
    """Measure one cell with a brown ring of 5 um around it."""
    rows, columns = np.mgrid[:200, :220]
    distance_um = np.hypot(columns - x, rows - y) * um_per_px
    dab = np.where(abs(distance_um - 5) < 0.6, 1.2, 0.0)
    rgb = np.asarray(WHITE) * 10 ** -(dab[..., None] * RUIFROK.matrix()[1])
    image = np.rint(rgb).astype(np.uint8)
    return measure_field(image, um_per_px, load_stain_profile("camera"), WHITE, Here(x, y))


@pytest.mark.parametrize("um_per_px", [0.2, 0.424])
def test_ring_and_membrane_lie_on_the_drawn_ring(um_per_px: float) -> None:
    measured = ring(101.0, 87.0, um_per_px)
    found = field_contours(measured, describe_field(measured, load_stain_profile("camera")))
    distance_um = np.hypot(*(found.rings[0] - [101.0, 87.0]).T) * um_per_px
    assert abs(distance_um - 5).max() < 0.9
    lines = np.concatenate(found.membranes[CellClass.INTENSE_COMPLETE])
    assert abs(np.hypot(*(lines - [101.0, 87.0]).T) * um_per_px - 5).max() < 0.9


def test_a_ring_over_the_border_is_closed_with_the_nearest_radius() -> None:
    measured = ring(3.0, 90.0, 0.424)
    assert not measured.rings.seen.all()
    found = field_contours(measured, describe_field(measured, load_stain_profile("camera")))
    distance_um = np.hypot(*(found.rings[0] - [3.0, 90.0]).T) * 0.424
    assert distance_um.min() > 1.7
    assert np.isfinite(found.rings).all()


def test_every_cell_and_class_is_there_in_pixels_of_the_saved_image(
    tmp_path: Path, saved: Callable[..., Path]
) -> None:
    image = saved("field.png")
    arguments = ["score", image, "--mpp", "0.424", "--white", "243,242,240", "--geojson"]
    for number in "12":
        result = CliRunner().invoke(
            program, [*map(str, arguments), "--output", str(tmp_path / number)]
        )
        assert result.exit_code == 0, result.output
    documents = [json.loads((tmp_path / n / "field-cells.geojson").read_text()) for n in "12"]
    assert documents[0] == documents[1], "a second export has the same identities"
    rows = (tmp_path / "1" / "cells.csv").read_text("utf-8-sig").splitlines()[1:]
    features = documents[0]["features"]
    cells = [f for f in features if f["properties"]["objectType"] == "detection"]
    assert len(cells) == len(rows) > 50
    assert len({uuid.UUID(f["id"]) for f in cells}) == len(cells)
    for row, feature in zip(rows, cells, strict=True):
        _, x, y, _, _, label, *_ = row.split(",")
        corners = np.array(feature["geometry"]["coordinates"][0])
        assert (corners[0] == corners[-1]).all()
        # QuPath's pixels have their corners at whole numbers, ours their centers.
        low, high = corners.min(axis=0) - 0.5, corners.max(axis=0) - 0.5
        assert (low < [float(x), float(y)]).all()
        assert ([float(x), float(y)] < high).all()
        assert feature["properties"]["classification"]["name"] == label
        assert len(feature["properties"]["classification"]["color"]) == 3
    assert {f["geometry"]["type"] for f in features} == {"Polygon", "MultiLineString"}
