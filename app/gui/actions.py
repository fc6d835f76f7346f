"""What can be done in the window, as data: one table for menus, keys, tooltips and the pedal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum


class Group(Enum):
    """The menus, in their order."""

    SLIDE = "Slide"
    FIELD = "Field"
    EDIT = "Edit"
    THRESHOLDS = "Thresholds"
    VIEW = "View"
    STAGE = "Stage"
    WINDOW = "Window"


class How(Enum):
    """How the key of an action works."""

    PRESS = "press"
    PEDAL = "pedal"
    """The key stands for the foot pedal, which tells short presses from long ones itself."""
    HOLD = "hold"
    """Goes on while the key is down."""


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes
    ----------
    name
        Under which keys and pedals are bound to it; once used it stays.
    text
        In the menu.
    key
        As Qt writes it, e.g. ``Ctrl+Z``; every action has one.
    group
        The menu.
    tip
        What it does, in one sentence.
    how
        How the key works.
    checkable
        Whether it is a state that is on or off.
    """

    name: str
    text: str
    key: str
    group: Group
    tip: str
    how: How = How.PRESS
    checkable: bool = False


def _table() -> tuple[ActionSpec, ...]:
    slide, edit, view = Group.SLIDE, Group.EDIT, Group.VIEW
    stage, window, thresholds = Group.STAGE, Group.WINDOW, Group.THRESHOLDS
    hold = How.HOLD
    return (
        ActionSpec("score-0", "My score 0", "Ctrl+0", slide, "Give the slide your score 0"),
        ActionSpec("score-0+", "My score 0+", "Ctrl+9", slide, "Give the slide your score 0+"),
        ActionSpec("score-1+", "My score 1+", "Ctrl+1", slide, "Give the slide your score 1+"),
        ActionSpec("score-2+", "My score 2+", "Ctrl+2", slide, "Give the slide your score 2+"),
        ActionSpec("score-3+", "My score 3+", "Ctrl+3", slide, "Give the slide your score 3+"),
        ActionSpec("comment", "Comment", "Ctrl+K", slide, "Write a comment on the slide"),
        ActionSpec(
            "finish-slide", "Finish slide", "Ctrl+Return", slide, "Close the slide with its score"
        ),
        ActionSpec("go-on", "Go on with it", "Ctrl+O", slide, "Go on with the unfinished slide"),
        ActionSpec(
            "choose-rules", "Rule profile", "Ctrl+R", slide, "Choose the guideline that proposes"
        ),
        ActionSpec(
            "count-field",
            "Counts of this field",
            "T",
            slide,
            "Show the classes of the field in view, or of the whole slide",
        ),
        ActionSpec("next-slide", "Next slide", "Ctrl+N", slide, "Put the next slide on the stage"),
        ActionSpec("slides", "Slides …", "Ctrl+L", slide, "Find, look at and export kept slides"),
        ActionSpec(
            "export", "Export slide …", "Ctrl+E", slide, "Write the finished slide to files"
        ),
        ActionSpec(
            "analyze",
            "Analyze this field",
            "Space",
            Group.FIELD,
            "Analyze what is in the eyepiece and add it to the slide",
            How.PEDAL,
        ),
        ActionSpec(
            "drop-last-field",
            "Drop last field",
            "Backspace",
            Group.FIELD,
            "Take the last field out of the slide",
        ),
        ActionSpec(
            "continuous",
            "Continuous analysis",
            "C",
            Group.FIELD,
            "Analyze the newest picture again and again; nothing counts until you press",
            checkable=True,
        ),
        ActionSpec(
            "previous-field", "Previous field", "[", Group.FIELD, "Open the field before this one"
        ),
        ActionSpec("next-field", "Next field", "]", Group.FIELD, "Open the field after this one"),
        ActionSpec(
            "drop-field",
            "Drop field",
            "Ctrl+D",
            Group.FIELD,
            "Take the open field out of the slide",
        ),
        ActionSpec("live", "Back to live", "Home", Group.FIELD, "Close the field and go on live"),
        ActionSpec("undo", "Undo", "Ctrl+Z", edit, "Take the last step back"),
        ActionSpec("redo", "Redo", "Ctrl+Y", edit, "Do the step again that was taken back"),
        ActionSpec("tool-select", "Select", "V", edit, "Click cells and regions; drag to move"),
        ActionSpec("tool-add", "Add cell", "A", edit, "Click where a tumor cell was missed"),
        ActionSpec("tool-delete", "Delete cell", "X", edit, "Click cells that are none"),
        ActionSpec(
            "tool-lasso", "Lasso", "L", edit, "Draw around an area to include, exclude or select"
        ),
        ActionSpec(
            "tool-polygon",
            "Polygon",
            "P",
            edit,
            "Click corners around an area; double click or Return closes it",
        ),
        ActionSpec("class-1", "Intense complete", "1", edit, "Set the selected cells"),
        ActionSpec("class-2", "Intense incomplete", "2", edit, "Set the selected cells"),
        ActionSpec("class-3", "Weak complete", "3", edit, "Set the selected cells"),
        ActionSpec("class-4", "Weak incomplete", "4", edit, "Set the selected cells"),
        ActionSpec("class-5", "No staining", "5", edit, "Set the selected cells"),
        ActionSpec("delete", "Delete selected", "Del", edit, "Delete selected cells or region"),
        ActionSpec("cancel", "Cancel", "Esc", edit, "End drawing, or select nothing"),
        ActionSpec(
            "choose-stain", "Stain profile", "Ctrl+P", thresholds, "Choose another stain profile"
        ),
        ActionSpec("weak-down", "Weak lower", "Ctrl+Left", thresholds, "Lower t_weak by one step"),
        ActionSpec("weak-up", "Weak higher", "Ctrl+Right", thresholds, "Raise t_weak by one step"),
        ActionSpec(
            "intense-down", "Intense lower", "Ctrl+Down", thresholds, "Lower t_intense by one step"
        ),
        ActionSpec(
            "intense-up", "Intense higher", "Ctrl+Up", thresholds, "Raise t_intense by one step"
        ),
        ActionSpec(
            "confirm-thresholds",
            "Confirm thresholds",
            "Return",
            thresholds,
            "Classify all fields of the slide at these thresholds",
        ),
        ActionSpec(
            "reset-thresholds",
            "Reset thresholds",
            "Ctrl+Backspace",
            thresholds,
            "Go back to the thresholds of the stain profile",
        ),
        ActionSpec(
            "save-profile",
            "Save as profile",
            "Ctrl+S",
            thresholds,
            "Keep these thresholds as a stain profile of your own",
        ),
        ActionSpec(
            "overlay", "Overlay", "O", view, "Show or hide all that is drawn", checkable=True
        ),
        ActionSpec("layer-cells", "Cells", "F5", view, "Show or hide cells", checkable=True),
        ActionSpec(
            "layer-membranes", "Membranes", "F6", view, "Show or hide membranes", checkable=True
        ),
        ActionSpec("layer-regions", "Regions", "F7", view, "Show or hide regions", checkable=True),
        ActionSpec(
            "crosshair", "Crosshair", "H", view, "Show or hide the crosshair", checkable=True
        ),
        ActionSpec("zoom-in", "Zoom in", "+", view, "Show less of the field, larger"),
        ActionSpec("zoom-out", "Zoom out", "-", view, "Show more of the field"),
        ActionSpec("zoom-fit", "Whole field", "F", view, "Show the whole field"),
        ActionSpec(
            "zoom-1", "Camera pixels", "Z", view, "One pixel of the camera is one of the screen"
        ),
        ActionSpec("light-theme", "Light theme", "Ctrl+T", view, "Dark or light", checkable=True),
        ActionSpec("full-screen", "Full screen", "F11", view, "Fill the screen", checkable=True),
        ActionSpec("stage-left", "Left", "Left", stage, "Drive the stage", hold),
        ActionSpec("stage-right", "Right", "Right", stage, "Drive the stage", hold),
        ActionSpec("stage-up", "Up", "Up", stage, "Drive the stage", hold),
        ActionSpec("stage-down", "Down", "Down", stage, "Drive the stage", hold),
        ActionSpec("focus-up", "Focus up", "PgUp", stage, "Turn the focus", hold),
        ActionSpec("focus-down", "Focus down", "PgDown", stage, "Turn the focus", hold),
        ActionSpec("next-objective", "Next objective", "M", stage, "Turn the nosepiece"),
        ActionSpec(
            "take-white",
            "Take white point",
            "W",
            stage,
            "Take the white point from clean glass in view",
        ),
        ActionSpec("keys", "Keys", "F1", window, "Show and change the keys"),
        ActionSpec("pedal", "Pedal", "F3", window, "Learn, bind and try the switches of the pedal"),
        ActionSpec(
            "microscope", "Microscope …", "Shift+F3", window, "Set up and choose the microscope"
        ),
        ActionSpec(
            "calibrate-objective",
            "Calibrate objective",
            "Shift+F9",
            window,
            "Measure pixel size and light of the objective on the live picture",
        ),
        ActionSpec("guide", "Guided start", "F2", window, "Go through the first steps"),
        ActionSpec(
            "eyepiece",
            "Eyepiece window",
            "F8",
            window,
            "Open or close the settings of the eyepiece",
            checkable=True,
        ),
        ActionSpec(
            "calibrate", "Calibrate eyepiece", "F9", window, "Fit the eyepiece to the camera"
        ),
        ActionSpec("latency", "Latency", "Shift+F2", window, "Show how soon the windows follow"),
        ActionSpec("about", "About HER2Scope", "Shift+F1", window, "Version and purpose"),
        ActionSpec("quit", "Quit", "Ctrl+Q", window, "Close the program; all is kept"),
    )


ACTIONS: dict[str, ActionSpec] = {spec.name: spec for spec in _table()}
"""By name, in the order of the menus."""


class KeyRefused(ValueError):
    """A key that cannot be had; the message is one line for the user."""


@dataclass(frozen=True)
class KeyMap:
    """Which key stands for which action.

    Attributes
    ----------
    own
        By the name of an action, the key that the user chose in place of the usual one.
    pedal
        Keys of those switches of the pedal that have no action's key.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    pedal: tuple[str, ...] = ()

    def key(self, action: str) -> str:
        """Return the key of an action."""
        return self.own.get(action, ACTIONS[action].key)

    def action_of(self, key: str) -> str | None:
        """Return the action that a key stands for; None when it is free."""
        wanted = key.casefold()
        return next((name for name in ACTIONS if self.key(name).casefold() == wanted), None)

    def with_key(self, action: str, key: str) -> "KeyMap":
        """Return the map with another key; the usual key takes the choice back.

        Raises
        ------
        KeyRefused
            The key stands for another action, or cannot do what is wanted of it.
        """
        if not key:
            raise KeyRefused("every action needs a key")
        if ACTIONS[action].how is not How.PRESS and "+" in key[:-1]:
            raise KeyRefused(
                f"“{ACTIONS[action].text}” needs one key alone, which can be held down"
            )
        other = self.action_of(key)
        if other is not None and other != action:
            raise KeyRefused(f"{key} stands for “{ACTIONS[other].text}” already")
        if key.casefold() in map(str.casefold, self.pedal):
            raise KeyRefused(f"{key} is the key of a switch of the pedal already")
        own = {name: chosen for name, chosen in self.own.items() if name != action}
        return replace(self, own=own if key == ACTIONS[action].key else {**own, action: key})

    def usual(self) -> "KeyMap":
        """Return the map with the keys that the program came with.

        Raises
        ------
        KeyRefused
            One of them is that of a switch of the pedal.
        """
        usual = KeyMap(pedal=self.pedal)
        for key in self.pedal:
            action = usual.action_of(key)
            if action is not None:
                raise KeyRefused(
                    f"{key} is the key of a switch of the pedal, "
                    f"and the usual one of “{ACTIONS[action].text}”"
                )
        return usual


def usable_keys(saved: Mapping[str, str]) -> tuple[KeyMap, tuple[str, ...]]:
    """Return a key map from saved settings, and what had to be left out, one line each."""
    keys, problems = KeyMap(), []
    for name, key in saved.items():
        if name not in ACTIONS:
            problems.append(f"key {key} is left out: there is no action {name!r}")
            continue
        try:
            keys = keys.with_key(name, key)
        except KeyRefused as problem:
            problems.append(f"key of “{ACTIONS[name].text}” is left out: {problem}")
    return keys, tuple(problems)


def tooltip(action: str, keys: KeyMap) -> str:
    """Return the tooltip of a control that does an action: what it does, and its key."""
    spec = ACTIONS[action]
    return f"{spec.tip} ({keys.key(action)})"
