"""White balance and older names, which no emulator has."""

import pytest

from hardware.camera_error import SettingRefused
from hardware.camera_settings import CameraSettings, Range, Region, WhiteBalance
from hardware.cameras import sfnc


class FakeFeatures:
    """An older color camera: three gains behind a selector, and limits that depend on offsets."""

    def __init__(self):
        self.numbers = {
            "ExposureTimeAbs": (1000.0, Range(20, 1e6)),
            "GainRaw": (300.0, Range(100, 500)),
            "Width": (2000.0, Range(16, 2000, 16)),
            "WidthMax": (2048.0, Range(2048, 2048)),
            "Height": (1500.0, Range(16, 1500, 2)),
            "HeightMax": (1536.0, Range(1536, 1536)),
            "OffsetX": (48.0, Range(0, 48, 16)),
            "OffsetY": (36.0, Range(0, 36, 2)),
        }
        self.chosen = {
            "ExposureAuto": ("Continuous", ("Off", "Once", "Continuous")),
            "BalanceWhiteAuto": ("Continuous", ("Off", "Once", "Continuous")),
            "BalanceRatioSelector": ("Green", ("Red", "Green", "Blue")),
            "PixelFormat": ("Mono8", ("Mono8", "BayerGB8", "BayerGB12Packed")),
        }
        self.ratios = {"Red": 1.5, "Green": 1.0, "Blue": 2.0}
        self.order = []

    def limits(self, name):
        if name == "BalanceRatioAbs":
            return Range(0.25, 4)
        return self.numbers[name][1] if name in self.numbers else None

    def number(self, name):
        if name == "BalanceRatioAbs":
            return self.ratios[self.chosen["BalanceRatioSelector"][0]]
        return self.numbers[name][0] if name in self.numbers else None

    def choices(self, name):
        return self.chosen.get(name, ("", ()))[1]

    def choice(self, name):
        return self.chosen[name][0] if name in self.chosen else None

    def set_number(self, name, value):
        self.order.append(name)
        if name == "BalanceRatioAbs":
            self.ratios[self.chosen["BalanceRatioSelector"][0]] = value
            return
        limits = self.numbers[name][1]
        if name in {"Width", "Height"}:
            axis = "X" if name == "Width" else "Y"
            limits = Range(16, self.numbers[f"{name}Max"][0] - self.numbers[f"Offset{axis}"][0])
        if name in {"OffsetX", "OffsetY"}:
            limits = Range(0, 2048)
        if not limits.holds(value):
            raise sfnc.FeatureRefused(f"{name} = {value} is refused")
        self.numbers[name] = (value, limits)

    def set_choice(self, name, value):
        self.order.append(name)
        self.chosen[name] = (value, self.chosen[name][1])

    def switch(self, name, on):
        pass


@pytest.fixture
def features():
    return FakeFeatures()


def test_it_is_asked_by_its_older_names(features):
    can = sfnc.capabilities(features, hardware_clock=False)
    assert can.exposure_s == Range(pytest.approx(20e-6), pytest.approx(1.0))
    assert can.gain == Range(100, 500)
    assert can.white_balance == set(WhiteBalance)
    assert can.width is not None
    assert can.width.most == 2048  # what the offset takes away counts
    assert can.pixel_formats == ("Mono8", "BayerGB8")
    assert can.frames_per_s is None
    assert sfnc.best_format(features) == "BayerGB8"


def test_what_is_automatic_is_told(features):
    holds = sfnc.settings(features)
    assert holds.automatic == ("exposure", "white balance")
    assert holds.balance_gains == (1.5, 1.0, 2.0)
    assert features.choice("BalanceRatioSelector") == "Green"


def test_locking_keeps_the_gains(features):
    sfnc.adjust("old", features, CameraSettings(white_balance=WhiteBalance.LOCKED))
    holds = sfnc.settings(features)
    assert holds.white_balance is WhiteBalance.LOCKED
    assert holds.balance_gains == (1.5, 1.0, 2.0)


def test_gains_are_set_by_hand_with_the_automatic_one_off(features):
    manual = CameraSettings(white_balance=WhiteBalance.MANUAL, balance_gains=(2.0, 1.0, 1.5))
    sfnc.adjust("old", features, manual)
    assert features.ratios == {"Red": 2.0, "Green": 1.0, "Blue": 1.5}
    assert features.order[0] == "BalanceWhiteAuto"
    assert sfnc.settings(features).automatic == ("exposure",)


def test_an_exposure_by_hand_turns_the_automatic_one_off_first(features):
    sfnc.adjust("old", features, CameraSettings(exposure_s=0.004))
    assert features.order == ["ExposureAuto", "ExposureTimeAbs"]
    assert sfnc.settings(features).exposure_s == pytest.approx(0.004)


def test_a_region_is_set_from_whatever_was_before(features):
    whole = Region(2048, 1536)
    sfnc.adjust("old", features, CameraSettings(region=whole))
    assert sfnc.settings(features).region == whole
    part = Region(512, 256, 128, 64)
    sfnc.adjust("old", features, CameraSettings(region=part))
    assert sfnc.settings(features).region == part


def test_what_the_camera_does_not_take_is_told_with_its_name(features):
    with pytest.raises(SettingRefused, match="old: GainRaw = 9"):
        sfnc.adjust("old", features, CameraSettings(gain=9))


def test_a_region_beside_the_sensor_is_refused(features):
    can = sfnc.capabilities(features, hardware_clock=False)
    with pytest.raises(
        SettingRefused, match="left in px 1600 is refused by old: it takes 0 to 1536"
    ):
        can.check("old", CameraSettings(region=Region(512, 256, 1600)))
    can.check("old", CameraSettings(region=Region(512, 256, 1536)))
