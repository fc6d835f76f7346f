"""A threshold and a region are changed at the real window, in an opened field."""

import numpy as np
import pytest

from app.gui.intents import REASONS
from app.gui.theme import DARK
from tests.app.gui.xvfb.opened import (
    changed_pixels,
    edge_pixels,
    picture,
    settled,
    show_this_field,
    white_edge,
)
from tests.app.gui.xvfb.program import LEFT_PX, Running
from tests.app.gui.xvfb.screen import TwoMonitors, needs_x

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_x]


def test_a_threshold_follows_the_mouse(screen: TwoMonitors, program: Running) -> None:
    store = program.store
    show_this_field(program)
    began, counted = settled(program), program.counts()
    assert not program.unconfirmed
    (x, y), _ = program.slider_handles()

    screen.drag((x, y), (x + 10, y), (x + 20, y), (x + 30, y))
    screen.until(lambda: not np.array_equal(picture(program), began), "another picture")
    screen.until(lambda: not np.array_equal(program.counts(), counted), "other counts")
    screen.until(lambda: program.unconfirmed, "thresholds that are not confirmed")
    # The button is still down: it goes on, further up and then back to where it was.
    between = picture(program)
    screen.point(x + 60, y)
    screen.until(lambda: not np.array_equal(picture(program), between), "yet another picture")
    screen.picture("threshold-1-dragged")
    screen.point(x, y)
    screen.until(lambda: np.array_equal(picture(program), began), "the first picture")
    screen.until(lambda: np.array_equal(program.counts(), counted), "the first counts")
    screen.point(x + 40, y)
    screen.until(lambda: not np.array_equal(picture(program), began), "another picture")
    screen.drop()
    program.look_away()
    assert store.of_kind("thresholds_changed") == []

    screen.key("Return")
    screen.until(lambda: not program.unconfirmed, "confirmed thresholds")
    screen.until(lambda: len(store.of_kind("thresholds_changed")) == 1, "one step")
    screen.picture("threshold-2-confirmed")
    by_key = dict(store.of_kind("thresholds_changed")[0]["thresholds_od"])
    assert by_key["weak"] > 0.1

    # The other one, and with the button.
    _, (x, y) = program.slider_handles()
    screen.drag((x, y), (x - 10, y), (x - 20, y))
    screen.drop()
    screen.until(lambda: program.unconfirmed, "thresholds that are not confirmed")
    program.look_away()
    confirm = program.button(DARK.accent, 0, LEFT_PX)
    assert confirm is not None
    screen.click(*confirm.at(0.5, 0.5))
    screen.until(lambda: len(store.of_kind("thresholds_changed")) == 2, "a second step")
    by_button = dict(store.of_kind("thresholds_changed")[1]["thresholds_od"])
    assert by_button["weak"] == by_key["weak"]
    assert by_button["intense"] < by_key["intense"]
    screen.key("Home")
    program.quit()
    store.check()


def test_an_area_is_left_out_with_the_lasso(screen: TwoMonitors, program: Running) -> None:
    store, field = program.store, program.field_box()
    counted = program.counts()
    angles = np.linspace(0.0, 2 * np.pi, 40)[:-1]
    path = [field.at(0.3 + 0.12 * np.cos(a), 0.35 + 0.12 * np.sin(a)) for a in angles]
    began = edge_pixels(program, path)

    screen.key("l")
    screen.drag(*path)
    screen.until(lambda: changed_pixels(program, path, began) > 0.9, "the line that is drawn")
    screen.picture("lasso-1-drawn")
    screen.drop()
    screen.until(lambda: program.menu() is not None, "a question why")
    screen.picture("lasso-2-asked")
    assert store.of_kind("region_added") == []
    screen.key(str(1 + REASONS.index("necrosis")))
    screen.until(lambda: store.of_kind("region_added"), "the step")
    program.look_away()
    screen.until(lambda: program.menu() is None, "no question any more")
    screen.until(lambda: not np.array_equal(program.counts(), counted), "fewer cells")
    screen.until(lambda: white_edge(program, path) > 0.3, "the edge of the region")
    screen.picture("lasso-3-region")

    (step,) = store.of_kind("region_added")
    region = step["region"]
    assert (region["kind"], region["reason"]) == ("exclude", "necrosis")
    corners = np.array(region["exterior"]) / store.image().shape[0]
    away = np.hypot(*(corners - (0.3, 0.35)).T)
    assert (abs(away - 0.12) < 0.01).all(), "it lies where it was drawn"

    screen.key("ctrl+z")
    screen.until(lambda: store.steps[-1][0] == "undone", "the step back")
    screen.until(lambda: np.array_equal(program.counts(), counted), "all cells again")
    screen.key("ctrl+y")
    screen.until(lambda: store.steps[-1][0] == "redone", "the step again")
    screen.until(lambda: white_edge(program, path) > 0.3, "the edge of the region")
    program.quit()
    store.check()
