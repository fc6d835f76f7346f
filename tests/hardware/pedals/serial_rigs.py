"""The other end of a serial cable: a pseudo-terminal, and an RFC 2217 server on loopback."""

import os
import select
import socket
import threading
import time
import tty
from collections.abc import Mapping
from pathlib import Path

from hardware.pedal import Pedal


class PtyEnd:
    """A real tty device of the kernel; closing its other side is what pulling the cable is."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._fds: tuple[int, int] | None = None
        self.plug()

    def plug(self) -> None:
        master, slave = os.openpty()
        tty.setraw(slave)
        self._fds = (master, slave)
        # The name stays, as that of a udev link does, while the device behind it is a new one.
        self.link.symlink_to(os.ttyname(slave))

    def unplug(self) -> None:
        assert self._fds is not None
        self.link.unlink()
        for fd in self._fds:
            os.close(fd)
        self._fds = None

    def send(self, data: bytes) -> None:
        assert self._fds is not None
        os.write(self._fds[0], data)

    @property
    def plugged(self) -> bool:
        return self._fds is not None

    def readable(self, timeout_s: float) -> bool:
        assert self._fds is not None
        return bool(select.select([self._fds[0]], [], [], timeout_s)[0])

    def received(self, size: int = 256) -> bytes:
        assert self._fds is not None
        return os.read(self._fds[0], size)

    def close(self) -> None:
        if self._fds is not None:
            self.unplug()


class FakeLines:
    """The port behind the server, with lines that a test sets; pyserial's `Serial` to it."""

    def __init__(self) -> None:
        self.cts = self.dsr = self.ri = self.cd = False
        self.dtr = self.rts = True
        self.baudrate, self.bytesize, self.parity, self.stopbits = 9600, 8, "N", 1
        self.xonxoff = self.rtscts = self.break_condition = False

    def reset_input_buffer(self) -> None: ...

    def reset_output_buffer(self) -> None: ...


class Rfc2217Server:
    """pyserial's own `PortManager` behind a socket on loopback."""

    def __init__(self) -> None:
        self.lines = FakeLines()
        self._listener: socket.socket | None = None
        self._port = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: socket.socket | None = None
        self._sending = threading.Lock()
        self._waiting = b""
        self.plug()

    @property
    def url(self) -> str:
        return f"rfc2217://127.0.0.1:{self._port}"

    def plug(self) -> None:
        self._stop.clear()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        self._listener.listen(1)
        self._listener.settimeout(0.01)
        self._thread = threading.Thread(target=self._serve, name="rig rfc2217")
        self._thread.start()

    def unplug(self) -> None:
        self._stop.set()
        assert self._thread is not None
        self._thread.join()
        self._thread = None

    def close(self) -> None:
        if self._thread is not None:
            self.unplug()

    def send(self, data: bytes) -> None:
        with self._sending:
            self._waiting += data

    def write(self, data: bytes) -> None:
        connection = self._connection
        if connection is not None:
            connection.sendall(data)

    def _serve(self) -> None:
        assert self._listener is not None
        with self._listener:
            while not self._stop.is_set():
                try:
                    connection, _ = self._listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        from serial.rfc2217 import PortManager  # noqa: PLC0415, an extra

        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(0.002)
        self._connection = connection
        manager = PortManager(self.lines, self)
        try:
            while not self._stop.is_set():
                try:
                    data = connection.recv(1024)
                    if not data:
                        return
                    b"".join(manager.filter(data))
                except TimeoutError:
                    pass
                manager.check_modem_lines()
                with self._sending:
                    waiting, self._waiting = self._waiting, b""
                if waiting:
                    self.write(b"".join(manager.escape(waiting)))
        except OSError:
            return
        finally:
            self._connection = None


class ByteFeet:
    """Feet on a pedal that sends ``D0``, ``U0``, ``D1`` ... over a cable."""

    cannot: Mapping[str, str] = {}
    stalled = False

    def __init__(self, pedal: Pedal, end: PtyEnd | Rfc2217Server) -> None:
        self.pedal = pedal
        self.end = end

    def press(self, switch: int) -> None:
        self.end.send(b"D%d" % switch)

    def release(self, switch: int) -> None:
        self.end.send(b"U%d" % switch)

    def bounce(self, switch: int, *, down: bool) -> None:
        # In one go: a busy machine would make pauses as long as those of a foot.
        rows = (b"D%d" % switch, b"U%d" % switch)[:: 1 if down else -1]
        self.end.send((rows[0] + rows[1]) * 4 + rows[0])

    def unplug(self) -> None:
        self.end.unplug()

    def replug(self) -> None:
        self.end.plug()


class LineFeet:
    """Feet on contacts; the lines follow them."""

    cannot: Mapping[str, str] = {}
    stalled = False

    def __init__(self, pedal: Pedal, server: Rfc2217Server, lines: list[tuple[str, bool]]) -> None:
        self.pedal = pedal
        self.server = server
        self._lines = lines
        for switch in range(len(lines)):
            self.release(switch)

    def press(self, switch: int) -> None:
        line, inverted = self._lines[switch]
        setattr(self.server.lines, line, not inverted)
        time.sleep(0.02)  # the server looks at its lines every few milliseconds

    def release(self, switch: int) -> None:
        line, inverted = self._lines[switch]
        setattr(self.server.lines, line, inverted)
        time.sleep(0.02)

    def bounce(self, switch: int, *, down: bool) -> None:
        line, inverted = self._lines[switch]
        before = time.monotonic()
        for i in range(9):
            now = time.monotonic()
            self.stalled |= now - before > 0.02
            before = now
            setattr(self.server.lines, line, (i % 2 == 0) == (down != inverted))
            time.sleep(0.006)

    def unplug(self) -> None:
        self.server.unplug()

    def replug(self) -> None:
        self.server.plug()
