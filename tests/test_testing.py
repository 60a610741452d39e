"""The test kit runs the example of DESIGN §5 as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.model import Act, FileContent, RoomJoined
from bot.plugin import Context, Database, Migrations, Plugin, Reply, Role, Settings, UserError
from bot.testing import START, SimulatedRoom, simulated_room

pytestmark = pytest.mark.slow  # days of conversation

migrations = Migrations("checkin")


@migrations()
def m001_check_ins(db: Database) -> None:
    db.execute(
        "create table check_ins (community text not null, member_id text not null, day text not null, "
        "primary key (community, member_id, day))"
    )


class CheckInSettings(Settings):
    greeting: str = "打卡成功。"


def make_plugin() -> Plugin[CheckInSettings]:
    plugin = Plugin("checkin", config=CheckInSettings, migrations=migrations)

    def add_check_in(db: Database, row: dict[str, str]) -> bool:
        sql = "insert into check_ins values (:community, :member_id, :day) on conflict do nothing returning day"
        return bool(db.query(sql, row))

    @plugin.command("打卡")
    async def check_in(ctx: Context[CheckInSettings]) -> str:
        """打卡：记录今天的训练，每天一次。"""
        day = ctx.now.astimezone(ctx.zone).date().isoformat()
        row = {"community": ctx.services.community, "member_id": ctx.talker.id, "day": day}
        if not await ctx.db(add_check_in, row):
            raise UserError("今天已经打过卡了，明天再来。")
        return f"{ctx.talker_name} {ctx.config.greeting}"

    @plugin.command("密语")
    async def whisper(ctx: Context[CheckInSettings]) -> Reply:
        """密语：私聊回复。"""
        return Reply(text="只告诉您。", private=True)

    @plugin.command("仅专家", role=Role.EXPERT)
    async def experts_only(ctx: Context[CheckInSettings]) -> str:
        """仅专家：看看您的角色。"""
        return f"角色 {ctx.role.name}"

    @plugin.command("引用了")
    async def quoted(ctx: Context[CheckInSettings]) -> str:
        """引用了：说出引用的话。"""
        assert ctx.message
        return ctx.message.quote.text if ctx.message.quote else "没有引用"

    @plugin.on(RoomJoined)
    async def greet(ctx: Context[CheckInSettings], event: RoomJoined) -> str:
        return f"欢迎 {event.joined[0].name}"

    return plugin


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    return [make_plugin()]


async def test_second_check_in_on_one_day_is_refused(room: SimulatedRoom) -> None:
    alice = room.member("Alice")
    assert await alice.says("打卡") == ["Alice 打卡成功。"]
    assert await alice.says("打卡") == ["今天已经打过卡了，明天再来。"]
    room.clock.advance(days=1)
    assert await alice.says(" 打卡 ") == ["Alice 打卡成功。"]


async def test_the_clock_shows_the_time_before_it_is_awaited(room: SimulatedRoom) -> None:
    room.clock.advance(hours=2)
    assert room.clock.now() == START + timedelta(hours=2)
    await room.clock.advance(minutes=5)
    assert room.clock.now() == START + timedelta(hours=2, minutes=5)
    assert isinstance(room.clock.now(), datetime)


async def test_private_answers_come_with_the_note_in_the_room(room: SimulatedRoom) -> None:
    answers = await room.member("Alice").says("密语")
    assert "只告诉您。" in answers
    private = [act for act in room.said if act.room is None]
    assert [(act.to, act.text) for act in private] == [("Alice", "只告诉您。")]


async def test_in_private_every_word_is_for_the_bot(room: SimulatedRoom) -> None:
    assert await room.member("Alice").says("打卡", private=True) == ["Alice 打卡成功。"]
    assert [act.act for act in room.said] == [Act.TEXT]


async def test_quotes_are_handed_over(room: SimulatedRoom) -> None:
    alice, bob = room.member("Alice"), room.member("Bob")
    assert await bob.says("今天天气不错") == []
    assert await alice.quotes("天气", "引用了") == ["今天天气不错"]


@pytest.mark.parametrize("role", [Role.EXPERT, Role.ADMIN])
async def test_roles_are_what_the_kit_was_told(room: SimulatedRoom, role: Role) -> None:
    assert await room.member("Alice", role).says("仅专家") == [f"角色 {role.name}"]
    assert await room.owner.says("仅专家") == ["角色 OWNER"]


async def test_members_may_not_do_what_experts_do(room: SimulatedRoom) -> None:
    for name, role in (("Alice", Role.MEMBER), ("Bob", Role.GUEST)):
        assert "角色" not in "".join(await room.member(name, role).says("/仅专家"))


async def test_joining_and_files_are_seen(room: SimulatedRoom) -> None:
    assert await room.stranger("Carol").joins() == ["欢迎 Carol"]
    assert await room.member("Alice").sends(FileContent("a.png", b"PNG")) == []


async def test_after_a_crash_the_bot_remembers(room: SimulatedRoom) -> None:
    alice = room.member("Alice")
    assert await alice.says("打卡") == ["Alice 打卡成功。"]
    await room.crash()
    assert await alice.says("打卡") == ["今天已经打过卡了，明天再来。"]


async def test_the_configuration_is_that_of_the_test() -> None:
    text = "plugins:\n  checkin:\n    greeting: 收到。\n"
    async with simulated_room(text, plugins=[make_plugin()]) as room:
        assert await room.member("Alice").says("打卡") == ["Alice 收到。"]


async def test_the_owner_is_one_person(room: SimulatedRoom) -> None:
    with pytest.raises(ValueError, match="one owner"):
        room.member("Mallory", Role.OWNER)
    assert room.member("Alice").name == "Alice"
    assert room.member("Alice").contact_id == room.member("Alice").contact_id
