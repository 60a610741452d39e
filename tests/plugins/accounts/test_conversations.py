from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import DATABASE_FILE
from bot.model import Role
from bot.plugin import VERIFIER, balance, entries_between, trial_balance
from bot.plugins.accounts import recognition
from bot.plugins.accounts.api import read_numbers
from bot.testing import SimulatedRoom
from tests.plugins.growth.kit import PLANS, buy, refund, run

pytestmark = pytest.mark.slow  # days of conversation

FOLLOW_UPS = "1. 上月 2026-11\n2. 会员经营数字\n3. 导出本月\n4. 校验账本"


@pytest.fixture
def room_config() -> str:
    return PLANS


def remove_first_entry(path: Path) -> None:
    """Do what somebody does who has the database's file: the triggers are in the way, so they go first."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute("delete from ledger_entries where seq = 0")


def is_valid(folder: Path, key: str, receipt: str) -> bool:
    """Check a receipt as a payer does: without the bot."""
    command = [sys.executable, "-I", str(folder / VERIFIER.name), key, str(folder / receipt)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


async def two_members(room: SimulatedRoom) -> None:
    for name in ("小明", "小红"):
        await room.member(name).says("早")


async def test_an_empty_book_says_so(room: SimulatedRoom) -> None:
    assert await room.owner.says("账本", private=True) == ["账本还是空的。第一笔收款确认以后，这里就有数字。"]


@pytest.mark.parametrize("typed", ["/账本", "/账本 导出", "/经营", "/对账"])
async def test_members_and_admins_do_not_read_the_books(room: SimulatedRoom, typed: str) -> None:
    for one in (room.member("小明"), room.member("小强", Role.ADMIN)):
        (told,) = await one.says(typed)
        assert "群主" in told


async def test_the_owner_sees_what_came_and_what_is_owed(room: SimulatedRoom) -> None:
    await two_members(room)
    await buy(room, "小明")
    number = await buy(room, "小红", "year")
    await room.clock.advance(days=1)
    await refund(room, number, 6600)
    assert await room.owner.says("账本") == [
        (
            "今天 12-02：退 66 元（1 笔），净收 -66 元。\n"
            "本月 2026-12：收 397 元（2 笔），退 66 元（1 笔），净收 331 元。\n"
            "按内容：年度会员 300 元，月度会员 31 元。\n"
            "服务到现在已挣到、月底入账的收入：1 元。\n"
            f"预收：330.19 元，是收了钱、还没提供完的服务。\n{FOLLOW_UPS}"
        ),
        "群主，已私聊回复您。",
    ]
    assert (await room.owner.says("4", private=True))[0].startswith("账本完好：")


async def test_a_period_is_summed_up_with_its_income(room: SimulatedRoom) -> None:
    await two_members(room)
    await buy(room, "小明")
    await room.clock.advance(days=35)
    (told,) = await room.owner.says("账本 2026-12", private=True)
    assert told.startswith(
        "2026-12：收 31 元（1 笔）。\n按内容：月度会员 31 元。\n计入收入：30.62 元（按服务进度）。\n"
    )
    (told,) = await room.owner.says("账本 上月", private=True)
    assert told.startswith("2026-12：收 31 元")
    assert (await room.owner.says("账本 11月", private=True))[0].startswith("2026-11：没有收支。")


async def test_what_is_not_understood_is_answered_and_chat_stays_chat(room: SimulatedRoom) -> None:
    await two_members(room)
    assert await room.owner.says("账本 胡说", private=True) == [
        "没看懂「胡说」。可以发：账本、账本 2026-11、账本 导出、账本 校验。"
    ]
    assert await room.owner.says("账本 放在桌上了") == []
    assert await room.owner.says("经营 一家店不容易") == []
    assert await room.member("小明").says("收据 我放抽屉里了") == []


async def test_the_books_are_exported_as_two_files(room: SimulatedRoom) -> None:
    await two_members(room)
    await buy(room, "小明")
    assert await room.owner.says("账本 导出 上月", private=True) == ["2026-11：没有流水，不用导出。"]
    told = await room.owner.says("账本 导出 本月", private=True)
    assert told == ["账导出好了（本月）：1 条流水，一份表格（CSV），一份 beancount 账本。"]
    files = {act.file.name: act.file.data.decode() for act in room.said if act.file}
    assert set(files) == {"账本 2026-12.csv", "账本 2026-12.beancount"}
    assert "31.00" in files["账本 2026-12.csv"]
    assert "Assets:Owner  31.00 CNY" in files["账本 2026-12.beancount"]


async def test_a_payer_gets_a_receipt_that_anybody_can_check(room: SimulatedRoom, tmp_path: Path) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    assert await ming.says("收据", private=True) == ["您还没有付过款的订单。付款确认以后，发「收据」就能拿到。"]
    await hong.says("早")
    await buy(room, "小明")
    await buy(room, "小红")
    (told,) = await ming.says("收据", private=True)
    assert told.startswith("D1 的收据：月度会员，31 元，2026-12-01 09:00 付款。\n")
    assert await ming.says("收据 D2", private=True) == ["没有您的订单 D2。发「收据」看看您有哪些。"]
    assert (await room.owner.says("收据 2", private=True))[0].startswith("D2 的收据：")
    receipt = next(act.file for act in room.said if act.file and act.file.name == "收据 D1.txt")
    (how,) = await ming.says("收据 校验工具", private=True)
    tool = next(act.file for act in room.said if act.file and act.file.name == VERIFIER.name)
    for file in (receipt, tool):
        (tmp_path / file.name).write_bytes(file.data)
    key = how.rpartition("公钥：")[2]
    assert is_valid(tmp_path, key, receipt.name)
    forged = receipt.data.replace(b"index 0", b"index 1")
    (tmp_path / receipt.name).write_bytes(forged)
    assert not is_valid(tmp_path, key, receipt.name)


async def test_of_several_payments_one_is_chosen_by_number(room: SimulatedRoom) -> None:
    await two_members(room)
    await buy(room, "小明")
    await buy(room, "小明", "year")
    ming = room.member("小明")
    assert await ming.says("收据", private=True) == [
        "要哪一笔的收据？回复数字：\n1. D2 年度会员 366 元\n2. D1 月度会员 31 元"
    ]
    assert (await ming.says("2", private=True))[0].startswith("D1 的收据")


async def test_the_business_is_told_in_numbers(room: SimulatedRoom) -> None:
    await two_members(room)
    await buy(room, "小明", ago=timedelta(days=40))
    await buy(room, "小明", ago=timedelta(days=9))
    await buy(room, "小红", "year")
    (told,) = await room.owner.says("经营", private=True)
    assert told == (
        "经营（本月）\n付费会员 2 位：月度会员 1，年度会员 1。\n"
        "新增 1 位，回来 0 位，流失 0 位（到期 3 天没续费算流失）。\n"
        "续费率：还没有到期的。\n试用转付费：还没有试用的。\n"
        "按现有会员，一个月（31 天）约 62 元，永久会员不算在内。\n近几个月：\n2026-12：净收款 366 元，计入收入 0 元\n"
        "2026-11：净收款 31 元，计入收入 0 元\n2026-10：净收款 31 元，计入收入 0 元\n1. 经营 2026-11\n2. 账本"
    )
    (told,) = await room.owner.says("1", private=True)
    assert "续费率：100 %（到期 1 位，续费 1 位）。" in told


async def test_the_same_numbers_are_there_for_a_program(room: SimulatedRoom) -> None:
    await two_members(room)
    await buy(room, "小明")
    now = room.clock.now()
    month = now.replace(day=1, hour=0), now.replace(day=31)
    found = await run(room, lambda db: read_numbers(db, *month, now=now, grace=timedelta(days=3)))
    assert found["members"]["paying"] == found["members"]["new"] == 1
    assert found["money"]["sold_fen"] == [{"kind": "membership", "item": "month", "title": "月度会员", "fen": 3100}]
    assert found["now"] == {"deferred_fen": 3100, "review_fen": 0}


async def test_a_month_is_closed_once_and_the_owner_hears_of_days_with_money(room: SimulatedRoom) -> None:
    await two_members(room)
    await buy(room, "小明")
    await room.clock.advance(days=1, hours=2)
    reports = [act.text for act in room.said if act.to == "群主"]
    assert len(reports) == 1
    assert reports[0].startswith("昨天 12-01：收 31 元（1 笔）。账本第 1 条，指纹 ")
    await room.clock.advance(days=28)
    assert await run(room, lambda db: balance(db, "income")) == 0
    await room.crash(days=2, hours=3)  # over the end of the month
    booked = await run(room, trial_balance)
    assert booked == {"assets:owner": 3100, "income:membership:month": -3062, "liabilities:deferred": -38}
    await room.crash()
    await room.clock.advance(days=40)
    booked = await run(room, trial_balance)
    assert booked == {"assets:owner": 3100, "income:membership:month": -3100, "liabilities:deferred": 0}
    assert len([act for act in room.said if act.to == "群主" and "昨天" in act.text]) == 1


@pytest.mark.parametrize("room_config", [f"{PLANS}  accounts: {{post_checkpoint: true, daily_report: false}}\n"])
async def test_a_room_that_wants_it_gets_the_fingerprint_every_day(room: SimulatedRoom) -> None:
    await two_members(room)
    await room.clock.advance(days=2)
    assert [act.text for act in room.said if "指纹" in act.text] == []
    await buy(room, "小明")
    await room.clock.advance(days=2)
    posted = [act.text for act in room.said if "指纹" in act.text]
    assert len(posted) == 2
    assert posted[0] == posted[1]
    assert posted[0].startswith("账本第 1 条，指纹 ")
    assert [act for act in room.said if act.to == "群主"] == []


async def test_a_book_that_was_changed_is_not_signed(room: SimulatedRoom, tmp_path: Path) -> None:
    await two_members(room)
    await buy(room, "小明")
    await room.clock.advance(days=1, hours=2)
    await buy(room, "小红")

    remove_first_entry(tmp_path / DATABASE_FILE)
    await room.clock.advance(days=1)
    told = [act.text for act in room.said if act.to == "群主"]
    assert told[-1].startswith("账本没有通过检查，今天没有签指纹")
    (answer,) = await room.owner.says("账本 校验", private=True)
    assert answer.startswith("账本被动过！第一处：流水 #0 被删掉了")


async def test_more_orders_than_fit_in_a_turn_are_closed_over_a_crash(
    room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "_A_TURN", 2)
    monkeypatch.setattr(recognition, "_AT_ONCE", 1)
    for number in range(5):
        await room.member(f"成员{number}").says("早")
        await buy(room, f"成员{number}")
    await room.crash(days=32)
    assert await run(room, lambda db: balance(db, "income")) == 5 * -3062
    await room.crash(days=62)  # two months are closed, one after the other
    assert await run(room, lambda db: balance(db, "income")) == 5 * -3100
    kept = await run(room, lambda db: entries_between(db, room.clock.now() - timedelta(days=200), room.clock.now()))
    assert len([one for one in kept if one.entry.kind == "recognised"]) == 10
