"""Keys and mouse that drive a motorized stage, simulated or real."""

from typing import Protocol

DRIVE_FIELDS_S = 0.35
"""Speed of the stage while a key is held: fields per second; so it feels alike at every zoom."""
FAST = 3.0
"""With Shift the stage goes so much faster."""
FOCUS_UM_S = 6.0
FOCUS_STEP_UM = 1.0
"""One notch of the wheel."""

_WAYS = {
    "stage-left": (-1.0, 0.0, 0.0),
    "stage-right": (1.0, 0.0, 0.0),
    "stage-up": (0.0, -1.0, 0.0),
    "stage-down": (0.0, 1.0, 0.0),
    "focus-up": (0.0, 0.0, 1.0),
    "focus-down": (0.0, 0.0, -1.0),
}


class Motors(Protocol):
    """A stage and a focus that can be driven; see `hardware.simulators.microscope.Stage`."""

    def set_velocity(self, x_um_s: float, y_um_s: float) -> None:
        """Move at that speed from now on."""
        ...

    def set_focus_velocity(self, z_um_s: float) -> None:
        """Turn the focus at that speed from now on."""
        ...

    def move_by(self, x_um: float, y_um: float) -> None:
        """Move at once by a distance."""
        ...

    def focus_by(self, z_um: float) -> None:
        """Turn the focus at once by a distance."""
        ...


class StageDrive:
    """Turns held keys and drags into moves of the motors.

    Parameters
    ----------
    motors
        The stage.
    """

    def __init__(self, motors: Motors) -> None:
        self._motors = motors
        self._down: set[str] = set()
        self._field_um = 300.0
        self._fast = False

    def set_field(self, width_um: float) -> None:
        """Say how wide the field is, so that speeds fit it."""
        self._field_um = width_um

    def hold(self, action: str, *, down: bool, fast: bool = False) -> None:
        """Take a key that went down or up."""
        if action not in _WAYS:
            return
        (self._down.add if down else self._down.discard)(action)
        self._fast = fast
        x, y, z = (sum(_WAYS[name][axis] for name in self._down) for axis in range(3))
        speed = self._field_um * DRIVE_FIELDS_S * (FAST if self._fast else 1.0)
        self._motors.set_velocity(x * speed, y * speed)
        self._motors.set_focus_velocity(z * FOCUS_UM_S * (FAST if self._fast else 1.0))

    def drag(self, dx_px: float, dy_px: float, um_per_px: float) -> None:
        """Push the tissue by camera pixels: the stage goes the other way."""
        self._motors.move_by(-dx_px * um_per_px, -dy_px * um_per_px)

    def focus(self, steps: float) -> None:
        """Turn the focus by notches."""
        self._motors.focus_by(steps * FOCUS_STEP_UM)
