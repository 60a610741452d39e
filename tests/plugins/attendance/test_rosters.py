from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Act
from bot.plugins.attendance.model import Attendance, Presence, RosterLine
from bot.plugins.attendance.table import HEADER, make_table
from bot.plugins.training.model import OrderState, RegistrationState
from bot.testing import SimulatedRoom
from tests.plugins.attendance.kit import STARTS, Class, session
from tests.plugins.revenue.kit import put_order

pytestmark = pytest.mark.slow  # days of conversation


async def test_a_host_reads_the_roster_in_private(room: SimulatedRoom, fastapi: Class) -> None:
    ming, hong, gang = room.member("小明"), room.member("小红"), room.member("小刚")
    await fastapi.registers(ming)
    await fastapi.registers(hong)
    await fastapi.registers(gang, RegistrationState.WAITING)
    await fastapi.at(minutes=3)
    await hong.says(f"签到 {fastapi.code}")
    said, note = await room.owner.says("名单 fastapi-101")
    assert said == (
        "《FastAPI 入门实战》周六 12-05 20:00 名单\n到场 1，未签到 1，候补 1\n"
        "1. 小明 未签到\n2. 小红 到场 20:03\n3. 小刚 候补\n要表格发「导出名单 fastapi-101」。"
    )
    assert note == "群主，已私聊回复您。"


async def test_of_several_sessions_the_host_picks_one_by_number(room: SimulatedRoom, fastapi: Class) -> None:
    later = STARTS + timedelta(days=2)
    await Class(room, session(id="go/2026-12-07", entry="go", title="Go 周会", starts_at=later)).put()
    said = (await room.owner.says("名单", private=True))[0]
    assert said == "要看哪一场？回复编号：\n1. 周六 12-05 20:00 FastAPI 入门实战\n2. 周一 12-07 20:00 Go 周会"
    assert (await room.owner.says("2", private=True))[0] == (
        "《Go 周会》周一 12-07 20:00 名单\n还没有人报名，也没有人签到。"
    )


async def test_without_sessions_the_host_is_told_so(room: SimulatedRoom) -> None:
    nothing = ["最近没有场次。课表里有了场次，这里就有名单。"]
    assert await room.owner.says("名单", private=True) == nothing
    assert await room.owner.says("签到码", private=True) == nothing
    assert await room.owner.says("签到", private=True) == [
        "现在没有要签到的场次。开课前会开放签到，到时发「签到 六位签到码」，码在主讲那里。"
    ]


async def test_the_file_opens_in_excel_and_goes_to_the_host_alone(room: SimulatedRoom, fastapi: Class) -> None:
    evil = room.member("=HYPERLINK(1)")

    def order(db: object) -> int:
        return put_order(db, "fastapi-101", 9950, OrderState.PAID)  # type: ignore[arg-type]

    number = await room.app.storage.run("default", order)
    await fastapi.registers(evil, order_number=number)
    await fastapi.at(minutes=3)
    await evil.says(f"签到 {fastapi.code}", private=True)
    before = len(room.said)
    await room.owner.says("导出名单 fastapi-101")
    (sent,) = (act for act in room.said[before:] if act.act is Act.FILE)
    text, note = (act for act in room.said[before:] if act.act is Act.TEXT)
    assert text.text == "《FastAPI 入门实战》周六 12-05 20:00 的名单，1 行，用 Excel 或 WPS 打开。"
    assert note.text == "群主，已私聊回复您。"
    assert sent.file is not None
    assert sent.file.name == "名单-fastapi-101.csv"
    assert sent.file.data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(sent.file.data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == HEADER
    assert rows[1] == [
        "1", "'=HYPERLINK(1)", "到场", "2026-12-05 20:03:00", "1", "", "", f"D{number}", "99.50", "已付",
    ]  # fmt: skip


def lines(*names: str) -> list[RosterLine]:
    came = Attendance(session_id="s", member_id="m", name="", at=STARTS, place=1)
    return [RosterLine(member_id=name, name=name, presence=Presence.CAME, attendance=came) for name in names]


@given(st.lists(st.text(), max_size=8))
def test_every_name_comes_back_and_no_cell_acts(names: list[str]) -> None:
    clean = [name.replace("\x00", "") for name in names]
    text = make_table(session(), lines(*clean), []).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    shown = [(row[1], name) for row, name in zip(rows, clean, strict=True)]
    assert all(cell in {name, f"'{name}"} for cell, name in shown)
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r\n＝＋－＠")]


def test_times_are_written_by_the_sessions_clock() -> None:
    table = make_table(replace(session(), timezone="America/New_York"), lines("小明"), []).decode("utf-8-sig")
    assert "2026-12-05 07:00:00" in table


@pytest.mark.parametrize("word", ["开始", "暂停", "继续"])
async def test_an_owner_who_means_the_members_room_is_told_where_to_look(
    room: SimulatedRoom, fastapi: Class, word: str
) -> None:
    answer = f"「名单」看的是场次的报名和签到。会员进群和移出的名单，请发「群名单 {word}」。"
    assert await room.owner.says(f"名单 {word}", private=True) == [answer]
    assert (await room.owner.says(f"名单 {word}"))[0] == answer
    assert await room.member("小明").says(f"名单 {word}") == []


async def test_a_session_called_so_is_meant_first(room: SimulatedRoom, fastapi: Class) -> None:
    await Class(room, session(id="start", entry="start", title="从零开始")).put()
    (said,) = await room.owner.says("名单 开始", private=True)
    assert said.startswith("《从零开始》")
