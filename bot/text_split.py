"""Cuts long texts into messages: at paragraphs, then sentences; code is kept whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1[ \t]*(?:\n|\Z)|\Z)", re.MULTILINE | re.DOTALL)
_PARAGRAPH = re.compile(r".*?(?:\n[ \t]*\n\s*?(?=[^\n])|\Z)", re.DOTALL)
_SENTENCE = re.compile(r"[^\n]*?(?:[。！？；…]+[”’」』）)\]]*|[.!?;]+[\"')\]]*(?=\s|$)|\n|$)[ \t]*\n?")
_CLAUSE = re.compile(r"[^\n]*?(?:[，、：,:][ \t]*|[ \t]+|\n|$)")
_LINE = re.compile(r"[^\n]*\n?")
_JOINERS = "\u200d\ufe0e\ufe0f"


def split_reply(text: str, limit: int = 500) -> list[str]:
    """Cut a text into parts of at most `limit` characters, in order, losing nothing but line breaks at the cuts.

    Fenced code stays in one part when it fits; code that is longer than a part is cut at line ends. Prose is cut
    between paragraphs where that fills a third of the part, else between sentences, then clauses, then characters.

    Args:
        text: the whole reply.
        limit: characters in one message, at least 1.

    Returns:
        The parts, none of them blank; one part when the text fits.
    """
    parts = [text] if len(text) <= limit else _pack(text, limit)
    return [part.strip("\n") for part in parts if part.strip()]


def _pack(text: str, limit: int) -> list[str]:
    parts = [""]
    for block in _blocks(text):
        if len(parts[-1]) + len(block) <= limit:
            parts[-1] += block
        elif len(block) <= limit and (_is_code(block) or len(parts[-1]) * 3 >= limit):
            parts.append(block)
        else:
            _fill(parts, _atoms(block, limit), limit)
    return parts


def _fill(parts: list[str], atoms: Iterator[str], limit: int) -> None:
    for atom in atoms:
        if len(parts[-1]) + len(atom) <= limit:
            parts[-1] += atom
        else:
            parts.append(atom)


def _blocks(text: str) -> Iterator[str]:
    """Yield fenced code and paragraphs; together they are the text."""
    at = 0
    for code in _FENCED.finditer(text):
        yield from _matches(_PARAGRAPH, text[at : code.start()])
        yield code[0]
        at = code.end()
    yield from _matches(_PARAGRAPH, text[at:])


def _atoms(block: str, limit: int) -> Iterator[str]:
    """Yield the smallest pieces worth keeping together, none longer than the limit."""
    steps = (_LINE,) if _is_code(block) else (_SENTENCE, _CLAUSE)
    yield from _cut_down(block, steps, limit)


def _cut_down(piece: str, steps: tuple[re.Pattern[str], ...], limit: int) -> Iterator[str]:
    if len(piece) <= limit:
        yield piece
    elif steps:
        for smaller in _matches(steps[0], piece):
            yield from _cut_down(smaller, steps[1:], limit)
    else:
        yield from _cut_characters(piece, limit)


def _cut_characters(piece: str, limit: int) -> Iterator[str]:
    while len(piece) > limit:
        cut = next((at for at in range(limit, limit // 2, -1) if not _is_joined(piece, at)), limit)
        yield piece[:cut]
        piece = piece[cut:]
    yield piece


def _is_joined(piece: str, at: int) -> bool:
    """Whether the characters on both sides of `at` are shown as one (emoji, accents)."""
    return piece[at] in _JOINERS or piece[at - 1] == "\u200d" or unicodedata.combining(piece[at]) != 0


def _is_code(block: str) -> bool:
    return block.lstrip(" \t").startswith(("```", "~~~"))


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (found[0] for found in pattern.finditer(text) if found[0])
