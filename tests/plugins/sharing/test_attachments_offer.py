"""Files and links through the door of sharing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.model import Conversation, FileContent
from bot.plugins.sharing import attachments_reading, collecting
from bot.plugins.sharing.links import OFF
from bot.testing import SimulatedRoom
from tests.plugins.sharing.test_links import allow, page, serving

pytestmark = pytest.mark.slow

NOTES = FileContent("笔记.md", "# asyncio 怎么限制并发\n\n用 asyncio.Semaphore，进出各一次，超过就排队。".encode())


async def test_a_file_and_a_bare_share_make_a_post(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.sends(NOTES) == []
    assert await alice.says("分享 #python") == ["已收录 #1《asyncio 怎么限制并发》，谢谢小明。"]
    assert (await alice.says("问 asyncio 怎么限制并发？"))[0].startswith(
        "用 asyncio.Semaphore，进出各一次，超过就排队。"
    )
    assert (await alice.says("分享")) == ["这篇已经有了：#1《asyncio 怎么限制并发》，谢谢您。"]


async def test_a_quoted_file_is_shared_under_its_senders_name(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.sends(NOTES)
    assert await bob.quotes("笔记.md", "分享 限流怎么写 #python") == ["已收录 #1《限流怎么写》，谢谢小明。"]


async def test_a_file_goes_through_the_gate_like_every_post(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.sends(FileContent("a.txt", "短\n太短".encode()))
    (said,) = await alice.says("分享")
    assert "至少写 10 个字" in said or said.startswith("请这样发")
    await alice.sends(
        FileContent("b.md", "# 怎么连数据库\n\n找运维小刚，电话 13812345678，他会给您开权限的。".encode())
    )
    (said,) = await alice.says("分享")
    assert "已换成占位符" in said
    assert "13812345678" not in (await alice.says("来源 #1"))[0]


async def test_files_sent_while_collecting_are_part_of_the_post_and_broken_ones_are_named(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 并发笔记")
    await alice.says("先看我整理的这份笔记，是上周培训用的。")
    assert await alice.sends(NOTES) == []
    assert await alice.sends(FileContent("坏.ipynb", b"{}")) == [
        "《坏.ipynb》不是完整的 Jupyter 笔记本，请在 Jupyter 里重新保存一次再试。"
    ]
    assert await alice.says("结束分享 #python") == ["已收录 #1《并发笔记》，谢谢小明。"]
    whole = "\n".join(await alice.says("来源 #1"))
    assert "先看我整理的这份笔记" in whole
    assert "用 asyncio.Semaphore" in whole


class TestSlow:
    @pytest.fixture(autouse=True)
    def nobody_has_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attachments_reading, "_PATIENCE", 0)

    async def test_what_takes_long_is_read_apart_and_the_member_told_twice(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.sends(NOTES)
        assert await alice.says("分享 #python") == [
            "正在读《笔记.md》，读完告诉您。", "已收录 #1《asyncio 怎么限制并发》，谢谢小明。"
        ]  # fmt: skip
        assert "标签：python" in (await alice.says("来源 #1"))[0]

    async def test_what_takes_long_and_is_broken_is_said_then(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.sends(FileContent("坏.ipynb", b"{}"), private=True)
        assert await alice.says("分享", private=True) == [
            "正在读《坏.ipynb》，读完告诉您。",
            "《坏.ipynb》不是完整的 Jupyter 笔记本，请在 Jupyter 里重新保存一次再试。",
        ]

    async def test_a_crash_while_it_is_read_loses_nothing_and_doubles_nothing(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.sends(NOTES)
        await room.clock.catch_up()
        room.world.say(alice.contact_id, Conversation(room_id=room.room_id), "分享")
        is_behind = room.app.dispatcher.is_behind  # what is not on disk yet was promised to nobody
        for wanted in (True, False):
            while is_behind() is not wanted:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0)
        await room.crash()
        assert [act.text for act in room.said if "已收录" in act.text] == [
            "已收录 #1《asyncio 怎么限制并发》，谢谢小明。"
        ]

    async def test_while_collecting_it_keeps_its_place(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.says("开始分享 笔记")
        assert await alice.sends(NOTES) == ["正在读《笔记.md》，您接着说就行。"]
        assert await alice.says("结束分享") == ["已收录 #1《笔记》，谢谢小明。"]


class TestSlowParts:
    """What is collected and takes long: it is read for twenty seconds of the virtual clock."""

    @pytest.fixture(autouse=True)
    def reading_takes_long(self, room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attachments_reading, "_PATIENCE", 0)
        read = attachments_reading.read_part_apart

        async def read_long(ctx: Any, message_id: str, take: Any) -> str:
            await ctx.part("clock").sleep(20)
            return await read(ctx, message_id, take)

        monkeypatch.setattr(collecting, "read_part_apart", read_long)

    async def test_the_room_goes_on_and_the_order_is_kept(self, room: SimulatedRoom) -> None:
        alice, bob = room.member("小明"), room.member("小红")
        await alice.says("开始分享 笔记")
        await alice.says("先看我整理的这份笔记。")
        assert await alice.sends(NOTES) == ["正在读《笔记.md》，您接着说就行。"]
        assert await alice.says("看完再试一遍。") == []
        assert (await bob.says("待答"))[0].startswith("这里没有等待回答的问题")
        await room.texts()
        await room.clock.advance(seconds=21)
        assert await room.texts() == []
        assert await alice.says("结束分享") == ["已收录 #1《笔记》，谢谢小明。"]
        whole = "\n".join(await alice.says("来源 #1"))
        assert whole.index("先看我整理") < whole.index("asyncio.Semaphore") < whole.index("看完再试")

    async def test_the_end_waits_for_what_is_being_read(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.says("开始分享 笔记")
        await alice.sends(NOTES)
        assert await alice.says("结束分享 #python") == ["还在读《笔记.md》，读完就发布。"]
        assert await alice.says("结束分享") == ["还在读《笔记.md》，读完就发布。"]
        assert await alice.says("这一句不收了，已经结束了。") == []
        assert await alice.says("开始分享") == ["上一篇还在读《笔记.md》，读完发布之后再开始。不要了发「取消分享」。"]
        await room.texts()
        await room.clock.advance(seconds=21)
        assert await room.texts() == ["已收录 #1《笔记》，谢谢小明。"]
        whole = "\n".join(await alice.says("来源 #1"))
        assert "标签：python" in whole
        assert "这一句不收了" not in whole

    async def test_what_cannot_be_read_is_named_and_the_rest_published(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.says("开始分享 笔记")
        await alice.says("用 asyncio.Semaphore 限制同时跑的任务。")
        await alice.sends(FileContent("坏.ipynb", b"{}"))
        await alice.says("结束分享")
        await room.texts()
        await room.clock.advance(seconds=21)
        assert await room.texts() == [
            "《坏.ipynb》不是完整的 Jupyter 笔记本，请在 Jupyter 里重新保存一次再试。\n已收录 #1《笔记》，谢谢小明。"
        ]

    async def test_a_crash_loses_neither_the_file_nor_the_end(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.says("开始分享 笔记")
        await alice.sends(NOTES)
        await alice.says("结束分享")
        await room.crash()
        await room.texts()
        await room.clock.advance(seconds=21)
        assert await room.texts() == ["已收录 #1《笔记》，谢谢小明。"]

    async def test_what_cannot_be_read_at_all_leaves_the_collection_open(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.says("开始分享 笔记")
        await alice.sends(FileContent("坏.ipynb", b"{}"))
        await alice.says("结束分享")
        await room.texts()
        await room.clock.advance(seconds=21)
        assert (await room.texts())[0].splitlines()[1] == "还没有收到内容，接着说就行；不要了发「取消分享」。"
        await alice.says("那就写在这里：用 asyncio.Semaphore 限制。")
        assert await alice.says("结束分享") == ["已收录 #1《笔记》，谢谢小明。"]

    async def test_what_is_cancelled_or_taken_back_meanwhile_is_not_published(self, room: SimulatedRoom) -> None:
        alice = room.member("小明")
        await alice.says("开始分享 笔记")
        await alice.sends(NOTES)
        await alice.says("结束分享")
        assert await alice.says("取消分享") == ["好的，刚才收集的都丢掉了。"]
        await room.texts()
        await room.clock.advance(seconds=21)
        assert await room.texts() == []

    async def test_what_is_never_read_is_left_out_after_a_while(
        self, room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(*_: Any) -> str:
            raise RuntimeError

        monkeypatch.setattr(collecting, "read_part_apart", fail)
        alice = room.member("小明")
        await alice.says("开始分享 笔记")
        await alice.says("用 asyncio.Semaphore 限制同时跑的任务。")
        await alice.sends(NOTES)
        assert await alice.says("结束分享") == ["还在读《笔记.md》，读完就发布。"]
        room.clock.advance(minutes=11)
        assert (await alice.says("结束分享"))[-1] == (
            "已收录 #1《笔记》，谢谢小明。\n《笔记.md》没能读出来，没有收进去。"
        )


async def test_a_link_among_what_is_collected_is_read_or_else_written_down(
    room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(attachments_reading.ALLOWED, "links", allow)
    alice = room.member("小明")
    await alice.says("开始分享 限流")
    text = "# 令牌桶\n\n" + "每秒放进固定个数的令牌，拿到才放行。" * 5
    async with serving(lambda _: page(text.encode(), kind="text/plain")) as site:
        assert await alice.says(f"{site}/bucket") == []
    assert await alice.says("http://10.0.0.1/wiki") == []
    await alice.says("结束分享")
    whole = "\n".join(await alice.says("来源 #1"))
    assert "每秒放进固定个数的令牌" in whole
    assert "http://10.0.0.1/wiki" in whole


async def test_a_link_is_shared_with_its_source(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attachments_reading.ALLOWED, "links", allow)
    alice = room.member("小明")
    text = "# 怎么限流\n\n" + "限流要在入口做，令牌桶最常用，漏桶更平滑，别在业务代码里到处写。" * 2
    async with serving(lambda _: page(text.encode(), kind="text/plain")) as site:
        assert await alice.says(f"分享 {site}/a.md #限流") == ["已收录 #1《怎么限流》，谢谢小明。"]
    (said,) = await alice.says("来源 #1")
    assert f"原文：{site}/a.md" in said


class TestTitles:
    @pytest.fixture
    def room_config(self) -> str:
        return "plugins:\n  sharing:\n    links: title\n"

    async def test_of_a_page_the_title_and_the_source_can_be_all_that_is_kept(
        self, room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(attachments_reading.ALLOWED, "links", allow)
        text = "# 怎么限流\n\n" + "限流要在入口做，令牌桶最常用。" * 5
        async with serving(lambda _: page(text.encode(), kind="text/plain")) as site:
            await room.member("小明").says(f"分享 {site}/a.md")
        (said,) = await room.member("小明").says("来源 #1")
        assert "令牌桶" not in said
        assert f"《怎么限流》\n\n原文：{site}/a.md" in said


class TestOff:
    @pytest.fixture
    def room_config(self) -> str:
        return "plugins:\n  sharing:\n    links: off\n"

    async def test_off_is_off_as_yaml_reads_it(self, room: SimulatedRoom) -> None:
        assert await room.member("小明").says("分享 https://example.com/") == [OFF]


async def test_ten_megabytes_of_text_are_refused_and_the_bot_goes_on(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    (said,) = await alice.says("分享 怎么排查 " + "线上卡住了先看监控。" * 350_000)
    assert "太长了" in said
    assert await alice.sends(NOTES) == []
    assert await alice.says("分享") == ["已收录 #1《asyncio 怎么限制并发》，谢谢小明。"]
