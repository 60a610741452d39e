"""学习 in the simulated room: lessons one after the other, locked ones, and what buying opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import Conversation
from bot.payments.model import OrderState
from bot.testing import SimulatedRoom
from tests.plugins.courses.kit import order, pay, refund, write_posts
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow

SETTINGS = """
commands:
  cooldown: 0s
plugins:
  courses:
    courses:
      - {id: go, title: Go 入门, price: 99, lessons: [go-1, go-2, go-3], preview: 1}
      - {id: free, title: 免费小课, lessons: [go-2, "#99"]}
      - {id: vip, title: 会员精讲, access: member, lessons: [go-3]}
"""


@pytest.fixture
def room_config(tmp_path: Path) -> str:
    return f"knowledge: {write_posts(tmp_path / 'posts')}\n{SETTINGS}"


async def test_the_list_shows_what_is_there_and_how_far_one_got(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    listed, note = await ming.says("学习")
    assert "私聊" in note
    assert listed == (
        "课程，回复数字接着学：\n1. 《Go 入门》3 课，99 元\n2. 《免费小课》2 课\n3. 《会员精讲》1 课，会员可学"
    )
    await ming.says("学习 free", private=True)
    (listed,) = await ming.says("学习", private=True)
    assert "2. 《免费小课》学了 1/2 课" in listed
    (lesson,) = await ming.says("1", private=True)
    assert lesson.startswith("《Go 入门》第 1/3 课：Hello #1\n老王 11月1日\n\nHello 的第一段")


async def test_lessons_follow_each_other(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    (first,) = await ming.says("学习 go", private=True)
    assert first.endswith("下一课：切片。发「下一课」接着学。")
    await pay(room, await buy(room, "小明"))
    (second,) = await ming.says("下一课", private=True)
    assert second.startswith("《Go 入门》第 2/3 课：切片")
    (third,) = await ming.says("下一课", private=True)
    assert third.endswith("《Go 入门》3 课都学完了，恭喜您！发「学习」看看别的课。")
    assert await ming.says("下一课", private=True) == ["《Go 入门》都学完了。想再看哪一课，发「学习 go 3」这样。"]
    (again,) = await ming.says("学习 go 第二课", private=True)
    assert again.startswith("《Go 入门》第 2/3 课：切片")


async def buy(room: SimulatedRoom, name: str) -> int:
    (how,) = await room.member(name).says("买课 go", private=True)
    return int(how.partition("订单 D")[2].partition("，")[0])


async def test_a_locked_lesson_shows_how_it_begins_and_how_to_get_it(room: SimulatedRoom) -> None:
    (said,) = await room.member("小明").says("学习 go 2", private=True)
    assert said == (
        "《Go 入门》第 2/3 课：切片\n"
        "「切片 的第一段，讲清楚这一课要学的是什么。切片 的第一段，讲清楚这一课要学的是什么。"
        "切片 的第一段，讲清楚这一课要学的是……」\n"
        "这一课要开通才能看：单买 99 元，发「买课 go」。\n前 1 课可以试看，发「学习 go 1」。\n1. 单买《Go 入门》"
    )


async def test_a_course_is_bought_once_and_taken_back_with_the_money(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    how, note = await ming.says("买课 go")
    assert "私聊" in note
    assert how == "《Go 入门》99 元，订单 D1，买一次长期有效。\n请转账给群主，备注 D1。"
    assert (await ming.says("买课 go", private=True)) == [how]
    assert await pay(room, 1) == ["收到 99 元（D1），《Go 入门》开通了，长期有效。发「学习 go」开始。"]
    assert (await ming.says("学习 go 3", private=True))[0].startswith("《Go 入门》第 3/3 课")
    assert (await ming.says("买课 go", private=True))[0].startswith("《Go 入门》您现在就能学，不用单买")
    assert await refund(room, 1, 1000) == ["《Go 入门》的 10 元已退还（D1），请查收。这门课照常能学。"]
    assert (await ming.says("学习 go 3", private=True))[0].startswith("《Go 入门》第 3/3 课")
    assert (await order(room, 1)).state is OrderState.PAID
    (told,) = await refund_rest(room)
    assert told.startswith("《Go 入门》的 89 元已退还（D1），请查收。课程先收回了")
    assert "要开通才能看" in (await ming.says("学习 go 2", private=True))[0]


async def refund_rest(room: SimulatedRoom) -> list[str]:
    return await refund(room, 1, 8900, nth=2)


async def test_money_that_comes_late_still_opens_it_and_a_second_payment_goes_back(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("买课 go", private=True)
    await room.clock.advance(hours=25)
    assert (await order(room, 1)).state is OrderState.CLOSED
    (how,) = await ming.says("买课 go", private=True)
    assert "订单 D2" in how
    assert "《Go 入门》开通了" in (await pay(room, 1))[0]
    said = await pay(room, 2)
    assert any("您之前就买过了" in text for text in said)
    assert any("退款 D2" in text for text in said)
    assert (await order(room, 2)).state is OrderState.REFUND_DUE
    assert await refund(room, 2) == ["《Go 入门》的 99 元已退还（D2），请查收。这门课照常能学。"]
    assert (await ming.says("学习 go 3", private=True))[0].startswith("《Go 入门》第 3/3 课")


async def test_what_is_not_sold_alone_says_how_it_is_had(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("买课 vip", private=True) == ["《会员精讲》不单卖，开通会员就能学，发「套餐」看看。"]
    (said,) = await ming.says("学习 vip", private=True)
    assert said.endswith("这一课要开通才能看：开通会员就能学，发「套餐」看看。")


async def test_what_is_sold_is_listed_to_who_names_nothing(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("买课", private=True) == ["买哪门课？回复数字：\n1. 《Go 入门》3 课，99 元"]
    assert "订单 D1" in (await ming.says("1", private=True))[0]


async def test_wrong_words_are_answered_and_chat_stays_chat(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("学习 rust", private=True) == ["没有课程「rust」，发送「学习」看看有哪些。"]
    assert await ming.says("学习 fre", private=True) == [
        "没有课程「fre」，您要找的是不是「free」？发送「学习」看看有哪些。"
    ]
    assert await ming.says("学习 go 7", private=True) == ["《Go 入门》没有第 7 课，一共 3 课，发「学习 go 1」从头看。"]
    assert await ming.says("学习 free 2", private=True) == [
        "《免费小课》第 2 课还没有放出来，先发「学习 free」学别的课。"
    ]
    for text in ("学习 使我快乐", "学习一下", "下一课", "买课 有优惠吗"):
        assert await ming.says(text) == []
    assert await ming.says("下一课", private=True) == ["您还没有开始学哪门课，发「学习」看看有哪些。"]


async def test_a_crash_after_the_order_makes_no_second_one(room: SimulatedRoom) -> None:
    with before_the_answer(room):
        room.world.say(room.member("小明").contact_id, Conversation(contact_id=room.bot_id), "买课 go")
        await room.app.drain()
    await room.crash(minutes=5)
    texts = [act.text for act in room.said if "订单 D" in act.text]
    assert all("订单 D1，" in text for text in texts)
    assert "订单 D1，" in (await room.member("小明").says("买课 go", private=True))[0]
