"""A room that talks of other things for long hears one gentle line; nobody hears it otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.model import Act
from bot.plugins.moderation import audit_store, drifting
from bot.plugins.moderation.drifting_texts import nudge
from bot.plugins.moderation.topic_settings import TopicSettings
from bot.testing import SimulatedRoom
from tests.plugins.moderation.fair_kit import read, rewrite, told

pytestmark = pytest.mark.slow

THEME = "接口调试和数据库索引"
NUDGE = nudge(THEME)
BUSY = [f"数据库索引和接口调试的问题，第{one}步怎么调试接口" for one in "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸"]
IDLE = [f"今晚火锅吃毛肚，{one}家味道特别香" for one in "张王李赵孙周吴郑冯陈褚卫蒋沈韩杨朱秦尤许"]
CONFIG = """
commands: {{cooldown: 0s}}
plugins:
  moderation:
    welcome: {{enabled: false}}
    rules: {{flooding: false, repeats: false, adverts: false{rules}}}
    topic: {{theme: {theme}{more}}}
"""


def config(*, theme: str = THEME, more: str = "", rules: str = "", extra: str = "") -> str:
    return CONFIG.format(theme=theme, more=more, rules=rules) + extra


@pytest.fixture
def room_config() -> str:
    return config()


def nudges(room: SimulatedRoom) -> int:
    return sum(act.text == NUDGE for act in room.said if act.act is Act.TEXT and act.room)


async def talk(room: SimulatedRoom, texts: Sequence[str]) -> None:
    """Let three people talk, one message in 20 seconds."""
    people = itertools.cycle([room.member(name) for name in ("小明", "小红", "小刚")])
    for text in texts:
        await next(people).says(text)
        await room.clock.advance(seconds=20)
    await room.clock.advance(minutes=2)


async def entries(room: SimulatedRoom) -> list[Any]:
    return [one for one in await read(room, audit_store.latest_entries, [], 50) if one.rule == "topic"]


@pytest.mark.parametrize(
    ("written", "theme"), [("Python", ("Python",)), (["Python 学习", "面试"], ("Python 学习", "面试")), ([], ())]
)
def test_a_theme_is_a_line_or_several(written: object, theme: tuple[str, ...]) -> None:
    assert TopicSettings.model_validate({"theme": written}, strict=True).theme == theme


@pytest.mark.parametrize("written", [{"theme": 5}, {"theme": ["Python", ""]}, {"every": "5m"}, {"free": "晚上"}])
def test_other_settings_are_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TopicSettings.model_validate(written, strict=True)


async def test_talk_that_left_for_long_gets_one_line_with_its_reason_on_record(room: SimulatedRoom) -> None:
    await talk(room, IDLE)
    assert nudges(room) == 1
    (entry,) = await entries(room)
    assert str(entry.done) == "topic"
    assert entry.reason.startswith("最近 20 条里大约")
    assert "火锅" not in entry.reason  # it would outlast an erasure
    await talk(room, IDLE)
    assert nudges(room) == 1


async def test_after_a_while_it_is_said_again(room: SimulatedRoom) -> None:
    await talk(room, IDLE)
    await room.clock.advance(hours=2, minutes=10)
    await talk(room, IDLE)
    assert nudges(room) == 2


async def test_talk_about_the_theme_and_a_little_of_everything_hears_nothing(room: SimulatedRoom) -> None:
    await talk(room, BUSY)
    mixed = [IDLE[one] if one % 5 == 0 else BUSY[one] for one in range(20)]
    await talk(room, mixed)
    assert nudges(room) == 0
    assert await entries(room) == []


async def test_fillers_do_not_count(room: SimulatedRoom) -> None:
    await talk(room, [*IDLE[:12], *["哈哈哈哈"] * 10])
    assert nudges(room) == 0


async def test_who_came_back_is_not_called_back(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drifting, "_SOON", timedelta(minutes=9))
    await talk(room, [*IDLE[:14], *BUSY[:8]])
    await room.clock.advance(minutes=10)
    assert nudges(room) == 0


async def test_nothing_is_embedded_on_the_message_path(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    search = room.app.services.part("search")
    embed = search.embed

    async def count(texts: Sequence[str]) -> Any:
        asked.append(len(texts))
        return await embed(texts)

    monkeypatch.setattr(search, "embed", count)
    for text in IDLE:
        await room.member("小明").says(text)
    assert asked == []
    await room.clock.advance(minutes=2)
    assert asked
    assert max(asked) <= 2


async def test_a_crash_between_talk_and_line_loses_and_repeats_nothing(room: SimulatedRoom) -> None:
    for one, text in enumerate(IDLE):
        await room.member("小明" if one % 2 else "小红").says(text)
    await room.crash()
    await room.clock.advance(minutes=2)
    await room.member("小刚").says("今晚火锅真的很香很香")
    await room.clock.advance(minutes=2)
    assert nudges(room) == 1


async def test_a_paused_room_hears_nothing(room: SimulatedRoom) -> None:
    for one, text in enumerate(IDLE):
        await room.member("小明" if one % 2 else "小红").says(text)
    await room.owner.says("暂停")
    await room.clock.advance(minutes=2)
    assert nudges(room) == 0


class TestFreeHours:
    @pytest.fixture
    def room_config(self) -> str:
        return config(more=", free: 09:00-12:00")

    async def test_in_hours_for_chatting_nothing_is_said(self, room: SimulatedRoom) -> None:
        await talk(room, IDLE)
        assert nudges(room) == 0


class TestTrainingSession:
    @pytest.fixture
    def room_schedules(self) -> str:
        return """
sessions:
  - {id: hotpot, title: 火锅课, host: 老王, room: Python学习群, starts: 2026-12-01 09:00, duration: 1h, announce: []}
"""

    async def test_while_a_session_runs_nothing_is_said(self, room: SimulatedRoom) -> None:
        await talk(room, IDLE)
        assert nudges(room) == 0
        await room.clock.advance(hours=1)
        await talk(room, IDLE)
        assert nudges(room) == 1


class TestWithoutTheme:
    @pytest.fixture
    def room_config(self) -> str:
        return "plugins: {moderation: {welcome: {enabled: false}}}"

    async def test_a_room_without_a_theme_is_never_looked_at(
        self, room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(drifting, "_set", lambda *_: pytest.fail("it is looked at"))
        await talk(room, IDLE[:3])


class TestRehearsal:
    @pytest.fixture
    def room_config(self) -> str:
        return config(extra="rooms: {Python学习群: {dry_run: true}}\n")

    async def test_a_room_that_rehearses_has_its_owner_told(self, room: SimulatedRoom) -> None:
        await talk(room, IDLE)
        assert nudges(room) == 0
        (shown,) = [text for text in told(room, room.owner.name) if "本来会在群里轻轻提醒一句" in text]
        assert THEME in shown


class TestSwitchedOff:
    @pytest.fixture
    def room_config(self) -> str:
        return config(rules=", topic: false")

    async def test_without_the_rule_nothing_is_said(self, room: SimulatedRoom) -> None:
        await talk(room, IDLE)
        assert nudges(room) == 0

    async def test_switched_on_with_another_weight_it_observes_first(self, room: SimulatedRoom) -> None:
        await room.member("小明").says("大家好呀各位")
        await rewrite(room, config(rules=", topic: {kind: topic, text: 聊群里的主题, action: remind, weight: 2}"))
        await talk(room, IDLE)
        assert nudges(room) == 0
        shown = await room.owner.says("群规 观察", private=True)
        assert any("聊群里的主题" in text and "火锅" in text for text in shown)


async def test_while_a_change_of_the_rule_observes_the_version_before_speaks(room: SimulatedRoom) -> None:
    await room.member("小明").says("大家好呀各位")
    await rewrite(room, config(rules=", topic: {kind: topic, text: 聊群里的主题, action: report}"))
    await talk(room, IDLE)
    assert nudges(room) == 1
    assert any("火锅" in text for text in await room.owner.says("群规 观察", private=True))


class TestReported:
    @pytest.fixture
    def room_config(self) -> str:
        return config(rules=", topic: {kind: topic, text: 聊群里的主题, action: report, shadow: 0d}")

    async def test_a_rule_that_reports_tells_the_owner_instead(self, room: SimulatedRoom) -> None:
        await talk(room, IDLE)
        assert nudges(room) == 0
        assert any("由您决定" in text for text in told(room, room.owner.name))


async def test_the_rules_name_the_theme(room: SimulatedRoom) -> None:
    (shown,) = await room.member("小明").says("群规")
    assert f"尽量聊群里的主题：{THEME}" in shown


class TestRulesWithoutTheme:
    @pytest.fixture
    def room_config(self) -> str:
        return ""

    async def test_without_a_theme_they_do_not_mention_one(self, room: SimulatedRoom) -> None:
        (shown,) = await room.member("小明").says("群规")
        assert "主题" not in shown
