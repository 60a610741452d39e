from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def test_an_unknown_question_is_noted_once_and_listed(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    (said,) = await alice.says("问 zzz qqq vvv www")
    assert said == "知识库里还没有这个问题的答案，已记下（Q1）。\n您知道答案的话，发送「分享 标题 正文」就能补上。"
    (again,) = await alice.says("问 ZZZ QQQ，vvv www？")
    assert "（Q1）" in again
    assert await alice.says("待答") == ["还没有答案的问题有 1 个：\nQ1 zzz qqq vvv www（小明 12月1日）"]
