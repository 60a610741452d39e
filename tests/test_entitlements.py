"""What members may use is decided by the one plugin that sells it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.clock import VirtualClock
from bot.config_model import Config
from bot.loader import Loader
from bot.loader_library import Library
from bot.plugin import Context, Plugin
from bot.testing import SimulatedRoom
from tests.dispatcher_harness import START

ENTITLER = """
from bot.plugin import Plugin
plugin = Plugin("{name}")
@plugin.entitles
async def may_use(ctx, member_id, entitlement): return True
"""

shop = Plugin[Any]("shop")
sold: set[str] = set()


@shop.entitles
async def may_use(ctx: Context[Any], member_id: str, entitlement: str) -> bool:
    if entitlement == "broken":
        raise RuntimeError("the shop is closed")
    return entitlement in sold and member_id != ""


@shop.command("回放", entitlement="replay")
async def replay(ctx: Context[Any]) -> str:
    """回放：看回放。"""
    return "回放在这里。"


@shop.command("问权益")
async def ask(ctx: Context[Any], what: str) -> str:
    """问权益 <词>：能不能用。"""
    allowed = ctx.part("entitlements")
    return f"{await allowed(ctx.talker, what)} {await allowed(ctx.talker.id, what)}"


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    sold.clear()
    return (shop,)


async def test_a_command_asks_the_plugin_that_sells(room: SimulatedRoom) -> None:
    alice = room.member("Alice")
    assert await alice.says("回放") == ["「回放」是会员才有的，发送「套餐」看看怎么开通。"]
    sold.add("replay")
    room.clock.advance(minutes=1)
    assert await alice.says("回放") == ["回放在这里。"]


async def test_plugins_ask_by_member_or_by_id(room: SimulatedRoom) -> None:
    sold.add("replay")
    assert await room.member("Alice").says("问权益 replay") == ["True True"]


async def test_a_plugin_that_fails_opens_nothing(room: SimulatedRoom) -> None:
    assert (await room.member("Alice").says("问权益 broken"))[-1] == "False False"


def test_two_plugins_cannot_both_decide(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(ENTITLER.format(name=name), encoding="utf-8")
    loader = Loader(Library("", [tmp_path], use_installed=False), Config, VirtualClock(START))
    faults = loader.load_all()
    assert [str(fault) for fault in faults] == ["plugin second: first decides already what members may use"]
    entitler = loader.entitler()
    assert entitler is not None
    assert entitler.name == "first"
