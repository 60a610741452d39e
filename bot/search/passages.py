"""Splits a post into passages by its structure: headings, paragraphs, code fences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The embedded encoder reads 512 tokens, which are about 750 characters of Chinese or 1,500 of English and code.
TARGET = 500  # characters; smaller blocks under one heading are put together up to here
LONGEST = 700  # characters of prose; a longer paragraph is cut at a sentence end
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])|(?<=\. )")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a post that is found by itself.

    Attributes:
        heading: the headings above it, outermost first, joined by ` > `; empty when there is none.
        text: the piece; a code fence is never cut, so one with long code may be longer than `LONGEST`.
    """

    heading: str
    text: str

    def full_title(self, title: str) -> str:
        """Return the post's title and the headings, as the encoder gets them."""
        return " > ".join(part for part in (title, self.heading) if part)


def split_passages(text: str) -> list[Passage]:
    """Return the passages of a Markdown or plain text in order; none for a blank text."""
    passages = []
    for heading, blocks in _sections(text.splitlines()):
        passages += [Passage(heading, piece) for piece in _join([part for block in blocks for part in _cut(block)])]
    return passages


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield (heading path, blocks); headings inside a fence are code."""
    path: list[tuple[int, str]] = []
    section: list[str] = []
    for line, in_code in _mark_code(lines):
        match = None if in_code else _HEADING.fullmatch(line)
        if match is None:
            section.append(line)
            continue
        yield _path_text(path), _blocks(section)
        level, section = len(match[1]), []
        path = [(upper, name) for upper, name in path if upper < level] + [(level, match[2])]
    yield _path_text(path), _blocks(section)


def _path_text(path: list[tuple[int, str]]) -> str:
    return " > ".join(name for _, name in path)


def _mark_code(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield every line and whether it belongs to a fence; a fence that is never closed ends with the text."""
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        if fence:
            yield line, True
            if match and match[1].startswith(fence) and not line.strip(" \t`~"):
                fence = ""
        else:
            fence = match[1] if match else ""
            yield line, bool(fence)


def _blocks(lines: list[str]) -> list[str]:
    """Return paragraphs and fences."""
    blocks, current, was_code = [], list[str](), False
    for line, in_code in _mark_code(lines):
        if in_code != was_code or (not in_code and not line.strip()):
            blocks.append("\n".join(current))
            current = []
        current.append(line)
        was_code = in_code
    blocks.append("\n".join(current))
    return [block.strip("\n") for block in blocks if block.strip()]


def _cut(block: str) -> list[str]:
    """Cut prose that is too long at sentence ends; leave code whole."""
    if len(block) <= LONGEST or _FENCE.match(block):
        return [block]
    pieces = [""]
    for sentence in _SENTENCE_END.split(block):
        for start in range(0, len(sentence), LONGEST):  # a sentence without an end is cut hard
            part = sentence[start : start + LONGEST]
            if len(pieces[-1]) + len(part) > TARGET and pieces[-1]:
                pieces.append("")
            pieces[-1] += part
    return [piece.strip() for piece in pieces if piece.strip()]


def _join(pieces: list[str]) -> list[str]:
    """Put neighbours together up to `TARGET`; code stays with the paragraph that introduces it where it fits."""
    joined: list[str] = []
    for piece in pieces:
        if joined and len(joined[-1]) + len(piece) < TARGET:
            joined[-1] += "\n\n" + piece
        else:
            joined.append(piece)
    return joined
