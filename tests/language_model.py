"""A stand-in for an OpenAI-compatible endpoint, which behaves as badly as a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.config_language_model import LanguageModelConfig, read_language_model

KEY = "sk-stand-in-0123456789"


@dataclass
class Asked:
    """One request: its first line, its headers in lower case, and its body."""

    line: str
    headers: dict[str, str]
    body: Any

    @property
    def prompt(self) -> str:
        """What the user's message says."""
        return str(self.body["messages"][-1]["content"])


Behave = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class StandIn:
    """The server's side: set `behave`, read `asked`."""

    behave: Behave
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def env(self) -> dict[str, str]:
        return {
            "QUNZHI_LLM_ENDPOINT": f"http://127.0.0.1:{self.port}/v1",
            "QUNZHI_LLM_KEY": KEY,
            "QUNZHI_LLM_MODEL": "stand-in",
        }

    @property
    def config(self) -> LanguageModelConfig:
        config, faults = read_language_model(self.env)
        assert config is not None, faults
        return config

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in rest)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.asked.append(Asked(line, headers, json.loads(body) if body else None))
            await self.behave(self.asked[-1], writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has had enough
        finally:
            writer.close()


@asynccontextmanager
async def stand_in(behave: Behave) -> AsyncIterator[StandIn]:
    """Serve on a free port of this machine."""
    made = StandIn(behave)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await made.serve(reader, writer)
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()


def respond(status: int, body: bytes, *headers: str) -> Behave:
    """Answer with these bytes."""

    async def behave(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "connection: close", *headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return behave


def completion(text: str, **choice: Any) -> bytes:
    """Return the body of a chat completion."""
    whole = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"} | choice
    return json.dumps({"choices": [whole]}).encode()


def say(text: str) -> Behave:
    """Answer with a chat completion."""
    return respond(200, completion(text))


def say_from(write: Callable[[str], str]) -> Behave:
    """Answer with what is made of the prompt."""

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await say(write(asked.prompt))(asked, writer)

    return behave


async def keep_silent(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing, for ever."""
    await asyncio.Event().wait()


async def drip(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Say one byte after the other, without end."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def hang_up(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""


async def flood(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Send 10 MB."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n")
    for _ in range(100):
        writer.write(b"x" * 100_000)
        await writer.drain()
