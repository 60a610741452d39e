"""The bot's end of the recorder: a `Gateway` over a local socket."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.clock import SystemClock
from bot.errors import GatewayUnavailable, NotSupported, SendUncertain
from bot.gateway import Capabilities, Deliver
from bot.model import Contact, Conversation, FileContent, GatewayLost, LoggedIn, MessageReceived, RoomInfo

ME = Contact("bot", "小知")


class SocketGateway:
    """Texts in and out.

    Args:
        port: of the recorder.
        answer_seconds: how long a call waits for its answer.
        returns_message_id: whether the answer names the message; without it echoes are told by their text.
        replays_missed: whether echoes are certain: the recorder echoes, also what happened while nobody was connected.
    """

    name = "socket"

    def __init__(
        self, port: int, *, answer_seconds: float = 0.2, returns_message_id: bool = True, replays_missed: bool = False
    ) -> None:
        self.capabilities = Capabilities(
            can_send_private=False, can_send_files=False, can_mention=False, can_remove=False, can_add=False,
            can_quit=False, can_set_notice=False, can_set_topic=False, can_set_alias=False, can_recall=False,
            can_accept_friends=False, lists_members=False, returns_message_id=returns_message_id,
            replays_missed=replays_missed, shows_avatars=False,
        )  # fmt: skip
        self.account: Contact | None = None
        self._port, self._answer_seconds = port, answer_seconds
        self._calls = itertools.count()
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._clock = SystemClock()

    async def start(self, deliver: Deliver) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.account = ME
        await deliver(LoggedIn(at=self._clock.now(), account=ME))
        self._reading = asyncio.create_task(self._read(reader, deliver))

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    async def send_text(self, to: Conversation, text: str, mentions: Sequence[str] = ()) -> str | None:
        if self._writer is None or self._writer.is_closing():
            raise GatewayUnavailable("not connected")
        call = next(self._calls)
        answer = self._answers[call] = asyncio.get_running_loop().create_future()
        self._writer.write((json.dumps({"call": call, "room": to.key, "text": text}) + "\n").encode())
        try:
            async with asyncio.timeout(self._answer_seconds):
                message_id = await answer
        except TimeoutError as error:
            raise SendUncertain("no answer") from error
        finally:
            del self._answers[call]
        return message_id if self.capabilities.returns_message_id else None

    async def _read(self, reader: asyncio.StreamReader, deliver: Deliver) -> None:
        while line := await reader.readline():
            value = json.loads(line)
            if "answer" in value and (answer := self._answers.get(value["answer"])) and not answer.done():
                if "error" in value:
                    answer.set_exception(GatewayUnavailable(value["error"]))
                else:
                    answer.set_result(value["id"])
            elif "event" in value:
                await deliver(_event_of(value["event"]))
        await deliver(GatewayLost(at=self._clock.now(), reason="closed"))

    # what a room without rights to do anything else looks like

    async def rooms(self) -> list[RoomInfo]:
        return []

    async def room(self, room_id: str) -> RoomInfo:
        return RoomInfo(room_id, room_id)

    async def members(self, room_id: str) -> list[Contact]:
        raise NotSupported("lists_members")

    async def contact(self, contact_id: str) -> Contact:
        return Contact(contact_id, contact_id)

    async def send_file(self, to: Conversation, file: FileContent) -> str | None:
        raise NotSupported("can_send_files")


def _event_of(event: dict[str, Any]) -> MessageReceived:
    return MessageReceived(
        id=event["id"],
        at=datetime.fromisoformat(event["at"]),
        talker=ME if event["talker"] == ME.id else Contact(event["talker"], event["talker"]),
        room=RoomInfo(event["room"], event["room"]),
        text=event["text"],
        from_self=event["talker"] == ME.id,
    )
