"""Number and time of every exposure, whatever the camera says about them."""

from dataclasses import dataclass

from hardware.cameras.exposure import Exposure

_DRIFT = 0.001
"""The clocks of camera and computer differ by far less than this, in seconds per second."""
_LEAST_STEP_S = 1e-6
_NEW_START_S = 1.0
"""A camera's clock that goes back by more was set anew."""


@dataclass(frozen=True)
class Stamped:
    """Number from 0 at the opening, and `time.monotonic` at the end of the exposure."""

    number: int
    taken_s: float


class Stamps:
    """Makes numbers and times that only go up.

    A picture arrives late, never early: the least delay that was seen between the camera's clock
    and this computer's is taken as none, and what comes later than that gets its true time.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._number = -1
        self._taken_s = float("-inf")
        self._lead_s: float | None = None
        self._device_s = float("-inf")
        self._arrived_s = float("-inf")

    def stamped(self, exposure: Exposure, arrived_s: float) -> Stamped:
        """Return number and time of the exposure that has just arrived."""
        self._number = self._next_number(exposure.number)
        taken_s = arrived_s if exposure.taken_s is None else min(exposure.taken_s, arrived_s)
        if exposure.device_s is not None:
            taken_s = self._by_device(exposure.device_s, arrived_s)
        self._taken_s = max(taken_s, self._taken_s + _LEAST_STEP_S)
        return Stamped(self._number, self._taken_s)

    def _next_number(self, counted: int | None) -> int:
        following = self._number + 1
        if counted is None:
            return following
        if self._first is None:
            self._first = counted
        number = counted - self._first
        if number < following:  # the camera's counter began anew
            self._first = counted - following
            return following
        return number

    def _by_device(self, device_s: float, arrived_s: float) -> float:
        lead_s = arrived_s - device_s
        if self._lead_s is None or device_s < self._device_s - _NEW_START_S:
            self._lead_s = lead_s
        else:
            drift_s = _DRIFT * (arrived_s - self._arrived_s)
            self._lead_s = min(lead_s, self._lead_s + drift_s)
        self._device_s, self._arrived_s = device_s, arrived_s
        return min(arrived_s, device_s + self._lead_s)
