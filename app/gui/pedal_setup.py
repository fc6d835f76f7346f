"""The switches of a pedal as a value: what they do, and their keys if it types keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtGui import QKeySequence

from app.gui.actions import ACTIONS, How, KeyMap, KeyRefused
from app.gui.keyboard_pedal import pedal_key
from app.session.options import PedalBindings
from app.settings import MOST_SWITCHES, PedalSettings

ANALYZE = "analyze"
SHORT_ACTIONS = (
    ANALYZE,
    "drop-last-field",
    "continuous",
    "live",
    "previous-field",
    "next-field",
    "undo",
    "redo",
    "overlay",
    "layer-cells",
    "layer-membranes",
    "crosshair",
    "zoom-in",
    "zoom-out",
    "zoom-fit",
    "next-objective",
    "confirm-thresholds",
    "reset-thresholds",
)
"""What a foot can well do: no mouse is needed for it, and it can be taken back."""
LONG_ACTIONS = tuple(name for name in SHORT_ACTIONS if name != ANALYZE)
"""A long press comes too late for a field: its frame is that of the moment of the press."""
_TYPING = ("Tab", "Backtab", "Enter", "Return", "Esc")
_USUAL_SHORT = PedalSettings().short


@dataclass(frozen=True)
class Switch:
    """One switch: the name of its key, if it has one, and of the actions of both presses."""

    key: str
    short: str | None = None
    long: str | None = None


@dataclass(frozen=True)
class PedalSetup:
    """All switches. One of them analyzes fields, and its key is that of the action.

    The changes return another setup, or raise `KeyRefused` with one line for the user.

    Attributes
    ----------
    kept_keys
        Of a pedal that has switches of its own, the keys that are saved for one that types them;
        None for one that types them.
    """

    switches: tuple[Switch, ...]
    long_press_s: float
    kept_keys: tuple[str, ...] | None = None

    @property
    def typed(self) -> bool:
        """Return whether the pedal types keys."""
        return self.kept_keys is None

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the key of each switch; of a pedal that types none, those that are kept."""
        if self.kept_keys is not None:
            return self.kept_keys
        return tuple(switch.key for switch in self.switches)

    @property
    def analyzing(self) -> int:
        """Return the number of the first switch that analyzes."""
        return next(n for n, switch in enumerate(self.switches) if switch.short == ANALYZE)

    @property
    def bindings(self) -> PedalBindings:
        """Return what the session must know."""
        numbered = list(enumerate(self.switches))
        return PedalBindings(
            self.long_press_s,
            {number: switch.short for number, switch in numbered if switch.short},
            {number: switch.long for number, switch in numbered if switch.long},
        )

    @property
    def settings(self) -> PedalSettings:
        """Return what is saved."""
        bound = self.bindings
        return PedalSettings(
            long_press_s=self.long_press_s, keys=self.keys, short=bound.short, long=bound.long
        )

    def in_keys(self, keys: KeyMap) -> KeyMap:
        """Return the keys of all actions with those of the switches in them."""
        if not self.typed:
            return keys
        own = {name: key for name, key in keys.own.items() if name != ANALYZE}
        key = self.keys[self.analyzing]
        if key != ACTIONS[ANALYZE].key:
            own[ANALYZE] = key
        return KeyMap(own, tuple(each for each in self.keys if each != key))

    def with_key(self, number: int, key: str, keys: KeyMap) -> "PedalSetup":
        """Give a switch another key, or a new one its first."""
        key = _one_key(key)
        if key in _TYPING:
            raise KeyRefused(f"{key} is needed for writing and to go from control to control")
        for other, switch in enumerate(self.switches):
            if other != number and switch.key.casefold() == key.casefold():
                raise KeyRefused(f"{key} is the key of switch {other + 1} already")
        action = keys.action_of(key)
        if action is not None and action != ANALYZE:
            raise KeyRefused(f"{key} stands for “{ACTIONS[action].text}” already")
        if number < len(self.switches):
            return self._with(number, replace(self.switches[number], key=key))
        if number >= MOST_SWITCHES:
            raise KeyRefused(f"a pedal has {MOST_SWITCHES} switches at most")
        return replace(self, switches=(*self.switches, Switch(key, _USUAL_SHORT.get(number))))

    def with_short(self, number: int, action: str | None) -> "PedalSetup":
        """Let a short press of a switch do something else."""
        return self._with(number, replace(self.switches[number], short=action))

    def with_long(self, number: int, action: str | None) -> "PedalSetup":
        """Let a long press of a switch do something else."""
        return self._with(number, replace(self.switches[number], long=action))

    def with_long_press(self, seconds: float) -> "PedalSetup":
        """Call presses long from another time on."""
        return replace(self, long_press_s=seconds)

    def without(self, number: int) -> "PedalSetup":
        """Take a switch away; those behind it move up."""
        left = self.switches[:number] + self.switches[number + 1 :]
        return _analyzing(replace(self, switches=left))

    def _with(self, number: int, switch: Switch) -> "PedalSetup":
        switches = list(self.switches)
        switches[number] = switch
        return _analyzing(replace(self, switches=tuple(switches)))


def device_setup(saved: PedalSettings, switch_count: int) -> tuple[PedalSetup, tuple[str, ...]]:
    """Return the setup of a pedal with switches of its own, and what had to be left out."""
    problems: list[str] = []
    switches = tuple(_bound(saved, [""] * switch_count, problems))
    return PedalSetup(switches, saved.long_press_s, saved.keys), tuple(problems)


def usable_setup(saved: PedalSettings, keys: KeyMap) -> tuple[PedalSetup, tuple[str, ...]]:
    """Return the setup of a pedal that types keys, and what had to be left out, one line each."""
    problems: list[str] = []
    wanted = _bound(saved, saved.keys, problems)
    first = next(number for number, switch in enumerate(wanted) if switch.short == ANALYZE)
    analyzing = replace(wanted[first], key=keys.key(ANALYZE))
    setup = PedalSetup((analyzing,), saved.long_press_s)
    try:
        setup = setup.with_key(0, analyzing.key, keys)
    except KeyRefused as problem:
        free = (ACTIONS[ANALYZE].key, *(f"F{number}" for number in range(12, 36)))
        key = next(key for key in free if keys.action_of(key) in (None, ANALYZE))
        problems.append(f"the key of “{ACTIONS[ANALYZE].text}” is {key} now: {problem}")
        setup = PedalSetup((replace(analyzing, key=key),), saved.long_press_s)
    before: list[Switch] = []
    behind: list[Switch] = []
    for number, switch in enumerate(wanted):
        if number == first:
            continue
        taken = PedalSetup((*setup.switches, *before, *behind), saved.long_press_s)
        try:
            key = taken.with_key(len(taken.switches), switch.key, keys).keys[-1]
        except KeyRefused as problem:
            problems.append(f"switch {number + 1} of the pedal is left out: {problem}")
        else:
            (before if number < first else behind).append(replace(switch, key=key))
    return replace(setup, switches=(*before, *setup.switches, *behind)), tuple(problems)


def _bound(saved: PedalSettings, keys: Sequence[str], problems: list[str]) -> list[Switch]:
    """Return the switches with what they do; one of them analyzes."""
    wanted = []
    for number, key in enumerate(keys):
        short = _known(saved.short.get(number), number, problems)
        long = _known(saved.long.get(number), number, problems)
        wanted.append(Switch(key, short, long))
    if all(switch.short != ANALYZE for switch in wanted):
        problems.append("no switch of the pedal analyzed fields: switch 1 does")
        wanted[0] = replace(wanted[0], short=ANALYZE)
    return wanted


def action_text(action: str | None) -> str:
    """Return an action in words."""
    return "Nothing" if action is None else ACTIONS[action].text


def _one_key(name: str) -> str:
    """Return a key as Qt writes it: a file may call Del Delete, and still mean the same key."""
    try:
        return QKeySequence(pedal_key(name)).toString(QKeySequence.SequenceFormat.PortableText)
    except ValueError as error:
        raise KeyRefused(str(error)) from error


def _known(action: str | None, number: int, problems: list[str]) -> str | None:
    if action is None or (action in ACTIONS and ACTIONS[action].how is not How.HOLD):
        return action
    why = "goes on while a key is down" if action in ACTIONS else "is no action"
    problems.append(f"switch {number + 1} of the pedal does nothing: {action!r} {why}")
    return None


def _analyzing(setup: PedalSetup) -> PedalSetup:
    if all(switch.short != ANALYZE for switch in setup.switches):
        raise KeyRefused(
            f"one switch must “{ACTIONS[ANALYZE].text}”, else no key would: "
            "give that to another switch first"
        )
    return setup
