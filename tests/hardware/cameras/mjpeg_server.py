"""An MJPEG camera on the loopback, as a process of its own: its cable can be pulled.

Usage: mjpeg_server.py FPS PICTURE.jpg ...; it prints its port and then takes one command per line
from its standard input: ``stall SECONDS``, ``unplug``, ``replug``, ``count``, ``show N``, ``quit``.
It answers each with one line. From ``show`` on picture N, from 0, is sent in place of all in turn.
"""

import asyncio
import sys
import time
from pathlib import Path


class MjpegServer:
    def __init__(self, frames_per_s: float, pictures: list[bytes]) -> None:
        self._step_s = 1 / frames_per_s if frames_per_s else 0.0
        self._pictures = pictures
        self._stalled_until_s = 0.0
        self._sent = 0
        self._shown: int | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    async def plug(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def unplug(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        self._open.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.0 200 OK\r\n"
                b"Content-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
            )
            due_s = time.monotonic()
            number = 0
            while True:
                now_s = time.monotonic()
                await asyncio.sleep(max(0.0, due_s - now_s, self._stalled_until_s - now_s))
                if self._stalled_until_s > time.monotonic():
                    continue
                due_s = max(due_s + self._step_s, time.monotonic() - self._step_s)
                which = number if self._shown is None else self._shown
                jpeg = self._pictures[which % len(self._pictures)]
                writer.write(
                    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: "
                    + str(len(jpeg)).encode()
                    + b"\r\n\r\n"
                    + jpeg
                    + b"\r\n"
                )
                await writer.drain()
                number += 1
                self._sent += 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def obey(self, line: str) -> str:
        verb, *rest = line.split()
        if verb == "stall":
            self._stalled_until_s = time.monotonic() + float(rest[0])
        elif verb == "unplug":
            await self.unplug()
        elif verb == "replug":
            await self.plug()
        elif verb == "show":
            self._shown = int(rest[0])
        elif verb == "count":
            return str(self._sent)
        return "done"


async def main(frames_per_s: float, pictures: list[bytes]) -> None:
    server = MjpegServer(frames_per_s, pictures)
    print(await server.plug(), flush=True)  # noqa: T201
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while (line := (await lines.readline()).decode().strip()) not in {"", "quit"}:
        print(await server.obey(line), flush=True)  # noqa: T201
    await server.unplug()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), [Path(name).read_bytes() for name in sys.argv[2:]]))
