"""One switch without its false releases."""

from dataclasses import dataclass

DEBOUNCE_S = 0.030
"""A key held under X comes up and goes down again within a few milliseconds, time after time,
often without being marked as a repetition; no foot does that in 30 ms."""


@dataclass(frozen=True)
class Change:
    """The switch truly went down or came up, at a time in seconds."""

    down: bool
    time_s: float


class Debounce:
    """Leaves out every release that is followed by a press within a short time.

    A press counts at once, so that nothing waits for it. A release counts when the time has
    passed without a press, and then bears the time at which it came.

    Parameters
    ----------
    hold_s
        How long a release must last.
    """

    def __init__(self, hold_s: float = DEBOUNCE_S) -> None:
        self._hold_s = hold_s
        self._down = False
        self._released_s: float | None = None

    @property
    def down(self) -> bool:
        """Whether the switch counts as down."""
        return self._down

    @property
    def due_s(self) -> float | None:
        """When `settle` will have something to say; None when only `feed` can change anything."""
        return None if self._released_s is None else self._released_s + self._hold_s

    def feed(self, down: bool, time_s: float) -> tuple[Change, ...]:
        """Take what the contact did; a press while down, or a release while up, says nothing.

        Parameters
        ----------
        down
            True for a press.
        time_s
            When it happened; never earlier than what was fed before.

        Returns
        -------
        The changes that are now certain, in order of time: none, one or two.
        """
        changes = self.settle(time_s)
        if not down:
            if self._down and self._released_s is None:
                self._released_s = time_s
            return changes
        self._released_s = None
        if self._down:
            return changes
        self._down = True
        return (*changes, Change(True, time_s))

    def settle(self, now_s: float) -> tuple[Change, ...]:
        """Return the release that lasted long enough by now, if there is one."""
        due, released = self.due_s, self._released_s
        if due is None or released is None or now_s < due:
            return ()
        self._released_s = None
        self._down = False
        return (Change(False, released),)
