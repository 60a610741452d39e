"""Two records of one person become one, and their places do."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom
from tests.plugins.identities.kit import binding_code
from tests.plugins.training.kit import make_session, put, sent

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("before", [(), ("报名 fastapi-101", "取消 fastapi-101")])
async def test_a_place_of_the_new_account_is_kept(room: SimulatedRoom, before) -> None:
    await put(room, make_session())
    old, new = room.member("小明"), room.member("小明新号")
    for line in before:
        await old.says(line)
    await new.says("报名 fastapi-101")
    await new.says(f"绑定 {await binding_code(old)}", private=True)
    assert "FastAPI 入门实战" in "\n".join(await new.says("我的课", private=True))
    assert "FastAPI 入门实战" in "\n".join(await old.says("我的课", private=True))


async def test_two_places_of_one_person_become_one_and_the_next_in_line_gets_the_other(room: SimulatedRoom) -> None:
    await put(room, make_session(capacity=2))
    old, new, waiting = room.member("小明"), room.member("小明新号"), room.member("小红")
    for one in (old, new):
        await one.says("报名 fastapi-101")
    await waiting.says("候补 fastapi-101")
    told = len(sent(room, "小红"))
    await new.says(f"绑定 {await binding_code(old)}", private=True)
    await room.app.drain()
    assert len(sent(room, "小红")) > told
