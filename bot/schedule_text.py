"""Changes the text of a YAML file in one place and leaves every other character as the owner wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from bot.config_yaml import Path, Value, resolve_scalar
from bot.errors import QunzhiError

_STEP: Final = 2  # how far a level is indented
_PLAIN = re.compile(r"(?!\d+:)\w(?:[^\n#:,\[\]{}&*!|>'\"%@`]|:(?=\S))*")


class NotEditable(QunzhiError):
    """The place is written in a way that is not changed here."""


def write_inline(value: Value) -> str:
    """Write a value in one line, so that `read_document` reads it back."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_inline(key)}: {write_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write_inline, value)) + "]"
    if isinstance(value, str):
        return _write_text(value)
    return json.dumps(value)


def _write_text(text: str) -> str:
    is_time = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", text) is not None
    is_plain = _PLAIN.fullmatch(text) is not None and text == text.strip() and resolve_scalar(text) == text
    return text if is_time or is_plain else json.dumps(text, ensure_ascii=False)


def set_key(text: str, path: Path, key: str, value: Value) -> str:
    """Return the text with a key of the mapping at a path set; a new key comes last.

    Raises:
        NotEditable: the place cannot be changed.
    """
    node = _find(text, path)
    if not isinstance(node, MappingNode):
        raise NotEditable
    pair = next(((name, item) for name, item in node.value if name.value == key), None)
    if pair is not None:
        start, end = _span(text, pair[1], pair[0])
        gap = "" if text[start - 1 : start].isspace() else " "
        return text[:start] + gap + write_inline(value) + text[end:]
    line = f"{write_inline(key)}: {write_inline(value)}"
    if node.flow_style:
        return _add_to_flow(text, node, line)
    return _insert_after(text, node, " " * node.start_mark.column + line)


def drop_key(text: str, path: Path, key: str) -> str:
    """Return the text without a key of the mapping at a path.

    Raises:
        NotEditable: the place cannot be changed.
    """
    node = _find(text, path)
    place = next((at for at, (name, _) in enumerate(_pairs(node)) if name.value == key), None)
    if place is None or not isinstance(node, MappingNode):
        raise NotEditable
    name, item = node.value[place]
    if node.flow_style:
        return _cut_from_flow(text, name.start_mark.index, _span(text, item, name)[1])
    start = _line_start(text, name.start_mark.index)
    if text[start : name.start_mark.index].strip():
        raise NotEditable  # behind a dash
    return text[:start] + text[_line_end(text, _end(text, item, name)) :]


def append_item(text: str, path: Path, item: dict[str, Value] | str) -> str:
    """Return the text with an item at the end of the list at a path.

    The list may be empty or its key without a value; a key on top may be missing.

    Raises:
        NotEditable: the place cannot be changed.
    """
    node = _find(text, path)
    if node is None and len(path) == 1:
        body = text if not text or text.endswith("\n") else text + _newline(text)
        return body + _lines(text, [f"{path[0]}:", *_item_lines(item, _STEP)])
    if isinstance(node, SequenceNode) and node.value:
        if node.flow_style:
            return _add_to_flow(text, node, write_inline(item))
        blank = [""] if _has_blank_before(text, node.value[-1]) and len(node.value) > 1 else []
        return _insert_after(text, node, *blank, *_item_lines(item, node.start_mark.column))
    if node is None or _find(text, path[:-1]) is None:
        raise NotEditable
    return _fill(text, path, item)


def _fill(text: str, path: Path, item: dict[str, Value] | str) -> str:
    """Write the first item of a list that is empty or null."""
    parent = _find(text, path[:-1])
    name, node = next(pair for pair in _pairs(parent) if pair[0].value == path[-1])
    is_null = isinstance(node, ScalarNode) and resolve_scalar(node.value) is None
    if not is_null and not (isinstance(node, SequenceNode) and not node.value):
        raise NotEditable
    start, end = _span(text, node, name)
    text = text[:start].rstrip(" ") + text[end:] if end > start else text
    at = _line_end(text, min(start, len(text) - 1))
    lines = _item_lines(item, name.start_mark.column + _STEP)
    return _insert_at(text, at, lines)


def drop_item(text: str, path: Path, index: int) -> str:
    """Return the text without an item of the list at a path.

    Raises:
        NotEditable: the place cannot be changed.
    """
    node = _find(text, path)
    if not isinstance(node, SequenceNode) or not 0 <= index < len(node.value):
        raise NotEditable
    item = node.value[index]
    if node.flow_style:
        return _cut_from_flow(text, item.start_mark.index, _end(text, item))
    start = _line_start(text, item.start_mark.index)
    if text[start : item.start_mark.index].strip() != "-":
        raise NotEditable
    return text[:start] + text[_after_comments(text, _end(text, item), node.start_mark.column) :]


def _find(text: str, path: Path) -> Node | None:
    node: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for step in path:
        if isinstance(step, int):
            items = node.value if isinstance(node, SequenceNode) else []
            node = items[step] if step < len(items) else None
        else:
            node = next((item for name, item in _pairs(node) if name.value == step), None)
    return node


def _pairs(node: Node | None) -> Iterator[tuple[Node, Node]]:
    yield from node.value if isinstance(node, MappingNode) else ()


def _span(text: str, node: Node, name: Node) -> tuple[int, int]:
    """Return where the value of a key begins and ends."""
    if node.start_mark.index < name.end_mark.index:
        raise NotEditable  # an alias: its text stands elsewhere
    if isinstance(node, CollectionNode) and not node.flow_style:
        raise NotEditable
    return node.start_mark.index, _end(text, node, name)


def _end(text: str, node: Node, name: Node | None = None) -> int:
    """Return where the last character of a value is over."""
    least = name.end_mark.index if name else node.start_mark.index
    if node.start_mark.index < least:
        return _line_end(text, least)
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1], last[0]) if isinstance(node, MappingNode) else _end(text, last)
    end: int = node.end_mark.index
    while end > least and text[end - 1] in "\r\n ":
        end -= 1
    return end


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    """Return the start of the next line."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _after_comments(text: str, index: int, column: int) -> int:
    """Return the start of the line behind a value and the comment lines that are indented further than a column."""
    at = _line_end(text, index)
    while (line := text[at : _line_end(text, at)]).lstrip(" ").startswith("#"):
        if len(line) - len(line.lstrip(" ")) <= column:
            break
        at = _line_end(text, at)
    return at


def _insert_after(text: str, node: Node, *lines: str) -> str:
    column = node.start_mark.column if isinstance(node, SequenceNode) else node.start_mark.column - 1
    return _insert_at(text, _after_comments(text, _end(text, node), column), list(lines))


def _insert_at(text: str, at: int, lines: list[str]) -> str:
    before = text[:at] if text[:at].endswith("\n") or not at else text[:at] + _newline(text)
    return before + _lines(text, lines) + text[at:]


def _lines(text: str, lines: list[str]) -> str:
    return "".join(line + _newline(text) for line in lines)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _item_lines(item: dict[str, Value] | str, column: int) -> list[str]:
    if isinstance(item, str):
        return [f"{' ' * column}- {write_inline(item)}"]
    pairs = [f"{write_inline(key)}: {write_inline(value)}" for key, value in item.items()]
    return [f"{' ' * column}{'  ' if number else '- '}{pair}" for number, pair in enumerate(pairs)]


def _has_blank_before(text: str, item: Node) -> bool:
    start = _line_start(text, item.start_mark.index)
    return text[:start].replace("\r", "").endswith("\n\n")


def _add_to_flow(text: str, node: CollectionNode, written: str) -> str:
    at = node.end_mark.index - 1
    body = text[node.start_mark.index + 1 : at].rstrip()
    end = node.start_mark.index + 1 + len(body)
    comma = "" if not body or body.endswith(",") else ", "
    if "#" in body.rpartition("\n")[2]:
        raise NotEditable  # behind a comment
    return text[:end] + comma + (" " if body.endswith(",") else "") + written + text[at:]


def _cut_from_flow(text: str, start: int, end: int) -> str:
    behind = re.compile(r"\s*,[ \t]*").match(text, end)
    if behind:
        return text[:start] + text[behind.end() :]
    before = text[:start].rstrip()
    return (before[:-1] if before.endswith(",") else text[:start]) + text[end:]
