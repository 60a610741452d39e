"""The gateway to a puppet service does what the protocol promises, against the Node service."""

from __future__ import annotations

import pytest

from tests.gateway.conformance import CHECKS, Check
from tests.gateway.conftest import Bot
from tests.gateway.node_gateway import NodeGateway
from tests.gateway.stages import NodeStage

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_gateway_keeps_the_promise_that(check: Check, node: NodeGateway, bot: Bot):
    await check(NodeStage(node, bot.gateway, bot.seen))
