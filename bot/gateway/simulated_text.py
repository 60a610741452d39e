"""How WeChat writes mentions and quotes into a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.model import Contact, Quote

MENTION_END = "\u2005"  # the four-per-em space WeChat puts behind a picked name
QUOTE_RULE = "- - - - - - - - - - - - - - -"


def find_mentions(text: str, people: Iterable[Contact]) -> tuple[str, tuple[str, ...]]:
    """Turn typed `@name ` into WeChat's form.

    Args:
        text: as typed, with ordinary spaces behind the names.
        people: who can be mentioned; longer names win, so 小明明 is not taken for 小明.

    Returns:
        The text with U+2005 behind each mention, and the ids in order of appearance.
    """
    if "@" not in text:
        return text, ()
    names = {name: person.id for person in people for name in (person.name, person.room_alias) if name}
    if not names:
        return text, ()
    choices = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    found: list[str] = []

    def mark(match: re.Match[str]) -> str:
        found.append(names[match[1]])
        return f"@{match[1]}{MENTION_END}"

    marked = re.sub(rf"@({choices})(?:[ \u2005]|$)", mark, text, flags=re.MULTILINE)
    return marked, tuple(dict.fromkeys(found))


def write_mentions(text: str, names: Sequence[str]) -> str:
    """Put `@name` and U+2005 in front of a text, once for each name."""
    return "".join(f"@{name}{MENTION_END}" for name in names) + text


def cut_mentions(text: str, names: Sequence[str]) -> str:
    """Take the leading mentions out again: what `write_mentions` added."""
    for name in names:
        text = text.removeprefix(f"@{name}{MENTION_END}")
    return text


def write_quote(quote: Quote | None, text: str) -> str:
    """Write a quote as it comes over the wire: 「name：text」, a dashed rule, the reply."""
    return f"「{quote.name}：{quote.text}」\n{QUOTE_RULE}\n{text}" if quote else text
