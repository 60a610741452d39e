"""Codes are made, typed, guessed at and taken back in a running group."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from bot.secret_codes import CodeKind, make_code
from bot.testing import SimulatedRoom
from tests.plugins.codes.kit import CODE, CONFIG, make_codes, tell

pytestmark = pytest.mark.slow  # days of conversation


@pytest.fixture
def room_config() -> str:
    return CONFIG


async def test_the_owner_makes_codes_and_a_member_uses_one(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    codes = await make_codes(room, "发码 month 20")
    assert len(set(codes)) == 20
    first, last = (act.text for act in room.said[-3:] if act.text and "csv" not in act.text)
    assert first.startswith("批次 B1「月度会员」的前几个码：\nQZ-")
    assert last.startswith("批次 B1 做好了：20 个「月度会员」码，每个用一次，有效期到 2027-12-02。全部在文件里。")
    told = await tell(ming, f"兑换 {codes[0]}")
    assert told == "兑换成功：「月度会员」，有效期到 2027-01-01 周五（还有 31 天）。"
    again = await tell(ming, f"兑换 {codes[0]}")
    assert again.startswith("这个码您在 周二 12-01 09:00 兑换成功了：「月度会员」，不用再兑换。")
    assert await tell(hong, f"兑换 {codes[0]}") == "这个码已经被别人用过了，请找给您码的人换一个。"
    assert "2027-02-01" in await tell(ming, f"兑换 {codes[1]}")
    assert await tell(room.owner, "发码 列表") == "B1 「月度会员」20 个，已兑换 2 次，有效期到 2027-12-02"


@pytest.mark.parametrize(
    "write",
    [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("-", " "), lambda code: code[3:],
     lambda code: code.replace("0", "O").replace("1", "l"), lambda code: "".join(chr(ord(c) + 0xFEE0) for c in code),
     lambda code: f"「{code}」", lambda code: code.replace("-", "—")],
)  # fmt: skip
async def test_a_code_is_read_kindly(room: SimulatedRoom, write) -> None:
    ming = room.member("小明")
    (code,) = await make_codes(room, "发码 month 1")
    assert (await tell(ming, f"兑换 {write(code)}")).startswith("兑换成功")


async def test_a_code_alone_is_enough_in_private(room: SimulatedRoom) -> None:
    (code,) = await make_codes(room, "发码 month 1")
    assert (await tell(room.member("小明"), code)).startswith("兑换成功")


@pytest.mark.parametrize("typed", ["兑换 {}", "{}", "我的码是 {} 谁帮我看看", "@小知 兑换 {}"])
async def test_a_code_shown_to_the_room_is_not_used_and_not_kept(room: SimulatedRoom, typed, tmp_path: Path) -> None:
    ming = room.member("小明")
    (code,) = await make_codes(room, "发码 month 1")
    told = await ming.says(typed.format(code))
    assert told[0].startswith("刚才那个码发在了群里，别人也看得到，我没有使用它。\n请马上在这里私聊我")
    assert told[1] == "小明，已私聊回复您。"
    assert not [text for text in await _texts_on_record(room) if code in text]
    assert (await tell(ming, f"兑换 {code}")).startswith("兑换成功")


async def _texts_on_record(room: SimulatedRoom) -> list[str]:
    def read(db) -> list[str]:
        said = db.query("select text from messages where community = :community")
        sent = db.query("select text from outbox where community = :community")
        steps = db.query("select result as text from steps where community = :community")
        files = db.query("select data from outbox_files where community = :community")
        return [row["text"] for row in (*said, *sent, *steps)] + [bytes(row["data"]).decode() for row in files]

    return await room.app.storage.read("default", read)


async def test_no_code_stays_in_the_database_or_the_log(room: SimulatedRoom, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        codes = await make_codes(room, "发码 month 3")
        guess = make_code(CodeKind.REDEEM).shown
        await room.member("小明").says(f"兑换 {codes[0]}", private=True)
        await room.member("小明").says(f"兑换 {guess}", private=True)
        await room.member("小红").says(f"/兑换 {codes[1][:-1]}", private=True)
        await room.member("小红").says(f"看这个 {codes[2]}")
        await room.owner.says(f"作废 {codes[2]}", private=True)
        await room.clock.advance(minutes=1)
    kept = "\n".join(await _texts_on_record(room))
    assert set(CODE.findall(kept)) <= {"QZ-XXXX-XXXX-XXXX-XXXX"}
    for code in (*codes, guess):
        assert code[:-1] not in kept + caplog.text
        assert code.replace("-", "") not in kept + caplog.text


async def test_five_wrong_codes_lock_for_a_while_that_doubles(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    codes = await make_codes(room, "发码 month 2")
    for _ in range(4):
        assert (await tell(ming, f"兑换 {make_code(CodeKind.REDEEM).shown}")).startswith("没有这个码")
    for _ in range(3):  # slips are no guesses
        assert (await tell(ming, f"兑换 {codes[0][:-1]}9Z")).startswith("这个码不完整或有错字")
    locked = "连续几次都不对，为了保护别人的码，先停 10 分钟，周二 12-01 09:10 以后再试。"
    assert (await tell(ming, f"兑换 {make_code(CodeKind.REDEEM).shown}")).startswith(locked)
    assert (await tell(ming, f"兑换 {codes[0]}")).startswith(locked)
    assert (await tell(hong, f"兑换 {codes[1]}")).startswith("兑换成功")
    room.clock.advance(minutes=10)
    assert "先停 20 分钟" in await tell(ming, f"兑换 {make_code(CodeKind.REDEEM).shown}")
    room.clock.advance(minutes=20)
    assert (await tell(ming, f"兑换 {codes[0]}")).startswith("兑换成功")


async def test_codes_end_and_may_be_for_several(room: SimulatedRoom) -> None:
    (code,) = await make_codes(room, "发码 year 1 3d 2")
    assert "每个可以给 2 个人用，有效期到 2026-12-04" in room.said[-1].text
    for name in ("小明", "小红"):
        assert (await tell(room.member(name), f"兑换 {code}")).startswith("兑换成功：「年度会员」")
    assert "已经被别人用过" in await tell(room.member("小刚"), f"兑换 {code}")
    (other,) = await make_codes(room, "发码 year 1 2026-12-02")
    room.clock.advance(days=2)
    assert "已经过期了" in await tell(room.member("小刚"), f"兑换 {other}")


async def test_a_batch_is_taken_back_and_what_it_gave_if_the_owner_wants(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    codes = await make_codes(room, "发码 month 2")
    await ming.says(f"兑换 {codes[0]}", private=True)
    assert (await tell(room.owner, "作废 B1")).startswith("批次 B1「月度会员」有 2 个码，已兑换 1 次。作废以后")
    assert await tell(room.owner, "是") == "批次 B1 已作废。"
    assert "已经作废了" in await tell(hong, f"兑换 {codes[1]}")
    assert "2027-01-01" in (await ming.says("我的", private=True))[0]
    assert "收回 1 次兑换得到的「月度会员」" in await tell(room.owner, "作废 B1 收回")
    done = await room.owner.says("是", private=True)
    assert sorted(done) == [
        "您用兑换码得到的「月度会员」被群主收回了，有疑问请联系群主。",
        "批次 B1 已作废，收回了 1 次兑换，已通知对方。",
    ]
    assert "被群主收回了" in await tell(ming, f"兑换 {codes[0]}") or "收回" in await tell(ming, f"兑换 {codes[0]}")
    assert "2027-01-01" not in (await ming.says("我的", private=True))[0]


async def test_one_code_is_taken_back(room: SimulatedRoom) -> None:
    codes = await make_codes(room, "发码 month 2")
    assert await tell(room.owner, f"作废 {codes[0]}") == "批次 B1 的这个码已作废。"
    assert "已经作废了" in await tell(room.member("小明"), f"兑换 {codes[0]}")
    assert (await tell(room.member("小明"), f"兑换 {codes[1]}")).startswith("兑换成功")
    assert "没有这个码" in await tell(room.owner, f"作废 {make_code(CodeKind.REDEEM).shown}")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("发码 mont 3", "没有「mont」这个套餐，是 month 吗？"),
        ("发码 month 0", "一次可以做 1 到 500 个码，比如「发码 month 20」。"),
        ("发码 month 501", "一次可以做 1 到 500 个码，比如「发码 month 20」。"),
        ("发码 month 3 2026-11-01", "有效期要在以后，比如 30d 或者 2027-01-31。"),
        ("作废 B7", "没有批次 B7，发「发码 列表」看看有哪些。"),
        ("发码 列表", "还没有发过码。发「发码 套餐 数量」做一批，比如「发码 month 20」。"),
    ],
)
async def test_what_cannot_be_is_said_kindly(room: SimulatedRoom, line, answer) -> None:
    assert await tell(room.owner, line) == answer
    assert await room.member("小明").says(line) == []


@pytest.mark.parametrize("text", ["兑换 一下 礼物可以吗", "兑换码在哪里买", "作废了吗", "发码的人呢", "兑换 积分"])
async def test_chat_stays_chat(room: SimulatedRoom, text) -> None:
    assert await room.member("小明").says(text) == []


async def test_a_binding_code_is_told_apart(room: SimulatedRoom) -> None:
    assert "这是绑定码" in await tell(room.member("小明"), f"兑换 {make_code(CodeKind.BINDING).shown}")


async def test_a_hundred_people_with_one_code_have_one_winner(room: SimulatedRoom) -> None:
    people = [room.member(f"成员{n}") for n in range(100)]
    (code,) = await make_codes(room, "发码 month 1")
    before = len(room.said)
    await room.clock.catch_up()
    for one in people:
        one._say(f"兑换 {code}", private=True)
    await room.app.drain()
    await asyncio.sleep(0)
    told = [act.text for act in room.said[before:]]
    assert len(told) == 100
    assert sum(text.startswith("兑换成功") for text in told) == 1
    assert sum(text.startswith("这个码已经被别人用过了") for text in told) == 99


async def test_a_crash_gives_once_and_answers_once(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    (code,) = await make_codes(room, "发码 month 1")
    await ming.says(f"兑换 {code}", private=True)
    await room.crash()
    assert "不用再兑换" in await tell(ming, f"兑换 {code}")
    assert "2027-01-01" in (await ming.says("我的", private=True))[0]
