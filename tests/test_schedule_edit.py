"""Edits of schedules.yaml from the chat: only what is meant changes, and nothing of the owner's writing is lost."""

import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.clock import VirtualClock
from bot.errors import UserError
from bot.schedule_edit import (
    AddSession,
    ExceptDay,
    MoveDay,
    MoveEntry,
    RemoveEntry,
    ScheduleEdit,
    digest_of,
    edit_bytes,
    plan_edit,
    write_edit,
)
from bot.schedule_model import Schedules
from bot.schedule_reload import ScheduleSource
from bot.schedule_text import write_inline
from tests.examples import examples

pytestmark = pytest.mark.slow  # properties of whole files

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SAMPLE = (Path(__file__).parents[1] / "schedules.yaml").read_text(encoding="utf-8")
GO = {"id": "go-101", "title": "Go 入门", "room": "Go群", "starts": "2026-12-12 20:00", "price": 99}
WEEKLY = """\
sessions:   # 课
  - id: go    # 编号
    title: 'Go 周会'
    room: [甲群, "乙群"]   # 两个群
    every: 周五 20:00
    (before)
    # 说明：别改
    (behind)
  # 下一门
  - {id: rust, title: Rust, room: 甲群, every: 周六 20:00}   # 一行

announcements:
  - id: early
    room: 甲群
    every: 每天 09:00
    text: |
      早上好
      # 不是注释
"""


def series(before: str = "", behind: str = "") -> str:
    text = WEEKLY
    for mark, written in (("    (before)\n", before), ("    (behind)\n", behind)):
        text = text.replace(mark, f"    {written}\n" if written else "")
    return text


def edited(text: str, edit: ScheduleEdit) -> str:
    return edit_bytes("schedules.yaml", text.encode(), edit).decode()


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_session_is_added_behind_the_last_one_and_nothing_else_changes() -> None:
    new = edited(SAMPLE, AddSession(GO))
    assert new == SAMPLE.replace(
        "    within: 2h                   # 错过两小时以内才补发\n",
        "    within: 2h                   # 错过两小时以内才补发\n"
        "  - id: go-101\n    title: Go 入门\n    room: Go群\n    starts: 2026-12-12 20:00\n    price: 99\n",
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Go 入门", "Go 入门"),
        ("每周三 21:00", "每周三 21:00"),
        ("https://example.com/a", "https://example.com/a"),
        ("2026-12-05 20:00", "2026-12-05 20:00"),
        ("20:00", '"20:00"'),
        ("时间: 晚上", '"时间: 晚上"'),
        ("结尾:", '"结尾:"'),
        ("C# 入门", '"C# 入门"'),
        ("yes", '"yes"'),
        ("2027", '"2027"'),
        ("- 列表", '"- 列表"'),
        ('他说"好"', '"他说\\"好\\""'),
        (["1d", "30m"], "[1d, 30m]"),
        (9.9, "9.9"),
    ],
)
def test_values_are_quoted_only_where_they_must(value: Any, written: str) -> None:
    assert write_inline(value) == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "sessions:\n  - id: a\n    title: A\n"),
        ("# 空的", "# 空的\nsessions:\n  - id: a\n    title: A\n"),
        ("sessions: []  # 课\nx: 1\n", "sessions:  # 课\n  - id: a\n    title: A\nx: 1\n"),
        ("sessions:\n\nx: 1\n", "sessions:\n  - id: a\n    title: A\n\nx: 1\n"),
        ("sessions:", "sessions:\n  - id: a\n    title: A\n"),
        ("sessions:\n- id: b\n\n- id: c", "sessions:\n- id: b\n\n- id: c\n\n- id: a\n  title: A\n"),
        ("sessions: [{id: b}]", "sessions: [{id: b}, {id: a, title: A}]"),
        ("x: 1\r\nsessions:\r\n  - id: b\r\n", "x: 1\r\nsessions:\r\n  - id: b\r\n  - id: a\r\n    title: A\r\n"),
        (
            "sessions:\n  - id: b\n    # remind: 1d\n\n  # 完\n",
            "sessions:\n  - id: b\n    # remind: 1d\n  - id: a\n    title: A\n\n  # 完\n",
        ),
        (
            "sessions:\n  - id: b\n    text: |\n      x\n\ny: 1\n",
            "sessions:\n  - id: b\n    text: |\n      x\n  - id: a\n    title: A\n\ny: 1\n",
        ),
    ],
)  # fmt: skip
def test_a_session_is_added_however_the_list_is_written(text: str, expected: str) -> None:
    assert edited(text, AddSession({"id": "a", "title": "A"})) == expected


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("", ExceptDay("go", date(2026, 12, 4)), "except: [2026-12-04]"),
        ("except: 2026-12-25  # 圣诞", ExceptDay("go", date(2026, 12, 4)), "except: [2026-12-25, 2026-12-04]  # 圣诞"),
        ("except: [2026-12-25]", ExceptDay("go", date(2026, 12, 4)), "except: [2026-12-25, 2026-12-04]"),
        (
            "except:\n      - 2026-12-25  # 圣诞",
            ExceptDay("go", date(2026, 12, 4)),
            "except:\n      - 2026-12-25  # 圣诞\n      - 2026-12-04",
        ),
        ("", MoveDay("go", date(2026, 12, 4), wall("2026-12-05 15:00")), "moved: {2026-12-04: 2026-12-05 15:00}"),
        (
            "moved: {2026-12-04: 2026-12-05 15:00}  # 临时",
            MoveDay("go", date(2026, 12, 4), wall("2026-12-06 15:00")),
            "moved: {2026-12-04: 2026-12-06 15:00}  # 临时",
        ),
        (
            "moved:\n      2026-12-04: '2026-12-05 15:00'",
            MoveDay("go", date(2026, 12, 11), wall("2026-12-12 15:00")),
            "moved:\n      2026-12-04: '2026-12-05 15:00'\n      2026-12-11: 2026-12-12 15:00",
        ),
        (
            "moved: {2026-12-04: 2026-12-05 15:00, 2026-12-11: 2026-12-12 15:00}\n    except: []",
            ExceptDay("go", date(2026, 12, 4)),
            "moved: {2026-12-11: 2026-12-12 15:00}\n    except: [2026-12-04]",
        ),
        ("moved: {2026-12-04: 2026-12-05 15:00}", ExceptDay("go", date(2026, 12, 4)), "except: [2026-12-04]"),
        ("moved:\n      2026-12-04: 2026-12-05 15:00", ExceptDay("go", date(2026, 12, 4)), "except: [2026-12-04]"),
    ],
)
def test_one_day_of_a_series_is_excepted_or_moved_where_it_stands(before: str, edit: ScheduleEdit, after: str) -> None:
    is_changed = bool(before) and after[:5] == before[:5]
    expected = series(after) if is_changed else series(behind=after)  # a new key comes behind the entry's last comment
    assert edited(series(before), edit) == expected


def test_an_entry_in_one_line_is_edited_in_its_line() -> None:
    text = series("access: free")
    assert "{id: rust, title: Rust, room: 甲群, every: 周六 20:00, except: [2026-12-05]}   # 一行" in edited(
        text, ExceptDay("rust", date(2026, 12, 5))
    )


def test_a_one_off_is_moved_in_its_line() -> None:
    new = edited(SAMPLE, MoveEntry("fastapi-101", wall("2026-12-06 19:30")))
    assert new == SAMPLE.replace("starts: 2026-12-05 20:00 ", "starts: 2026-12-06 19:30 ")


def test_an_entry_is_taken_out_with_its_lines() -> None:
    text = series("access: free")
    without = edited(text, RemoveEntry("go"))
    assert without == text[: text.index("  - id: go")] + text[text.index("  # 下一门") :]
    assert "rust" not in edited(text, RemoveEntry("rust"))
    assert edited("sessions:\n  - id: a\n", RemoveEntry("a")) == "sessions:\n"
    assert edited("sessions: [{id: a}, {id: b}]\n", RemoveEntry("a")) == "sessions: [{id: b}]\n"
    assert edited("sessions: [{id: a}, {id: b}]\n", RemoveEntry("b")) == "sessions: [{id: a}]\n"


@pytest.mark.parametrize(
    "text",
    [
        "{sessions: 1}\n",
        "a: &when 2026-12-05 20:00\nsessions:\n  - {id: go, starts: *when}\n",
        "sessions:\n  - &go\n    id: go\n    starts: 2026-12-05 20:00\nx:\n  - <<: *go\n",
        "sessions: &s\n  - {id: go, starts: 2026-12-05 20:00}\nannouncements: *s\n",
    ],
)
def test_what_would_change_another_place_too_is_left_to_the_owner(text: str) -> None:
    with pytest.raises(UserError, match=r"直接在文件里改|里没有"):
        edited(text, MoveEntry("go", wall("2026-12-06 20:00")))


def test_an_entry_that_is_gone_is_named() -> None:
    with pytest.raises(UserError, match="里没有「x」了"):
        edited(SAMPLE, RemoveEntry("x"))


TITLES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), min_size=1
).filter(lambda title: title.strip() == title and title.isprintable())


@settings(max_examples=examples(100))
@given(TITLES, st.sampled_from([SAMPLE, series("access: free"), "sessions: []\n", ""]))
def test_any_title_is_read_back_as_it_was_typed(title: str, text: str) -> None:
    new = edited(text, AddSession(GO | {"title": title}))
    assert YAML(typ="safe", pure=True).load(new)["sessions"][-1]["title"] == title


ENTRIES = [
    """\
{dash}id: {id}  # 编号 {id}
{pad}title: '标题 {id}'
{pad}room: 甲群
{pad}starts: 2026-12-05 20:00  # 开始 {id}
""",
    """\
{dash}{{id: {id}, title: T, room: [甲群, 乙群], starts: "2026-12-05 20:00"}}  # 一行 {id}
""",
    """\
{dash}title: T  # 先写标题 {id}
{pad}id: {id}
{pad}every: 周五 20:00
{pad}room:
{pad}  - 甲群
{pad}except:  # 除了 {id}
{pad}  - 2026-12-25  # 圣诞 {id}
{pad}# 完 {id}
""",
    """\
{dash}id: {id}
{pad}title: >-
{pad}  两行的
{pad}  标题
{pad}every: 周六 20:00
{pad}room: 甲群  # 群 {id}
""",
]


@st.composite
def files(draw: st.DrawFn) -> str:
    column = draw(st.sampled_from([0, 2, 4]))
    text = draw(st.sampled_from(["", "# 头\ntimezone: Asia/Shanghai\n\n"])) + "sessions:  # 课\n"
    for number in range(draw(st.integers(1, 4))):
        form = draw(st.sampled_from(ENTRIES))
        text += draw(st.sampled_from(["", "\n", f"{' ' * column}# 前 s{number}\n"]))
        text += form.format(dash=" " * column + "- ", pad=" " * column + "  ", id=f"s{number}")
    text += draw(st.sampled_from(["", "\n# 尾\nannouncements: []  # 无\n"]))
    return text if draw(st.booleans()) else text.replace("\n", "\r\n")


def comments_of(text: str) -> list[str]:
    return re.findall(r"(?:^|\s)(#.*?)\r?$", text, re.MULTILINE)


def load(text: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(io.StringIO(text)) or {}


@settings(max_examples=examples(100))
@given(files(), st.integers(0, 3), st.sampled_from(["add", "remove", "move", "except", "move day"]), st.booleans())
def test_edits_keep_every_comment_and_the_meaning_of_the_other_entries(
    text: str,
    number: int,
    kind: str,
    again: bool,
) -> None:
    name, day, at = f"s{number}", date(2026, 12, 4), wall("2026-12-06 10:00")
    before = load(text)
    if kind != "add" and name not in [entry["id"] for entry in before["sessions"]]:
        return
    edits: dict[str, ScheduleEdit] = {
        "add": AddSession(GO), "remove": RemoveEntry(name), "move": MoveEntry(name, at),
        "except": ExceptDay(name, day), "move day": MoveDay(name, day, at),
    }  # fmt: skip
    new = edited(text, edits[kind])
    if again and kind == "move day":
        new = edited(edited(new, MoveDay(name, date(2026, 12, 11), at)), ExceptDay(name, day))
    after = load(new)
    others = {entry["id"]: entry for entry in before["sessions"] if entry["id"] != name or kind == "add"}
    assert {entry["id"]: entry for entry in after["sessions"] or [] if entry["id"] in others} == others
    assert [after[key] for key in before if key != "sessions"] == [before[key] for key in before if key != "sessions"]
    kept = [comment for comment in comments_of(text) if kind != "remove" or not comment.endswith(name)]
    assert [comment for comment in comments_of(new) if comment in kept] == kept


def test_the_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file, link = tmp_path / "real.yaml", tmp_path / "schedules.yaml"
    file.write_text(SAMPLE, encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    planned = plan_edit(link, AddSession(GO), "Asia/Shanghai", NOW)
    write_edit(link, planned)
    assert digest_of(file.read_bytes()) == planned.digest
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.yaml", "schedules.yaml"]


def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    planned = plan_edit(file, AddSession(GO), "Asia/Shanghai", NOW)
    file.write_text("# 我刚写的\n", encoding="utf-8")
    with pytest.raises(UserError, match="刚被别人改过"):
        write_edit(file, planned)
    assert file.read_text(encoding="utf-8") == "# 我刚写的\n"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("text", "values", "told"),
    [
        ("sessions: 5\n", GO, "现在有错，请先改好：第 1 行"),
        (SAMPLE, GO | {"id": "fastapi-101"}, "「fastapi-101」重复了"),
        (SAMPLE, GO | {"host": "老王", "starts": "2026-12-05 21:00"}, "老王 在 2026-12-05 周六 20:00 到 22:00 已有"),
        (SAMPLE, GO | {"price": -5}, "金额不能是负数"),
    ],
)
def test_what_would_not_be_taken_is_not_written(tmp_path: Path, text: str, values: dict[str, Any], told: str) -> None:
    file = tmp_path / "schedules.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as raised:
        plan_edit(file, AddSession(values), "Asia/Shanghai", NOW)
    assert told in raised.value.text


def test_advice_about_what_is_added_comes_along(tmp_path: Path) -> None:
    planned = plan_edit(tmp_path / "s.yaml", AddSession(GO | {"remind": "21h"}), "Asia/Shanghai", NOW)
    assert [one.message.partition("，")[0] for one in planned.advice] == ["remind 的 21h 前是 23:00"]
    assert planned.before == ""


async def test_an_edit_is_in_force_as_soon_as_it_is_written(tmp_path: Path) -> None:
    file, told = tmp_path / "schedules.yaml", list[list[str]]()
    source = ScheduleSource(file, Schedules(), VirtualClock(NOW), lambda: "Asia/Tokyo")

    async def note(_old: Schedules, _new: Schedules, changes: list[str]) -> None:
        told.append(changes)

    source.subscribe(on_change=note)
    planned = await source.plan(AddSession(GO))
    await source.put(planned)
    assert [entry.id for entry in source.value.sessions] == ["go-101"]
    assert (source.digest, await source.is_written(planned.digest)) == (planned.digest, True)
    assert not await source.poll()
    assert told == [[]]  # what the bot wrote itself is nothing to tell the owner


async def test_without_a_file_of_its_own_the_bot_writes_none(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    source = ScheduleSource(file, Schedules(), VirtualClock(NOW), lambda: "Asia/Tokyo", is_editable=False)
    with pytest.raises(UserError, match="现在没有用"):
        await source.plan(AddSession(GO))
    assert not file.exists()


async def test_what_was_written_by_hand_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    source = ScheduleSource(file, Schedules(), VirtualClock(NOW), lambda: "Asia/Tokyo")
    file.write_text(SAMPLE, encoding="utf-8")
    with pytest.raises(UserError, match="刚在文件里改过"):
        await source.plan(AddSession(GO))
    assert [entry.id for entry in source.value.sessions] == ["fastapi-101"]
    await source.put(await source.plan(AddSession(GO)))
    assert [entry.id for entry in source.value.sessions] == ["fastapi-101", "go-101"]
