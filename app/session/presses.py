"""Presses on their way from the foot to the tally: each ends as a field or as a message."""

from dataclasses import dataclass
from enum import Enum

from app.live.field_result import FieldResult


class _Wish(Enum):
    OPEN = "the foot is still down: it may become a long press"
    COUNT = "to be counted"
    CANCEL = "became a long press"


@dataclass
class _Press:
    wish: _Wish
    result: FieldResult | None = None


class PressBook:
    """Knows which presses are under way, and which results wait for the foot to go up.

    Not for several threads at once.
    """

    def __init__(self) -> None:
        self._presses: dict[int, _Press] = {}
        self._count = 0

    def __len__(self) -> int:
        """Presses that have no answer yet."""
        return sum(press.wish is not _Wish.CANCEL for press in self._presses.values())

    def begin(self, *, confirmed: bool) -> int:
        """Note a press and return its number."""
        self._count += 1
        self._presses[self._count] = _Press(_Wish.COUNT if confirmed else _Wish.OPEN)
        return self._count

    def forget(self, number: int) -> None:
        """Leave out a press that has its answer."""
        self._presses.pop(number, None)

    def confirm(self, number: int) -> FieldResult | None:
        """Note that the foot went up; return the result that waited for that, if there is one."""
        press = self._presses.get(number)
        if press is None:
            return None
        press.wish = _Wish.COUNT
        if press.result is not None:
            del self._presses[number]
        return press.result

    def cancel(self, number: int) -> bool:
        """Note that it became a long press and does not count; whether its result was there."""
        press = self._presses.get(number)
        if press is None:
            return False
        if press.result is None:
            press.wish = _Wish.CANCEL
            return False
        del self._presses[number]
        return True

    def arrived(self, number: int, result: FieldResult) -> bool | None:
        """Note a result. True: count it now; False: it waits for the foot; None: canceled."""
        press = self._presses[number]
        if press.wish is _Wish.OPEN:
            press.result = result
            return False
        del self._presses[number]
        return True if press.wish is _Wish.COUNT else None
