"""The served group runs as a process of its own and tells what really arrived."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.model import Conversation, MessageReceived

Connect = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.mark.process
async def test_it_takes_orders_and_reports_acts(connect: Connect) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.gateway.puppet_server_process", "--rooms", "学习群",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    port = json.loads(await process.stdout.readline())["ready"]
    async with connect(f"127.0.0.1:{port}", token="loopback") as client:
        process.stdin.write('{"talker": "小明", "room": "学习群", "text": "你好"}\n'.encode())
        said = json.loads(await process.stdout.readline())["said"]
        message = await client.seen.next_of(MessageReceived)
        assert (message.id, message.text) == (said, "你好")
        message_id = await client.gateway.send_text(Conversation(room_id=message.room.id), "在", [message.talker.id])
        act = json.loads(await process.stdout.readline())
        assert (act["id"], act["kind"], act["mentions"], act["text"]) == (message_id, "text", ["小明"], "在")
    process.stdin.close()
    assert await process.wait() == 0
