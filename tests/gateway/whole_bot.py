"""The whole bot in the test's process: its pauses are off and its waiting times can be shortened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import App
from bot.cli.bench_pipeline import unlimited
from bot.clock import SystemClock
from bot.config_model import Config
from bot.config_types import parse_person
from bot.gateway.wechaty_settings import Timings
from bot.plugin import Context, Plugin, Rest, Settings
from tests.gateway.node_gateway import TOKEN
from tests.patience import PATIENCE

ding_dong: Plugin[Settings] = Plugin("dingdong", title="对照测试")


@ding_dong.command("ding", hidden=True)
async def dong(_ctx: Context[Settings], rest: Rest) -> str:
    """ding：回答 dong 和同一个编号。"""
    return f"dong {rest}"


def make_app(
    endpoint: str, folder: Path, *, owner: str = "", timings: Timings | None = None, settle_seconds: float = 10.0
) -> App:
    """Return a bot that has no knowledge and answers ding as fast as the gateway takes it."""
    from bot.gateway.wechaty import WechatyGateway  # it costs half a second; few tests need it

    clock = SystemClock()
    gateway = WechatyGateway(endpoint, TOKEN, clock, lock_folder=folder, timings=timings)
    owners = (parse_person(owner),) if owner else ()
    config = unlimited(Config(knowledge=str(folder / "no-knowledge"), owner=owners))
    sending = config.sending.model_copy(update={"settle_seconds": settle_seconds})
    config = config.model_copy(update={"sending": sending})
    return App(config, gateway, clock, data_dir=folder, plugins=[ding_dong], encoder="hashing", is_paced=False)


@asynccontextmanager
async def online(app: App) -> AsyncIterator[App]:
    """Run a bot and wait for its login."""
    await app.start()
    try:
        await until(lambda: bool(app.dispatcher.core.facts.rooms()))
        yield app
    finally:
        await app.stop()


async def until(is_so: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait for real until something is so."""
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110 - two processes and no common event
            await asyncio.sleep(0.02)
