"""A replay of what was said decides as the bot did, on every message, whatever happened to the rules meanwhile."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.moderation.adverts import AdvertFilter
from bot.plugin import Database
from bot.plugins.moderation.settings import ModerationSettings
from bot.testing import TOPIC, SimulatedRoom, simulated_room
from tests.examples import examples
from tests.plugins.moderation.fair_kit import rewrite
from tests.plugins.moderation.replay_kit import Decided, live, replay, stored

BASE = "commands: {cooldown: 0s}\n"
RULES = (
    "{}",
    "{carrot: {kind: words, words: [胡萝卜], action: warn, shadow: 0d}}",
    "{carrot: {kind: words, words: [胡萝卜, 白菜], action: remind}}",
    "{carrot: {kind: words, words: [白菜], action: report, weight: 2, shadow: 1d}, flooding: {count: 3, within: 1m}}",
    "{often: {kind: repeat, count: 2, within: 2h, action: warn, shadow: 0d}, links: {kind: link, deny: [t.cn]}}",
    "{newcomers: false, early: {kind: newcomer, what: [link], when: {first: 2}, action: warn, shadow: 0d}}",
    "{night: {kind: hours, when: {hours: '22:00-07:00'}, shadow: 0d}}",
    "{carrot: {kind: pattern, patterns: ['胡.?萝'], action: remove, shadow: 0d}}",
)
TEXTS = (
    "大家好",
    "我家的胡萝卜熟了",
    "胡 萝 卜",
    "白菜炖豆腐怎么做",
    "同样的一句话我要说很多遍才行",
    "看看这个 http://t.cn/abc 不错",
    "想赚钱的加我微信：abc12345",
    "@小红 @小刚 你们看一下",
    "第一个问题是这样的",
    "哈哈",
)
NAMES = ("小明", "小红", "小刚")
ACTS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
    st.tuples(st.just("say"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
    st.tuples(st.just("newcomer"), st.sampled_from(TEXTS), st.sampled_from(TEXTS)),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 700, 4_000, 90_000]), st.none()),
    st.tuples(st.just("rules"), st.integers(0, len(RULES) - 1), st.none()),
    st.tuples(st.sampled_from(["群规 应用 全部", "群规 放弃 全部", "crash"]), st.none(), st.none()),
)


async def play(room: SimulatedRoom, acts: list[tuple[str, Any, Any]]) -> None:
    """Let all of it happen."""
    newcomers = 0
    for act, first, second in acts:
        if act == "say":
            await room.member(first).says(second)
        elif act == "newcomer":
            newcomers += 1
            person = room.stranger(f"新人{newcomers}")
            await person.joins()
            await person.says(first)
            await person.says(second)
        elif act == "wait":
            await room.clock.advance(seconds=first)
        elif act == "rules":
            await rewrite(room, f"{BASE}plugins: {{moderation: {{rules: {RULES[first]}}}}}\n")
        elif act == "crash":
            await room.crash()
        elif act == "mark":
            await room.owner.quotes(first, "广告")
        else:
            await room.owner.says(act, private=True)
        await room.clock.advance(seconds=3)


async def both(room: SimulatedRoom) -> tuple[list[Decided], list[Decided]]:
    """Return what was decided live, and what is decided again."""

    def read(db: Database) -> tuple[list[Decided], list[Decided]]:
        room_id = next(iter({one.room_id for one in stored(db, room_id_of(db))}))
        return live(stored(db, room_id)), replay(db, room_id, ModerationSettings())

    return await room.app.storage.read(room.app.config.community, read)


def room_id_of(db: Database) -> str:
    """Return our id of the only room."""
    from bot.plugin import list_rooms

    return next(one.id for one in list_rooms(db) if one.topic == TOPIC)


async def run(acts: list[tuple[str, Any, Any]]) -> tuple[list[Decided], list[Decided]]:
    async with simulated_room(BASE) as room:
        await room.member(NAMES[0]).says("早")
        await play(room, acts)
        return await both(room)


@pytest.mark.slow  # rooms by the dozen
@given(st.lists(ACTS, min_size=5, max_size=30))
@settings(max_examples=examples(5), phases=(Phase.explicit, Phase.generate))  # an example takes seconds
def test_a_replay_decides_as_the_bot_did(acts: list[tuple[str, Any, Any]]) -> None:
    lived, replayed = asyncio.run(run(acts))
    assert replayed == lived


@pytest.mark.soak
@given(st.lists(ACTS, min_size=5, max_size=60))
@settings(max_examples=100, phases=(Phase.explicit, Phase.generate))
def test_a_replay_decides_as_the_bot_did_in_a_hundred_rooms(acts: list[tuple[str, Any, Any]]) -> None:
    lived, replayed = asyncio.run(run(acts))
    assert replayed == lived


@pytest.mark.slow  # a room for a day
def test_a_day_is_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AdvertFilter, "continued", lambda self, _marks: self)  # it learns in the soak
    decide_a_day_again(120)


@pytest.mark.soak
def test_a_day_of_five_hundred_messages_is_decided_again() -> None:
    decide_a_day_again(500)


def decide_a_day_again(messages: int) -> None:
    """Let a day pass in which rules are changed and applied and messages are marked, and decide it again."""
    chance = random.Random(6)
    acts: list[tuple[str, Any, Any]] = [("rules", 3, None)]
    step = messages // 10
    for number in range(messages):
        acts.append(("say", chance.choice(NAMES), chance.choice(TEXTS)))
        if number % step == 0:
            acts.append(("newcomer", chance.choice(TEXTS), chance.choice(TEXTS)))
        acts.append(("wait", chance.choice([1, 20, 300]), None))
        if number in {2 * step, 6 * step}:
            acts.append(("rules", number // step - 1, None))
        if number == 4 * step:
            acts.append(("群规 应用 全部", None, None))
        if number in {5 * step, 8 * step}:
            acts.append(("mark", TEXTS[4] if number == 5 * step else TEXTS[8], None))
    lived, replayed = asyncio.run(run(acts))
    assert replayed == lived
    assert len({one.action for one in lived}) > 2, "something of every sort happened"
    assert any(shadow for one in lived for *_, shadow in one.found)
