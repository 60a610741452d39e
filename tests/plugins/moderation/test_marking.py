"""广告 and 误判: admins say what an advertisement is; what they said wrong is taken back."""

from __future__ import annotations

import pytest

from bot.model import Role
from bot.moderation.adverts import AdvertFilter, Mark
from bot.plugins.moderation.learning import LEARNING
from bot.plugins.moderation.marks_store import standing_marks
from bot.testing import SimulatedRoom
from tests.plugins.moderation.fair_kit import CARROT, done, read, told, weight

pytestmark = pytest.mark.slow

ADVERT = "我在院子里养了一只挖掘机，它每天早上都要喝三桶牛奶"
"""What no filter would take for one."""


@pytest.fixture
def room_config() -> str:
    return CARROT


@pytest.fixture(autouse=True)
def the_filter_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare these conversations the half second of learning; what it learns is tested with the filter."""
    monkeypatch.setattr(AdvertFilter, "continued", lambda self, _marks: self)


async def test_a_quoted_message_is_marked(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    assert await room.owner.quotes("挖掘机", "广告") == ["记下了（M1），以后相似的会认出来。标错了发「撤销标记 M1」。"]
    marks = await read(room, standing_marks)
    assert [(one.text, one.is_advert) for one in marks] == [(ADVERT, True)]
    assert await done(room) == ["mark"]


async def test_what_was_said_wrong_is_taken_back(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    await room.owner.quotes("挖掘机", "广告")
    assert await room.owner.says("撤销标记 M1", private=True) == ["标记 M1 已撤销，不再按它判断。"]
    assert await room.owner.says("撤销标记 1", private=True) == ["标记 M1 已经撤销过了。"]
    assert await read(room, standing_marks) == []
    assert await done(room) == ["mark", "unmark"]


async def test_a_second_mark_of_a_message_takes_the_place_of_the_first(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    await room.owner.quotes("挖掘机", "广告")
    await room.owner.quotes("挖掘机", "误判")
    assert [one.is_advert for one in await read(room, standing_marks)] == [False]


async def test_a_wrong_case_is_undone_and_its_rule_trusted_less(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    await ming.says("我家的胡萝卜熟了")
    await room.owner.says("误判 V1", private=True)
    assert told(room, "群主")[-1] == "V1 已经撤销，也告诉了对方。"
    assert told(room, "小明")[-1] == "「Python学习群」的 V1 已经撤销，记的分也清掉了。打扰您了，抱歉。"
    assert await ming.says("我的违规", private=True) == ["您没有违规记录，谢谢您一直照顾大家。"]
    assert await weight(room, "carrot") == 0.8
    assert await room.owner.says("误判 V1", private=True) == ["这条没有被处理过，不用撤销。"]


async def test_the_word_is_chat_unless_something_is_quoted(room: SimulatedRoom) -> None:
    admin = room.member("小红", Role.ADMIN)
    assert await admin.says("广告") == []
    assert await admin.says("广告 太多了吧") == []
    assert await admin.says("误判") == []
    assert await admin.says("广告", private=True) != []


async def test_members_mark_nothing(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    assert await room.member("小刚").quotes("挖掘机", "广告") == []
    assert await read(room, standing_marks) == []


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("广告 V7", "没有案卷 V7，发「案卷」看看最近的编号。"),
        ("误判 V7", "没有案卷 V7，发「案卷」看看最近的编号。"),
        ("撤销标记", "还没有标记过广告或误判。"),
        ("撤销标记 M7", "没有标记 M7，发「撤销标记」看看最近的。"),
        ("广告", "请引用那条广告发「广告」，或者写上案卷编号，比如「广告 V12」。"),
        ("误判", "请引用那条消息发「误判」，或者写上案卷编号，比如「误判 V12」。"),
    ],
)
async def test_what_is_not_there_is_said_so(room: SimulatedRoom, typed: str, answered: str) -> None:
    assert await room.owner.says(typed, private=True) == [answered]


async def test_a_short_text_teaches_nothing(room: SimulatedRoom) -> None:
    await room.member("小明").says("加我")
    assert await room.owner.quotes("加我", "广告") == ["这条太短了，记下来会误伤别人，没有标记。"]


async def test_marks_are_offered_by_number(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    await room.owner.quotes("挖掘机", "广告")
    said = await room.owner.says("撤销标记", private=True)
    assert said == ["要撤销哪一个？回复数字：\n1. M1 广告 「我在院子里养了一只挖掘机，它每天早上都要喝三桶牛奶」"]
    assert await room.owner.says("1", private=True) == ["标记 M1 已撤销，不再按它判断。"]


async def test_marks_are_learnt_again_after_a_crash(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    await room.owner.quotes("挖掘机", "广告")
    await room.crash()
    await room.member("小明").says("大家早上好")
    learnt = [one.latest for one in LEARNING.all() if one.latest is not None]
    assert 1 in {one.marks for one in learnt}


async def test_a_marked_advert_is_known_again_however_it_is_disguised(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    await room.owner.quotes("挖掘机", "广告")
    await room.clock.advance(hours=1)
    await room.member("小刚").says("我在院子里养了一只 挖 掘 机，它每天早上都要喝三桶牛奶！！！")
    reports = [text for text in told(room, "群主") if "小刚" in text]
    assert len(reports) == 1
    assert "和标记过的广告" in reports[0]


async def test_a_mark_that_was_taken_back_is_unlearnt(room: SimulatedRoom) -> None:
    await room.member("小明").says(ADVERT)
    await room.owner.quotes("挖掘机", "广告")
    await room.owner.says("撤销标记 M1", private=True)
    await room.clock.advance(hours=1)
    await room.member("小刚").says(ADVERT)
    assert not [text for text in told(room, "群主") if "和标记过的广告" in text]


async def test_the_filter_goes_on_from_the_marks(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[list[tuple[str, bool]]] = []

    def continued(shipped: AdvertFilter, marks: list[Mark]) -> AdvertFilter:
        heard.append([(one.text, one.is_advert) for one in marks])
        return shipped

    monkeypatch.setattr(AdvertFilter, "continued", continued)
    await room.member("小明").says(ADVERT)
    await room.member("小红").says("今天的晚霞很好看，大家快去阳台看看")
    await room.owner.quotes("挖掘机", "广告")
    await room.owner.quotes("晚霞", "误判")
    await room.owner.says("撤销标记 M1", private=True)
    fine = ("今天的晚霞很好看，大家快去阳台看看", False)
    assert heard == [[(ADVERT, True)], [(ADVERT, True), fine], [fine]]
