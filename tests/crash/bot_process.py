"""The process that is killed: inbox, a ding-dong handler, outbox and sender over the recorder's socket."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import inbox, members, outbox
from bot.clock import SystemClock
from bot.config_model import SendingConfig
from bot.ids import IdSource
from bot.model import Delivery, Event, MessageReceived, Outgoing
from bot.sender import Sender
from bot.storage import Storage
from tests.crash.socket_gateway import SocketGateway

COMMUNITY = "c"


class DingDong:
    """Answers `ding …` with `dong …`: accepting is submitted at once, in order, as the dispatcher does it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, event: Event) -> None:
        if isinstance(event, MessageReceived):
            self._begin(self._take(event))

    def resume(self, message: inbox.StoredMessage) -> None:
        self._begin(self._answer(message.id, message.text, message.room_id))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, event: MessageReceived) -> None:
        if event.from_self:
            await self._storage.run(COMMUNITY, inbox.accept_own, "bot", event, True)
            return
        accepted = await self._storage.run(COMMUNITY, inbox.accept, "bot", event, True)
        if accepted.is_new and accepted.room is not None:
            await self._answer(event.id, event.text, accepted.room.id)

    async def _answer(self, message_id: str, text: str, room_id: str) -> None:
        delivery = Delivery.AT_MOST_ONCE if text.startswith("ding!") else Delivery.AT_LEAST_ONCE
        answer = Outgoing(room_id=room_id, text=text.replace("ding", "dong"), delivery=delivery)
        await self._storage.run(COMMUNITY, inbox.finish, message_id, {"plugin": "dingdong"}, [answer])


async def main(path: Path, port: int, options: dict[str, bool]) -> None:
    clock = SystemClock()
    storage = Storage.open(path, clock, [members.migrations, inbox.migrations, outbox.migrations])
    gateway = SocketGateway(port, **options)
    settings = SendingConfig(settle_seconds=2.0)  # a busy machine hears echoes late
    owner = IdSource(clock).new()
    sender = Sender(storage, COMMUNITY, gateway, clock, settings, owner, zone=ZoneInfo("UTC"), is_paced=False)
    dispatcher = DingDong(storage)
    found, _ = await storage.run(COMMUNITY, inbox.open_messages, clock.now() - timedelta(minutes=5))
    for message in found:
        dispatcher.resume(message)
    await gateway.start(dispatcher.deliver)
    sender.start()
    os.write(1, f"ready {os.getpid()}\n".encode())  # in one piece: the zygote and its children share the pipe
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))
