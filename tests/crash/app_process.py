"""The whole bot as the process that is killed: the composition root over the recorder's socket, with one plugin."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from bot.app import App
from bot.clock import SystemClock
from bot.config_model import Config
from bot.model import Delivery
from bot.plugin import Context, Plugin, Reply, Rest, Settings
from tests.crash.socket_gateway import SocketGateway

ding_dong = Plugin("dingdong", title="崩溃测试")


@ding_dong.command("ding", hidden=True)
async def ding(_ctx: Context[Settings], rest: Rest) -> Reply:
    """ding：回答 dong。"""
    return Reply(text=f"dong {rest}", delivery=Delivery.AT_LEAST_ONCE)


@ding_dong.command("ding!", hidden=True)
async def ding_once(_ctx: Context[Settings], rest: Rest) -> Reply:
    """ding!：回答 dong!，最多一次。"""
    return Reply(text=f"dong! {rest}", delivery=Delivery.AT_MOST_ONCE)


def crash_config(folder: Path, community: str) -> Config:
    """Return a configuration without knowledge and limits, with time for a busy machine to hear its echoes."""
    config = Config(community=community, knowledge=str(folder / "no-knowledge"))
    sending = config.sending.model_copy(update={"settle_seconds": 3.0})
    commands = config.commands.model_copy(
        update={"cooldown": 0 * config.commands.cooldown, "daily_per_member": 10**9, "daily_per_room": 10**9}
    )
    return config.model_copy(update={"sending": sending, "commands": commands})


async def main(path: Path, port: int, options: dict[str, bool], community: str) -> None:
    gateway = SocketGateway(port, **options)
    config = crash_config(path.parent, community)
    app = App(
        config, gateway, SystemClock(), data_dir=path.parent, plugins=[ding_dong], encoder="hashing", is_paced=False
    )
    await app.start()
    os.write(1, f"ready {os.getpid()}\n".encode())  # in one piece: the zygote and its children share the pipe
    await asyncio.Event().wait()
