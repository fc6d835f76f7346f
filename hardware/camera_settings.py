"""What can be set about a camera, and what a camera says it can do."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeAlias

from hardware.camera_error import SettingRefused

_TOLERANCE = 1e-6
"""A limit that went through a camera's own units comes back with this relative error."""


class WhiteBalance(StrEnum):
    """Who sets the white balance."""

    AUTO = "auto"
    LOCKED = "locked"
    """As it is now, and nobody changes it."""
    MANUAL = "manual"
    """By gains or a color temperature that are given along."""


@dataclass(frozen=True)
class Range:
    """What a number may be; None where the camera does not tell its limit.

    Attributes
    ----------
    least, most
        Limits, both allowed.
    step
        Distance of the values between them; None when there is none.
    """

    least: float | None = None
    most: float | None = None
    step: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether a value lies inside; the step is not looked at."""
        slack = _TOLERANCE * abs(value)
        above = self.least is None or value >= self.least - slack
        return above and (self.most is None or value <= self.most + slack)

    def __str__(self) -> str:
        least = "any" if self.least is None else f"{self.least:g}"
        most = "any" if self.most is None else f"{self.most:g}"
        return f"{least} to {most}"


@dataclass(frozen=True)
class Region:
    """Part of the sensor that is read, in its pixels."""

    width: int
    height: int
    left: int = 0
    top: int = 0


Gains: TypeAlias = tuple[float, float, float]
"""Factors of red, green and blue."""


@dataclass(frozen=True)
class CameraSettings:
    """What is to be set, or what holds; None is left as it is, or is not known.

    Attributes
    ----------
    exposure_s, auto_exposure
        Exposure, and whether the camera changes it by itself. An exposure that is given turns the
        automatic one off.
    gain, auto_gain
        In the camera's own unit (GenICam: dB); likewise.
    white_balance, balance_gains, balance_kelvin
        Gains or a color temperature go with ``manual`` alone.
    region, pixel_format
        Stop the stream for a moment when they are set. Formats by their names in the GenICam
        pixel format naming convention, or as four-character codes of UVC.
    frames_per_s
        Upper limit of the rate.
    """

    exposure_s: float | None = None
    auto_exposure: bool | None = None
    gain: float | None = None
    auto_gain: bool | None = None
    white_balance: WhiteBalance | None = None
    balance_gains: Gains | None = None
    balance_kelvin: float | None = None
    region: Region | None = None
    pixel_format: str | None = None
    frames_per_s: float | None = None

    @property
    def restart(self) -> bool:
        """Whether pictures have another shape afterwards."""
        return self.region is not None or self.pixel_format is not None

    @property
    def automatic(self) -> tuple[str, ...]:
        """What changes by itself, and with it the white point, from field to field."""
        named = (
            ("exposure", self.auto_exposure),
            ("gain", self.auto_gain),
            ("white balance", self.white_balance is WhiteBalance.AUTO),
        )
        return tuple(name for name, automatic in named if automatic)

    def changed_by(self, newer: "CameraSettings") -> "CameraSettings":
        """Return these settings with those of a newer record in their place."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        for item in fields(newer):
            value = getattr(newer, item.name)
            if value is not None:
                values[item.name] = value
        return CameraSettings(**values)


@dataclass(frozen=True)
class CameraCapabilities:
    """What this camera can do, as it said when it was asked; None or empty is: it cannot.

    Attributes
    ----------
    exposure_s, gain, balance_gains, balance_kelvin, frames_per_s
        Limits of the numbers.
    auto_exposure, auto_gain
        Whether there is an automatic one.
    white_balance
        What can be chosen.
    width, height, left, top
        Limits of the region at this moment; only the size where the last two are None.
    pixel_formats
        Those that can be turned into RGB.
    hardware_clock
        Whether pictures carry a time stamp of the camera.
    """

    exposure_s: Range | None = None
    auto_exposure: bool = False
    gain: Range | None = None
    auto_gain: bool = False
    white_balance: frozenset[WhiteBalance] = frozenset()
    balance_gains: Range | None = None
    balance_kelvin: Range | None = None
    width: Range | None = None
    height: Range | None = None
    left: Range | None = None
    top: Range | None = None
    pixel_formats: tuple[str, ...] = ()
    frames_per_s: Range | None = None
    hardware_clock: bool = False

    def check(self, name: str, settings: CameraSettings) -> None:
        """Refuse settings that this camera cannot have.

        Raises
        ------
        SettingRefused
            One line that names the setting, the value and what is possible.
        """
        _number(name, "exposure in s", settings.exposure_s, self.exposure_s)
        _number(name, "gain", settings.gain, self.gain)
        _number(name, "frame rate", settings.frames_per_s, self.frames_per_s)
        _number(name, "color temperature", settings.balance_kelvin, self.balance_kelvin)
        for gain in settings.balance_gains or ():
            _number(name, "white balance gain", gain, self.balance_gains)
        if settings.auto_exposure and not self.auto_exposure:
            raise SettingRefused(f"{name} has no automatic exposure")
        if settings.auto_gain and not self.auto_gain:
            raise SettingRefused(f"{name} has no automatic gain")
        if settings.auto_exposure and settings.exposure_s is not None:
            raise SettingRefused("exposure is either automatic or a number, not both")
        if settings.auto_gain and settings.gain is not None:
            raise SettingRefused("gain is either automatic or a number, not both")
        self._check_white_balance(name, settings)
        if settings.region is not None:
            self._check_region(name, settings.region)
        if settings.pixel_format is not None and settings.pixel_format not in self.pixel_formats:
            _refuse_choice(name, "pixel format", settings.pixel_format, self.pixel_formats)

    def _check_white_balance(self, name: str, settings: CameraSettings) -> None:
        chosen = settings.white_balance
        numbers = settings.balance_gains is not None or settings.balance_kelvin is not None
        if numbers and chosen is not WhiteBalance.MANUAL:
            raise SettingRefused(
                "white balance gains and color temperature need white balance: manual"
            )
        if chosen is WhiteBalance.MANUAL and not numbers:
            raise SettingRefused("white balance: manual needs gains or a color temperature")
        if chosen is not None and chosen not in self.white_balance:
            _refuse_choice(name, "white balance", chosen, sorted(self.white_balance))

    def _check_region(self, name: str, region: Region) -> None:
        for part, value, limits in (
            ("width", region.width, self.width),
            ("height", region.height, self.height),
        ):
            _number(name, f"region {part} in px", value, limits)
        for part, value, size, place, whole in (
            ("left", region.left, region.width, self.left, self.width),
            ("top", region.top, region.height, self.top, self.height),
        ):
            if value == 0:
                continue
            # Its limit is that of the region as it is now: what is left beside the new one counts.
            most = None if whole is None or whole.most is None else whole.most - size
            _number(name, f"region {part} in px", value, place and Range(0, most))


def _number(name: str, what: str, value: float | None, limits: Range | None) -> None:
    if value is None:
        return
    if limits is None:
        raise SettingRefused(f"{what} of {name} cannot be set")
    if not limits.holds(value):  # NaN is in no range
        raise SettingRefused(f"{what} {value:g} is refused by {name}: it takes {limits}")


def _refuse_choice(
    name: str, what: str, value: str, possible: "tuple[str, ...] | list[WhiteBalance]"
) -> None:
    if not possible:
        raise SettingRefused(f"{what} of {name} cannot be set")
    raise SettingRefused(f"{what} {value} is refused by {name}: it has {', '.join(possible)}")
