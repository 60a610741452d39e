"""Files, pictures and links in a conversation, by a command that shows what was made of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from bot.gateway.simulated import Mishap
from bot.model import Conversation, FileContent, MessageKind
from bot.plugin import Context, Plugin, Rest, Settings, StoredMessage
from bot.plugins.sharing import attachments, attachments_reading
from bot.plugins.sharing.links import OFF
from bot.plugins.sharing.links_addresses import is_public
from bot.testing import START, SimulatedRoom
from tests.documents.made import Line, bomb, docx, pdf, qr_code
from tests.documents.test_readers import PAGE
from tests.plugins.sharing.test_links import allow, page, serving

pytestmark = pytest.mark.slow  # days of conversation

NOTES = FileContent("笔记.md", "---\naccess: member\nroom: 别的群\n---\n# 并发入门\n\n用 Semaphore。".encode())


class Kit(Settings):
    links: str = "extract"


kit = Plugin("kit", config=Kit)


@kit.command("收下")
async def take(ctx: Context[Any], text: Rest | None = None) -> str:
    """收下：看看会收成什么。"""
    source = await attachments.find_source(ctx, text or "")
    if source is None:
        return "没有东西"
    made = await attachments_reading.read_source(ctx, source, ctx.config.links)
    return "\n".join([made.title, f"{made.sender} {made.author} {' '.join(made.tags)}".strip(), made.body])


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    return (kit,)


@pytest.fixture(autouse=True)
def loopback_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attachments_reading.ALLOWED, "links", allow)


async def test_ones_own_file_is_meant_for_two_minutes(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    assert await alice.sends(NOTES) == []
    assert await bob.says("/收下") == ["没有东西"]
    assert await alice.says("/收下 #python") == ["并发入门\n小明  python\n用 Semaphore。"]
    room.clock.advance(minutes=3)
    assert await alice.says("/收下") == ["《笔记.md》发了有一会儿了，请引用它再发「分享」。"]
    room.clock.advance(minutes=60)
    assert await alice.says("/收下") == ["没有东西"]


async def test_a_quoted_file_is_its_senders_whoever_quotes_it(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.sends(NOTES)
    await alice.says("请大家看看")
    room.clock.advance(hours=30)
    for shown in ("笔记.md", "[文件] 笔记.md", "[文件]笔记.md"):
        quoted = f"「小明：{shown}」\n- - - - - - - - - - - - - - -\n/收下 我的标题 #并发"
        assert await bob.says(quoted) == ["我的标题\n小明  并发\n用 Semaphore。"]


async def test_a_file_of_somebody_else_with_that_name_is_not_meant(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.sends(NOTES)
    assert await bob.says("「小刚：笔记.md」\n- - - - - - - - - - - - - - -\n/收下") == ["没有东西"]


async def test_in_private_the_file_is_found_too_and_others_files_are_not(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.sends(NOTES, private=True)
    assert await bob.says("收下", private=True) == ["没有东西"]
    assert (await alice.says("收下", private=True))[0].startswith("并发入门")


async def test_a_file_that_cannot_be_used_is_named_and_says_what_to_do(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    for name, data, words in [
        ("x.zip", b"PK\x03\x04", "《x.zip》这种文件还读不了，能读的有"),
        ("x.json", b"[]", "《x.json》这种文件还读不了"),
        ("x.doc", b"", "《x.doc》是旧版 Office 格式，请另存为 .docx 或 PDF 再试。"),
        ("x.md", bytes(range(256)), "《x.md》里有不是文字的内容，请另存为 UTF-8 文本再试。"),
        ("x.txt", b"", "《x.txt》第 1 行：没有正文"),
        ("x.md", b"x" * (5 << 20), "《x.md》有 5 MB，最多 4 MB，请拆小再试。"),
        ("x.pdf", bytes(21 << 20), "《x.pdf》有 21 MB，最多 20 MB"),
        ("x.ipynb", b'{"cells": 5}', "《x.ipynb》不是完整的 Jupyter 笔记本"),
        ("../../etc/passwd.md", b"\x00", "《passwd.md》里有不是文字的内容"),
        ("C:\\Users\\x\\密码.ipynb", b"{}", "《密码.ipynb》不是完整的"),
    ]:
        await alice.sends(FileContent(name, data))
        (said,) = await alice.says("/收下")
        assert said.startswith(words)
        assert said.endswith("。")


async def test_a_file_that_does_not_come_down_is_asked_for_again(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.sends(NOTES)
    room.gateway.expect(Mishap.REFUSED)
    assert await alice.says("/收下") == ["《笔记.md》没能从微信下载下来，请重新发一次。"]
    assert (await alice.says("/收下"))[0].startswith("并发入门")


async def test_a_notebook_is_read_here_and_now(room: SimulatedRoom) -> None:
    cells = [{"cell_type": "markdown", "source": "# 入门"}, {"cell_type": "code", "source": "1 + 2"}]
    alice = room.member("小明")
    await alice.sends(FileContent("a.ipynb", json.dumps({"cells": cells, "metadata": {}}).encode()))
    assert await alice.says("/收下") == ["入门\n小明\n```python\n1 + 2\n```"]


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("讲义.pdf", pdf([Line("并发入门", 24), Line("正文在这里。")])),
        ("讲义.docx", docx(("Title", "并发入门"), ("", "正文在这里。"))),
    ],
)
async def test_a_document_becomes_material(room: SimulatedRoom, name: str, data: bytes) -> None:
    alice = room.member("小明")
    await alice.sends(FileContent(name, data))
    said = await alice.says("/收下")
    assert said[-1] == "并发入门\n小明\n正文在这里。"


@pytest.mark.process
async def test_a_pictures_qr_code_is_text_and_a_nameless_picture_is_one(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.sends(FileContent("wx_123.dat", qr_code("https://example.com/join"), "image/png"))
    said = await alice.says("/收下 #进群")
    assert said[-1] == "wx_123.dat\n小明  进群\n二维码：https://example.com/join"


@pytest.mark.process
async def test_hostile_documents_are_refused_and_the_bot_goes_on(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    for name, data, words in [
        ("x.docx", bomb(70), "解开后有 70 MB，太大了"),
        ("x.pdf", b"%PDF-1.4 broken", "已经损坏"),
        ("x.png", b"\x89PNG", "不是完整的图片"),
    ]:
        await alice.sends(FileContent(name, data))
        assert words in (await alice.says("/收下"))[-1]
    await alice.sends(NOTES)
    assert (await alice.says("/收下"))[-1].startswith("并发入门")


@pytest.mark.process
async def test_a_link_gives_the_article_its_author_and_its_source(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    async with serving(lambda _: page(PAGE.encode())) as site:
        said = await alice.says(f"/收下 {site}/a/1 #redis")
        await alice.says(f"{site}/a/1")
        again = await alice.says("/收下 #redis")
    assert said[-1] == again[-1]
    lines = said[-1].splitlines()
    assert lines[:2] == ["Redis 大 key 排查实战", "小明 张三 redis"]
    assert lines[-2:] == [
        f"原文：{site}/a/1", "作者：张三，2026年3月2日。版权归原作者所有，这里只摘录正文供群内学习。"
    ]  # fmt: skip


async def test_a_page_of_plain_text_needs_no_reader_and_a_word_about_it_goes_before(room: SimulatedRoom) -> None:
    async with serving(lambda _: page(f"# 标题\n\n{'正文。' * 20}".encode(), kind="text/plain")) as site:
        (said,) = await room.member("小明").says(f"/收下 {site}/a.md")
        (noted,) = await room.member("小明").says(f"/收下 {site}/a.md 讲得很清楚 #限流")
    assert noted.startswith(f"标题\n小明  限流\n小明：讲得很清楚\n\n{'正文。' * 20}")
    assert said.startswith(f"标题\n小明\n{'正文。' * 20}\n\n原文：{site}/a.md\n版权归")


async def test_a_link_card_is_asked_where_it_leads(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    place = Conversation(room_id=room.room_id)
    async with serving(lambda _: page(("正文。" * 20).encode(), kind="text/plain")) as site:
        await room.after(lambda: room.world.say(alice.contact_id, place, f"好文 {site}/a", kind=MessageKind.LINK))
        assert f"原文：{site}/a" in (await alice.says("/收下"))[-1]
        room.gateway.expect(Mishap.REFUSED)
        assert await alice.says("/收下") == ["这个链接卡片没有网址，请在浏览器里打开，复制网址再发「分享 网址」。"]


@pytest.mark.parametrize(
    ("kind", "text", "file", "quote", "is_meant"),
    [
        (MessageKind.FILE, "", "大 key 排查.pdf", "[文件] 大 key 排查.pdf", True),
        (MessageKind.FILE, "", "大 key 排查.pdf", "[文件]大 key 排…", True),
        (MessageKind.FILE, "", "大 key 排查.pdf", "[文件] 别的.pdf", False),
        (MessageKind.IMAGE, "<msg/>", "", "[图片]", True),
        (MessageKind.IMAGE, "<msg/>", "", "[Photo]", True),
        (MessageKind.FILE, "", "a.pdf", "[图片]", False),
        (MessageKind.LINK, "<msg><title>限流怎么写</title></msg>", "", "[链接] 限流怎么写", True),
        (MessageKind.TEXT, "https://a.cn/b", "", "https://a.cn/b", True),
    ],
)
def test_what_wechat_shows_of_a_quoted_file_names_it(
    kind: MessageKind, text: str, file: str, quote: str, is_meant: bool
) -> None:
    sent = StoredMessage(
        id="1", seq="1", at=START, accepted_at=START, room_id="r", member_id="m", name="小明", text=text, kind=kind,
        file_name=file, quote=None, state="done", decision={}, event=None,
    )  # fmt: skip
    assert attachments._is_quoted(sent, "小明", quote) is is_meant
    assert not attachments._is_quoted(sent, "小红", quote)


async def test_a_link_into_our_own_network_is_refused(room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attachments_reading.ALLOWED, "links", is_public)
    for host in ("127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254"):
        assert await room.member("小明").says(f"/收下 http://{host}/") == ["这个链接指向内网地址，不能收录。"]


class TestOff:
    @pytest.fixture
    def room_config(self) -> str:
        return "plugins:\n  kit:\n    links: 'off'\n"

    async def test_an_owner_can_leave_links_out(self, room: SimulatedRoom) -> None:
        assert await room.member("小明").says("/收下 https://example.com/") == [OFF]


async def test_several_files_at_once_do_not_hold_each_other_up(room: SimulatedRoom) -> None:
    people = [room.member(f"人{number}") for number in range(3)]
    for person in people:
        await person.sends(NOTES, private=True)
    said = await asyncio.gather(*(person.says("收下", private=True) for person in people))
    assert all(any(line.startswith("并发入门") for line in lines) for lines in said)
