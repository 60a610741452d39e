"""Markdown files with or without front matter."""

from __future__ import annotations

import re

from bot.plugin import Fault, read_yaml
from bot.plugins.qa.file_records import Read, make_draft

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"\s*# +(.+?)[ #]*(?:\r?\n|\Z)")
_NAMES = ("id", "title", "author", "room", "tags", "date", "access")


def read_markdown(file: str, text: str, name: str) -> Read:
    """Read a Markdown file as one post.

    Without front matter the title is the first heading, else the file's name.

    Args:
        file: as the owner typed it.
        text: the whole file.
        name: the id and title it has when it does not tell.
    """
    match = _FRONT_MATTER.match(text)
    if match is None and text.startswith("---\n"):
        return [], [Fault(file, 1, 1, "开头的「---」没有结尾，请在说明的最后另起一行写「---」")]
    # The line break keeps line numbers those of the file.
    document, faults = read_yaml(file, f"\n{match[1]}".encode() if match else b"")
    if faults:
        return [], faults[:1]
    body = text[match.end() :] if match else text
    record = {"id": name, "title": ""} | {key: document.value[key] for key in _NAMES if document.value.get(key)}
    if not record["title"]:
        heading = _TITLE.match(body)
        record["title"] = heading[1] if heading else name
        body = body[heading.end() :] if heading else body
    lines = {key: document.place((key,))[0] for key in _NAMES if key in document.value}
    first_line = text[: match.end()].count("\n") + 1 if match else 1
    lines["body"] = first_line
    return make_draft(file, 1, record | {"body": body.replace("\r\n", "\n")}, lines)
