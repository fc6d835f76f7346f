"""GigE Vision and USB3 Vision cameras through Aravis, without software of their makers."""

import importlib
import importlib.util
import sys
import warnings
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from hardware.camera_error import CameraLost
from hardware.camera_settings import Range
from hardware.cameras import sfnc
from hardware.cameras.exposure import Exposure
from hardware.cameras.pixel_formats import FormatProblem, shaped
from hardware.cameras.sfnc_driver import SfncDriver

INSTALL: Final = "sudo apt-get install python3-gi gir1.2-aravis-0.8"
_SYSTEM: Final = Path("/usr/lib/python3/dist-packages/gi")
_BUFFERS = 6
"""One is being filled, one is the newest, one is being read; the others even out."""
_INTERFACES: Final = ("Fake", "USB3Vision", "GigEVision")


def address_of(address: str) -> tuple[str, str]:
    """Read an address: the IP address of a GigE camera, or ``usb`` with ``:SERIAL``.

    Returns
    -------
    interface, name
        As Aravis calls them; an empty name takes the first camera.

    Raises
    ------
    ValueError
        It is none; the message is one line for the user.
    """
    text = address.strip()
    bus, _, serial = text.partition(":")
    if bus == "usb":
        return "USB3Vision", serial.strip()
    try:
        return "GigEVision", str(ip_address(text))
    except ValueError:
        raise ValueError(
            f"camera address {address!r} is none of Aravis: give the IP address of a GigE camera, "
            "as in 192.168.1.5, or usb, or usb:SERIAL"
        ) from None


def installed() -> bool:
    """Whether PyGObject can be loaded here; nothing is loaded, and Aravis is not looked for."""
    return importlib.util.find_spec("gi") is not None or _system_fits()


def bindings() -> tuple[Any, Any]:
    """Return the modules ``Aravis`` and ``GLib``, loaded now and not before.

    Both come with the system and not from PyPI: PyGObject has no wheels, and Aravis is a library
    of the system.

    Raises
    ------
    CameraLost
        They are not installed.
    """
    try:
        with warnings.catch_warnings():
            # PyGObject before 3.44 imports in a way of which Python has another by now.
            warnings.filterwarnings("ignore", "DynamicImporter", ImportWarning)
            gi: Any = _gi()
            gi.require_version("Aravis", "0.8")
            aravis, glib = (
                importlib.import_module(f"gi.repository.{name}") for name in ("Aravis", "GLib")
            )
        return aravis, glib
    except (ImportError, ValueError, OSError) as error:
        raise CameraLost(
            f"Aravis cameras need PyGObject and Aravis 0.8 of the system: {INSTALL} "
            f"({str(error).splitlines()[0]})"
        ) from error


def _gi() -> ModuleType:
    if "gi" in sys.modules or importlib.util.find_spec("gi") is not None or not _system_fits():
        return importlib.import_module("gi")
    # That of Debian and Ubuntu, of the same Python: nothing else of that folder is to be seen here.
    spec = importlib.util.spec_from_file_location(
        "gi", _SYSTEM / "__init__.py", submodule_search_locations=[str(_SYSTEM)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{_SYSTEM} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules["gi"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules["gi"]
        raise
    return module


def _system_fits() -> bool:
    tag = f"cpython-{sys.version_info.major}{sys.version_info.minor}-"
    return any(_SYSTEM.glob(f"_gi.{tag}*.so"))


def use_interface(aravis: Any, wanted: str) -> None:
    """Let Aravis look at one kind of cable alone: a look at the network is a broadcast."""
    for name in _INTERFACES:
        (aravis.enable_interface if name == wanted else aravis.disable_interface)(name)


class AravisFeatures:
    """`hardware.cameras.sfnc.Features` of a camera of Aravis."""

    def __init__(self, device: Any, aravis: Any, error: type[Exception]) -> None:
        self._device = device
        self._aravis = aravis
        self._error = error

    def limits(self, name: str) -> Range | None:
        """Return the limits of a number."""
        try:
            if self._is_a(name, self._aravis.GcFloat):
                least, most = self._device.get_float_feature_bounds(name)
                return Range(float(least), float(most))
            if self._is_a(name, self._aravis.GcInteger):
                least, most = self._device.get_integer_feature_bounds(name)
                step = self._device.get_integer_feature_increment(name)
                return Range(float(least), float(most), float(step))
        except self._error:
            return None
        return None

    def number(self, name: str) -> float | None:
        """Return the value of a number."""
        try:
            if self._is_a(name, self._aravis.GcFloat):
                return float(self._device.get_float_feature_value(name))
            if self._is_a(name, self._aravis.GcInteger):
                return float(self._device.get_integer_feature_value(name))
        except self._error:
            return None
        return None

    def choices(self, name: str) -> tuple[str, ...]:
        """Return what can be chosen."""
        try:
            if self._is_a(name, self._aravis.GcEnumeration):
                return tuple(self._device.dup_available_enumeration_feature_values_as_strings(name))
        except self._error:
            return ()
        return ()

    def choice(self, name: str) -> str | None:
        """Return what is chosen."""
        try:
            if self._is_a(name, self._aravis.GcEnumeration):
                return str(self._device.get_string_feature_value(name))
        except self._error:
            return None
        return None

    def set_number(self, name: str, value: float) -> None:
        """Set a number."""
        try:
            if self._is_a(name, self._aravis.GcFloat):
                self._device.set_float_feature_value(name, value)
            else:
                self._device.set_integer_feature_value(name, round(value))
        except self._error as error:
            raise sfnc.FeatureRefused(f"{name} = {value:g} is refused: {_line(error)}") from error

    def set_choice(self, name: str, value: str) -> None:
        """Choose."""
        try:
            self._device.set_string_feature_value(name, value)
        except self._error as error:
            raise sfnc.FeatureRefused(f"{name} = {value} is refused: {_line(error)}") from error

    def switch(self, name: str, on: bool) -> None:
        """Switch a feature, where there is one."""
        try:
            if self._is_a(name, self._aravis.GcBoolean):
                self._device.set_boolean_feature_value(name, on)
        except self._error as error:
            raise sfnc.FeatureRefused(f"{name} = {on} is refused: {_line(error)}") from error

    def _is_a(self, name: str, kind: type) -> bool:
        """Whether the camera has it as that kind now; an enumeration is a whole number, too."""
        node = self._device.get_feature(name)
        if node is None or not self._device.is_feature_available(name):
            return False
        if kind is self._aravis.GcInteger and isinstance(node, self._aravis.GcEnumeration):
            return False
        return isinstance(node, kind)


class AravisDriver(SfncDriver):
    """A driver for one camera.

    Parameters
    ----------
    address
        See `address_of`.
    """

    def __init__(self, address: str) -> None:
        self._interface, self._wanted = address_of(address)
        super().__init__(f"Aravis camera {self._wanted}".strip())
        self._aravis: Any = None
        self._error: type[Exception] = Exception
        self._stream: Any = None
        self._watch = 0
        self._lost = False
        self._format = ""

    def connect(self) -> None:
        """Take hold of the camera; see `Driver.connect`."""
        self._aravis, glib = bindings()
        self._error = glib.Error
        use_interface(self._aravis, self._interface)
        if self._interface == "USB3Vision":
            self._aravis.update_device_list()
        try:
            camera = self._aravis.Camera.new(self._wanted or None)
        except glib.Error as error:
            raise CameraLost(f"{self._name} is not there: {_line(error)}") from error
        if camera is None:
            raise CameraLost(f"{self._name} is not there: see to its cable")
        device = camera.get_device()
        self._lost = False
        self._watch = device.connect("control-lost", self._lose)
        self._camera, self._features = camera, AravisFeatures(device, self._aravis, glib.Error)
        try:
            who = (camera.get_vendor_name(), camera.get_model_name())
            self._name = " ".join((*who, camera.get_device_serial_number()))
            self._take_best_format()
        except (glib.Error, sfnc.FeatureRefused) as error:
            self.disconnect()
            raise CameraLost(f"{self._name} cannot be opened: {_line(error)}") from error

    def _lose(self, _device: Any) -> None:
        """Note that the camera does not answer any more; Aravis calls this on its own thread."""
        self._lost = True

    def disconnect(self) -> None:
        """Let go; see `Driver.disconnect`."""
        camera, stream = self._camera, self._stream
        self._camera = self._stream = self._features = None
        if camera is None:
            return
        # The handler holds this driver, and so the camera would hold itself.
        camera.get_device().disconnect(self._watch)
        if stream is not None and not self._lost:
            # Else it goes on sending to a port that nobody reads.
            try:
                camera.stop_acquisition()
            except self._error:  # it does not hear any more, and its next owner begins anew
                return

    def start(self) -> None:
        """Begin the stream."""
        camera = self._connected()
        self._format = str(camera.get_pixel_format_as_string())
        stream = camera.create_stream(None, None)
        if stream is None:
            raise CameraLost(f"{self._name} gives no stream")
        size = camera.get_payload()
        for _ in range(_BUFFERS):
            stream.push_buffer(self._aravis.Buffer.new_allocate(size))
        self._stream = stream
        camera.start_acquisition()

    def stop(self) -> None:
        """End the stream."""
        try:
            self._connected().stop_acquisition()
        finally:
            self._stream = None

    def grab(self, timeout_s: float) -> Exposure | None:
        """Return the next picture; see `Driver.grab`."""
        if self._lost:
            raise CameraLost(f"{self._name} does not answer any more: see to its cable")
        if self._stream is None:
            raise CameraLost(f"{self._name} is not open")
        buffer = self._stream.timeout_pop_buffer(round(timeout_s * 1e6))
        if buffer is None:
            return None
        try:
            return self._exposure(buffer)
        finally:
            self._stream.push_buffer(buffer)

    def _exposure(self, buffer: Any) -> Exposure:
        number = int(buffer.get_frame_id())
        stamp_ns = int(buffer.get_timestamp())
        self._hardware_clock = stamp_ns > 0
        stamp_s = stamp_ns * 1e-9 if self._hardware_clock else None
        if buffer.get_status() != self._aravis.BufferStatus.SUCCESS:
            problem = "parts of it are missing"
            return Exposure(None, "", number, device_s=stamp_s, problem=problem)
        size = (int(buffer.get_image_width()), int(buffer.get_image_height()))
        padding = int(buffer.get_image_padding()[0])
        try:
            raw = shaped(buffer.get_image_data(), self._format, *size, padding)
        except FormatProblem as error:
            return Exposure(None, "", number, device_s=stamp_s, problem=str(error))
        return Exposure(raw, self._format, number, device_s=stamp_s)


def _line(error: BaseException) -> str:
    return str(error).split("\n", maxsplit=1)[0]
