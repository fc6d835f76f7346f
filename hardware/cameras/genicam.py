"""Cameras of any maker through GenICam: harvesters with the maker's GenTL producer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.camera_error import CameraLost
from hardware.cameras.exposure import Exposure
from hardware.cameras.node_features import NodeFeatures
from hardware.cameras.packages import needed
from hardware.cameras.pixel_formats import FormatProblem, shaped
from hardware.cameras.sfnc_driver import SfncDriver

_BUFFERS = 6
"""One is being filled, one is the newest, one is being read; the others even out."""


@dataclass(frozen=True)
class _Address:
    """The producer, and which of its cameras; an empty one takes the first."""

    producer: Path
    camera: str


def address_of(address: str) -> _Address:
    """Read an address: the path of a producer (.cti), with ``#`` and a serial number or name.

    Raises
    ------
    ValueError
        It is none; the message is one line for the user.
    """
    path, _, camera = address.strip().partition("#")
    if not path.lower().endswith(".cti"):
        raise ValueError(
            f"camera address {address!r} is none of GenICam: give the maker's producer, a file "
            ".cti, and for a certain camera its serial number, as in /opt/maker/gev.cti#4711"
        )
    return _Address(Path(path), camera.strip())


class GenTlFeatures(NodeFeatures):
    """`hardware.cameras.sfnc.Features` of a camera of a GenTL producer."""

    def __init__(self, nodes: Any, genapi: Any) -> None:
        super().__init__((genapi.GenericException, TypeError, ValueError))
        self._nodes = nodes
        self._genapi = genapi
        self._access = genapi.EAccessMode

    def _node(self, name: str) -> Any:
        return self._nodes.get_node(name)

    def _readable(self, name: str) -> Any:
        if not self._nodes.has_node(name):
            return None
        node = self._node(name)
        return node if node.get_access_mode() in {self._access.RO, self._access.RW} else None

    def _is_whole(self, node: Any) -> bool:
        return isinstance(node, self._genapi.IInteger)

    def _step(self, node: Any) -> float | None:
        return float(node.inc) if self._is_whole(node) else None


class GenicamDriver(SfncDriver):
    """A driver for one camera of one producer.

    Parameters
    ----------
    address
        See `address_of`.
    """

    def __init__(self, address: str) -> None:
        self._address = address_of(address)
        super().__init__(f"GenICam camera of {self._address.producer.name}")
        self._harvester: Any = None

    def connect(self) -> None:
        """Load the producer and take hold of the camera; see `Driver.connect`."""
        core = needed("harvesters.core", "GenICam", "genicam")
        genapi = needed("genicam.genapi", "GenICam", "genicam")
        gentl = needed("genicam.gentl", "GenICam", "genicam")
        producer = self._address.producer
        if not producer.is_file():
            raise CameraLost(f"the GenICam producer {producer} is not there: install the maker's")
        harvester = core.Harvester()
        try:
            harvester.add_file(str(producer))
            harvester.update()
            camera = harvester.create(self._found(harvester.device_info_list))
        except (gentl.GenericException, genapi.GenericException, OSError, ValueError) as error:
            harvester.reset()
            line = str(error).split("\n", maxsplit=1)[0]
            raise CameraLost(f"{self._name} cannot be opened: {line}") from error
        except CameraLost:
            harvester.reset()
            raise
        self._harvester, self._camera = harvester, camera
        self._features = GenTlFeatures(camera.remote_device.node_map, genapi)
        camera.num_buffers = max(_BUFFERS, camera.min_num_buffers)
        self._take_best_format()

    def _found(self, cameras: Any) -> int:
        wanted = self._address.camera
        for index, info in enumerate(cameras):
            known = info.property_dict
            if not wanted or wanted in {
                known.get(key) for key in ("serial_number", "id_", "user_defined_name")
            }:
                self._name = (
                    f"{known.get('vendor')} {known.get('model')} {known.get('serial_number')}"
                )
                return index
        which = f" {wanted}" if wanted else ""
        raise CameraLost(
            f"no camera{which} at the producer {self._address.producer.name}: see to its cable"
        )

    def disconnect(self) -> None:
        """Let go; see `Driver.disconnect`."""
        camera, harvester = self._camera, self._harvester
        self._camera = self._harvester = self._features = None
        try:
            if camera is not None:
                camera.destroy()
        finally:
            if harvester is not None:
                harvester.reset()

    def start(self) -> None:
        """Begin the stream."""
        self._connected().start()

    def stop(self) -> None:
        """End the stream."""
        self._connected().stop()

    def grab(self, timeout_s: float) -> Exposure | None:
        """Return the next picture; see `Driver.grab`."""
        buffer = self._connected().try_fetch(timeout=timeout_s)
        if buffer is None:
            return None
        try:
            return self._exposure(buffer)
        finally:
            buffer.queue()

    def _exposure(self, buffer: Any) -> Exposure:
        number = int(buffer.module.frame_id)
        stamp_s = self._stamp(buffer)
        images = buffer.payload.components
        if not buffer.module.is_complete() or not images:
            return Exposure(None, "", number, device_s=stamp_s, problem="parts of it are missing")
        image = images[0]
        pixel_format = str(image.data_format)
        size = (int(image.width), int(image.height))
        try:
            # A copy, since harvesters gives the memory back to the camera; one of numpy, which
            # leaves Python to the other threads meanwhile.
            memory = image.data.copy().data
            raw = shaped(memory, pixel_format, *size, int(image.x_padding or 0))
        except FormatProblem as error:
            return Exposure(None, "", number, device_s=stamp_s, problem=str(error))
        return Exposure(raw, pixel_format, number, device_s=stamp_s)

    def _stamp(self, buffer: Any) -> float | None:
        """Return the camera's clock in s; many producers have none, and say so by raising."""
        try:
            ticks, frequency = buffer.timestamp, buffer.timestamp_frequency
        except Exception:  # each producer has errors of its own for it
            return None
        self._hardware_clock = bool(ticks and frequency)
        return ticks / frequency if self._hardware_clock else None
