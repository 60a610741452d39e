from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.qa.files import find_files, read_posts
from bot.plugins.qa.front_matter import read_markdown
from bot.testing import SimulatedRoom
from tests.documents.made import Line, pdf

DATA = Path(__file__).parents[2] / "data" / "posts"


def test_front_matter_gives_a_post_all_it_has() -> None:
    (draft,) = read_posts(DATA / "knowledge" / "semaphore.md").drafts
    assert (draft.id, draft.title, draft.author) == ("limit-concurrency", "asyncio 怎么限制并发？", "老王")
    assert (draft.tags, draft.date, draft.access, draft.room) == (("python", "asyncio"), "2026-06-22", "free", "")
    assert draft.body.startswith("用 `asyncio.Semaphore(n)`")


def test_a_file_without_front_matter_takes_its_heading_and_its_name() -> None:
    (draft,) = read_posts(DATA / "knowledge" / "reset.md", DATA).drafts
    assert (draft.id, draft.title) == ("knowledge-reset", "提交错了怎么撤销上一次 commit")
    assert draft.body == "没推送就用 git reset，推送了就用 git revert。"


def test_a_room_is_named_by_its_topic() -> None:
    (draft,) = read_posts(DATA / "knowledge" / "room.md").drafts
    assert draft.room == "topic:别的群"


def test_the_text_file_of_the_flask_example_is_read_in_pairs() -> None:
    reading = read_posts(DATA / "share.txt")
    assert [(draft.title, draft.body) for draft in reading.drafts] == [
        ("Redis 持久化", "RDB 和 AOF 可以同时开。"),
        ("多行正文", "第一行\n第二行"),
    ]
    assert [(fault.line, fault.message) for fault in reading.faults] == [(8, "没有正文，已跳过")]


def test_a_folder_is_read_with_all_below_and_what_is_broken_is_named_with_its_line() -> None:
    root = DATA / "import"
    readings = [read_posts(path, root) for path in find_files(root)]
    titles = [draft.title for reading in readings for draft in reading.drafts]
    assert titles == ["端口被占用", "什么是 GIL", "磁盘满了怎么办"]
    faults = [(Path(fault.file).name, fault.line) for reading in readings for fault in reading.faults]
    assert faults == [("lines.jsonl", 2), ("lines.jsonl", 3), ("list.json", 3), ("list.json", 4), ("broken.md", 3)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\ntitle: 甲\n正文", 1, "没有结尾"),
        ("---\ntitle: 甲\ndate: 昨天\n---\n正文", 3, "日期"),
        ("---\ntitle: 甲\n---\n\n", 4, "没有正文"),
        ("---\ntitle: 甲\nid: 有 空格\n---\n正文", 3, "id"),
        ("---\ntitle: 甲\ntags: {a: 1}\n---\n正文", 3, "tags"),
    ],
)
def test_a_fault_in_front_matter_is_shown_where_it_stands(text: str, line: int, words: str) -> None:
    drafts, (fault,) = read_markdown("a.md", text, "a")
    assert not drafts
    assert fault.line == line
    assert words in fault.message


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.zip", b"PK", "不认识"),
        ("a.doc", b"", "旧版 Office"),
        ("a.md", b"\x81\x00\xff", "编码"),
        ("a.json", b"{", "JSON"),
        ("a.json", b"3", "列表"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    reading = read_posts(path)
    assert not reading.drafts
    assert words in reading.faults[0].message


def test_what_chinese_windows_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("标题\r\n正文在这里".encode("gb18030"))
    (draft,) = read_posts(path).drafts
    assert (draft.title, draft.body) == ("标题", "正文在这里")


@given(st.text(max_size=200))
def test_no_markdown_breaks_the_reader(text: str) -> None:
    drafts, faults = read_markdown("a.md", text, "a")
    assert len(drafts) + len(faults) == 1


@pytest.mark.process
async def test_documents_put_into_the_knowledge_folder_are_picked_up_while_running(
    room: SimulatedRoom, tmp_path: Path
) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "讲义.pdf").write_bytes(
        pdf([Line("大 key 怎么找", 24), Line("用 redis-cli --bigkeys 扫描，只读不阻塞。")])
    )
    (folder / "坏.docx").write_bytes(b"PK\x03\x04")
    room.clock.advance(minutes=1)
    said = await room.member("小明").says("问 大 key 怎么找？")
    assert any(line.startswith("用 redis-cli --bigkeys 扫描，只读不阻塞。") for line in said)
    assert any("坏.docx:1:1: 已经损坏，打不开" in line for line in said), "the owner is told"
    (folder / "讲义.pdf").write_bytes(
        pdf([Line("大 key 怎么找", 24), Line("看监控里的内存曲线，再用 --memkeys 确认。")])
    )
    room.clock.advance(minutes=1)
    (said_then,) = await room.member("小明").says("问 大 key 怎么找？")
    assert said_then.startswith("看监控里的内存曲线")
