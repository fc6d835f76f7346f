"""Serial pedals against a kernel tty, an RFC 2217 server on loopback, and a port of lines."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from hardware.pedal import PedalError, PedalLost
from hardware.pedals.record import parsed
from hardware.pedals.serial import (
    SerialBytesSettings,
    SerialLinesSettings,
    SwitchBytes,
    SwitchLine,
    require_serial,
    serial_bytes_pedal,
    serial_lines_pedal,
)
from hardware.serial_port import port_trouble
from tests.hardware.pedal_contract import PedalContract, opened, read, rest, said
from tests.hardware.pedals.serial_rigs import ByteFeet, LineFeet, PtyEnd, Rfc2217Server

SWITCHES = tuple(SwitchBytes(down=b"D%d" % i, up=b"U%d" % i) for i in range(3))
LINES = (("cts", False), ("dsr", True), ("cd", False), ("ri", False))


@pytest.fixture(autouse=True)
def _pyserial() -> None:
    pytest.importorskip("serial", reason="pyserial is missing (extra `serial`)")


@pytest.fixture
def end(tmp_path: Path) -> Iterator[PtyEnd]:
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals that are serial ports")
    made = PtyEnd(tmp_path / "ttyPEDAL")
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Rfc2217Server]:
    made = Rfc2217Server()
    yield made
    made.close()


class TestBytesOverPty(PedalContract):
    @pytest.fixture
    def rig(self, end: PtyEnd) -> ByteFeet:
        settings = SerialBytesSettings(port=str(end.link), switches=SWITCHES)
        return ByteFeet(serial_bytes_pedal(settings), end)


# pyserial 3.5 starts its thread of the network in a way that Python calls old.
@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
class TestBytesOverRfc2217(PedalContract):
    @pytest.fixture
    def rig(self, server: Rfc2217Server) -> ByteFeet:
        settings = SerialBytesSettings(port=server.url, switches=SWITCHES)
        return ByteFeet(serial_bytes_pedal(settings), server)


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
class TestLinesOverRfc2217(PedalContract):
    @pytest.fixture
    def rig(self, server: Rfc2217Server) -> LineFeet:
        settings = SerialLinesSettings(
            port=server.url,
            switches=tuple(SwitchLine(line=line, inverted=inverted) for line, inverted in LINES),
        )
        return LineFeet(serial_lines_pedal(settings), server, list(LINES))


def test_noise_and_halves_of_a_pattern(end: PtyEnd) -> None:
    pedal = serial_bytes_pedal(SerialBytesSettings(port=str(end.link), switches=SWITCHES))
    with opened(pedal):
        end.send(b"\x00DD")
        time.sleep(0.02)
        end.send(b"1xx")
        assert said([read(pedal)]) == [(1, True)]
        end.send(b"U")
        time.sleep(0.02)
        end.send(b"1")
        assert said([read(pedal)]) == [(1, False)]


def test_the_beginning_of_a_pattern_is_noise_after_a_while(end: PtyEnd) -> None:
    pedal = serial_bytes_pedal(SerialBytesSettings(port=str(end.link), switches=SWITCHES))
    with opened(pedal):
        end.send(b"D")
        assert pedal.read(0.6) is None
        end.send(b"1")
        assert pedal.read(0.1) is None


def test_a_pedal_that_is_silent_at_the_release(end: PtyEnd) -> None:
    settings = SerialBytesSettings(
        port=str(end.link), switches=(SwitchBytes(down=b"A"), SwitchBytes(down=b"B"))
    )
    pedal = serial_bytes_pedal(settings)

    def hold() -> None:
        for _ in range(8):  # it repeats itself while it is held
            end.send(b"A")
            time.sleep(0.05)

    with opened(pedal):
        foot = threading.Thread(target=hold, name="rig foot")
        foot.start()
        events = [read(pedal), read(pedal)]
        foot.join()
        assert said(events) == [(0, True), (0, False)]
        assert events[1].time_s - events[0].time_s >= 0.35
        end.send(b"B")
        assert said([read(pedal), read(pedal)]) == [(1, True), (1, False)]
        assert rest(pedal) == []


def test_what_was_sent_before_it_was_opened_is_no_press(end: PtyEnd) -> None:
    end.send(b"D0")
    pedal = serial_bytes_pedal(SerialBytesSettings(port=str(end.link), switches=SWITCHES))
    with opened(pedal):
        assert rest(pedal) == []


def test_a_port_is_not_shared(end: PtyEnd) -> None:
    settings = SerialBytesSettings(port=str(end.link), switches=SWITCHES)
    with (
        opened(serial_bytes_pedal(settings)),
        pytest.raises(PedalLost, match="used by another program"),
    ):
        serial_bytes_pedal(settings).open()


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    settings = SerialBytesSettings(port=str(tmp_path / "none"), switches=SWITCHES)
    with pytest.raises(PedalLost, match=r"none cannot be used: see to plug and cable \(") as caught:
        serial_bytes_pedal(settings).open()
    assert len(str(caught.value).splitlines()) == 1


def test_a_pty_has_no_lines_and_says_so(end: PtyEnd) -> None:
    settings = SerialLinesSettings(port=str(end.link), switches=(SwitchLine(line="cts"),))
    pedal = serial_lines_pedal(settings)
    with pytest.raises(PedalLost):
        pedal.open()


class PortOfLines:
    """Stands in for pyserial's ``Serial``: a pty has no lines and no card is here."""

    def __init__(self) -> None:
        self.cts = self.dsr = self.ri = self.cd = False
        self.in_waiting = 0
        self.open = True
        self.gone: Exception | None = None

    def read(self, size: int) -> bytes:
        time.sleep(0.002)
        if self.gone is not None:
            raise self.gone
        return b""

    def write(self, data: bytes) -> int:
        return len(data)

    def close(self) -> None:
        self.open = False
        if self.gone is not None:
            raise self.gone


@pytest.fixture
def port() -> PortOfLines:
    return PortOfLines()


def test_a_foot_on_the_pedal_while_it_is_opened_takes_no_field(port: PortOfLines) -> None:
    settings = SerialLinesSettings(port="COM9", switches=(SwitchLine(line="ri"),))
    pedal = serial_lines_pedal(settings, lambda: port)
    port.ri = True
    with opened(pedal):
        assert pedal.read(0.05) is None
        port.ri = False
        assert pedal.read(0.1) is None
        port.ri = True
        assert said([read(pedal)]) == [(0, True)]
    assert not port.open


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ValueError("not open")])
def test_a_port_that_fails_in_any_way_is_lost(port: PortOfLines, error: Exception) -> None:
    settings = SerialLinesSettings(port="COM9", switches=(SwitchLine(line="cts"),))
    pedal = serial_lines_pedal(settings, lambda: port)
    with opened(pedal):
        port.gone = error
        with pytest.raises(PedalLost, match="COM9"):
            pedal.read(1.0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"port": ""}, "at port"),
        ({"port": "COM3", "switches": []}, "at switches"),
        ({"port": "COM3", "switches": [{"down": "4"}]}, "at switches.0.down: '4' is no row"),
        ({"port": "COM3", "switches": [{"down": "41", "up": "41"}]}, "send the same bytes"),
        ({"port": "COM3", "swiches": []}, "swiches"),
    ],
)
def test_wrong_settings_are_told_in_one_line(values: dict[str, object], words: str) -> None:
    adapter = TypeAdapter(SerialBytesSettings)
    with pytest.raises(PedalError, match=words) as caught:
        parsed(adapter, {"switches": [{"down": "41"}], **values})
    assert len(str(caught.value).splitlines()) == 1


def test_two_switches_on_one_line_are_refused() -> None:
    adapter = TypeAdapter(SerialLinesSettings)
    with pytest.raises(PedalError, match="the same line"):
        parsed(adapter, {"port": "COM3", "switches": [{"line": "cts"}, {"line": "cts"}]})


def test_a_port_that_fails_while_it_is_opened_is_given_back(port: PortOfLines) -> None:
    settings = SerialBytesSettings(port="COM9", switches=SWITCHES)
    pedal = serial_bytes_pedal(settings, lambda: port)
    port.gone = OSError(5, "Input/output error")
    with pytest.raises(PedalLost, match="COM9"):
        pedal.open()
    assert not port.open


def test_settings_survive_a_file() -> None:
    settings = SerialBytesSettings(port="COM3", switches=SWITCHES)
    text = settings.model_dump_json()
    assert '"44 30"' in text
    assert SerialBytesSettings.model_validate_json(text) == settings


def test_a_port_that_may_not_be_opened_says_what_to_do() -> None:
    told = port_trouble("/dev/ttyS0", OSError("[Errno 13] Permission denied: '/dev/ttyS0'"))
    assert "group of serial ports" in told


def test_the_wrong_serial_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", sys)
    with pytest.raises(PedalError, match="not pyserial"):
        require_serial()
    monkeypatch.setitem(sys.modules, "serial", None)
    with pytest.raises(PedalError, match="make run EXTRAS=serial"):
        require_serial()
