"""A sitting at the real window: pedal, eyepiece, a monitor that is pulled out, score, next slide.

What counts is what a person sees, the pixels of both monitors, and what is on disk afterwards.
"""

from functools import partial

import numpy as np
import pytest

from app.gui.theme import DARK
from inference.cells.classes import CellClass
from tests.app.gui.xvfb.conftest import Start
from tests.app.gui.xvfb.pixels import Box, class_pixels, is_color
from tests.app.gui.xvfb.program import RIGHT_PX, Running
from tests.app.gui.xvfb.screen import TwoMonitors, needs_x

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_x]

EYEPIECE = "HER2Scope eyepiece"
LIT = 500
"""Pixels in colors of the classes: a field with a thousand cells has many more."""


def colored(program: Running) -> int:
    """Return how many pixels of the main picture have the color of a class."""
    box = program.picture_box()
    # White is left out: it may also be glass.
    stained = [each for each in CellClass if each is not CellClass.NO_STAINING]
    return 0 if box is None else class_pixels(program.part(box), *stained)


def test_each_press_of_the_space_bar_is_a_field(screen: TwoMonitors, start: Start) -> None:
    program = start()
    program.show_eyepiece()
    screen.picture("sitting-1-begun")
    assert colored(program) == 0
    assert program.saved_cards() == []
    for number in range(1, 4):
        program.analyze()
        assert program.store.field_count == number
        screen.until(lambda: colored(program) > LIT, "class colors in the picture")
        screen.until(lambda: program.light_in_eyepiece() > LIT, "class colors in the eyepiece")
        for each in CellClass:
            screen.until(partial(program.light_in_eyepiece, each), each.label)
        screen.picture(f"sitting-2-field-{number}")
        program.drive()
        # From now on both would lie beside the tissue.
        screen.until(lambda: program.eyepiece_dark, "a dark eyepiece")
        screen.until(lambda: colored(program) == 0, "no class colors in the picture")
        screen.picture(f"sitting-3-driven-{number}")
    kinds = [kind for kind, _ in program.store.steps]
    assert kinds == ["slide_begun", *["field_accepted"] * 3]
    numbers = [field["number"] for field in program.store.of_kind("field_accepted")]
    assert numbers == [1, 2, 3]
    pictures = program.store.ask("SELECT DISTINCT image_sha256 FROM fields")
    assert len(pictures) == 3, "each field is the one that was in view"
    program.quit()
    program.store.check()


def test_a_saved_field_is_what_was_in_view(screen: TwoMonitors, start: Start) -> None:
    program = start()
    screen.until(lambda: program.crisp, "a crisp picture")
    program.look_away()
    box = program.field_box()
    seen = program.part(box).astype(float)
    program.analyze()
    kept = program.store.image().astype(float)
    # The screen shows fewer pixels than the camera has.
    rows = (np.arange(box.height) + 0.5) * kept.shape[0] / box.height
    columns = (np.arange(box.width) + 0.5) * kept.shape[1] / box.width
    sampled = kept[rows.astype(int)][:, columns.astype(int)]
    likeness = np.corrcoef(seen.mean(axis=-1).ravel(), sampled.mean(axis=-1).ravel())[0, 1]
    assert likeness > 0.7


def test_the_eyepiece_is_pulled_out_and_comes_back(screen: TwoMonitors, start: Start) -> None:
    program = start()
    program.show_eyepiece()
    program.analyze()
    screen.until(lambda: program.light_in_eyepiece() > LIT, "class colors in the eyepiece")

    screen.unplug()
    screen.until(lambda: not screen.windows(EYEPIECE), "no eyepiece anywhere")
    screen.until(lambda: failure_told(program), "a line that tells of it")
    screen.picture("unplugged-1-out")
    program.drive()
    program.analyze()
    assert program.store.field_count == 2
    screen.until(lambda: colored(program) > LIT, "class colors in the picture")
    assert not screen.windows(EYEPIECE)
    screen.picture("unplugged-2-field")

    screen.plug()
    screen.until(lambda: screen.windows(EYEPIECE), "the eyepiece")
    program.drive()
    screen.until(lambda: program.eyepiece_dark, "a dark eyepiece")
    program.analyze()
    screen.until(lambda: program.light_in_eyepiece() > LIT, "class colors in the eyepiece")
    screen.picture("unplugged-3-back")
    assert program.store.field_count == 3
    program.quit()
    program.store.check()


def failure_told(program: Running) -> bool:
    """Tell whether the line at the lower left says that something failed."""
    line = program.seen()[-30:, : program.box().width // 2]
    return bool(is_color(line, DARK.failure, within=12).sum() > 100)


def begin_button(program: Running) -> Box | None:
    """Return the button that begins the next slide, once it can be pressed."""
    width = program.box().width
    return program.button(DARK.accent, width - RIGHT_PX, width, least=40)


def test_score_finish_and_the_next_slide(screen: TwoMonitors, start: Start) -> None:
    program = start()
    store = program.store
    program.analyze()
    first = store.newest_slide
    assert store.state[:2] == ("open", None)

    screen.key("ctrl+2")
    screen.until(lambda: store.state[1] == "2+", "the pathologist's score")
    screen.picture("score-1-given")
    screen.until(lambda: program.finish_button is not None, "a slide that can be finished")
    screen.key("ctrl+Return")
    screen.until(lambda: store.state[:2] == ("finished", "2+"), "a finished slide")
    assert store.state[2] is not None, "the proposal is kept beside the score"
    screen.until(lambda: program.finish_button is None, "nothing to finish any more")
    screen.picture("score-2-finished")

    # In a finished slide the pedal counts nothing.
    screen.key("space")
    screen.until(lambda: failure_told(program), "a refusal")
    assert store.field_count == 1
    screen.picture("score-3-refused")

    screen.key("ctrl+n")
    screen.hand("type", "--delay", 40, "block B 2")
    screen.until(lambda: begin_button(program) is not None, "a name to begin with")
    screen.picture("score-4-named")
    screen.key("Return")
    screen.until(lambda: store.newest_slide != first, "the next slide")
    screen.until(lambda: program.saved_cards() == [], "an empty strip")
    assert store.ask("SELECT name FROM slides ORDER BY id")[-1] == ("block B 2",)
    assert store.field_count == 1, "a space bar in a name is no pedal"
    assert store.state[:2] == ("open", None)
    program.analyze()
    assert (store.fields_of(first), store.fields_of(store.newest_slide)) == (1, 1)
    screen.picture("score-5-next-slide")
    program.quit()
    store.check()
