from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.model import Conversation
from bot.testing import SimulatedRoom, simulated_room

pytestmark = pytest.mark.slow  # days of conversation

SUNDAY = datetime(2026, 12, 6, 1, 0, tzinfo=UTC)


async def check_in(room: SimulatedRoom, days: dict[str, int]) -> None:
    """Let people check in, each on the last so many days up to today."""
    for left in range(max(days.values()), 0, -1):
        for name, count in days.items():
            if count >= left:
                await room.member(name).says("打卡")
        if left > 1:
            await room.clock.advance(days=1)


async def test_a_check_in_a_day_is_told_with_the_days_in_a_row(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("打卡") == ["小明 打卡成功。"]
    assert await ming.says("打卡！") == ["今天已经打过卡了，明天再来。"]
    await room.clock.advance(days=1)
    assert await ming.says("打卡 看完第三章") == ["小明 打卡成功，连续 2 天。"]
    assert await ming.says("打卡 又看了第四章") == ["今天已经打过卡了，连续 2 天，明天再来。"]
    await room.crash()
    await room.clock.advance(days=2)
    assert await ming.says("打卡") == ["小明 打卡成功。"]


async def test_what_was_done_can_be_said_later_the_same_day(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("打卡")
    assert await ming.says("打卡 看完第三章") == ["补上了这句。今天已经打过卡了，明天再来。"]


async def test_the_small_hours_count_for_the_day_before(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await hong.says("打卡")
    await room.clock.advance(hours=17, minutes=30)  # half past two at night
    assert await ming.says("打卡") == ["小明 打卡成功。"]
    assert await hong.says("打卡") == ["昨天的卡已经打过了，凌晨 4 点以后再来。"]
    await room.clock.advance(hours=2)
    assert await ming.says("打卡") == ["小明 打卡成功，连续 2 天。"]


async def test_a_milestone_is_congratulated_on_once(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    said = []
    for pause in (1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0):
        said += await ming.says("打卡")
        await room.clock.advance(days=pause)
    assert said[6] == "小明 打卡成功，连续 7 天，坚持一周了，恭喜！"
    assert said[7] == "小明 打卡成功。"
    assert said[13] == "小明 打卡成功，连续 7 天。"


@pytest.mark.parametrize(
    "typed", ["打卡", "打卡了", "今日打卡", "打卡：第三章", "打卡第三天", "打卡Day 3", "@小知 我要打卡", "/打卡 第三章"]
)
async def test_it_is_said_in_many_ways(room: SimulatedRoom, typed: str) -> None:
    assert await room.member("小明").says(typed) == ["小明 打卡成功。"]


@pytest.mark.parametrize("typed", ["打卡隐身", "打卡 不上榜", "打卡：隐身"])
async def test_hiding_is_no_check_in(room: SimulatedRoom, typed: str) -> None:
    assert "打卡榜上不再有您" in (await room.member("小明").says(typed))[0]


@pytest.mark.parametrize(
    "chat",
    ["打卡了吗", "打卡地点在哪", "打卡 了吗？", "今天打卡了", "打卡第几天", "打卡：还来得及吗", "打卡 还来得及吗"],
)
async def test_chat_is_left_alone(room: SimulatedRoom, chat: str) -> None:
    assert await room.member("小明").says(chat) == []


async def test_the_ranking_of_the_week_has_shared_places(room: SimulatedRoom) -> None:
    assert await room.owner.says("打卡榜") == ["本周还没有人打卡，发「打卡」开个头。"]
    await check_in(room, {"小明": 3, "小红": 3, "小刚": 1})
    ranking = "本周 3 人打过卡：\n第 1 名（3 天）：小明、小红\n第 3 名（1 天）：小刚"
    assert await room.owner.says("打卡榜") == [ranking]
    assert await room.owner.says("打卡 榜") == [ranking]
    await room.clock.advance(days=7)
    assert await room.owner.says("打卡榜") == ["本周还没有人打卡，发「打卡」开个头。"]


async def test_who_is_further_down_reads_their_own_place(room: SimulatedRoom) -> None:
    await check_in(room, {"甲": 6, "乙": 5, "丙": 4, "丁": 3, "戊": 2, "己": 1})
    (told,) = await room.member("己").says("打卡榜")
    assert told.splitlines()[-2:] == ["第 5 名（2 天）：戊", "您 1 天，第 6 名。"]
    (told,) = await room.member("甲").says("打卡榜")
    assert told.splitlines()[-1] == "第 5 名（2 天）：戊"


async def test_who_hides_is_not_in_the_ranking_and_still_counted(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await check_in(room, {"小明": 2, "小红": 1})
    assert await ming.says("打卡 隐身") == ["好的，打卡榜上不再有您，打卡照常记。想回来发「打卡 现身」。"]
    assert await ming.says("打卡 隐身") == ["您已经不在打卡榜上了，打卡照常记。想回来发「打卡 现身」。"]
    assert await ming.says("打卡榜") == ["本周 1 人打过卡：\n第 1 名（1 天）：小红"]
    await room.clock.advance(days=1)
    assert await ming.says("打卡") == ["小明 打卡成功，连续 3 天。"]
    assert await ming.says("打卡 现身") == ["好的，打卡榜上又有您了。"]
    assert await ming.says("打卡 现身") == ["您本来就在打卡榜上，不想上榜发「打卡 隐身」。"]
    assert (await hong.says("打卡榜"))[0].splitlines()[1] == "第 1 名（3 天）：小明"


async def test_who_left_vanishes_from_the_ranking(room: SimulatedRoom) -> None:
    await check_in(room, {"小明": 2, "小红": 1})
    await room.member("小明").leaves()
    assert await room.owner.says("打卡榜") == ["本周 1 人打过卡：\n第 1 名（1 天）：小红"]


async def test_the_ranking_is_announced_on_sunday_where_somebody_checked_in() -> None:
    async with simulated_room(start=SUNDAY) as room:
        await room.clock.advance(hours=12)
        assert await room.texts() == []
        await room.clock.advance(days=6)
        await room.member("小明").says("打卡")
        await room.texts()
        await room.clock.advance(days=1)
        assert await room.texts() == [
            "本周 1 人打过卡：\n第 1 名（1 天）：小明\n下周接着来，发「打卡」就行；不想上榜发「打卡 隐身」。"
        ]


async def test_the_owner_may_have_no_ranking_or_another_time() -> None:
    for text, count in (("ranking: false", 0), ("ranking_at: 周日 21:30", 0), ("ranking_at: 周日 19:00", 1)):
        async with simulated_room(f"plugins:\n  study:\n    {text}\n", start=SUNDAY) as room:
            await room.member("小明").says("打卡")
            await room.texts()
            await room.clock.advance(hours=12)
            assert len(await room.texts()) == count


async def test_ones_own_month_comes_in_private(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert "您还没有打过卡，发「打卡」就开始了。" in await ming.says("我的打卡")
    await check_in(room, {"小明": 3})
    await room.clock.advance(days=2)
    said = await ming.says("我的打卡", private=True)
    head = "12 月打卡 3 天，连续 0 天，最长 3 天，一共 3 天。"
    assert said == [f"{head}\n一二三四五六日\n　●●●○・・\n・・・・・・・\n・・・・・・・\n・・・・・・・\n・・・・"]
    await ming.says("打卡 隐身", private=True)
    assert (await ming.says("我的打卡", private=True))[0].endswith("您不在打卡榜上，发「打卡 现身」回来。")


async def test_in_private_it_counts_where_they_checked_in_last(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    other = room.world.add_room("Go学习群", ming.contact_id, [room.bot_id])
    await room.after(lambda: room.world.say(ming.contact_id, Conversation(room_id=other), "大家好"))
    await ming.says("大家好")
    assert await ming.says("打卡", private=True) == ["您在好几个群里，请到要算的那个群里发「打卡」。"]
    await ming.says("打卡")
    await room.clock.advance(days=1)
    assert await ming.says("打卡", private=True) == ["小明 打卡成功，连续 2 天。"]


async def test_a_rush_is_answered_in_one_message() -> None:
    async with simulated_room(is_paced=True) as room:
        people = [room.member(f"成员{number}") for number in range(12)]
        before = len(room.said)

        def everybody() -> None:
            for one in people:
                room.world.say(one.contact_id, Conversation(room_id=room.room_id), "打卡")

        await room.after(everybody)
        texts = [act.text for act in room.said[before:]]
        assert sum(text.count("打卡成功。") for text in texts) == 12
        assert len(texts) <= 4
