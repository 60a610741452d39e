from __future__ import annotations

import pytest

from bot.model import Role
from bot.testing import SimulatedRoom, simulated_room
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow

ADVERT = "分享 副业推荐\n想赚钱的加微信 abc12345，日入 500，带您一起做 Python 接单。"
WHY = "疑似广告：留了联系方式「加微信」；有推销用语「副业」「日入」「接单」"
HELD = f"收到，谢谢您。这篇要先请群主看一下（{WHY}），结果会告诉您。"
NOTICE = f"有一篇分享等您审核：1.《副业推荐》小明\n{WHY}\n发送「审核」处理。"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\nplugins:\n  sharing:\n    trusted_posts: 2\n"


async def test_an_advertisement_waits_for_the_owner_and_the_sharer_is_told(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert sorted(await alice.says(ADVERT)) == sorted([HELD, NOTICE])
    assert await alice.says("来源 #1") == ["没有找到「来源 1」，请看看回答里的编号，比如 #57。"]
    assert await room.owner.says("审核") == [f"待审核 1 篇，回复编号看全文：\n1. 《副业推荐》小明：{WHY}"]
    (shown,) = await room.owner.says("1")
    assert shown == (
        f"1.《副业推荐》小明\n送审原因：{WHY}\n\n想赚钱的加微信 abc12345，日入 500，带您一起做 Python 接单。\n\n"
        "要说明理由就发「审核 拒绝 1 理由」，或者回复数字：\n1. 通过\n2. 拒绝"
    )
    published = "已收录 #1《副业推荐》，谢谢小明。"
    assert await room.owner.says("1") == [published, f"您分享的《副业推荐》通过了审核。{published}"]
    assert await room.owner.says("审核 通过 1") == ["1 已经处理过了（已收录）。"]


async def test_a_refusal_has_a_reason_and_is_told_in_private(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(ADVERT)
    assert await room.owner.says("审核 拒绝 1 请去掉联系方式。") == [
        "好的，1.《副业推荐》没有收录，已告诉小明。",
        "您分享的《副业推荐》没有通过审核，理由：请去掉联系方式。",
    ]
    assert room.said[-1].room is None
    assert await room.owner.says("审核") == ["现在没有要审核的分享。"]


async def test_without_private_chats_the_sharer_is_told_in_the_room(room: SimulatedRoom) -> None:
    room.gateway.lose(can_send_private=False)
    alice = room.member("小明")
    assert await alice.says(ADVERT) == [HELD]
    await room.owner.says("审核 拒绝 1")
    told = room.said[-1] if "没有通过" in room.said[-1].text else room.said[-2]
    assert told.text == "您分享的《副业推荐》没有通过审核，改好之后可以再发一次。"
    assert (told.room is not None, told.mentions) == (True, ("小明",))


async def test_what_waits_already_does_not_wait_twice(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(ADVERT)
    assert await alice.says(ADVERT) == ["这篇已经在等群主看了，结果会告诉您。"]


async def test_a_crash_before_the_answer_asks_the_owner_once(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    with before_the_answer(room):
        await alice.says(ADVERT)
    await room.crash()
    assert sorted(done.text for done in room.said) == sorted([NOTICE, HELD])
    with before_the_answer(room):
        await room.owner.says("审核 通过 1")
    await room.crash()
    assert room.said[-1].text == "已收录 #1《副业推荐》，谢谢小明。"


async def test_experts_and_members_with_many_posts_are_trusted(room: SimulatedRoom) -> None:
    assert await room.member("专家", Role.EXPERT).says(ADVERT) == ["已收录 #1《副业推荐》，谢谢专家。"]
    alice = room.member("小明")
    await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。")
    await alice.says("分享 怎么减小镜像\n多阶段构建，最后一阶段只拷贝产物出来。")
    assert await alice.says("分享 兼职信息\n加我微信 abc12345，兼职写爬虫，日结工资。") == [
        "已收录 #4《兼职信息》，谢谢小明。"
    ]


async def test_an_admin_sees_the_queue_of_the_room_and_members_do_not(room: SimulatedRoom) -> None:
    alice, admin = room.member("小明"), room.member("管理", Role.ADMIN)
    await alice.says(ADVERT)
    await alice.says(ADVERT.replace("副业", "兼职"), private=True)
    (said,) = await admin.says("审核")
    assert said.startswith("待审核 1 篇")
    assert await admin.says("审核 通过 2") == ["没有编号 2 的待审核分享，发送「审核」看看有哪些。"]
    (said,) = await room.owner.says("审核", private=True)
    assert said.startswith("待审核 2 篇")
    assert "小明（Python学习群）：" in said
    assert await alice.says("/审核") == ["「审核」要管理员才能用。"]


async def test_review_in_chat_is_chat(room: SimulatedRoom) -> None:
    assert await room.owner.says("审核 一下这段代码吧") == []
    assert await room.owner.says("审核 通过 99") == ["没有编号 99 的待审核分享，发送「审核」看看有哪些。"]


async def test_the_first_posts_of_new_members_may_have_to_pass() -> None:
    async with simulated_room("commands:\n  cooldown: 0s\nplugins:\n  sharing:\n    review_first: 1\n") as room:
        alice = room.member("小明")
        said = await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。")
        assert "收到，谢谢您。这篇要先请群主看一下（新成员的前 1 篇要先审核），结果会告诉您。" in said
        await room.owner.says("审核 通过 1")
        assert await alice.says("分享 怎么减小镜像\n多阶段构建，最后一阶段只拷贝产物出来。") == [
            "已收录 #2《怎么减小镜像》，谢谢小明。"
        ]


async def test_who_takes_the_message_back_takes_the_draft_back(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(ADVERT)
    assert await alice.recalls() == ["小明 撤回了消息，还没发布的《副业推荐》不发了。"]
    assert await room.owner.says("审核 通过 1") == ["1 已经处理过了（本人撤回了）。"]
