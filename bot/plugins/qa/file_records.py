"""Posts as records: checks one, and reads JSON, JSONL and the text file of the documents' Flask example."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.plugin import Fault
from bot.plugins.qa.model import FREE, TOPIC_SCOPE, Draft, Source

Read = tuple[list[Draft], list[Fault]]
_OTHER_NAMES = {
    "title": ("title", "question", "name", "标题"),
    "body": ("body", "text", "content", "answer", "正文", "内容"),
    "id": ("id",),
    "author": ("author", "作者"),
    "room": ("room", "群"),
    "tags": ("tags", "标签"),
    "date": ("date", "created_at", "日期"),
    "access": ("access",),
}
_LISTS = ("posts", "items", "data", "documents")  # where an object around the list may keep it
_ID = re.compile(r"[\w][\w.:-]{0,99}")
_LONGEST_TITLE = 120
_BARE_LINE_FEED = re.compile(r"(?<!\r)\n")


class _WrongValueError(ValueError):
    """One value of a record cannot be used.

    Args:
        name: which.
        advice: what is wrong, and what would be right.
    """

    def __init__(self, name: str, advice: str) -> None:
        super().__init__(advice)
        self.name = name


def make_draft(file: str, line: int, record: Mapping[str, Any], lines: Mapping[str, int] | None = None) -> Read:
    """Make a post of a record.

    Args:
        file: as the owner typed it.
        line: where the record begins.
        record: `title` and `body` (or what others call them), and what else a post has.
        lines: where the values stand, by name, when that is known.

    Returns:
        One draft, or none and the fault.
    """
    values = {name: _first_of(record, names) for name, names in _OTHER_NAMES.items()}
    try:
        return [_check(values, file)], []
    except _WrongValueError as error:
        return [], [Fault(file, (lines or {}).get(error.name, line), 1, str(error))]


def read_json(file: str, text: str) -> Read:
    """Read a list of records, an object that holds such a list, or one record."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
        return [], [Fault(file, line, column, "不是正确的 JSON，请检查这里的逗号、引号和括号")]
    if isinstance(value, dict):
        inner = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
        value = [value] if inner is None else inner
    if not isinstance(value, list):
        return [], [Fault(file, 1, 1, "JSON 里要有一个列表，每项有 title 和 text")]
    return _read_all(file, [(_line_of(text, item), item, f"第 {number} 项") for number, item in enumerate(value, 1)])


def read_json_lines(file: str, text: str) -> Read:
    """Read one record a line; a broken line is left out."""
    items: list[tuple[int, Any, str]] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            items.append((number, json.loads(line), ""))
        except (json.JSONDecodeError, RecursionError) as error:
            column = error.colno if isinstance(error, json.JSONDecodeError) else 1
            faults.append(Fault(file, number, column, "这一行不是正确的 JSON，已跳过"))
    drafts, more = _read_all(file, items)
    return drafts, sorted([*faults, *more])


def read_share_file(file: str, text: str) -> Read:
    r"""Read what the Flask example of the documents writes: a title line and a content line, again and again.

    A browser sends the line breaks of a text field as CR LF and the example ends its own lines with LF, so content of
    several lines is told from the next title.
    """
    records = _BARE_LINE_FEED.split(text) if _BARE_LINE_FEED.search(text) else text.splitlines()
    if records and not records[-1].strip():
        records.pop()
    drafts: list[Draft] = []
    faults: list[Fault] = []
    for at in range(2 if len(records) > 1 and not records[1].strip() else 1, len(records), 2):
        line = 1 + sum(record.count("\n") + 1 for record in records[:at])
        title, body = records[at], (records[at + 1] if at + 1 < len(records) else "")
        if not title.strip() and not body.strip():
            continue
        made, wrong = make_draft(file, line, {"title": title, "body": body.replace("\r\n", "\n").strip("\r")})
        drafts += made
        faults += wrong
    return drafts, faults


def _read_all(file: str, items: Sequence[tuple[int, Any, str]]) -> Read:
    drafts: list[Draft] = []
    faults: list[Fault] = []
    for line, item, place in items:
        if not isinstance(item, dict):
            faults.append(Fault(file, line, 1, f'{place}要写成对象，比如 {{"title": …, "text": …}}'))
            continue
        made, wrong = make_draft(file, line, item)
        drafts += made
        faults += [Fault(f.file, f.line, f.column, f"{place}{'：' if place else ''}{f.message}") for f in wrong]
    return drafts, faults


def _line_of(text: str, item: object) -> int:
    """Return the line where a record's title is written, 1 when it cannot be found."""
    title = _first_of(item, _OTHER_NAMES["title"]) if isinstance(item, dict) else item
    for written in (json.dumps(title, ensure_ascii=False), json.dumps(title)):
        if (at := text.find(written)) >= 0:
            return text.count("\n", 0, at) + 1
    return 1


def _first_of(record: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 - whatever the file holds
    return next((record[name] for name in names if record.get(name) not in (None, "")), "")


def _check(values: dict[str, Any], file: str) -> Draft:
    title = " ".join(_text("title", values["title"], "标题").split())
    body = _text("body", values["body"], "正文").strip()
    if not title:
        raise _WrongValueError("title", "没有标题，请补上 title")
    if not body:
        raise _WrongValueError("body", "没有正文，已跳过")
    room = _text("room", values["room"], "room")
    return Draft(
        id=_check_id(values["id"]),
        title=title[:_LONGEST_TITLE],
        body=body,
        author=_text("author", values["author"], "author"),
        room=TOPIC_SCOPE + room if room else "",
        tags=_check_tags(values["tags"]),
        date=_check_date(values["date"]),
        access=_check_access(values["access"]),
        source=Source.IMPORT,
        path=file,
    )


def _text(name: str, value: object, shown: str) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _WrongValueError(name, f"{shown} 要写成文字")


def _check_id(value: object) -> str:
    text = _text("id", value, "id")
    if text and not _ID.fullmatch(text):
        raise _WrongValueError("id", f"id「{text[:20]}」只能用字母、数字、点和短横线")
    return text


def _check_tags(value: object) -> tuple[str, ...]:
    words = re.split(r"[,，\s]+", value) if isinstance(value, str) else value
    if not isinstance(words, list):
        raise _WrongValueError("tags", "tags 要写成列表，比如 [redis, 缓存]")
    cleaned = (_text("tags", word, "每个标签").lstrip("#") for word in words)
    return tuple(dict.fromkeys(word for word in cleaned if word))


def _check_date(value: object) -> str:
    text = _text("date", value, "date")[:10]
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise _WrongValueError("date", f"日期「{text}」不对，请写成 2026-06-02 这样") from None


def _check_access(value: object) -> str:
    text = _text("access", value, "access") or FREE
    if not _ID.fullmatch(text):
        raise _WrongValueError("access", f"access「{text[:20]}」不对，请写 free、member、套餐编号或 course:课程编号")
    return text
