"""Runs a web application in the bot's own event loop, on loopback unless told otherwise."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

LOOPBACK = "127.0.0.1"
CLOSERS = "qunzhi_closers"
"""Key in `app.extensions`: functions that end what would keep connections open."""
_GOODBYE_SECONDS = 0.5  # pages keep their stream open; they are not waited for


@asynccontextmanager
async def serving(app: Quart, port: int, host: str = LOOPBACK) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port.

    Args:
        app: what is served.
        port: 0 takes any free one.
        host: the address to listen on; who names another one than loopback puts something in front that may face
            the world.

    Raises:
        OSError: the port is taken.
    """
    listening = socket.create_server((host, port))
    taken: int = listening.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]  # hypercorn owns and closes it from here on
    config.graceful_timeout = _GOODBYE_SECONDS
    config.shutdown_timeout = _GOODBYE_SECONDS
    config.accesslog = config.errorlog = None
    ended = asyncio.Event()
    task = asyncio.create_task(serve(app, config, shutdown_trigger=ended.wait), name="web")
    try:
        yield taken
    finally:
        for close in app.extensions.get(CLOSERS, ()):
            close()
        ended.set()
        await asyncio.wait([task], timeout=4 * _GOODBYE_SECONDS)
        task.cancel()
