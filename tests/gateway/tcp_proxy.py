"""A TCP relay that tests can cut or make deaf, to break a connection without touching either end."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class TcpProxy:
    """Relays one local port to another."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self.connections = 0

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        self._server.close()
        self.cut()
        self._passes.set()

    def cut(self) -> None:
        """Break every connection with a reset."""
        for writer in self._writers:
            writer.transport.abort()

    def hold(self) -> None:
        """Swallow everything from now on without breaking the connections."""
        self._passes.clear()

    def release(self) -> None:
        """Let pass again what was held back, and everything after it."""
        self._passes.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._writers |= {writer, far_writer}
            await asyncio.gather(self._relay(reader, far_writer), self._relay(far_reader, writer))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._passes.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
