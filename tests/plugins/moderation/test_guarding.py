"""The guard: once whatever happens, the same after a restart, and nothing for messages that break no rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot import inbox, members, outbox
from bot.model import Message, Role
from bot.plugin import Context, Plugin, Verdict, VerdictAction, find_message
from bot.plugins.moderation import guarding
from bot.plugins.moderation.api import StrikeGiven
from bot.plugins.moderation.hearing import HEARD, heard_before
from bot.plugins.moderation.model import Done
from bot.storage import Database
from bot.testing import SimulatedRoom
from bot.text import normalise
from tests.plugins.moderation.case_kit import CONFIG, WORSE, cases, done, hears_late, in_room, pays, read, strikes, told

pytestmark = pytest.mark.slow


@pytest.fixture
def room_config() -> str:
    return CONFIG


async def context_of(room: SimulatedRoom, text: str, message_id: str = "again") -> Context[Any]:
    """Return the context of a message by 小明, as the dispatcher makes it."""
    ming = room.member("小明")
    await ming.says("大家好")
    stored = await read(room, find_message, room.find_message("大家好").id)
    core = room.app.core
    member = await read(room, members.member, stored.member_id, stored.room_id)
    where = await read(room, members.room, stored.room_id)
    message = Message(id=message_id, at=core.clock.now(), talker=member, room=where, text=normalise(text), raw=text)
    plugin = core.loader.plugins["moderation"]
    return core.make_context(plugin, message_id, room=where, member=member, role=Role.MEMBER, message=message)


async def judged(room: SimulatedRoom, text: str, message_id: str = "again") -> Verdict | None:
    return await guarding.judge(await context_of(room, text, message_id))


async def test_a_plain_message_leads_to_no_verdict_and_no_write(room: SimulatedRoom) -> None:
    assert await judged(room, "今天学了装饰器") is None
    steps = await read(room, lambda db: db.query("select * from steps where community = :community"))
    assert steps == []


async def test_a_message_that_is_handled_again_after_a_crash_is_punished_once(room: SimulatedRoom) -> None:
    first = await judged(room, "胡萝卜")
    second = await judged(room, "胡萝卜")
    assert first == second
    assert first is not None
    assert (first.action, first.is_done, first.stops) == (VerdictAction.WARN, True, True)
    assert len(await cases(room)) == 1
    assert len(await strikes(room, 1)) == 1
    assert await done(room) == ["warn"]
    assert len(await read(room, outbox.of_cause, "again")) == 1


async def test_a_removal_that_is_handled_again_happens_once(room: SimulatedRoom) -> None:
    for _ in range(3):
        await judged(room, WORSE)
    rows = await read(room, outbox.of_cause, "again")
    assert sorted(str(row.act) for row in rows) == ["remove", "text"]
    assert len(await cases(room)) == 1


async def test_the_same_message_under_its_id_is_one_case_even_without_its_steps(room: SimulatedRoom) -> None:
    await judged(room, "胡萝卜")

    def forget(db: Database) -> None:
        inbox.forget_steps(db, "again")

    await room.app.storage.run(room.app.config.community, forget)
    verdict = await judged(room, "胡萝卜")
    assert verdict is not None
    assert verdict.action is VerdictAction.ALLOW
    assert len(await cases(room)) == 1


async def test_what_was_said_before_a_crash_still_counts_after_it(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    for number in range(6):
        await ming.says(f"刷屏第 {number} 条，大家看看我")
    await room.crash(seconds=2)
    for number in range(6, 12):
        await ming.says(f"刷屏第 {number} 条，大家看看我")
    assert in_room(room) == ["提醒一下，本群群规：不刷屏，几句话请合成一条。谢谢理解。"]


async def test_commands_count_in_no_flood(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    for _ in range(12):
        await ming.says("我的违规")
    assert await cases(room) == []


async def test_a_reminded_message_goes_no_further_and_a_reported_one_does(room: SimulatedRoom) -> None:
    assert [text for text in await room.member("小明").says("帮助 卷心菜") if "指令" in text or "帮助" in text] == []
    answers = await room.member("小红").says("@小知 帮助 马铃薯")
    assert len(answers) == 2
    assert [text for text in answers if not text.startswith("「Python学习群」小红 的消息")] != []


@pytest.mark.parametrize("role", list(Role))
async def test_the_record_keeps_what_the_rules_knew(room: SimulatedRoom, role: Role) -> None:
    who = room.owner if role is Role.OWNER else room.member("小明", role)
    room.member("小红")
    await who.says("@小红 你好 @小知 hi")
    stored = await read(room, find_message, room.find_message("你好").id)
    said = heard_before(stored)
    assert (said.role, said.mentions, said.is_command) == (role, 1, True)
    assert (said.text, said.at, said.name) == (stored.text, stored.at, who.name)


async def test_of_a_plain_message_nothing_more_is_kept(room: SimulatedRoom) -> None:
    await room.member("小明").says("今天学了装饰器")
    stored = await read(room, find_message, room.find_message("装饰器").id)
    assert "moderation" not in stored.decision


async def test_who_is_exempt_is_so_in_the_record(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await room.owner.says("豁免 @小明")
    await ming.says("卷心菜")
    stored = await read(room, find_message, room.find_message("卷心菜").id)
    assert stored.decision["moderation"][HEARD] == {"exempt": True}
    assert heard_before(stored).is_exempt


async def test_what_was_found_is_kept_with_the_case(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("胡萝卜")
    stored = await read(room, find_message, room.find_message("胡萝卜", ming.contact_id).id)
    assert stored.decision["moderation"] == {guarding.FOUND: [["carrot", 2, 1.0, False]], "case": 1}


async def test_why_is_answered(room: SimulatedRoom) -> None:
    await room.member("小明").says("卷心菜")
    (answer,) = await room.member("小明").says("/为什么")
    assert answer == "触发了群规「cabbage」：出现「卷心菜」。已在群里提醒。"


async def test_private_chats_are_not_judged(room: SimulatedRoom) -> None:
    await room.member("小明").says(WORSE, private=True)
    assert await cases(room) == []


async def test_an_outage_punishes_by_the_time_of_the_message(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await hears_late(room, ming, "胡萝卜", days=29, hours=23)
    assert "我的违规" not in told(room, "小明")[0]
    (strike,) = await strikes(room, 1)
    assert strike.expires_at - room.clock.now() == timedelta(hours=1)
    await room.clock.advance(hours=2)
    assert await ming.says("我的违规", private=True) == ["您没有违规记录，谢谢您一直照顾大家。"]
    assert (await cases(room))[0].act is Done.WARN


PAYING = """
commands: {cooldown: 0s}
plugins:
  moderation:
    shadow: 0d
    rules:
      cabbage: {kind: words, words: [卷心菜], text: 不提卷心菜, when: {paying: false}}
"""


class TestRulesForWhoDoesNotPay:
    @pytest.fixture
    def room_config(self) -> str:
        return PAYING

    async def test_who_has_paid_is_left_alone_and_the_record_says_so(self, room: SimulatedRoom) -> None:
        ming = room.member("小明")
        await pays(room, ming)
        assert await ming.says("卷心菜") == []
        stored = await read(room, find_message, room.find_message("卷心菜").id)
        assert heard_before(stored).is_paying
        assert await room.member("小红").says("卷心菜") != []


listening = Plugin("listening", requires=("moderation",))


@listening.on(StrikeGiven)
async def thank(_ctx: Context[Any], event: StrikeGiven) -> str:
    """Tell the room of a strike."""
    return f"听说了 S{event.number}：{event.rule}"


class TestOtherPlugins:
    @pytest.fixture
    def plugins(self) -> list[Plugin[Any]]:
        return [listening]

    async def test_other_plugins_hear_of_strikes(self, room: SimulatedRoom) -> None:
        assert "听说了 S1：cabbage" in await room.member("小明").says("卷心菜")


async def test_a_room_that_only_gives_commands_is_looked_back_on_once(
    room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_back: list[str] = []
    look_back = guarding._said_lately

    def note(db: Database, message: Message, seconds: float) -> Any:
        looked_back.append(message.text)
        return look_back(db, message, seconds)

    monkeypatch.setattr(guarding, "_said_lately", note)
    for _ in range(3):
        await room.member("小红").says("帮助")
    assert looked_back == ["帮助"]
