from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model import Conversation
from bot.plugins.training.api import SessionCancelled, SessionChanged, TrainingSession
from bot.plugins.training.sessions_store import put_session
from bot.storage import Database
from bot.testing import TOPIC, SimulatedRoom, simulated_room

pytestmark = pytest.mark.slow  # days of conversation

K8S = TrainingSession(
    id="k8s-101",
    entry="k8s-101",
    starts_at=datetime(2026, 12, 5, 12, 0, tzinfo=UTC),
    ends_at=datetime(2026, 12, 5, 14, 0, tzinfo=UTC),
    timezone="Asia/Shanghai",
    title="Kubernetes 入门：从部署到排障",
    rooms=(TOPIC,),
)
TOLD = "您想听的「K8s 入门」开课了：《Kubernetes 入门：从部署到排障》12-05 周六 20:00。想来就发「报名 k8s-101」。"


async def offer(room: SimulatedRoom, session: TrainingSession = K8S) -> list[tuple[str | None, str]]:
    def publish(db: Database) -> None:
        put_session(db, session)
        room.app.services.publish(db, SessionChanged(session.id, "新增"))

    return await change(room, publish)


async def call_off(room: SimulatedRoom, session: TrainingSession = K8S) -> list[tuple[str | None, str]]:
    def publish(db: Database) -> None:
        put_session(db, replace(session, is_cancelled=True))
        room.app.services.publish(db, SessionCancelled(session.id))

    return await change(room, publish)


async def change(room: SimulatedRoom, fn: Callable[[Database], None]) -> list[tuple[str | None, str]]:
    before = len(room.said)
    await room.app.storage.run(room.app.config.community, fn)
    await room.app.drain()
    return [(act.to, act.text) for act in room.said[before:] if "想听" in act.text]


async def test_who_wishes_the_same_is_counted_together(room: SimulatedRoom) -> None:
    ming, hong, gang = room.member("小明"), room.member("小红"), room.member("小刚")
    assert await ming.says("想听 K8s 入门") == ["记下了，您是第一个想听「K8s 入门」的。开课时我私聊告诉您。"]
    assert await hong.says("想听 kubernetes 基础入门") == ["已有 1 人想听「K8s 入门」，算您一个。"]
    assert await hong.says("想听 K8s入门") == ["您说过想听「K8s 入门」了，现在共 2 人。"]
    assert await gang.says("想听 K8s 进阶") == ["记下了，您是第一个想听「K8s 进阶」的。开课时我私聊告诉您。"]
    assert await gang.says("想听 K8s 进阶") == ["您说过想听「K8s 进阶」了，还只有您一个。"]
    listed = "大家想听的，也想听就回复数字：\n1. K8s 入门（2 人）\n2. K8s 进阶（1 人）"
    assert await gang.says("想听榜") == [listed]
    assert await gang.says("1") == ["已有 2 人想听「K8s 入门」，算您一个。"]
    assert await ming.says("想听 2") == ["已有 1 人想听「K8s 进阶」，算您一个。"]


@pytest.mark.parametrize(
    "typed", ["想听Go语言", "想听《Go语言》", "想听：Go语言", "想听，Go语言", "@小知 我想听 Go语言", "我想听Go语言"]
)
async def test_a_wish_may_be_written_closely(room: SimulatedRoom, typed: str) -> None:
    told = await room.member("小明").says(typed)
    assert "您是第一个想听「Go语言」的" in told[-1]


async def test_the_owner_sees_in_private_what_is_wished_in_all_rooms(room: SimulatedRoom) -> None:
    await room.member("小明").says("想听 Go")
    assert await room.owner.says("想听榜", private=True) == ["大家想听的，也想听就回复数字：\n1. Go（1 人）"]


async def test_a_wish_is_taken_back(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    assert await ming.says("/不想听") == ["您还没有说过想听什么，发「想听 题目」就行，比如「想听 K8s 入门」。"]
    await ming.says("想听 K8s 入门")
    await hong.says("想听 Go 并发")
    assert await ming.says("不想听 Go 并发") == ["您没有说过想听这个，发「想听榜」看看有哪些。"]
    assert await ming.says("不想听 2") == ["您没有说过想听这个，发「想听榜」看看有哪些。"]
    assert await ming.says("不想听") == ["好的，去掉了「K8s 入门」。"]
    await ming.says("想听 Go 并发")
    await ming.says("想听 Rust")
    assert await ming.says("不想听") == ["去掉哪一个？请回复数字：\n1. Go 并发\n2. Rust"]
    assert await ming.says("2") == ["好的，去掉了「Rust」。"]
    assert await ming.says("不想听 golang 并发编程") == ["好的，去掉了「Go 并发」。"]
    assert await hong.says("想听榜") == ["大家想听的，也想听就回复数字：\n1. Go 并发（1 人）"]


@pytest.mark.parametrize(
    "chat",
    [
        "想听",
        "想听！",
        "想听 你唱歌",
        "想听 什么呢",
        "想听听大家的意见",
        "不想听",
        "不想听 你说了",
        f"想听 {'字' * 41}",
    ],
)
async def test_chat_is_left_alone(room: SimulatedRoom, chat: str) -> None:
    assert await room.member("小明").says(chat) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/想听", "请写上题目，比如「想听 K8s 入门」。"),
        ("想听 99", "想听榜里没有第 99 个，发「想听榜」看看有哪些。"),
        ("/想听 。", "请写上题目，比如「想听 K8s 入门」。"),
        ("想听 加我 abc.com 领资料", "题目写几个字就好，不要带链接，比如「想听 K8s 入门」。"),
        (f"/想听 {'字' * 41}", "题目写短一点，最多 40 个字，比如「想听 K8s 入门」。"),
    ],
)
async def test_what_is_no_topic_is_told(room: SimulatedRoom, typed: str, told: str) -> None:
    assert await room.member("小明").says(typed) == [told]


async def test_nobody_wishes_more_than_the_owner_lets_them() -> None:
    async with simulated_room("plugins:\n  study:\n    most_wishes: 2\n") as room:
        ming, hong = room.member("小明"), room.member("小红")
        await hong.says("想听 Redis")
        await ming.says("想听 Go")
        await ming.says("想听 Rust")
        told = "您已经想听 2 个题目了，先发「不想听」去掉一个再加。"
        assert await ming.says("想听 Java") == [told]
        assert await ming.says("想听 Redis") == [told]
        assert await ming.says("想听 go") == ["您说过想听「Go」了，还只有您一个。"]


async def test_who_left_is_not_counted(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await ming.says("想听 Go")
    await hong.says("想听 Go")
    await ming.leaves()
    assert await hong.says("想听榜") == ["大家想听的，也想听就回复数字：\n1. Go（1 人）"]
    await hong.leaves()
    (empty,) = await room.member("小刚").says("想听榜")
    assert empty.startswith("还没有人说想听什么")


async def test_who_wished_it_is_told_once_in_private_when_it_is_offered(room: SimulatedRoom) -> None:
    ming, hong, gang = room.member("小明"), room.member("小红"), room.member("小刚")
    await ming.says("想听 K8s 入门")
    await hong.says("想听 k8s入门")
    await gang.says("想听 Go")
    assert sorted(await offer(room)) == sorted([("小明", TOLD), ("小红", TOLD)])
    assert await offer(room) == []
    await room.crash()
    await room.clock.advance(days=1)
    assert [text for text in await room.texts() if "开课了" in text] == [TOLD, TOLD]
    assert await gang.says("想听榜") == ["大家想听的，也想听就回复数字：\n1. Go（1 人）"]


async def test_a_wish_that_is_offered_already_is_answered_with_it(room: SimulatedRoom) -> None:
    await offer(room)
    said = "这个已经排了课：《Kubernetes 入门：从部署到排障》12-05 周六 20:00，发「报名 k8s-101」就行。"
    assert await room.member("小明").says("想听 K8s 入门") == [said]
    assert await offer(room) == []


async def test_what_is_for_another_room_or_over_meets_no_wish(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("想听 K8s 入门")
    assert await offer(room, replace(K8S, rooms=("别的群",))) == []
    past = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    assert await offer(room, replace(K8S, starts_at=past, ends_at=past + timedelta(hours=5))) == []
    series = replace(K8S, id="k8s/2026-12-05", entry="k8s")
    assert [text[-16:] for _, text in await offer(room, series)] == ["发「报名 k8s 12-05」。"]


async def test_a_wish_stands_again_when_the_session_is_called_off(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("想听 K8s 入门")
    await offer(room)
    await call_off(room)
    assert await ming.says("想听榜") == ["大家想听的，也想听就回复数字：\n1. K8s 入门（1 人）"]
    assert len(await offer(room, replace(K8S, id="k8s-102", entry="k8s-102"))) == 1


async def test_without_private_messages_those_who_wished_are_rung_in_the_room(room: SimulatedRoom) -> None:
    room.gateway.capabilities = replace(room.gateway.capabilities, can_send_private=False)
    await room.member("小明").says("想听 K8s 入门")
    await room.member("小红").says("想听 K8s 入门")
    await offer(room)
    (told,) = [act for act in room.said if act.text.endswith(TOLD)]
    assert told.room == TOPIC
    assert set(told.mentions) == {"小明", "小红"}


async def test_in_private_the_room_is_the_one_they_are_in(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    assert await ming.says("想听 Go", private=True) == ["记下了，您是第一个想听「Go」的。开课时我私聊告诉您。"]
    assert await ming.says("想听榜", private=True) == ["大家想听的，也想听就回复数字：\n1. Go（1 人）"]
    other = room.world.add_room("Go学习群", ming.contact_id, [room.bot_id])
    await room.after(lambda: room.world.say(ming.contact_id, Conversation(room_id=other), "想听 Rust"))
    assert await ming.says("想听 Java", private=True) == ["您在好几个群里，请到要算的那个群里发「想听 Java」。"]
    assert await ming.says("想听榜", private=True) == [
        "「Python学习群」想听的：\n· Go（1 人）\n「Go学习群」想听的：\n· Rust（1 人）"
    ]
    stranger = room.stranger("路人")
    assert await stranger.says("想听 Go", private=True) == ["请先加入一个我所在的群，再发这一条。"]
