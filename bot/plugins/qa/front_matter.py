"""Markdown files with or without front matter, and posts written as such files without losing a byte."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from bot.plugin import Fault, read_yaml
from bot.plugins.qa.file_records import Read, make_draft
from bot.plugins.qa.model import TOPIC_SCOPE, Draft, Post

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"\s*# +(.+?)[ #]*(?:\r?\n|\Z)")
_NAMES = ("id", "title", "author", "room", "tags", "date", "access")
_EXPORTED = "exported"  # says that the body is to be taken as it stands
_SPECIAL = re.compile(r"[^\S ]|[^\s!-~\u00a1-\ud7ff\uf900-\ufefe\uff01-\uffef\U00010000-\U0010ffff]")


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
    drafts, faults = make_draft(file, 1, record | {"body": body.replace("\r\n", "\n")}, lines)
    if document.value.get(_EXPORTED):
        drafts = [_restore(draft, document.value, body) for draft in drafts]
    return drafts, faults


def write_markdown(post: Post, topic: str, versions: int) -> str:
    """Return a post as a file that `read_markdown` turns into the same post.

    Args:
        post: whatever its title and body hold.
        topic: the name of the group it may be shown in; empty for everywhere.
        versions: how many texts it has had.
    """
    facts: dict[str, Any] = {
        "id": post.id,
        "number": post.number,
        "title": post.title,
        "author": post.author,
        "room": topic,
        "tags": list(post.tags),
        "date": post.date,
        "access": post.access,
        "source": str(post.source),
        "versions": versions,
        _EXPORTED: True,
    }
    lines = (f"{name}: {_quote(value)}" for name, value in facts.items() if value or name == "title")
    return "\n".join(["---", *lines, "---", post.body])


def _quote(value: object) -> str:
    """Return a value as JSON, which is YAML too, with every sign escaped that YAML would not take as it is."""
    written = json.dumps(value, ensure_ascii=False)
    return _SPECIAL.sub(lambda found: json.dumps(found[0])[1:-1], written)


def _restore(draft: Draft, facts: dict[str, Any], body: str) -> Draft:
    """Return a draft with what `make_draft` tidies up put back as it was exported."""
    number, tags, room = facts.get("number"), facts.get("tags") or [], str(facts.get("room", ""))
    return replace(
        draft,
        title=str(facts.get("title", draft.title)),
        author=str(facts.get("author", "")),
        room=TOPIC_SCOPE + room if room else "",
        tags=tuple(map(str, tags)) if isinstance(tags, list) else draft.tags,
        body=body,
        number=number if isinstance(number, int) and number > 0 else 0,
    )
