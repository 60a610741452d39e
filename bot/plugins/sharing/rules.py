"""How what somebody shares is taken apart and compared: decisions without any input or output."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise

from bot.plugin import fold, read_choice

_LONGEST_TITLE = 60
_TAG = re.compile(r"(?<!\S)#([\w+.-]{1,30})(?!\S)")
_LONGEST_MADE, _SHORTEST_MADE = 30, 8  # characters of a title that is taken out of a text
_TITLE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s)")
_CLAUSE_END = re.compile(r"[，,、：:—]")
_HAN = r"\u3400-\u9fff"
_TITLE_GAP = re.compile(
    rf"(?<=[{_HAN}”」』）》]) +(?=[{_HAN}“「『（《])|(?<=[。！？：；…]) +(?=\S)|(?<=[{_HAN}][!?:]) +(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a member wants to share, taken apart.

    Attributes:
        title: one line; may be empty.
        body: the rest; may be empty.
        tags: without #.
    """

    title: str
    body: str
    tags: tuple[str, ...] = ()


def parse_share(text: str) -> Shared:
    """Take 「标题 正文」 apart.

    The title is the first line. Of a single line it is what stands before the first space between two Chinese signs;
    a space beside Latin letters or digits is typography. Without such a space the first sentence gives the title, and
    the body is the whole. `#标签` counts on the first and on the last line only: elsewhere it may be a comment in code.
    A title that is too long is cut, and stays whole in the body.
    """
    text, tags = take_tags(text)
    title, body = (part.strip("\n").rstrip() for part in _cut_title(text))
    if len(title) > _LONGEST_TITLE and body:
        return Shared(make_title(title), text, tags)
    return Shared(title.strip(), body, tags)


def _cut_title(text: str) -> tuple[str, str]:
    first, line_break, rest = text.partition("\n")
    if line_break:
        return first, rest
    if gap := _TITLE_GAP.search(text):
        return text[: gap.start()], text[gap.end() :]
    title = make_title(text)
    return title, text if len(text) > len(title) + 1 else ""  # a title and its full stop say nothing more


def parse_quoted_share(text: str, quoted: str) -> Shared:
    """Take the words beside a quoted message as title and tags, the quoted text as the body.

    Args:
        text: what stands behind 分享; may be empty.
        quoted: the quoted message.
    """
    text, tags = take_tags(text)
    return Shared(" ".join(text.split())[:_LONGEST_TITLE] or make_title(quoted), quoted.strip(), tags)


def make_title(body: str) -> str:
    """Return the first sentence of a text, or as much of it as makes a title."""
    first = _TITLE_END.split(body.strip(), maxsplit=1)[0].strip()
    if len(first) <= _LONGEST_MADE:
        return first
    clauses = [end.start() for end in _CLAUSE_END.finditer(first[: _LONGEST_MADE + 1]) if end.start() >= _SHORTEST_MADE]
    return first[: clauses[-1]] if clauses else first[: _LONGEST_MADE - 1] + "…"


def take_tags(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without the `#标签` of its first and last line, and these."""
    lines = text.strip().splitlines() or [""]
    tags: list[str] = []
    for at in {0, len(lines) - 1}:
        tags += _TAG.findall(lines[at])
        lines[at] = " ".join(_TAG.sub("", lines[at]).split()) if _TAG.search(lines[at]) else lines[at]
    return "\n".join(lines).strip(), tuple(dict.fromkeys(tags))


def count_substance(text: str, most: int) -> int:
    """Return how many letters, digits and ideographs a text has: blanks, signs and emoji say nothing.

    Args:
        text: of any length.
        most: counting ends there: the rest of a huge text would hold up who waits for it.
    """
    return sum(1 for _ in islice(filter(str.isalnum, text), most))


def similarity(one: str, other: str) -> float:
    """Return how alike two texts are, 0…1: Dice's coefficient over pairs of neighbouring characters, folded."""
    return _compare(_pairs(one), _pairs(other))


Pairs = Counter[tuple[str, str]]


def _compare(one: Pairs, other: Pairs) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _pairs(text: str) -> Pairs:
    return Counter(pairwise(character for character in fold(text) if character.isalnum()))


_FENCED = re.compile(r"((?:^|(?<=\n))(`{3,}|~{3,})[^\n]*\n.*?(?:\n\2[ \t]*(?=\n|\Z)|\Z))", re.DOTALL)
_SENTENCES = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
_SAME = 0.8  # so alike, two sentences say the same
_MOST_COMPARED = 10_000  # pairs of sentences; of longer texts only what is there word by word counts as the same


def new_parts(old: str, new: str) -> str:
    """Return what a text says that another does not: its new sentences in their lines, its new code whole."""
    known = _squeeze(old)
    most = _MOST_COMPARED // max(1, sum(1 for _ in _SENTENCES.finditer(new)))
    said = [_pairs(sentence[0]) for sentence in islice(_SENTENCES.finditer(old), most)]
    kept = []
    for number, piece in enumerate(_FENCED.split(new)):
        if number % 3 == 0:
            kept += [line for line in (_new_sentences(line, said, known) for line in piece.split("\n")) if line]
        elif number % 3 == 1 and _squeeze(piece) not in known:
            kept.append(piece)
    return "\n".join(kept)


def _new_sentences(line: str, said: list[Pairs], known: str) -> str:
    sentences = [match[0] for match in _SENTENCES.finditer(line)]
    return "".join(one for one in sentences if _is_new(one, said, known)).strip()


def _is_new(sentence: str, said: list[Pairs], known: str) -> bool:
    squeezed = _squeeze(sentence)
    if len(squeezed) <= 1 or squeezed in known:
        return False
    pairs = _pairs(sentence)
    return all(_compare(pairs, one) < _SAME for one in said)


def _squeeze(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())


class Choosing(StrEnum):
    """What a member says about a draft that waits for them."""

    MERGE = "merge"
    PUBLISH = "publish"
    DROP = "drop"
    YES = "yes"
    NO = "no"
    ALWAYS = "always"
    NEVER = "never"


_WORDS = {
    "合并": Choosing.MERGE, "仍然发布": Choosing.PUBLISH, "发布": Choosing.PUBLISH, "不发了": Choosing.DROP,
    "不发": Choosing.DROP, "取消": Choosing.DROP, "算了": Choosing.DROP, "同意": Choosing.YES, "不同意": Choosing.NO,
    "以后都同意": Choosing.ALWAYS, "以后都不": Choosing.NEVER, "以后都不同意": Choosing.NEVER,
}  # fmt: skip
_MOST_CHOICES, _LONGEST_CHOICE = 3, 20


def read_choosing(text: str) -> Choosing | int | None:
    """Return what a member chose, by word or by number; None when it is neither, as most of what is said."""
    if len(text) > _LONGEST_CHOICE:
        return None
    number = read_choice(text)
    if number is not None:
        return number if number <= _MOST_CHOICES else None
    return _WORDS.get(fold(text).strip(" 。.!~"))


_CALLED = re.compile(r"^\s*(?:@\S{1,30}[\s\u2005]+)*(?:/?(?:提问|问)[\s\u2005]+)?")
_POST = re.compile(r"#(\d{1,9})")


def plain_question(text: str) -> str:
    """Return a question as one line without the mentions and the command word in front of it."""
    return " ".join(_CALLED.sub("", text, count=1).split())


def post_number_in(text: str) -> int | None:
    """Return the number of the first post a text names, as in 「已收录 #57《…》」."""
    match = _POST.search(text)
    return int(match[1]) if match else None
