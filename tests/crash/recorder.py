"""The WeChat side of the crash tests: lives outside the bot's process, is never killed, and knows what the group saw.

Speaks JSON lines over TCP. A client that connects gets the latest events again, own messages included, as a real
account does that syncs what it missed.
"""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from bot.clock import SystemClock

BOT = "bot"


class Recorder:
    """Serves one account.

    Args:
        echo: own messages come back as events.
        replay: how many events a new client gets again.
        drop_answer: share of calls that are done but not answered.
        drop_call: share of calls that are neither done nor answered.
        refuse_call: share of calls that are answered as not done.
        seed: of the dice.
    """

    def __init__(
        self, *, echo: bool, replay: int, drop_answer: float, drop_call: float, seed: int, refuse_call: float = 0.0
    ) -> None:
        self.said: list[dict[str, Any]] = []  # what the bot's account said, in order
        self.events: list[dict[str, Any]] = []
        self.port = 0
        self._echo, self._replay = echo, replay
        self._drop_answer, self._drop_call, self._refuse_call = drop_answer, drop_call, refuse_call
        self._dice = random.Random(seed)
        self._clients: set[asyncio.StreamWriter] = set()
        self._clock = SystemClock()
        self._server: asyncio.Server | None = None

    @property
    def replays_missed(self) -> bool:
        """Whether a client gets the echo of everything it said, however it was killed."""
        return self._echo and self._replay > 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for client in self._clients:
            client.close()

    def say(self, room: str, talker: str, text: str) -> None:
        """A member says something."""
        self._happen(room, talker, text)

    def _happen(self, room: str, talker: str, text: str) -> str:
        event = {
            "id": f"m{len(self.events)}", "at": self._clock.now().isoformat(), "room": room, "talker": talker,
            "text": text,
        }  # fmt: skip
        self.events.append(event)
        if talker != BOT or self._echo:
            for client in self._clients:
                _write(client, {"event": event})
        return str(event["id"])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recent = self.events[-self._replay :] if self._replay else []
        for event in recent:
            if event["talker"] != BOT or self._echo:
                _write(writer, {"event": event})
        _write(writer, {"ready": True})
        self._clients.add(writer)
        try:
            while line := await reader.readline():
                self._take(writer, json.loads(line))
        except ConnectionError:
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    def _take(self, writer: asyncio.StreamWriter, call: dict[str, Any]) -> None:
        roll = self._dice.random()
        if roll < self._drop_call:
            return
        if roll < self._drop_call + self._refuse_call:
            _write(writer, {"answer": call["call"], "error": "not now"})
            return
        self.said.append({"room": call["room"], "text": call["text"]})
        message_id = self._happen(call["room"], BOT, call["text"])
        if roll < 1 - self._drop_answer:
            _write(writer, {"answer": call["call"], "id": message_id})


def _write(writer: asyncio.StreamWriter, value: dict[str, Any]) -> None:
    if not writer.is_closing():
        writer.write((json.dumps(value) + "\n").encode())
