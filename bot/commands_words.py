"""Cuts what follows a command word into words: quotes, mentions with spaces in the name, everything else at spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CLOSING = {'"': '"', "“": "”", "”": "”"}
_SPACE = re.compile(r"\s*")
_BARE = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Word:
    r"""One word of the arguments.

    Attributes:
        text: its value: quotes and escapes resolved.
        start: where it begins in the text.
        end: where it ends.
        is_quoted: whether it stood in quotes, so that spaces and an empty value are meant.
    """

    text: str
    start: int
    end: int
    is_quoted: bool = False


def cut_words(text: str, names: Iterable[str] = ()) -> list[Word]:
    r"""Cut a text into words.

    A word in quotes (`"…"`, `“…”`) may hold spaces; inside, `\"` and `\\` stand for the sign itself. A quote that is
    never closed is an ordinary sign. `@` followed by one of `names` is one word, whatever spaces the name holds.

    Args:
        text: what follows the command word.
        names: shown names of the people the message mentions.
    """
    mentions = sorted({f"@{name}" for name in names if name}, key=len, reverse=True)
    words: list[Word] = []
    at = _skip_space(text, 0)
    while at < len(text):
        word = _read_quoted(text, at) or _read_mention(text, at, mentions) or _read_bare(text, at)
        words.append(word)
        at = _skip_space(text, word.end)
    return words


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _read_quoted(text: str, at: int) -> Word | None:
    closing = _CLOSING.get(text[at])
    value: list[str] = []
    end = at + 1
    while closing is not None and end < len(text):
        if text[end] == closing:
            is_word_end = end + 1 == len(text) or text[end + 1].isspace()
            return Word("".join(value), at, end + 1, is_quoted=True) if is_word_end else None
        if text[end] == "\\" and text[end + 1 : end + 2] in {"\\", '"', "“", "”"}:
            end += 1
        value.append(text[end])
        end += 1
    return None


def _read_mention(text: str, at: int, mentions: list[str]) -> Word | None:
    for mention in mentions:
        end = at + len(mention)
        if text.startswith(mention, at) and (end == len(text) or text[end].isspace() or text[end] == "@"):
            return Word(mention, at, end)
    return None


def _read_bare(text: str, at: int) -> Word:
    found = _BARE.match(text, at)
    assert found, "the text goes on after spaces were skipped"
    return Word(found[0], at, found.end())
