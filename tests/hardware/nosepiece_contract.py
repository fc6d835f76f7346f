"""What every nosepiece must do; a make's tests inherit from `NosepieceContract`."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import pytest

from hardware.objective import Nosepiece

PATIENCE_S = 10.0


class NosepieceRig(Protocol):
    """A closed nosepiece with at least two objectives, and somebody's hand.

    ``cannot`` names what this make cannot do (``turn`` by motor, ``turn by hand`` unseen,
    ``unplug``, ``stand between``), and why.
    """

    nosepiece: Nosepiece
    cannot: Mapping[str, str]

    def turn(self, name: str) -> None:
        """Turn it by hand, without the program."""
        ...

    def turn_between(self) -> None:
        """Leave it where no objective is in the light."""
        ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...


@contextmanager
def used(nosepiece: Nosepiece) -> Iterator[Nosepiece]:
    try:
        yield nosepiece
    finally:
        nosepiece.close()


def await_true(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def await_name(nosepiece: Nosepiece, name: str | None) -> None:
    await_true(lambda: name_of(nosepiece) == name)


def name_of(nosepiece: Nosepiece) -> str | None:
    current = nosepiece.current
    return None if current is None else current.name


class NosepieceContract:
    """Inherit, and give a fixture ``rig`` that returns a `NosepieceRig`."""

    def test_it_has_objectives_of_different_names(self, rig: NosepieceRig) -> None:
        names = [each.name for each in rig.nosepiece.objectives]
        assert len(names) >= 2
        assert len(set(names)) == len(names)
        assert all(names)

    def test_what_is_in_the_light_is_one_of_them_or_not_known(self, rig: NosepieceRig) -> None:
        with used(rig.nosepiece) as nosepiece:
            for _ in range(20):
                current = nosepiece.current
                assert current is None or current in nosepiece.objectives
                time.sleep(0.01)

    def test_it_turns_to_each(self, rig: NosepieceRig) -> None:
        _need(rig, "turn")
        with used(rig.nosepiece) as nosepiece:
            nosepiece.current  # noqa: B018 - takes hold of the device
            for each in (*nosepiece.objectives, *reversed(nosepiece.objectives)):
                nosepiece.select(each.name)
                await_name(nosepiece, each.name)
                assert nosepiece.trouble == ""

    def test_an_unknown_objective_is_refused_and_nothing_is_turned(self, rig: NosepieceRig) -> None:
        with used(rig.nosepiece) as nosepiece:
            first, second, *_ = (each.name for each in nosepiece.objectives)
            rig.turn(second)
            await_name(nosepiece, second)
            with pytest.raises(ValueError, match="there is no objective '7x'") as told:
                nosepiece.select("7x")
            assert f"there are {first}, {second}" in str(told.value)
            assert "\n" not in str(told.value)
            assert name_of(nosepiece) == second

    def test_a_turn_by_hand_is_seen(self, rig: NosepieceRig) -> None:
        with used(rig.nosepiece) as nosepiece:
            for each in (*nosepiece.objectives, *reversed(nosepiece.objectives)):
                rig.turn(each.name)
                await_name(nosepiece, each.name)

    def test_between_two_places_nothing_is_guessed(self, rig: NosepieceRig) -> None:
        _need(rig, "stand between")
        with used(rig.nosepiece) as nosepiece:
            name = nosepiece.objectives[0].name
            rig.turn(name)
            await_name(nosepiece, name)
            rig.turn_between()
            await_name(nosepiece, None)
            rig.turn(name)
            await_name(nosepiece, name)

    def test_any_thread_may_ask_and_turn(self, rig: NosepieceRig) -> None:
        _need(rig, "turn")
        errors: list[BaseException] = []
        with used(rig.nosepiece) as nosepiece:
            nosepiece.current  # noqa: B018 - takes hold of the device
            names = [each.name for each in nosepiece.objectives]

            def ask(turns: bool) -> None:
                try:
                    for number in range(40):
                        if turns and number % 8 == 0:
                            nosepiece.select(names[number // 8 % len(names)])
                        assert nosepiece.current in (None, *nosepiece.objectives)
                        assert nosepiece.trouble == ""
                except BaseException as error:
                    errors.append(error)

            threads = [
                threading.Thread(target=ask, args=(turns,), name="rig asks")
                for turns in (True, True, False, False)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert errors == []
            nosepiece.select(names[1])
            await_name(nosepiece, names[1])

    def test_after_its_end_it_can_be_used_again(self, rig: NosepieceRig) -> None:
        name = rig.nosepiece.objectives[1].name
        for _ in range(2):
            with used(rig.nosepiece) as nosepiece:
                rig.turn(name)
                await_name(nosepiece, name)
        rig.nosepiece.close()
        rig.nosepiece.close()

    def test_unplugged_it_says_so_and_it_comes_back(self, rig: NosepieceRig) -> None:
        _need(rig, "unplug")
        with used(rig.nosepiece) as nosepiece:
            name = nosepiece.objectives[1].name
            rig.turn(name)
            await_name(nosepiece, name)
            rig.unplug()
            await_true(lambda: nosepiece.current is None and bool(nosepiece.trouble))
            assert "\n" not in nosepiece.trouble
            if "turn" not in rig.cannot:
                with pytest.raises(ValueError, match=r"\w"):
                    nosepiece.select(name)
            rig.replug()
            rig.turn(name)
            await_name(nosepiece, name)
            assert nosepiece.trouble == ""


def _need(rig: NosepieceRig, ability: str) -> None:
    if ability in rig.cannot:
        pytest.skip(rig.cannot[ability])
