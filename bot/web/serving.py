"""Runs a web application on loopback, in the bot's own event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

LOOPBACK = "127.0.0.1"
_GOODBYE_SECONDS = 0.5  # pages keep their stream open; they are not waited for


@asynccontextmanager
async def serving(app: Quart, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port.

    Args:
        app: what is served.
        port: 0 takes any free one.

    Raises:
        OSError: the port is taken.
    """
    listening = socket.create_server((LOOPBACK, port))
    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.graceful_timeout = _GOODBYE_SECONDS
    config.shutdown_timeout = _GOODBYE_SECONDS
    config.accesslog = config.errorlog = None
    ended = asyncio.Event()
    task = asyncio.create_task(serve(app, config, shutdown_trigger=ended.wait), name="web")
    try:
        yield listening.getsockname()[1]
    finally:
        ended.set()
        await asyncio.wait([task], timeout=4 * _GOODBYE_SECONDS)
        task.cancel()
        listening.close()
