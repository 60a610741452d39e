"""A gateway that does what a test tells it, and writes down what it was asked to do."""

import asyncio
from collections import deque

from bot.gateway import Capabilities
from bot.model import Contact


class ScriptedGateway:
    name = "scripted"

    def __init__(self, clock, **capabilities):
        self.clock = clock
        self.capabilities = Capabilities(**capabilities)
        self.account = Contact("bot", "小知")
        self.calls = []  # (seconds since start, operation, place, text)
        self.errors = deque()  # raised by the next calls, None for success
        self.gate = None  # an asyncio.Event that holds calls back
        self.most_at_once = self._now = 0

    async def _call(self, operation, place, text, mentions=()):
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            error = self.errors.popleft() if self.errors else None
            if error is not None:
                raise error
            self.calls.append((round(self.clock.monotonic(), 2), operation, place, text, tuple(mentions)))
            return f"sent-{len(self.calls)}" if self.capabilities.returns_message_id else None
        finally:
            self._now -= 1

    async def send_text(self, to, text, mentions=()):
        return await self._call("text", to.key, text, mentions)

    async def send_file(self, to, file):
        return await self._call("file", to.key, file.name)

    async def set_notice(self, room_id, text):
        await self._call("notice", room_id, text)

    async def add_member(self, room_id, contact_id):
        await self._call("add", room_id, contact_id)

    async def remove_member(self, room_id, contact_id):
        await self._call("remove", room_id, contact_id)

    @property
    def texts(self):
        return [text for _, _, _, text, _ in self.calls]

    @property
    def times(self):
        return [at for at, *_ in self.calls]
