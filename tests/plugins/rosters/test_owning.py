from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.plugins.rosters.owning import read_numbers
from bot.plugins.rosters.settings import RostersSettings
from bot.testing import SimulatedRoom, simulated_room
from tests.plugins.rosters.kit import VIP, Club

pytestmark = pytest.mark.slow  # weeks of conversation


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2", [2]), ("2 3", [2, 3]), ("2、3,10", [2, 3, 10]), ("第二个", [2]), ("1。", [1]), ("2 和 3", [2, 3]),
        ("2023-01-01", []), ("3 点见", []), ("好", []), ("", []), ("1234 5", []), ("-1", []),
    ],
)  # fmt: skip
def test_only_bare_numbers_are_numbers_of_the_list(text: str, numbers: list[int]) -> None:
    assert read_numbers(text) == numbers


async def test_the_overview_says_who_is_missing_and_who_is_extra(room: SimulatedRoom, club: Club) -> None:
    gang = room.member("小刚")
    await club.gives(gang, 1)
    room.gateway.lose(can_add=False)
    await club.gives(room.member("小红"), 60)
    await club.until(4, 10)
    (said,) = await room.owner.says("群名单", private=True)
    assert said == (
        f"「{VIP}」在群 32 人，会员 1 人（已开始）\n没进群的会员：小红（邀请过 3 次）\n"
        "过了宽限期的：小刚（12-02 到期）\n没开过会员的 30 人，不会移出：老友0、老友1、老友2、老友3、老友4 等\n"
        "周六 12-05 12:00 移出下面这些人，回编号留人：\n1. 全部保留\n2. 保留 小刚（12-02 到期）"
    )
    assert (await room.owner.says("2", private=True))[0].startswith("好的，小刚留在")


async def test_what_the_owner_asks_in_the_room_is_answered_in_private(room: SimulatedRoom, club: Club) -> None:
    room.member("小红")
    said, note = await room.owner.says("群名单")
    assert said.startswith(f"「{VIP}」在群 31 人")
    assert note == "群主，已私聊回复您。"
    assert await room.owner.says("除外 @小红") == ["好的，小红 以后都不会被移出。", "群主，已私聊回复您。"]
    assert await room.owner.says("除外 @小红") == ["小红 已经在除外里了，不会被移出。", "群主，已私聊回复您。"]


async def test_chat_with_these_words_stays_chat(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    for said in ("保留 一下这份文件", "保留意见", "保留", "除外责任是什么", "群名单里没有我"):
        assert await room.owner.says(said) == []
        assert await hong.says(said) == []


async def test_a_member_may_not_look_or_change_anything(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    for typed in ("群名单", "群名单 暂停", "除外 @小红", "保留 小红"):
        (said,) = await hong.says(typed, private=True)
        assert "群主" in said
    assert "已开始" in (await room.owner.says("群名单", private=True))[0]


async def test_wrong_words_are_answered_kindly(room: SimulatedRoom, club: Club) -> None:
    async def answer(typed: str) -> str:
        return (await room.owner.says(typed, private=True))[0]

    assert await answer("群名单 没有这个群") == f"没有套餐开放「没有这个群」这个群。有：{VIP}。"
    assert await answer("群名单 开始 没有") == f"没有套餐开放「没有」这个群。有：{VIP}。"
    assert (await answer("群名单 vip")).startswith(f"「{VIP}」在群")
    assert await answer("群名单 继续") == "没有停下来等您的名单，不用继续。"
    assert await answer("保留 小红") == "现在没有等您看的移出名单。要让谁以后都不被移出，发「除外 @成员」。"
    assert await answer("保留") == "现在没有等您看的移出名单。要让谁以后都不被移出，发「除外 @成员」。"


async def test_before_any_plan_opens_a_room_the_owner_is_told_how() -> None:
    async with simulated_room() as room:
        (said,) = await room.owner.says("群名单", private=True)
        assert said.startswith("还没有套餐开放群。在 bot.yaml 的套餐里写 opens: [member, room:群名]")


async def test_a_room_that_the_bot_is_not_in_is_said_so(room: SimulatedRoom) -> None:
    assert await room.owner.says("群名单", private=True) == [f"套餐开放了「{VIP}」，但我还没进这些群。请把我拉进去。"]


async def test_bot_yaml_may_start_it_and_name_who_is_never_removed() -> None:
    config = """
plugins:
  rosters: {dry_run: false, allow: [weixin:laowang, 小刚], remove_hour: 15}
  membership:
    plans:
      - {id: month, title: 月度会员, price: 19.9, period: 1m, opens: [member, room:VIP群]}
"""
    async with simulated_room(config) as room:
        club = Club(room, others=60)
        room.world.say(room.owner.contact_id, club.place, "大家好")
        await room.app.drain()
        for name in ("小红", "小刚"):
            await club.gives(room.member(name), 1)
        (said,) = await room.owner.says("群名单", private=True)
        assert "（已开始）" in said
        await club.until(4, 16)
        assert "小红" not in club.people
        assert "小刚" in club.people


async def test_a_room_that_is_rehearsed_altogether_is_rehearsed_here() -> None:
    config = """
rooms:
  VIP群: {dry_run: true}
plugins:
  rosters: {dry_run: false}
  membership:
    plans:
      - {id: month, title: 月度会员, price: 19.9, period: 1m, opens: [member, room:VIP群]}
"""
    async with simulated_room(config) as room:
        club = Club(room)
        room.world.say(room.owner.contact_id, club.place, "大家好")
        await room.app.drain()
        await room.owner.says("群名单 开始", private=True)
        assert "（演练中" in (await room.owner.says("群名单", private=True))[0]


async def test_a_new_name_of_the_room_stops_everything_and_is_told(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await club.gives(hong, 1)
    await club.until(3, 21)
    room.world.rename_room(club.room_id, "贵宾群", room.owner.contact_id)
    told = club.told(await club.passes(days=2), "群主")
    assert told[-1].startswith(f"「{VIP}」改名成「贵宾群」了，套餐里写的还是 room:{VIP}，这个群的邀请和移出先停了。")
    assert "小红" in club.people
    room.world.rename_room(club.room_id, VIP, room.owner.contact_id)
    await club.passes(days=2)
    assert "小红" not in club.people


@pytest.mark.parametrize(("written", "fault"), [("1m", "5 分钟到 1 天"), ("2d", "5 分钟到 1 天")])
def test_a_pause_that_is_too_short_or_too_long_is_refused(written: str, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        RostersSettings.model_validate({"check_every": written})
