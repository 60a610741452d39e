from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from bot import members
from bot.model import Contact
from bot.plugin import Role
from bot.plugins.attendance import ending
from bot.plugins.attendance.api import get_closing, no_shows
from bot.plugins.training.model import RegistrationState
from bot.plugins.training.registrations_store import put_registration
from bot.testing import SimulatedRoom, Speaker
from tests.plugins.attendance.kit import STARTS, Class, registration, session

pytestmark = pytest.mark.slow  # days of conversation


async def hold(fastapi: Class, *came: Speaker, absent: tuple[Speaker, ...] = ()) -> list[str]:
    """Let a session take place and return what is said at its end."""
    for one in (*came, *absent):
        await fastapi.registers(one)
    await fastapi.at(minutes=1)
    for one in came:
        await one.says(f"签到 {fastapi.code}")
    await fastapi.at(minutes=119)
    await fastapi.room.clock.advance(minutes=1)
    return await fastapi.room.texts()


async def test_at_the_end_everybody_is_told_what_concerns_them(room: SimulatedRoom, fastapi: Class) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    said = await hold(fastapi, ming, absent=(hong,))
    assert said[0] == (
        "《FastAPI 入门实战》结束了：报名 2 位，到场 1 位，缺席 1 位。\n"
        "缺席：小红。到了但没签上的，发「补签 @成员 fastapi-101」。\n"
        "名单发「名单 fastapi-101」，表格发「导出名单 fastapi-101」。"
    )
    assert re.fullmatch(
        r"谢谢您参加《FastAPI 入门实战》。\n参加证明：小明 于 2026-12-05 参加了《FastAPI 入门实战》，主讲 老王，"
        r"编号 (\w{4}-\w{4})。任何人发「证书 \1」都能核对。",
        said[1],
    )
    assert said[2].startswith("《FastAPI 入门实战》您报了名，没有签到，记为缺席（共 1 次）。")
    assert len(said) == 3
    await room.clock.advance(days=1)
    assert await room.texts() == []


async def test_a_certificate_is_checked_by_anybody(room: SimulatedRoom, fastapi: Class) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    said = await hold(fastapi, ming)
    found = re.search(r"编号 (\w{4}-\w{4})", said[1])
    assert found is not None
    number = found[1]
    assert await hong.says(f"证书 {number.lower()}") == [
        f"核对无误：小明 于 2026-12-05 参加了《FastAPI 入门实战》，主讲 老王。编号 {number}。"
    ]
    other = number[:-1] + ("2" if number[-1] != "2" else "3")
    assert await hong.says(f"证书{other}") == ["没有这个编号。编号是 8 位字母和数字，请核对后再发一次。"]
    assert (await ming.says("证书"))[0].endswith(f"1. 2026-12-05《FastAPI 入门实战》{number}")
    assert await hong.says("证书") == ["您还没有参加证明。签到参加一场，结束后我会私聊发给您。"]


async def test_materials_come_with_the_thanks(room: SimulatedRoom) -> None:
    about = session(materials="https://example.com/slides", recording="https://example.com/video")
    said = await hold(await Class(room, about).put(), room.member("小明"))
    assert said[1].endswith("资料：https://example.com/slides\n录像：https://example.com/video")


async def test_where_nobody_signs_in_nobody_is_absent_and_the_host_learns_how(
    room: SimulatedRoom, fastapi: Class
) -> None:
    said = await hold(fastapi, absent=(room.member("小明"),))
    (text,) = said
    assert text.startswith(
        "《FastAPI 入门实战》结束了，报名 1 位，没有人签到，所以不记缺席。想记出勤，下次开课前发「签到码」"
    )
    assert await room.member("小明").says("我的出勤") == ["您还没有出勤记录。发「课表」看看有哪些场次。"]


async def test_a_session_without_anybody_ends_in_silence(room: SimulatedRoom, fastapi: Class) -> None:
    assert await hold(fastapi) == []


async def test_a_member_sees_what_they_came_to_and_missed(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await hold(fastapi, room.member("小红"), absent=(ming,))
    rust = await Class(
        room, session(id="rust", entry="rust", title="Rust 夜谈", starts_at=STARTS + timedelta(days=7))
    ).put()
    await rust.registers(ming)
    await rust.at(minutes=20)
    await ming.says(f"签到 {rust.code}")
    said, note = await ming.says("我的出勤")
    assert said == "到场 1 次，其中迟到 1 次，缺席 1 次。\n12-12《Rust 夜谈》迟到\n12-05《FastAPI 入门实战》缺席"
    assert note == "小明，已私聊回复您。"


async def test_who_is_signed_in_afterwards_is_absent_no_more(room: SimulatedRoom, fastapi: Class) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await hold(fastapi, ming, absent=(hong,))
    noted, thanks = await room.owner.says("补签 @小红 fastapi-101")
    assert noted == "已给 小红 补签《FastAPI 入门实战》，第 2 位，缺席已撤销。"
    assert thanks.startswith("谢谢您参加《FastAPI 入门实战》。\n参加证明：小红")
    assert await room.owner.says("补签 小红", private=True) == ["小红 已经签到过《FastAPI 入门实战》了，不用补签。"]
    closing = await room.app.storage.read("default", get_closing, "fastapi-101")
    assert closing is not None
    assert (closing.came, closing.absent) == (2, 0)
    assert await room.owner.says("撤销签到 @小红") == [
        "已撤销 小红 在《FastAPI 入门实战》的签到。发「补签 @小红 fastapi-101」可以恢复。"
    ]
    said = (await room.owner.says("名单 fastapi-101", private=True))[0]
    assert "小红 缺席" in said
    assert await room.owner.says("撤销签到 @小红") == ["小红 没有签到《FastAPI 入门实战》，不用撤销。"]


async def test_who_is_noted_where_no_attendance_was_taken_makes_nobody_absent(
    room: SimulatedRoom, fastapi: Class
) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await hold(fastapi, absent=(ming, hong))
    await room.owner.says("补签 @小明 fastapi-101")
    said = (await room.owner.says("名单 fastapi-101", private=True))[0]
    assert "1. 小明 到场 22:00（补签）\n2. 小红 未签到" in said
    await room.owner.says("撤销签到 @小明 fastapi-101")
    assert await ming.says("我的出勤") == ["您还没有出勤记录。发「课表」看看有哪些场次。"]


async def test_nobody_but_hosts_signs_others_in(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    assert await room.owner.says("补签 @小明 fastapi-101") == [
        "《FastAPI 入门实战》周六 12-05 20:00 还没开始签到，到时再补签。"
    ]
    await fastapi.at(minutes=1)
    refused = ["这里只给主讲和群主看。您是主讲的话，请群主发「主讲 @您」确认一次。"]
    assert await ming.says("补签 @小明 fastapi-101") == refused
    assert await ming.says("补签 @小明") == refused
    assert await ming.says("撤销签到 @小明 fastapi-101") == refused
    assert await room.owner.says("补签 @小明 rust-9") == [
        "没有找到场次「rust-9」，发「课表」看看编号，或者发「名单」从列表里选。"
    ]


async def test_an_admin_of_the_room_leads_there(room: SimulatedRoom, fastapi: Class) -> None:
    admin = room.member("管理", Role.ADMIN)
    await fastapi.at(minutes=1)
    assert fastapi.code in (await admin.says("签到码"))[0]
    elsewhere = await Class(room, session(id="x", entry="x", rooms=("别的群",), secret="x")).put()
    assert elsewhere.code not in "".join(await admin.says("签到码"))


async def test_a_confirmed_host_reads_the_summary_once(room: SimulatedRoom, fastapi: Class) -> None:
    wang, ming = room.member("王老师"), room.member("小明")
    await wang.says("大家好")
    await room.owner.says("主讲 @王老师 老王")
    await hold(fastapi, ming)
    told = [act.text for act in room.said if act.text.startswith("《FastAPI 入门实战》结束了")]
    assert len(told) == 2


async def test_an_owner_who_is_the_host_reads_it_once(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    await room.owner.says("主讲 @群主 老王")
    assert sum(text.startswith("《FastAPI 入门实战》结束了") for text in await hold(fastapi, ming)) == 1


async def test_a_session_that_moves_ends_when_it_ends(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.registers(ming)
    later = session(starts_at=STARTS + timedelta(hours=1))
    await fastapi.change(later)
    await fastapi.at(minutes=1)
    await ming.says(f"签到 {fastapi.code}")
    await room.texts()
    await fastapi.at(minutes=119)
    assert await room.app.storage.read("default", get_closing, "fastapi-101") is None
    await room.clock.advance(minutes=2)
    assert any("结束了" in text for text in await room.texts())


async def test_a_class_that_was_put_off_is_counted_when_it_is_held(room: SimulatedRoom, fastapi: Class) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    first = await hold(fastapi, ming, absent=(hong,))
    assert len(first) == 3
    await fastapi.change(session(starts_at=STARTS + timedelta(days=7)))
    assert await room.app.storage.read("default", get_closing, "fastapi-101") is None
    assert await hong.says("我的出勤") == ["您还没有出勤记录。发「课表」看看有哪些场次。"]
    await fastapi.at(minutes=1)
    assert await hong.says(f"签到 {fastapi.code}") == ["小红 签到成功，第 1 位。"]
    await room.texts()
    await room.clock.advance(hours=2)
    said = await room.texts()
    assert said[0].startswith("《FastAPI 入门实战》结束了：报名 2 位，到场 1 位，缺席 1 位。\n缺席：小明。")
    assert len(said) == 3


async def test_who_signed_in_before_a_delay_need_not_do_it_again(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.registers(ming)
    await fastapi.at(minutes=-10)
    await ming.says(f"签到 {fastapi.code}")
    await fastapi.change(session(starts_at=STARTS + timedelta(hours=1)))
    await fastapi.at(minutes=1)
    assert await ming.says("签到") == ["您已经签到过《FastAPI 入门实战》了，不用再签。"]


async def test_what_changes_of_a_session_that_is_over_changes_no_attendance(
    room: SimulatedRoom, fastapi: Class
) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await hold(fastapi, ming, absent=(hong,))
    await fastapi.change(session(title="FastAPI 实战"))
    assert (await hong.says("我的出勤"))[0].endswith("12-05《FastAPI 实战》缺席")
    await room.clock.advance(days=1)
    assert await room.texts() == ["到场 0 次，缺席 1 次。\n12-05《FastAPI 实战》缺席", "小红，已私聊回复您。"]


async def test_a_session_called_off_does_not_end(room: SimulatedRoom, fastapi: Class) -> None:
    await fastapi.registers(room.member("小明"))
    await fastapi.change(session(is_cancelled=True))
    await room.clock.advance(days=7)
    assert await room.texts() == []


async def test_an_end_missed_while_the_process_was_down_is_made_up_for(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.registers(ming)
    await fastapi.at(minutes=1)
    await ming.says(f"签到 {fastapi.code}")
    await room.texts()
    room.app.crash()
    room.gateway.drop()
    await room._clock.advance_to(room.clock.now() + timedelta(days=1))
    room.app = room._rebuild()
    await room.app.start()
    await room.app.drain()
    said = [text for text in await room.texts() if "FastAPI" in text]
    assert len(said) == 2
    await room.crash()
    assert not any("FastAPI" in text for text in await room.texts())


async def test_a_place_held_unpaid_is_no_absence(room: SimulatedRoom, fastapi: Class) -> None:
    hong = room.member("小红")
    await fastapi.registers(hong, RegistrationState.HELD)
    await hold(fastapi, room.member("小明"))
    closing = await room.app.storage.read("default", get_closing, "fastapi-101")
    assert closing is not None
    assert (closing.registered, closing.absent) == (1, 0)


async def test_the_people_of_the_room_are_counted_without_the_bot(room: SimulatedRoom, fastapi: Class) -> None:
    for name in ("小红", "小刚", "从不说话的人"):
        room.member(name)
    await hold(fastapi, room.member("小明"))
    closing = await room.app.storage.read("default", get_closing, "fastapi-101")
    assert closing is not None
    assert closing.members == 5  # with the owner


async def test_without_the_gateway_those_are_counted_who_were_heard_of(room: SimulatedRoom, fastapi: Class) -> None:
    room.gateway.lose(lists_members=False)
    room.member("从不说话的人")
    await hold(fastapi, room.member("小明"))
    closing = await room.app.storage.read("default", get_closing, "fastapi-101")
    assert closing is not None
    assert closing.members == 1


async def test_a_gateway_that_hangs_does_not_keep_a_session_from_ending(
    room: SimulatedRoom, fastapi: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_room_id: str) -> list[Contact]:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(room.gateway, "members", hang)
    monkeypatch.setattr(ending, "_PATIENCE", 0.01)
    assert (await hold(fastapi, room.member("小明")))[0].startswith("《FastAPI 入门实战》结束了")


async def test_no_shows_are_counted_for_other_plugins(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await hold(fastapi, room.member("小红"), absent=(ming,))
    (found,) = await room.app.storage.read("default", members.find_by_name, "小明")
    assert await room.app.storage.read("default", no_shows, found.id) == 1


async def test_a_host_who_never_spoke_is_confirmed_by_a_mention_and_a_mere_name_is_refused(
    room: SimulatedRoom, fastapi: Class
) -> None:
    wang = room.member("王老师")
    assert await room.owner.says("主讲 王老师", private=True) == [
        "群里没有找到「王老师」，请用 @ 选中这位成员，或者请对方先在群里说句话。"
    ]
    assert await room.owner.says("主讲 是谁") == []
    assert await room.owner.says("主讲 @王老师 老王") == [
        "好的，课表里的主讲「老王」就是 王老师，可以发「签到码」「名单」了。"
    ]
    await fastapi.at(minutes=1)
    assert fastapi.code in (await wang.says("签到码", private=True))[0]


async def test_who_leads_nothing_is_told_how_to_be_confirmed(room: SimulatedRoom, fastapi: Class) -> None:
    wang = room.member("王老师")
    told = ["这里只给主讲和群主看。您是主讲的话，请群主发「主讲 @您」确认一次。"]
    assert await wang.says("签到码", private=True) == told
    assert await wang.says("名单", private=True) == told


async def test_who_registered_before_this_was_switched_on_is_counted_too(room: SimulatedRoom, fastapi: Class) -> None:
    row = registration("从前", state=RegistrationState.REGISTERED)
    await room.app.storage.run("default", put_registration, row, STARTS)
    await room.crash()
    await fastapi.at(minutes=119)
    await room.clock.advance(minutes=1)
    (said,) = await room.texts()
    assert said.startswith("《FastAPI 入门实战》结束了，报名 1 位，没有人签到")
