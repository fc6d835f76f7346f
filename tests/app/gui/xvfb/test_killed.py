"""The program is killed in the middle of a sitting; the next start goes on with it."""

import pytest

from tests.app.gui.xvfb.conftest import Start
from tests.app.gui.xvfb.screen import TwoMonitors, needs_x

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_x]


def test_killed_while_a_field_is_analyzed(screen: TwoMonitors, start: Start) -> None:
    first = start()
    first.analyze()
    first.drive()
    first.analyze()
    screen.key("ctrl+1")
    screen.until(lambda: first.store.state[1] == "1+", "the pathologist's score")
    first.drive()
    screen.until(lambda: first.crisp, "a crisp picture")
    screen.key("space")
    first.kill()

    store = first.store
    store.check()
    kept = store.field_count
    assert kept in (2, 3), "the field of the last moment is whole or not there"
    before = store.rows()

    second = start()
    screen.until(lambda: second.asks, "a question whether to go on")
    screen.picture("killed-1-asked")
    # Until it is answered nothing is counted, and nothing is written.
    assert second.saved_cards() == []
    assert store.rows() == before
    screen.key("ctrl+o")
    screen.until(lambda: second.saved_cards() == [True] * kept, "the fields of the sitting before")
    screen.until(lambda: not second.asks, "no question any more")
    screen.picture("killed-2-gone-on")
    second.open_field(1)
    screen.picture("killed-3-field-of-before")
    screen.key("Home")
    screen.until(lambda: not second.field_opened, "the live picture")

    second.analyze()
    assert store.field_count == kept + 1
    assert len(store.ask("SELECT id FROM slides")) == 1, "it is the same slide"
    assert store.state[:2] == ("open", "1+")
    after = store.rows()
    assert all(rows <= after[table] for table, rows in before.items()), "nothing was rewritten"
    second.quit()
    store.check()


def test_a_new_slide_instead_of_the_unfinished_one(screen: TwoMonitors, start: Start) -> None:
    first = start()
    first.analyze()
    first.kill()
    second = start()
    screen.until(lambda: second.asks, "a question whether to go on")
    screen.key("ctrl+n")
    screen.until(lambda: len(second.store.ask("SELECT id FROM slides")) == 2, "another slide")
    screen.until(lambda: not second.asks, "no question any more")
    assert second.saved_cards() == []
    assert second.store.field_count == 1
    second.quit()
    second.store.check()
