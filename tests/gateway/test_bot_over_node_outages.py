"""`python -m bot run` when the Node gateway goes away, is frozen, or is not there yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.bot_process import LOGGED_IN, BotProcess, ask_for_help, bring_back, expect_return, settings
from tests.gateway.node_gateway import NodeGateway, free_port
from tests.patience import PATIENCE, PROMPTLY

pytestmark = [pytest.mark.node, pytest.mark.process]


@pytest.fixture
async def bot(own_node: NodeGateway, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """A bot that is about to connect."""
    settings(tmp_path)
    process = BotProcess(tmp_path, own_node.endpoint)
    await process.start()
    yield process
    await process.kill()


async def lose_and_find(node: NodeGateway, bot: BotProcess, away: float, within: float = PATIENCE) -> None:
    await bot.until_said(LOGGED_IN)
    await ask_for_help(node)
    await node.kill()
    await asyncio.sleep(away)
    await bring_back(node)
    await expect_return(node, bot, 2, within)


async def test_a_gateway_killed_for_five_seconds_is_found_again(own_node: NodeGateway, bot: BotProcess):
    await lose_and_find(own_node, bot, 5)


@pytest.mark.soak
async def test_a_gateway_killed_for_ninety_seconds_is_found_again(own_node: NodeGateway, bot: BotProcess):
    await lose_and_find(own_node, bot, 90, within=15)


@pytest.mark.soak
async def test_a_gateway_frozen_for_a_minute_is_found_again(own_node: NodeGateway, bot: BotProcess):
    await bot.until_said(LOGGED_IN)
    await ask_for_help(own_node)
    own_node.freeze()
    await asyncio.sleep(60)
    own_node.thaw()
    await expect_return(own_node, bot, logins=2, within=15)


async def test_a_gateway_that_is_down_at_the_start_is_waited_for(node_packages: None, tmp_path: Path):
    settings(tmp_path)
    node = NodeGateway()
    bot = BotProcess(tmp_path, node.endpoint)
    await bot.start()
    try:
        await bot.until_said("the gateway is lost")
        await bring_back(node)
        await expect_return(node, bot, logins=1)
        code, seconds = await bot.stop()
        assert (code, seconds < PROMPTLY) == (0, True)
    finally:
        await bot.kill()
        await node.kill()


async def test_sigterm_ends_a_bot_whose_gateway_is_away(tmp_path: Path):
    settings(tmp_path)
    bot = BotProcess(tmp_path, f"127.0.0.1:{free_port()}")
    await bot.start()
    try:
        await bot.until_said("the gateway is lost")
        code, seconds = await bot.stop()
        assert (code, seconds < PROMPTLY, bot.integrity()) == (0, True, "ok")
        assert "Traceback" not in bot.output
    finally:
        await bot.kill()
