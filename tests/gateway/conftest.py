"""The Node gateway and a bot's gateway connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.gateway.wechaty_settings import Timings, TlsSettings
from bot.model import Conversation, GatewayLost, GatewayRestored, LoggedIn
from tests.gateway.collector import Collector
from tests.gateway.node_gateway import TOKEN, NodeGateway, install_harness
from tests.patience import PATIENCE

QUICK = Timings(
    connect=5.0,
    call=5.0,
    start=10.0,
    upload=30.0,
    first_event=5.0,
    ding_every=0.4,
    ding=4.0,
    silence=8.0,
    backoff_first=0.1,
    backoff_longest=2.0,
    knock_every=0.2,
    knock=0.3,
    stable_after=1.0,
    retry_payload=0.02,
    farewell=0.5,
)
ROOM = "20001@chatroom"


@pytest.fixture(scope="session")
def node_packages() -> None:
    install_harness()


@dataclass
class Bot:
    """A gateway under test with what it delivered."""

    gateway: Any
    seen: Collector


@pytest.fixture
def connect(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Bot]]:
    """Return a context manager that runs a gateway against an endpoint."""
    from bot.gateway.wechaty import WechatyGateway  # it costs half a second; few tests need it

    @asynccontextmanager
    async def run(
        endpoint: str,
        *,
        token: str = TOKEN,
        timings: Timings = QUICK,
        tls: TlsSettings | None = None,
        logged_in: bool = True,
        puppet: str = "",
    ) -> AsyncIterator[Bot]:
        gateway = WechatyGateway(
            endpoint, token, SystemClock(), lock_folder=tmp_path, tls=tls, timings=timings, puppet=puppet
        )
        seen = Collector()
        await gateway.start(seen)
        try:
            if logged_in:
                await seen.next_of(LoggedIn)
            yield Bot(gateway, seen)
        finally:
            await gateway.stop()

    return run


@pytest.fixture
async def own_node(node_packages: None) -> AsyncIterator[NodeGateway]:
    """A Node process for one test, to be killed and frozen; starting one takes two seconds."""
    gateway = NodeGateway()
    await gateway.start()
    await furnish(gateway)
    yield gateway
    await gateway.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_node(node_packages: None) -> AsyncIterator[NodeGateway]:
    """A Node process for all tests of a module."""
    gateway = NodeGateway()
    await gateway.start()
    yield gateway
    await gateway.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def node(shared_node: NodeGateway) -> NodeGateway:
    """The module's Node process with a fresh world; for tests on the module's event loop."""
    await shared_node.do("reset")
    await furnish(shared_node)
    shared_node.forget()
    return shared_node


@pytest_asyncio.fixture(loop_scope="module")
async def bot(node: NodeGateway, connect: Callable[..., AbstractAsyncContextManager[Bot]]) -> AsyncIterator[Bot]:
    """A gateway of ours, logged in at the module's Node process."""
    async with connect(node.endpoint) as running:
        yield running


async def furnish(gateway: NodeGateway) -> None:
    """Set up the room that every test starts with: 小明, 小红 (called 红红 there) and the owner 老王."""
    await gateway.do("contact", id="ming", name="小明", handle="xiaoming_wx")
    await gateway.do("contact", id="hong", name="小红", friend=False)
    await gateway.do("contact", id="wang", name="老王")
    await gateway.do("contact", id="qiang", name="阿强")
    await gateway.do(
        "room", id=ROOM, topic="Python学习群", members=["ming", "hong", "wang"], owner="wang", aliases={"hong": "红红"}
    )


async def say(gateway: NodeGateway, text: str) -> None:
    """Let 小明 say something in the room."""
    await gateway.do("say", **{"from": "ming", "room": ROOM, "text": text})


async def expect_recovery(gateway: NodeGateway, bot: Bot, within: float = PATIENCE) -> None:
    """The outage is told once with its beginning, and messages flow again."""
    restored = await bot.seen.next_of(GatewayRestored, within)
    await bot.seen.next_of(LoggedIn, within, count=2)
    await say(gateway, "回来了吗")
    await bot.seen.until(lambda: "回来了吗" in bot.seen.texts)
    await bot.gateway.send_text(Conversation(room_id=ROOM), "回来了")
    assert gateway.told("messageSendText")[-1] == [ROOM, "回来了", []]
    lost = bot.seen.of(GatewayLost)
    assert (len(lost), len(bot.seen.of(GatewayRestored))) == (1, 1)
    assert not lost[0].is_permanent
    assert restored.lost_at <= lost[0].at <= restored.at
