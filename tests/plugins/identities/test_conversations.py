"""Members are known again by their code, by nothing less; the owner may join records."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from bot import privacy_store
from bot.secret_codes import CodeKind, make_code
from bot.testing import SimulatedRoom
from tests.plugins.identities.kit import (
    BINDING,
    CONFIG,
    binding_code,
    gives_membership,
    is_member,
    logs_in_with_new_ids,
    tell,
)

pytestmark = pytest.mark.slow  # days of conversation


@pytest.fixture
def room_config() -> str:
    return CONFIG


@pytest.fixture
def weak(room: SimulatedRoom) -> SimulatedRoom:
    room.gateway.lose(stable_ids=False)
    return room


async def test_a_code_brings_everything_to_the_new_account_and_both_are_told(room: SimulatedRoom) -> None:
    old, new = room.member("小明"), room.member("小明新号")
    await gives_membership(room, old)
    code = await binding_code(old)
    assert not await is_member(new)
    before = len(room.said)
    await new.says(f"绑定 {code}", private=True)
    told = {act.contact_id: act.text for act in room.said[before:]}
    assert told[new.contact_id].startswith("绑定好了，您以前的会员、订单和报名都在这里了")
    assert told[old.contact_id].startswith("周二 12-01 09:00 有人用您的绑定码，把您的会员绑定到了「小明新号」。")
    assert len(told) == 2
    assert await is_member(new)
    assert await is_member(old)
    fresh = BINDING.findall(told[new.contact_id])[0]
    assert fresh != code
    third = room.member("路人")
    assert "没有这个绑定码" in await tell(third, f"绑定 {code}")
    assert not await is_member(third)


async def test_answers_go_to_the_account_that_asked(room: SimulatedRoom) -> None:
    old, new = room.member("小明"), room.member("小明新号")
    await gives_membership(room, old)
    await new.says(f"绑定 {await binding_code(old)}", private=True)
    for one in (old, new, old):
        await one.says("我的", private=True)
        assert room.said[-1].contact_id == one.contact_id


async def test_a_new_code_ends_the_old_one(room: SimulatedRoom) -> None:
    ming, new = room.member("小明"), room.member("新号")
    first, second = await binding_code(ming), await binding_code(ming)
    assert "没有这个绑定码" in await tell(new, f"绑定 {first}")
    assert await tell(ming, f"绑定 {second}") == "这就是您自己的绑定码，您已经认得出来了，不用绑定。"
    assert (await new.says(second.lower().replace("-", " "), private=True))[0].startswith("绑定好了")


@pytest.mark.parametrize("typed", ["绑定 {}", "{}", "@小知 绑定 {}"])
async def test_a_code_shown_to_the_room_is_not_used_and_not_kept(room: SimulatedRoom, typed) -> None:
    ming, other = room.member("小明"), room.member("小红")
    await gives_membership(room, ming)
    code = await binding_code(ming)
    told = await other.says(typed.format(code))
    assert told[0].startswith("刚才那个绑定码发在了群里，别人也看得到，我没有使用它。")
    assert not await is_member(other)
    rows = await room.app.storage.read("default", lambda db: db.query("select text from messages"))
    assert not any(code in row["text"] for row in rows)


async def test_five_wrong_codes_lock(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    code = await binding_code(ming)
    for _ in range(4):
        assert "没有这个绑定码" in await tell(hong, f"绑定 {make_code(CodeKind.BINDING).shown}")
    assert "先停 10 分钟" in await tell(hong, f"绑定 {make_code(CodeKind.BINDING).shown}")
    assert "先停 10 分钟" in await tell(hong, f"绑定 {code}")
    assert "先停 10 分钟" in await tell(hong, f"兑换 {make_code(CodeKind.REDEEM).shown}")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("绑定", "请私聊我发「绑定」加上以前拿到的绑定码"),
        ("绑定 BD-1234-5678-9012-3456", "这个绑定码不完整或有错字"),
        (f"绑定 {make_code(CodeKind.REDEEM, min).shown}", "这是兑换码，不是绑定码。"),
    ],
)
async def test_wrong_words_are_answered_kindly(room: SimulatedRoom, text, answer) -> None:
    assert (await tell(room.member("小明"), text)).startswith(answer)


@pytest.mark.parametrize("text", ["绑定 手机 怎么弄", "绑定了吗", "合并 分支 怎么做", "合并请求", "绑定 事件"])
async def test_chat_stays_chat(room: SimulatedRoom, text) -> None:
    assert await room.member("小明").says(text) == []


async def test_the_owner_needs_no_code_that_could_be_stolen(room: SimulatedRoom) -> None:
    assert "不用绑定码" in await tell(room.owner, "绑定码")


async def test_after_a_login_with_new_ids_only_codes_bring_members_back(weak: SimulatedRoom) -> None:
    room = weak
    paid = [room.member(f"会员{n}") for n in range(4)] + [room.member("小明")]
    others = [room.member(f"路人{n}") for n in range(4)]
    for one in (*paid, *others):
        await one.says("大家好")
    codes = [BINDING.findall("\n".join(await gives_membership(room, one)))[0] for one in paid]
    namesake = room.stranger("小明")
    await logs_in_with_new_ids(room, [*paid, *others, namesake])
    for one in (*paid, *others):  # nobody is known by a name
        assert not await is_member(one)
    room.world.rooms[room.room_id].member_ids.append(namesake.contact_id)
    await namesake.says("我是新来的小明")
    assert not await is_member(namesake)
    for one, code in zip(paid, codes, strict=True):
        await one.says(f"绑定 {code}", private=True)
    assert [await is_member(one) for one in paid] == [True] * len(paid)
    assert [await is_member(one) for one in (*others, namesake)] == [False] * 5
    await logs_in_with_new_ids(room, [*paid, *others, namesake])
    assert not any([await is_member(one) for one in (*paid, *others, namesake)])


async def test_who_pays_on_such_a_gateway_gets_a_code_at_once_and_once(weak: SimulatedRoom) -> None:
    ming = weak.member("小明")
    told = await gives_membership(weak, ming)
    assert len(BINDING.findall("\n".join(told))) == 1
    assert BINDING.findall("\n".join(await gives_membership(weak, ming))) == []


async def test_with_ids_that_last_nobody_is_given_a_code_unasked(room: SimulatedRoom) -> None:
    assert BINDING.findall("\n".join(await gives_membership(room, room.member("小明")))) == []


async def test_who_is_refused_after_such_a_login_is_asked_for_the_code_once(weak: SimulatedRoom) -> None:
    room, ming = weak, weak.member("小明")
    await gives_membership(room, ming)
    entitlements = room.app.services.part("entitlements")
    hong = room.member("小红")
    await hong.says("大家好")

    async def refused(who) -> list[str]:
        before = len(room.said)
        found = await room.app.storage.read("default", lambda db: _member_of(db, who.contact_id))
        assert not await entitlements(found, "member")
        await room.app.drain()
        return [act.text for act in room.said[before:]]

    assert await refused(hong) == []  # nobody is lost
    await logs_in_with_new_ids(room, [ming, hong])
    await ming.says("大家好")
    (told,) = await refused(ming)
    assert told.startswith("我重新登录以后，有的成员我认不出来了。如果您以前开通过会员，请私聊我发「绑定」")
    assert await refused(ming) == []


def _member_of(db, contact_id: str) -> str:
    rows = db.query(
        "select member_id from identities where community = :community and value = :value", {"value": contact_id}
    )
    return rows[0]["member_id"]


async def test_the_owner_joins_records_after_being_asked(weak: SimulatedRoom) -> None:
    room, ming = weak, weak.member("小明")
    await gives_membership(room, ming)
    await ming.says("大家好")
    await logs_in_with_new_ids(room, [ming])
    await ming.says("我换号了")
    listed = await room.owner.says("合并 @小明")
    assert "同名不一定是同一个人" in listed[0]
    assert "「月度会员」到" in listed[0]
    asked = await tell(room.owner, "1")
    assert asked.startswith("要把这两份记录合并成一个人吗？\n小明（「月度会员」到")
    assert not await is_member(ming)
    done = await room.owner.says("是", private=True)
    assert "合并好了，都归到「小明」。" in done
    assert any(text.startswith("群主把您以前的记录和现在的「小明」合并了") for text in done)
    assert await is_member(ming)


async def test_only_the_owner_joins_and_a_no_is_a_no(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await gives_membership(room, ming)
    await hong.says("大家好")
    assert await hong.says("合并 @小明 @小红") == []
    await room.owner.says("合并 @小明 @小红")
    await room.owner.says("不是", private=True)
    assert not await is_member(hong)
    assert "没有别的叫「小红」的记录" in (await room.owner.says("合并 @小红"))[0]


async def test_no_table_keeps_the_old_number(room: SimulatedRoom, tmp_path: Path) -> None:
    old, new = room.member("小明"), room.member("小明新号")
    await gives_membership(room, old)
    for line in ("大家好", "打卡", "想听 Rust 异步", "@小知 怎么学 asyncio？", "我的课", "套餐"):
        await new.says(line)
        await room.clock.advance(minutes=1)
    for line in ("开通 month", "是", "订单", "绑定码"):
        await new.says(line, private=True)
    gone = await room.app.storage.read("default", lambda db: _member_of(db, new.contact_id))
    await new.says(f"绑定 {await binding_code(old)}", private=True)
    await room.clock.advance(minutes=3)
    keys = {"merged_members.from_id", "payment_facts.key", "messages.decision", "outbox.dedupe_key", "outbox.cause"}
    assert _where(tmp_path / "qunzhi.db", gone) <= keys
    kept = await room.app.storage.read("default", lambda db: _member_of(db, new.contact_id))
    assert kept != gone
    assert {"messages.member_id", "orders.member_id", "payment_facts.member_id"} <= _where(tmp_path / "qunzhi.db", kept)


def _where(path: Path, text: str) -> set[str]:
    """Return table.column of every place where a text stands."""
    database = sqlite3.connect(path)
    tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
    found = set()
    for table in tables:
        for column in [row[1] for row in database.execute(f"pragma table_info([{table}])")]:
            query = f"select 1 from [{table}] where instr([{column}], ?) > 0 limit 1"
            if database.execute(query, (text,)).fetchone():
                found.add(f"{table}.{column}")
    return found


async def test_a_crash_right_after_binding_changes_nothing(room: SimulatedRoom) -> None:
    old, new = room.member("小明"), room.member("小明新号")
    await gives_membership(room, old)
    await new.says(f"绑定 {await binding_code(old)}", private=True)
    await room.crash(minutes=5)
    assert await is_member(new)


async def test_no_binding_code_is_logged(room: SimulatedRoom, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        code = await binding_code(room.member("小明"))
        await room.member("小红").says(f"绑定 {code}")
        await room.member("小红").says(f"绑定 {code}", private=True)
    for secret in (code, code.replace("-", ""), code[3:]):
        assert secret not in caplog.text


async def test_a_person_is_shown_and_erased_whole(room: SimulatedRoom, tmp_path: Path) -> None:
    old, new = room.member("小明"), room.member("小明新号")
    await gives_membership(room, old)
    await new.says(f"绑定 {make_code(CodeKind.BINDING).shown}", private=True)
    await new.says(f"绑定 {await binding_code(old)}", private=True)
    await room.clock.advance(minutes=3)
    kept = await room.app.storage.read("default", lambda db: _member_of(db, new.contact_id))
    parts = [room.app.loader.plugins[name] for name in ("codes", "identities")]

    def show(db) -> dict[str, object]:
        facts = dict(privacy_store.export_member(db, kept))
        for part in parts:
            facts |= part.exporters[0](db, kept)
        return facts

    def erase(db) -> None:
        for part in parts:
            part.erasers[0](db, kept)
        privacy_store.erase_member(db, kept)

    shown = await room.app.storage.read("default", show)
    own = ("redemptions", "binding_codes", "merged_members", "wrong_secret_codes")
    assert all(len(shown[table]) == 1 for table in own), shown
    await room.app.storage.run("default", erase)
    left = {place.partition(".")[0] for place in _where(tmp_path / "qunzhi.db", kept)}
    assert not left & {*own, "members", "identities", "messages", "outbox"}


async def test_who_looks_for_a_lost_membership_is_told_how_to_find_it(weak: SimulatedRoom) -> None:
    room, ming = weak, weak.member("小明")
    await gives_membership(room, ming)
    await logs_in_with_new_ids(room, [ming])
    told = await ming.says("我的", private=True)
    assert len(told) == 2
    assert any(text.startswith("我重新登录以后，有的成员我认不出来了") for text in told)
    assert len(await ming.says("我的", private=True)) == 1
