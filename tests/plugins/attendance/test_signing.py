from __future__ import annotations

from datetime import timedelta

import pytest

from bot.plugins.training.model import RegistrationState
from bot.testing import SimulatedRoom, simulated_room
from tests.plugins.attendance.kit import STARTS, Class, session

pytestmark = pytest.mark.slow  # days of conversation


async def test_the_host_gets_the_code_and_members_sign_in_with_it(room: SimulatedRoom, fastapi: Class) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await fastapi.registers(ming)
    await fastapi.registers(hong)
    await fastapi.at(minutes=-10, seconds=18)
    said, note = await room.owner.says("签到码")
    assert said == (
        f"《FastAPI 入门实战》签到码：{fastapi.code}\n还有 42 秒换新，旧码再多用一分钟。"
        f"成员发「签到 {fastapi.code}」。已签到 0 位，报名 2 位。"
    )
    assert note == "群主，已私聊回复您。"
    assert await ming.says(f"签到 {fastapi.code}") == ["小明 签到成功，第 1 位。"]
    assert await hong.says(f"签到{fastapi.code}", private=True) == ["签到成功，第 2 位。"]
    assert await hong.says(f"签到 {fastapi.code}") == ["小红，您已经签到过《FastAPI 入门实战》了，第 2 位。"]


async def test_who_comes_late_is_told_so(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.registers(ming)
    await fastapi.at(minutes=11)
    assert await ming.says(f"签到 {fastapi.code}") == ["小明 签到成功，第 1 位，记为迟到。"]


async def test_the_code_of_the_minute_before_counts_and_an_older_one_is_no_guess(
    room: SimulatedRoom, fastapi: Class
) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await fastapi.registers(ming)
    await fastapi.at(seconds=30)
    code = fastapi.code
    await fastapi.at(seconds=90)
    assert await ming.says(f"签到 {code}") == ["小明 签到成功，第 1 位。"]
    await fastapi.at(seconds=150)
    for _ in range(6):
        assert await hong.says(f"签到 {code}") == ["小红，这个签到码过期了，请看主讲现在给的码再发一次。"]
    assert "签到成功" in (await hong.says(f"签到 {fastapi.code}"))[0]


async def test_five_wrong_codes_make_a_member_wait(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.registers(ming)
    await fastapi.at(minutes=1)
    wrong = "000000" if fastapi.code != "000000" else "000001"
    for left in (4, 3, 2, 1):
        assert await ming.says(f"签到 {wrong}", private=True) == [
            f"签到码不对，请看主讲现在给的码（一分钟换一次），还可以试 {left} 次。"
        ]
    locked = ["签到码输错太多次了，请 10 分钟后再试，或者请主讲帮您补签。"]
    assert await ming.says(f"签到 {wrong}", private=True) == locked
    assert await ming.says(f"签到 {fastapi.code}") == [f"小明，{locked[0]}"]
    await fastapi.at(minutes=11)
    assert "签到成功" in (await ming.says(f"签到 {fastapi.code}"))[0]


async def test_a_right_code_forgets_the_wrong_ones(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.at(minutes=1)
    wrong = "000000" if fastapi.code != "000000" else "000001"
    for _ in range(4):
        await ming.says(f"签到 {wrong}")
    await ming.says(f"签到 {fastapi.code}")
    assert "还可以试 4 次" in (await ming.says(f"签到 {wrong}"))[0]


async def test_who_is_not_registered_counts_as_come_by_chance(room: SimulatedRoom, fastapi: Class) -> None:
    await fastapi.at(minutes=-1)
    assert await room.member("小明").says(f"签到 {fastapi.code}") == ["小明 签到成功，第 1 位，记为临时到场。"]


async def test_where_it_costs_something_a_registration_is_needed(room: SimulatedRoom) -> None:
    paid = await Class(room, session(price_fen=9900)).put()
    ming, hong = room.member("小明"), room.member("小红")
    await paid.registers(hong, RegistrationState.HELD)
    await paid.at(minutes=-1)
    assert await ming.says(f"签到 {paid.code}") == [
        "小明，您还没报名《FastAPI 入门实战》，先发「报名 fastapi-101」，报上了再签到。"
    ]
    assert await hong.says(f"签到 {paid.code}") == [
        "小红，您报了《FastAPI 入门实战》，但还没有确认收款。已经付了的话，请群主确认收款后再签到。"
    ]
    await paid.at(minutes=1)
    assert await ming.says(f"签到 {paid.code}") == [
        "小明，您没有报名《FastAPI 入门实战》，报名已经截止，请联系主讲或群主补签。"
    ]


async def test_of_two_sessions_at_once_the_code_decides(room: SimulatedRoom, fastapi: Class) -> None:
    other = await Class(room, session(id="rust-1", entry="rust-1", title="Rust 夜谈", secret="another")).put()
    await fastapi.at(minutes=1)
    ming = room.member("小明")
    assert await ming.says(f"签到 {other.code}") == ["小明 《Rust 夜谈》签到成功，第 1 位，记为临时到场。"]
    assert await ming.says(f"签到 {fastapi.code}") == ["小明 《FastAPI 入门实战》签到成功，第 1 位，记为临时到场。"]
    said = (await room.owner.says("签到码", private=True))[0]
    assert fastapi.code in said
    assert other.code in said


async def test_before_and_after_it_is_said_when(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    coming = [
        "现在没有要签到的场次。下一场《FastAPI 入门实战》周六 12-05 20:00，19:45 开始签到，到时发「签到 六位签到码」。"
    ]
    assert await ming.says("签到 123456") == [f"小明，{coming[0]}"]
    assert await ming.says("签到") == coming
    assert await room.owner.says("签到码", private=True) == [
        "《FastAPI 入门实战》周六 12-05 20:00 开始，19:45 起再发「签到码」就有。"
    ]
    await fastapi.at(minutes=-5)
    assert await ming.says("签到") == [
        "《FastAPI 入门实战》正在签到：发「签到 六位签到码」，码在主讲那里，一分钟换一次。"
    ]
    await ming.says(f"签到 {fastapi.code}")
    assert await ming.says("签到") == ["您已经签到过《FastAPI 入门实战》了，不用再签。"]
    await fastapi.at(hours=2)
    assert (await ming.says(f"签到 {fastapi.code}"))[0].startswith("小明，现在没有要签到的场次。")
    assert "补签 @成员 fastapi-101" in (await room.owner.says("签到码 fastapi-101", private=True))[0]


async def test_a_session_that_was_called_off_has_no_code(room: SimulatedRoom, fastapi: Class) -> None:
    await fastapi.change(session(is_cancelled=True))
    await fastapi.at(minutes=1)
    assert (await room.member("小明").says(f"签到 {fastapi.code}"))[0].startswith("小明，现在没有要签到的场次。")
    assert await room.owner.says("签到码 fastapi-101", private=True) == [
        "《FastAPI 入门实战》周六 12-05 20:00 已经取消了，没有签到。"
    ]


@pytest.mark.parametrize("text", ["签到了吗", "签到 了吗？", "签到码是多少啊大家", "名单 在哪里看", "证书 怎么拿"])
async def test_what_is_said_to_the_others_stays_chat(room: SimulatedRoom, fastapi: Class, text: str) -> None:
    await fastapi.at(minutes=1)
    assert await room.member("小明").says(text) == []
    assert await room.owner.says(text) == []


@pytest.mark.parametrize("word", ["签到码", "名单", "导出名单"])
async def test_the_words_of_hosts_are_chat_for_the_others(room: SimulatedRoom, fastapi: Class, word: str) -> None:
    await fastapi.at(minutes=1)
    refused = "这里只给主讲和群主看。您是主讲的话，请群主发「主讲 @您」确认一次。"
    assert await room.member("小明").says(word) == []
    assert await room.member("小明").says(f"/{word} fastapi-101") == [refused]
    assert await room.member("老王").says(f"{word} fastapi-101", private=True) == [refused]


async def test_a_code_of_another_length_is_explained(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.at(minutes=1)
    advice = ["签到码是 6 位数字，请看主讲现在给的码，例如：签到 482913"]
    assert await ming.says("签到 4829") == advice
    assert await ming.says("签到 12345678") == advice
    assert await ming.says("签到 abc", private=True) == ["用法：签到 <签到码>，例如：签到 482913"]
    assert await ming.says("签到 482913 谢谢老师") == []


@pytest.mark.parametrize(
    "form",
    [
        "签到{0}{1}",
        "签到 {0} {1}",
        "签到：{0}{1}",
        "/签到 {0}-{1}",
        "签到 {0}{1}。",
        "簽到 {0}{1}",
        "{0}{1}",
        "签到码 {0}{1}",
    ],
)
async def test_the_code_is_read_as_people_type_it(room: SimulatedRoom, fastapi: Class, form: str) -> None:
    await fastapi.at(minutes=1)
    typed = form.format(fastapi.code[:3], fastapi.code[3:])
    assert await room.member("小明").says(typed) == ["小明 签到成功，第 1 位，记为临时到场。"]


async def test_a_host_is_who_the_owner_says_and_not_who_is_called_so(room: SimulatedRoom, fastapi: Class) -> None:
    wang = room.member("王老师")
    await wang.says("大家好")
    await fastapi.at(minutes=1)
    assert await room.owner.says("主讲") == ["还没有确认过主讲。发「主讲 @成员」，这位成员就能拿签到码和名单。"]
    assert await room.owner.says("主讲 @王老师") == [
        "课表里没有主讲叫「王老师」，课表里有：老王。写法：主讲 @成员 课表里的名字"
    ]
    assert await room.owner.says("主讲 @王老师 老王") == [
        "好的，课表里的主讲「老王」就是 王老师，可以发「签到码」「名单」了。"
    ]
    assert fastapi.code in (await wang.says("签到码", private=True))[0]
    assert (await room.owner.says("主讲", private=True))[0].splitlines()[1] == "1. 老王：王老师"
    assert await room.owner.says("取消主讲 @王老师") == ["好的，王老师 不能再拿签到码和名单了。"]
    assert await wang.says("签到码", private=True) == [
        "这里只给主讲和群主看。您是主讲的话，请群主发「主讲 @您」确认一次。"
    ]


async def test_many_at_once_become_few_messages() -> None:
    async with simulated_room("commands:\n  cooldown: 0s\n", is_paced=True) as room:
        fastapi = await Class(room, session()).put()
        people = [room.member(f"同学{number:02d}") for number in range(20)]
        await fastapi.at(minutes=1)

        def all_sign_in() -> None:
            for one in people:
                one._say(f"签到 {fastapi.code}", private=False)

        await room.after(all_sign_in)
        await room.clock.advance(minutes=1)
        said = [text for text in await room.texts() if "签到成功" in text]
    lines = [f"同学{number:02d} 签到成功，第 {number + 1} 位，记为临时到场。" for number in range(20)]
    assert [line for text in said for line in text.splitlines()] == lines
    assert len(said) <= 3


async def test_after_a_crash_the_place_that_was_promised_stays(room: SimulatedRoom, fastapi: Class) -> None:
    ming = room.member("小明")
    await fastapi.at(minutes=1)
    await ming.says(f"签到 {fastapi.code}")
    await room.crash()
    assert await ming.says(f"签到 {fastapi.code}") == ["小明，您已经签到过《FastAPI 入门实战》了，第 1 位。"]


async def test_a_session_moved_to_later_is_signed_in_to_then(room: SimulatedRoom, fastapi: Class) -> None:
    await fastapi.change(session(starts_at=STARTS + timedelta(days=7)))
    await room.clock.advance(seconds=(STARTS - room.clock.now()).total_seconds())
    assert "周六 12-12 20:00" in (await room.member("小明").says("签到"))[0]


async def test_who_is_rung_is_not_named_twice(room: SimulatedRoom, fastapi: Class) -> None:
    await fastapi.at(minutes=1)
    ming, hong = room.member("小明"), room.member("小红")
    assert await ming.says(f"@小知 签到 {fastapi.code}") == ["签到成功，第 1 位，记为临时到场。"]
    assert room.said[-1].mentions == ("小明",)
    assert await hong.says(f"签到 {fastapi.code}", private=True) == ["签到成功，第 2 位，记为临时到场。"]


async def test_where_codes_are_private_the_room_is_told_so() -> None:
    config = "commands:\n  cooldown: 0s\nplugins:\n  attendance:\n    only_private: true\n"
    async with simulated_room(config) as room:
        fastapi = await Class(room, session()).put()
        await fastapi.at(minutes=1)
        ming = room.member("小明")
        assert await ming.says(f"签到 {fastapi.code}") == [
            "签到码请私聊发给我，在群里发，没来的人也看得到。还没加我好友的，先加一下。"
        ]
        assert "成员私聊我发「签到 " in (await room.owner.says("签到码", private=True))[0]
        assert await ming.says(f"签到 {fastapi.code}", private=True) == ["签到成功，第 1 位，记为临时到场。"]


async def test_a_number_in_the_chat_is_no_wrong_code_to_talk_about_but_a_guess(
    room: SimulatedRoom, fastapi: Class
) -> None:
    ming = room.member("小明")
    assert await ming.says("123456") == []
    await fastapi.at(minutes=1)
    wrong = "000000" if fastapi.code != "000000" else "000001"
    assert await ming.says(wrong) == []
    assert await ming.says(wrong, private=True) == ["签到码不对，请看主讲现在给的码（一分钟换一次），还可以试 3 次。"]
    assert await ming.says(fastapi.code, private=True) == ["签到成功，第 1 位，记为临时到场。"]
    assert await ming.says(fastapi.code) == ["小明，您已经签到过《FastAPI 入门实战》了，第 1 位。"]
