"""Settings of machine-vision cameras by the Standard Feature Naming Convention of GenICam.

Cameras name their features by it (SFNC 2.7), older ones by names of before (``ExposureTimeAbs``).
pylon and every GenTL producer show them in a tree of nodes, each through classes of its own:
`Features` is what both have in common.
"""

from typing import Final, Protocol

from hardware.camera_error import SettingRefused
from hardware.camera_settings import (
    CameraCapabilities,
    CameraSettings,
    Gains,
    Range,
    Region,
    WhiteBalance,
)
from hardware.cameras.pixel_formats import PREFERRED, is_known

_EXPOSURE_US: Final = ("ExposureTime", "ExposureTimeAbs")
_GAIN: Final = ("Gain", "GainRaw")
_RATE: Final = ("AcquisitionFrameRate", "AcquisitionFrameRateAbs")
_RATE_LIMITED: Final = "AcquisitionFrameRateEnable"
_RATIO: Final = ("BalanceRatio", "BalanceRatioAbs")
_SELECTOR: Final = "BalanceRatioSelector"
_COLORS: Final = ("Red", "Green", "Blue")
_OFF, _ON = "Off", "Continuous"


class FeatureRefused(Exception):
    """The camera did not take a value; the message is one line."""


class Features(Protocol):
    """The features of one connected camera, by name; what it has not is None or empty."""

    def limits(self, name: str) -> Range | None:
        """Return the limits of a number; None where there is none that can be read."""
        ...

    def number(self, name: str) -> float | None:
        """Return the value of a number."""
        ...

    def choices(self, name: str) -> tuple[str, ...]:
        """Return what can be chosen at this moment."""
        ...

    def choice(self, name: str) -> str | None:
        """Return what is chosen."""
        ...

    def set_number(self, name: str, value: float) -> None:
        """Set a number.

        Raises
        ------
        FeatureRefused
            The camera did not take it.
        """
        ...

    def set_choice(self, name: str, value: str) -> None:
        """Choose.

        Raises
        ------
        FeatureRefused
            The camera did not take it.
        """
        ...

    def switch(self, name: str, on: bool) -> None:
        """Switch a feature on or off, where the camera has it.

        Raises
        ------
        FeatureRefused
            The camera did not take it.
        """
        ...


def best_format(features: Features) -> str | None:
    """Return the pixel format to begin with; None leaves that of the camera."""
    offered = features.choices("PixelFormat")
    return next((name for name in PREFERRED if name in offered), None)


def capabilities(features: Features, *, hardware_clock: bool) -> CameraCapabilities:
    """Ask a camera what it can do."""
    exposure_us = _limits(features, _EXPOSURE_US)
    ratios = _limits(features, _RATIO)
    balance = features.choices("BalanceWhiteAuto")
    modes = set()
    if _ON in balance:
        modes.add(WhiteBalance.AUTO)
    if _OFF in balance:
        modes.add(WhiteBalance.LOCKED)
    if ratios is not None:
        # Without an automatic one there is nothing that could change them.
        modes |= {WhiteBalance.LOCKED, WhiteBalance.MANUAL}
    return CameraCapabilities(
        exposure_s=None if exposure_us is None else _scaled(exposure_us, 1e-6),
        auto_exposure=_ON in features.choices("ExposureAuto"),
        gain=_limits(features, _GAIN),
        auto_gain=_ON in features.choices("GainAuto"),
        white_balance=frozenset(modes),
        balance_gains=ratios,
        width=_sensor(features, "Width"),
        height=_sensor(features, "Height"),
        left=features.limits("OffsetX"),
        top=features.limits("OffsetY"),
        pixel_formats=tuple(name for name in features.choices("PixelFormat") if is_known(name)),
        frames_per_s=_limits(features, _RATE),
        hardware_clock=hardware_clock,
    )


def settings(features: Features) -> CameraSettings:
    """Ask a camera what holds."""
    exposure_us = _number(features, _EXPOSURE_US)
    exposure_auto = features.choice("ExposureAuto")
    gain_auto = features.choice("GainAuto")
    gains = _gains(features)
    return CameraSettings(
        exposure_s=None if exposure_us is None else exposure_us * 1e-6,
        auto_exposure=None if exposure_auto is None else exposure_auto != _OFF,
        gain=_number(features, _GAIN),
        auto_gain=None if gain_auto is None else gain_auto != _OFF,
        white_balance=_white_balance(features, gains),
        balance_gains=gains,
        region=_region(features),
        pixel_format=features.choice("PixelFormat"),
        frames_per_s=_number(features, _RATE),
    )


def adjust(name: str, features: Features, wanted: CameraSettings) -> None:
    """Set what is not None, automatic ones before numbers that depend on them.

    Raises
    ------
    SettingRefused
        The camera did not take one; those of before it hold.
    """
    try:
        if wanted.pixel_format is not None:
            features.set_choice("PixelFormat", wanted.pixel_format)
        if wanted.region is not None:
            _set_region(features, wanted.region)
        _set_auto(features, "ExposureAuto", wanted.auto_exposure, wanted.exposure_s)
        if wanted.exposure_s is not None:
            features.set_number(_first(features, _EXPOSURE_US), wanted.exposure_s * 1e6)
        _set_auto(features, "GainAuto", wanted.auto_gain, wanted.gain)
        if wanted.gain is not None:
            features.set_number(_first(features, _GAIN), wanted.gain)
        if wanted.white_balance is not None:
            _set_balance(features, wanted.white_balance, wanted.balance_gains)
        if wanted.frames_per_s is not None:
            features.switch(_RATE_LIMITED, True)
            features.set_number(_first(features, _RATE), wanted.frames_per_s)
    except FeatureRefused as error:
        raise SettingRefused(f"{name}: {error}") from error


def _first(features: Features, names: tuple[str, ...]) -> str:
    return next((name for name in names if features.limits(name) is not None), names[0])


def _limits(features: Features, names: tuple[str, ...]) -> Range | None:
    return features.limits(_first(features, names))


def _number(features: Features, names: tuple[str, ...]) -> float | None:
    return features.number(_first(features, names))


def _scaled(limits: Range, factor: float) -> Range:
    def scaled(value: float | None) -> float | None:
        return None if value is None else value * factor

    return Range(scaled(limits.least), scaled(limits.most), scaled(limits.step))


def _sensor(features: Features, name: str) -> Range | None:
    """Return the limits of a size, which the offset of now does not narrow."""
    limits = features.limits(name)
    whole = features.number(f"{name}Max")
    if limits is None or whole is None or limits.most is None:
        return limits
    return Range(limits.least, max(whole, limits.most), limits.step)


def _region(features: Features) -> Region | None:
    width, height = features.number("Width"), features.number("Height")
    if width is None or height is None:
        return None
    left, top = features.number("OffsetX") or 0, features.number("OffsetY") or 0
    return Region(round(width), round(height), round(left), round(top))


def _set_region(features: Features, region: Region) -> None:
    for offset in ("OffsetX", "OffsetY"):  # they would limit the size
        if features.number(offset):
            features.set_number(offset, 0)
    features.set_number("Width", region.width)
    features.set_number("Height", region.height)
    for offset, value in (("OffsetX", region.left), ("OffsetY", region.top)):
        if value:
            features.set_number(offset, value)


def _set_auto(features: Features, name: str, wanted: bool | None, number: float | None) -> None:
    automatic = False if number is not None else wanted
    if automatic is not None and features.choice(name) is not None:
        features.set_choice(name, _ON if automatic else _OFF)


def _gains(features: Features) -> Gains | None:
    """Return the gains of the colors; the selector stays where it was."""
    if not set(_COLORS) <= set(features.choices(_SELECTOR)):
        return None
    before = features.choice(_SELECTOR)
    values = []
    try:
        for color in _COLORS:
            features.set_choice(_SELECTOR, color)
            values.append(_number(features, _RATIO))
        if before is not None:
            features.set_choice(_SELECTOR, before)
    except FeatureRefused:
        return None
    red, green, blue = values
    if red is None or green is None or blue is None:
        return None
    return red, green, blue


def _white_balance(features: Features, gains: Gains | None) -> WhiteBalance | None:
    chosen = features.choice("BalanceWhiteAuto")
    if chosen is None:
        return None if gains is None else WhiteBalance.LOCKED
    return WhiteBalance.LOCKED if chosen == _OFF else WhiteBalance.AUTO


def _set_balance(features: Features, wanted: WhiteBalance, gains: Gains | None) -> None:
    if features.choice("BalanceWhiteAuto") is not None:
        automatic = wanted is WhiteBalance.AUTO
        features.set_choice("BalanceWhiteAuto", _ON if automatic else _OFF)
    if wanted is WhiteBalance.MANUAL and gains is not None:
        for color, gain in zip(_COLORS, gains, strict=True):
            features.set_choice(_SELECTOR, color)
            features.set_number(_first(features, _RATIO), gain)
