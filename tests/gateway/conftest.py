"""The Node gateway and a bot's gateway connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.gateway.wechaty_settings import Timings, TlsSettings
from bot.model import LoggedIn
from tests.gateway.collector import Collector
from tests.gateway.node_gateway import TOKEN, NodeGateway, install_harness

QUICK = Timings(
    connect=2.0,
    call=5.0,
    start=10.0,
    upload=30.0,
    first_event=1.0,
    ding_every=0.4,
    ding=0.8,
    silence=2.0,
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

    gateway: "WechatyGateway"  # noqa: F821, UP037  # imported lazily: it costs half a second
    seen: Collector


@pytest.fixture
def connect(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Bot]]:
    """Return a context manager that runs a gateway against an endpoint."""
    from bot.gateway.wechaty import WechatyGateway

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
async def node(node_packages: None) -> AsyncIterator[NodeGateway]:
    """A Node gateway with one room: 小明, 小红 (called 红红 there) and the owner 老王."""
    gateway = NodeGateway()
    await gateway.start()
    await furnish(gateway)
    yield gateway
    await gateway.kill()


async def furnish(gateway: NodeGateway) -> None:
    """Set up the room that every test starts with."""
    await gateway.do("contact", id="ming", name="小明", handle="xiaoming_wx")
    await gateway.do("contact", id="hong", name="小红", friend=False)
    await gateway.do("contact", id="wang", name="老王")
    await gateway.do("contact", id="qiang", name="阿强")
    await gateway.do(
        "room", id=ROOM, topic="Python学习群", members=["ming", "hong", "wang"], owner="wang", aliases={"hong": "红红"}
    )


@pytest.fixture
async def bot(node: NodeGateway, connect: Callable[..., AbstractAsyncContextManager[Bot]]) -> AsyncIterator[Bot]:
    """A gateway of ours, logged in at the Node gateway."""
    async with connect(node.endpoint) as running:
        yield running
