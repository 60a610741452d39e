from __future__ import annotations

import pytest

from bot.model import Role
from bot.testing import SimulatedRoom
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow

SHARED = "分享 怎么找大key\n用 redis-cli --bigkeys 扫描整个实例，只读不会阻塞线上服务，放心用。"
MORE = f"{SHARED}集合类型要看元素个数，不是字节数。"
PART = "补充（小红）：\n集合类型要看元素个数，不是字节数。"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def test_an_author_adds_to_an_own_post(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(SHARED)
    (asked,) = await alice.says(MORE)
    assert asked.startswith("与 #1《怎么找大key》相似 ")
    await alice.says("来源 #1")
    assert await alice.says("合并") == ["已合并到 #1《怎么找大key》（第 2 版），谢谢小明。"]
    (said,) = await alice.says("来源 #1")
    assert said.splitlines()[1] == "小明 12月1日"
    assert said.endswith("放心用。\n\n集合类型要看元素个数，不是字节数。")


async def test_what_another_adds_is_the_authors_to_decide_and_both_are_named(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    await bob.says(MORE)
    told = await bob.says("1")
    assert told == [
        "#1 是小明的，已请小明确认合并，结果会告诉您。",
        (
            "小红 想给您的 #1《怎么找大key》补充：\n集合类型要看元素个数，不是字节数。\n"
            "回复 1 同意合并，2 不同意；半小时后请写「同意」或「不同意」（48 小时内有效）。"
        ),
    ]
    assert room.said[-1].mentions == ("小明",)
    assert await bob.says("1") == []
    await room.crash()
    merged = "已合并到 #1《怎么找大key》（第 2 版），谢谢小红。"
    assert await alice.says("1") == [merged, "小明 同意了，您的补充已合并到 #1《怎么找大key》，谢谢您。"]
    (said,) = await bob.says("来源 #1")
    assert said.splitlines()[1] == "小明、小红 12月1日"
    assert said.endswith(PART)
    history = "《怎么找大key》#1 的历史，回复编号看那一版：\n1. 12月1日 小明 第一版\n2. 12月1日 小红 合并了补充（现在）"
    assert await alice.says("分享历史 #1") == [history]
    (first,) = await alice.says("1")
    assert first.startswith("《怎么找大key》#1 第 1 版 · 小明\n\n用 redis-cli")
    assert "集合类型" not in first


async def test_a_refused_merge_is_told_and_changes_nothing(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    await bob.says(MORE)
    await bob.says("1")
    assert await alice.says("2") == ["好的，不合并。", "小明 没有同意把您的补充合并到 #1，需要的话可以单独分享。"]
    assert await alice.says("分享历史 #1") == ["#1《怎么找大key》没有改过，发送「来源 #1」看全文。"]


async def test_a_merge_nobody_decided_on_becomes_the_owners(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    await bob.says(MORE)
    await bob.says("1")
    assert await room.owner.says("审核 通过 2") == ["2 还在等本人答复，到时间没有答复就不收录。"]
    await room.clock.advance(hours=49)
    (listed,) = await room.owner.says("审核")
    assert "2. 《怎么找大key》小红：想合并到 #1《怎么找大key》" in listed
    assert (await room.owner.says("审核 通过 2"))[0] == "已合并到 #1《怎么找大key》（第 2 版），谢谢小红。"


async def test_the_owner_merges_at_once_and_a_crash_merges_once(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(SHARED)
    await room.owner.says(MORE)
    with before_the_answer(room):
        assert await room.owner.says("1") == []
    await room.crash()
    assert room.said[-1].text == "已合并到 #1《怎么找大key》（第 2 版），谢谢群主。"
    (said,) = await alice.says("来源 #1")
    assert said.count("集合类型") == 1


async def test_a_duplicate_can_be_published_or_dropped_for_half_an_hour(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    await bob.says(MORE)
    assert await bob.says("好的我看看") == []
    assert await bob.says("4") == []
    await room.crash()
    assert await bob.says("2") == ["已收录 #2《怎么找大key》，谢谢小红。"]
    await bob.says(f"{MORE}我也试过，确实好用。")
    await room.clock.advance(minutes=31)
    assert await bob.says("2") == []
    await bob.says(f"{MORE}我也试过，确实好用。")
    assert await bob.says("算了") == ["好的，没有重复收录。发送「来源 #2」看那一篇。"]


async def test_what_says_nothing_new_is_not_merged(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(SHARED)
    await alice.says(SHARED.replace("放心用。", "放心用！！好"))
    assert await alice.says("1") == ["您写的 #1 里都有了，没有要合并的新内容，谢谢您。"]


async def test_an_author_edits_a_post_by_its_number_or_by_quoting(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    assert await alice.says("编辑分享 #1 用 redis-cli --bigkeys，从库上跑更稳妥。 #redis") == [
        "已更新 #1《怎么找大key》（第 2 版）。"
    ]
    assert await alice.quotes("已更新 #1", "编辑分享 先看内存，再用 redis-cli --bigkeys，电话 13912345678。") == [
        "已更新 #1《怎么找大key》（第 3 版）。\n为了安全，里面的手机号已换成占位符。"
    ]
    assert await alice.quotes("已更新 #1", "编辑分享 3 个步骤：先看内存，再用 redis-cli --bigkeys。") == [
        "已更新 #1《怎么找大key》（第 4 版）。"
    ]
    (said,) = await bob.says("来源 #1")
    assert said.endswith("小明 12月1日 · 标签：redis\n\n3 个步骤：先看内存，再用 redis-cli --bigkeys。")
    assert await bob.says("编辑分享 #1 我来改一改这一篇的正文") == ["#1 不是您分享的，只有作者和管理员可以。"]
    assert await bob.says("分享历史 #1") == ["#1 不是您分享的，只有作者和管理员可以。"]


async def test_wrong_edits_say_what_to_do(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(SHARED)
    usage = "请这样发：编辑分享 #57 新的正文，或者引用我说的「已收录 #57」发「编辑分享 新的正文」。"
    assert await alice.says("编辑分享") == [usage]
    assert await alice.says("编辑分享 #9 这篇根本就不存在的啊") == ["没有找到 #9，请看看编号对不对。"]
    assert await alice.says("编辑分享 #1 短") == ["正文太短了，至少写 10 个字，把结论和做法说清楚再发一次。"]
    (said,) = await alice.says("编辑分享 #1 加我微信 abc123，限时特价，仅需 9 元")
    assert said.startswith("这次修改没有保存（疑似广告：")
    assert await alice.says("分享历史 #1 7") == ["#1 没有第 7 版，发送「分享历史 #1」看看有哪些。"]


async def test_own_posts_are_listed_under_their_numbers(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(SHARED)
    await alice.says("分享 怎么减小镜像\n多阶段构建，最后一阶段只拷贝产物出来。")
    assert await alice.says("我的分享") == ["您最近的分享，回复编号看全文：\n2. 《怎么减小镜像》\n1. 《怎么找大key》"]
    (said,) = await alice.says("2")
    assert said.startswith("《怎么减小镜像》#2")


async def test_own_posts_are_listed_with_how_many_found_them_useful(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    await bob.says("问 怎么找大key")
    await bob.says("有用")
    assert await alice.says("我的分享") == ["您最近的分享，回复编号看全文：\n1. 《怎么找大key》1 人觉得有用"]


async def test_a_recalled_message_takes_its_post_back(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    with before_the_answer(room):
        await alice.recalls()
    await room.crash()
    assert room.said[-1].text == "小明 撤回了消息，由它分享的 #1《怎么找大key》也撤下了。"
    assert (await bob.says("来源 #1"))[0].startswith("没有找到")
    assert await alice.says("分享历史 #1") == [
        "《怎么找大key》#1 的历史，回复编号看那一版：\n1. 12月1日 小明 第一版\n2. 12月1日 小明 撤下了帖子（现在）"
    ]
    await bob.says("刚才谁撤回了什么")
    assert await bob.recalls() == []


async def test_who_was_quoted_can_take_it_back_as_well(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("连接池一定要设上限，不然流量一来就把数据库打满了。")
    await bob.quotes("连接池一定要设上限", "分享 连接池经验")
    assert "1. 《连接池经验》" in (await alice.says("我的分享"))[0]
    assert await alice.recalls("连接池一定要设上限") == ["小明 撤回了消息，由它分享的 #1《连接池经验》也撤下了。"]


async def test_a_recall_takes_only_what_was_merged_out_of_a_post(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(SHARED)
    await room.owner.says(MORE)
    await room.owner.says("1")
    assert await room.owner.recalls("集合类型") == ["群主 撤回了消息，由它合并到 #1《怎么找大key》的内容也拿掉了。"]
    (said,) = await alice.says("来源 #1")
    assert said.splitlines()[1] == "小明 12月1日"
    assert "集合类型" not in said


async def test_posts_for_members_are_the_experts_to_make(room: SimulatedRoom) -> None:
    alice, expert = room.member("小明"), room.member("专家", Role.EXPERT)
    assert await expert.says("分享 #会员 分布式锁怎么写\n加锁用 SET NX PX，释放用 Lua 比对再删。") == [
        "已收录 #1《分布式锁怎么写》，谢谢专家。"
    ]
    (said,) = await alice.says("来源 #1")
    assert said.startswith("《分布式锁怎么写》#1 讲的就是这个，这是会员内容。")
    assert await alice.says("分享 #会员 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。") == [
        "已收录 #2《怎么找大key》，谢谢小明。\n「#会员」只有群主、管理员和专家能用，这篇大家都能看。"
    ]


async def test_what_is_for_members_is_not_merged_into_what_all_read(room: SimulatedRoom) -> None:
    expert = room.member("专家", Role.EXPERT)
    await expert.says(SHARED)
    (asked,) = await expert.says(MORE.replace("分享 ", "分享 #会员 "))
    assert asked.splitlines()[1:3] == ["1. 仍然发布", "2. 不发了"]


async def test_a_merge_into_a_post_that_was_withdrawn_becomes_a_post(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    await bob.says(MORE)
    await bob.says("1")
    await alice.says("撤回分享 #1")
    assert await alice.says("1") == ["已收录 #2《怎么找大key》，谢谢小红。"] * 2
