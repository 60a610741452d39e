"""课票 in the simulated room: bought, used by registering, given back with the place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.payments.model import OrderState
from bot.plugins.training.model import SessionCancelled
from bot.testing import SimulatedRoom
from tests.plugins.courses.kit import order, pay, refund
from tests.plugins.training.kit import make_session, put, sent

pytestmark = pytest.mark.slow

USED = "用了「三次卡」1 次，还剩 2 次，2027-03-01 前有效。"


@pytest.fixture
def room_config() -> str:
    return """
commands:
  cooldown: 0s
plugins:
  tickets:
    tickets:
      - {id: three, title: 三次卡, price: 199, uses: 3, valid: 90d}
      - {id: go, title: Go 单次, price: 59, sessions: [go-weekly]}
"""


async def buy(room: SimulatedRoom, name: str = "小明", which: str = "three") -> int:
    (how,) = await room.member(name).says(f"买课票 {which}", private=True)
    number = int(how.partition("订单 D")[2].partition("。")[0])
    await pay(room, number)
    return number


async def test_a_ticket_is_bought_by_number(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("课票") == [
        (
            "课票报名时自动抵用，回复数字购买：\n"
            "1. 三次卡：3 次，所有场次，90 天有效，199 元\n"
            "2. Go 单次：1 次，go-weekly，366 天有效，59 元"
        )
    ]
    how, note = await ming.says("1")
    assert how == "三次卡（3 次）199 元，订单 D1。\n请转账给群主，备注 D1。"
    assert "私聊" in note
    assert await ming.says("买课票 三次卡", private=True) == [how]
    assert await pay(room, 1) == [
        "收到 199 元（D1），「三次卡」3 次，2027-03-01 前有效。报名时自动抵用，发送「场次」看看有哪些课。"
    ]
    (listed,) = await ming.says("课票", private=True)
    assert listed.startswith("课票「三次卡」还剩 3/3 次，2027-03-01 前有效\n")


async def test_registering_uses_it_and_cancelling_gives_it_back(room: SimulatedRoom) -> None:
    await put(room, make_session(price_fen=9900))
    ming = room.member("小明")
    await buy(room)
    said = await ming.says("报名 fastapi-101")
    assert said[0].startswith("小明 报名成功：")
    assert said[1].endswith(USED)
    assert [text for text in said if "付款" in text] == []
    assert await ming.says("报名 fastapi-101") == ["您已经报名《FastAPI 入门实战》周六 12-05 20:00，到时见。"]
    assert "还剩 2/3 次" in (await ming.says("课票", private=True))[0]
    assert "课票「三次卡」还剩 2/3 次" in (await ming.says("我的课", private=True))[0]
    assert await ming.says("取消 fastapi-101", private=True) == [
        "「三次卡」退回 1 次，还剩 3 次。",
        "已取消《FastAPI 入门实战》的报名。",
    ]
    assert "还剩 3/3 次" in (await ming.says("课票", private=True))[0]
    await ming.says("报名 fastapi-101")
    assert "还剩 2/3 次" in (await ming.says("课票", private=True))[0]


async def test_without_a_ticket_it_is_paid_for(room: SimulatedRoom) -> None:
    await put(room, make_session(price_fen=9900))
    await buy(room, which="go")
    said = await room.member("小明").says("报名 fastapi-101")
    assert any("99 元" in text for text in said)


async def test_a_free_session_uses_nothing(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await buy(room)
    await room.member("小明").says("报名 fastapi-101")
    assert "还剩 3/3 次" in (await room.member("小明").says("课票", private=True))[0]


async def test_a_ticket_opens_a_session_of_members(room: SimulatedRoom) -> None:
    await put(room, make_session(access="member"))
    ming = room.member("小明")
    assert await ming.says("报名 fastapi-101") == [
        "《FastAPI 入门实战》是会员场次，发送「套餐」看看怎么开通，有「课票」也可以。"
    ]
    await buy(room)
    said = await ming.says("报名 fastapi-101")
    assert said[1].endswith(USED)


async def test_who_waited_uses_it_when_the_place_comes(room: SimulatedRoom) -> None:
    await put(room, make_session(price_fen=9900, capacity=1))
    ming, hong = room.member("小明"), room.member("小红")
    await buy(room)
    await buy(room, "小红")
    await hong.says("报名 fastapi-101")
    await ming.says("报名 fastapi-101")
    assert "还剩 3/3 次" in (await ming.says("课票", private=True))[0]
    await hong.says("取消 fastapi-101")
    said = await ming.says("确认")
    assert any(text.endswith(USED) for text in said)


async def test_it_is_used_up_and_ends(room: SimulatedRoom) -> None:
    sessions = [
        make_session(id=f"s-{n}", price_fen=9900, starts_at=make_session().starts_at + timedelta(days=n))
        for n in range(4)
    ]
    await put(room, *sessions)
    ming = room.member("小明")
    await ming.says("大家好")
    await buy(room)
    for n in range(3):
        await ming.says(f"报名 s-{n}", private=True)
    assert any("99 元" in text for text in await ming.says("报名 s-3", private=True))
    await room.clock.advance(days=91)
    assert not (await ming.says("课票", private=True))[0].startswith("课票「三次卡」")


async def test_called_off_gives_it_back_and_over_does_not(room: SimulatedRoom) -> None:
    session = make_session(price_fen=9900)
    await put(room, session)
    ming = room.member("小明")
    await buy(room)
    await ming.says("报名 fastapi-101")
    await put(room, make_session(price_fen=9900, is_cancelled=True), event=SessionCancelled("fastapi-101"))
    assert sent(room, "小明")[-1] == "「三次卡」退回 1 次，还剩 3 次。"


async def test_all_money_back_takes_the_places_along(room: SimulatedRoom) -> None:
    await put(room, make_session(price_fen=9900))
    ming = room.member("小明")
    number = await buy(room)
    await ming.says("报名 fastapi-101")
    assert await refund(room, number, 1000) == ["「三次卡」的 10 元已退还（D1），请查收。课票照常能用。"]
    assert "还剩 2/3 次" in (await ming.says("课票", private=True))[0]
    said = await refund(room, number, 18900, nth=2)
    assert (await order(room, number)).state is OrderState.REFUNDED
    assert any("用它报的、还没开始的场次也一起取消了" in text for text in said)
    assert "没有报名的场次" in (await ming.says("我的课", private=True))[0]
    assert any("99 元" in text for text in await ming.says("报名 fastapi-101", private=True))


async def test_chat_stays_chat_and_wrong_words_are_answered(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    for text in ("课票怎么用", "买课票 能便宜吗"):
        assert await ming.says(text) == []
    assert await ming.says("买课票") == await ming.says("课票")
    assert await ming.says("买课票 ten", private=True) == ["没有课票「ten」，发送「课票」看看有哪些。"]
