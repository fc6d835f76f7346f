"""Which display is the one that was chosen."""

from dataclasses import replace

from app.model.eyepiece_display import DisplayIdentity, find_display

PLAIN = DisplayIdentity("HDMI-1", "", "", 1600, 0, 1920, 1080)
SERIAL = DisplayIdentity("DP-2", "Sony ECX", "0042", 1600, 0, 1920, 1080)


def test_a_serial_number_is_found_at_any_connector() -> None:
    moved = replace(SERIAL, name="DP-5", x=0)
    assert find_display(SERIAL, (PLAIN, moved)) == moved


def test_another_serial_at_the_same_connector_is_another_display() -> None:
    assert find_display(SERIAL, (replace(SERIAL, serial="0043"), PLAIN)) is None
    assert find_display(SERIAL, (replace(SERIAL, serial=""),)) is None


def test_without_a_serial_the_connector_decides() -> None:
    moved = replace(PLAIN, x=-1920)
    assert find_display(PLAIN, (SERIAL, moved)) == moved
    assert find_display(PLAIN, (replace(PLAIN, name="HDMI-2"),)) is None
    assert find_display(PLAIN, (replace(PLAIN, make="TV"),)) is None


def test_displays_of_one_name_are_told_apart_by_place_and_size() -> None:
    other = replace(PLAIN, x=3520)
    assert find_display(PLAIN, (other, PLAIN)) == PLAIN
    # Neither is where it was: better none than the wrong one.
    assert find_display(PLAIN, (other, replace(PLAIN, x=-5))) is None


def test_nothing_is_taken_in_its_place() -> None:
    assert find_display(PLAIN, ()) is None
    assert find_display(PLAIN, (SERIAL,)) is None


def test_the_label_stays_when_the_display_moves() -> None:
    assert (
        replace(SERIAL, x=7, y=9).label
        == SERIAL.label
        == "DP-2, Sony ECX, 1920 x 1080 (serial 0042)"
    )
    assert PLAIN.label == "HDMI-1, 1920 x 1080"
