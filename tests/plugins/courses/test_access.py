"""What a membership opens in other plugins: before it is paid, after, in its grace, and when it is over."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.testing import TOPIC, SimulatedRoom, Speaker
from tests.plugins.courses.kit import pay, refund, write_posts
from tests.plugins.training.kit import make_session, put

pytestmark = pytest.mark.slow

SETTINGS = """
commands:
  cooldown: 0s
plugins:
  membership:
    plans:
      - {id: month, title: 月度会员, price: 19.9, period: 1m}
      - {id: pro, title: 专业会员, price: 49, period: 1m, tier: 2, opens: [member, course:go, 精读]}
  courses:
    courses:
      - {id: go, title: Go 入门, price: 99, lessons: [go-1]}
      - {id: vip, title: 会员精讲, access: member, lessons: [go-2]}
      - {id: deep, title: 专业精读, access: 精读, lessons: [go-2]}
  consulting:
    slots:
      - {every: 周三 20:00–21:00, host: 老王, access: member}
"""
LOCKED = {"post": False, "go": False, "vip": False, "deep": False, "session": False, "consulting": False}
MONTH = LOCKED | {"post": True, "vip": True, "session": True, "consulting": True}
PRO = dict.fromkeys(LOCKED, True)


@pytest.fixture
def room_config(tmp_path: Path) -> str:
    posts = write_posts(tmp_path / "posts", **{"go-1": "course:go", "go-3": "member"})
    return f"knowledge: {posts}\n{SETTINGS}"


async def subscribe(room: SimulatedRoom, who: Speaker, plan: str) -> int:
    said = await who.says(f"开通 {plan}", private=True)
    number = int(next(found[1] for text in said if (found := re.search(r"D(\d+)", text))))
    await pay(room, number)
    return number


async def opened(room: SimulatedRoom, who: Speaker) -> dict[str, bool]:
    """Return what somebody may use, and give back what they took."""
    (post,) = await who.says("来源 #3", private=True)
    found = {"post": "第一段" in post}
    for course in ("go", "vip", "deep"):
        (lesson,) = await who.says(f"学习 {course} 1", private=True)
        found[course] = "要开通才能看" not in lesson
    session = make_session(id="vip-1", access="member", starts_at=room.clock.now() + timedelta(days=2))
    await put(room, session)
    said = await who.says("报名 vip-1", private=True)
    found["session"] = "是会员场次" not in said[0]
    await who.says("取消 vip-1", private=True)
    said = await who.says("咨询 1", private=True)
    found["consulting"] = "是会员的咨询时间" not in said[0]
    await who.says("取消咨询", private=True)
    await who.says("是", private=True)
    return found


async def test_a_month_opens_what_is_for_members_and_nothing_else(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    assert await opened(room, ming) == LOCKED
    await subscribe(room, ming, "month")
    assert await opened(room, ming) == MONTH
    await room.clock.advance(days=32)  # a day into the grace of three
    assert await opened(room, ming) == MONTH
    await room.clock.advance(days=3)
    assert await opened(room, ming) == LOCKED
    await subscribe(room, ming, "month")
    assert await opened(room, ming) == MONTH


async def test_a_plan_may_open_courses_and_features_of_its_own(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    number = await subscribe(room, ming, "pro")
    assert await opened(room, ming) == PRO
    await refund(room, number)
    assert await opened(room, ming) == LOCKED


async def test_a_bought_course_opens_its_posts_for_good(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    (teaser,) = await ming.says("来源 #1")
    assert teaser == (
        "《Hello》#1 讲的就是这个，这是课程内容。\n发送「学习 go」看看怎么学，开通后再问一次就能看到全文。"
    )
    await ming.says("买课 go", private=True)
    await pay(room, 1)
    assert await opened(room, ming) == LOCKED | {"go": True}
    whole, note = await ming.says("来源 #1")
    assert whole.startswith("《Hello》#1\n")
    assert "私聊" in note
    assert [act.text for act in room.said if act.room == TOPIC and "第一段" in act.text] == []
    await room.clock.advance(days=40)
    assert await opened(room, ming) == LOCKED | {"go": True}


class TestMine:
    @pytest.fixture
    def room_config(self, tmp_path: Path) -> str:
        shop = "  tickets:\n    tickets:\n      - {id: three, title: 三次卡, price: 199, uses: 3, valid: 90d}\n"
        return f"knowledge: {write_posts(tmp_path / 'posts')}\n{SETTINGS}{shop}"

    async def test_tickets_and_courses_are_shown_until_their_money_is_given_back(self, room: SimulatedRoom) -> None:
        hong = room.member("小红")
        none = "您还没有会员。发「套餐」看看怎么开通。"
        assert await hong.says("我的", private=True) == [none]
        await hong.says("买课票 three", private=True)
        await hong.says("买课 go", private=True)
        assert await hong.says("我的", private=True) == [none]
        await pay(room, 1)
        await pay(room, 2)
        held = "课程《Go 入门》长期有效，发「学习 go」接着学\n课票「三次卡」还剩 3/3 次，2027-03-01 前有效"
        assert await hong.says("我的", private=True) == [f"{none}\n已经买的：\n{held}"]
        assert (await room.owner.says("会员 @小红", private=True))[0].endswith(f"已经买的：\n{held}")
        await subscribe(room, hong, "month")
        (said,) = await hong.says("我的", private=True)
        assert f"\n{held}\nD3 月度会员 19.90 元，已付款\n" in said
        await refund(room, 1)
        await refund(room, 2)
        (said,) = await hong.says("我的", private=True)
        assert "课" not in said
