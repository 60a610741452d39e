"""Takes a passage apart: sentences that are never cut inside code, quotes or brackets, and pieces of code."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from bot.plugin import fold, to_plain

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_INLINE = r"(?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`)"
_ENCLOSED = r"“[^”\n]*”|「[^」\n]*」|『[^』\n]*』|（[^（）\n]*）|《[^》\n]*》"
_STOP = r"[。！？]+[”’」』）]*|[!?]+(?=\s|$|[\u3400-\u9fff])|(?<=[a-z0-9)”’`])\.(?=\s+[A-Z\u3400-\u9fff]|\s*$)"
_SENTENCE = re.compile(rf"(?:{_INLINE}|{_ENCLOSED}|(?!{_STOP}).)+(?:{_STOP})?")
_CLAUSE = re.compile(rf"(?:{_INLINE}|{_ENCLOSED}|[^；;])+[；;]?")
_ITEM = re.compile(r"\s*(?:[-*+·•]|\d{1,2}[.、)）])\s*(?=\S)")
_NO_PROSE = re.compile(r"\s*(?:#{1,6} |\||(?:[-*_]\s*){3,}$|<!--|!\[)")
_COUNTS = re.compile(
    r"^[^，。；：]{0,6}(?:[两三四五六几]|以下|下面|如下)[^，。；：]{0,14}："
)  # 「两个坑：」 before the first one
_ORDINAL = re.compile(r"^(?:(?:坑|陷阱|注意|步骤)?[一二三四五六七八九十\d]{1,2}(?:：|[.、)）]\s*)(?=[^\d\s])|坑：|· )")
_ANNOUNCES = re.compile(r"[：:]$")
_LONG = 70  # characters; a longer sentence is taken apart at its semicolons
_SHORT = 10  # a shorter one, such as 「多半是。」, is read with the next
_LONGEST_LIST = 100  # characters of a list that is read as one sentence

_ALPHANUMERIC = frozenset(string.ascii_lowercase + string.digits)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is read as one: a sentence, or a clause of a long one.

    Attributes:
        text: plain.
        number: of the sentence, from 0.
        clause: which part of the sentence it is, from 0.
        block: number of the blank-line separated block, counted over prose and code.
        is_part: it is one of several clauses, which often stand for several cases.
        is_list: it is the beginning of a list with what announces it.
    """

    text: str
    number: int
    clause: int
    block: int
    is_part: bool = False
    is_list: bool = False

    @property
    def announces(self) -> bool:
        """Whether it only introduces what comes next."""
        return _ANNOUNCES.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code.

    Attributes:
        lines: without blank ones.
        block: see `Sentence`.
    """

    lines: tuple[str, ...]
    block: int


@dataclass(frozen=True, slots=True)
class Prose:
    """A passage taken apart."""

    sentences: tuple[Sentence, ...]
    codes: tuple[Code, ...]


def take_apart(text: str) -> Prose:
    """Return the sentences and the code of a Markdown or plain text."""
    sentences: list[Sentence] = []
    codes: list[Code] = []
    for block, (lines, is_code) in enumerate(_with_lists(found for found in _blocks(text) if found[0])):
        if is_code:
            kept = tuple(line.rstrip() for line in lines if line.strip())
            codes += [Code(kept, block)] if kept else []
            continue
        for paragraph, is_list in _read_list(lines):
            for whole in [paragraph] if is_list else _sentences_of(paragraph):
                number = sentences[-1].number + 1 if sentences else 0
                parts = [_plain(whole)] if is_list else _clauses(whole)
                sentences += [
                    Sentence(text, number, at, block, len(parts) > 1, is_list) for at, text in enumerate(parts)
                ]
    return Prose(tuple(sentences), tuple(codes))


def _blocks(text: str) -> Iterator[tuple[list[str], bool]]:
    """Yield (lines, is code); a fence that is never closed ends with the text."""
    lines: list[str] = []
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        closes = bool(fence) and mark is not None and mark[1].startswith(fence) and not line.strip(" \t`~")
        if closes or (not fence and (mark is not None or not line.strip())):
            yield lines, bool(fence)
            lines, fence = [], mark[1] if mark and not closes else ""
        else:
            lines.append(line)
    yield lines, bool(fence)


def _with_lists(blocks: Iterable[tuple[list[str], bool]]) -> list[tuple[list[str], bool]]:
    """Put a list and the line that announces it into one block, whatever blank lines stand between."""
    joined: list[tuple[list[str], bool]] = []
    for lines, is_code in blocks:
        before = joined[-1] if joined else ([], True)
        if not before[1] and not is_code and _ANNOUNCES.search(before[0][-1].strip()) and _ITEM.match(lines[0]):
            joined[-1] = ([*before[0], *lines], False)
        else:
            joined.append((lines, is_code))
    return joined


def _read_list(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield (paragraph, whether it is a list): as much of a list as makes one sentence, with what announces it."""
    prose = [line.strip().lstrip("> ") for line in lines if line.strip() and not _NO_PROSE.match(line)]
    at = 0
    while at < len(prose):
        items = _items_after(prose, at + 1) if _ANNOUNCES.search(prose[at]) else []
        count = _count_joined(prose[at], items)
        if count:
            yield _join_list(prose[at], items[:count], is_whole=count == len(items)), True
        else:
            yield _without_bullet(prose[at]), False
        at += 1 + count


def _count_joined(announcer: str, items: list[str]) -> int:
    """Return how many items make one sentence: all of them, or two at least, or none."""
    lengths = (len(_sentences_of(item)[0]) if _sentences_of(item) else _LONGEST_LIST for item in items)
    fits = sum(length <= _LONGEST_LIST for length in accumulate(lengths, initial=len(announcer))) - 1
    return fits if fits == len(items) or fits > 1 else 0


def _items_after(prose: list[str], start: int) -> list[str]:
    end = start
    while end < len(prose) and _ITEM.match(prose[end]):
        end += 1
    return prose[start:end]


def _join_list(announcer: str, items: list[str], *, is_whole: bool) -> str:
    parts = [_sentences_of(_without_bullet(line))[0].rstrip("。；;，, ") for line in items]
    return f"{_without_bullet(announcer)}{'；'.join(parts)}{'。' if is_whole else '……'}"


def _without_bullet(line: str) -> str:
    return re.sub(r"^\s*[-*+·•]\s+(?:\[[ xX]\]\s+)?", "", line)


def _sentences_of(paragraph: str) -> list[str]:
    """Return sentences; a very short one goes with the next."""
    found: list[str] = []
    for match in _SENTENCE.finditer(paragraph):
        sentence = match.group().strip()
        if found and (len(found[-1]) < _SHORT or not _says_something(sentence)):
            found[-1] += _gap(found[-1]) + sentence
        elif sentence:
            found.append(sentence)
    return found


def _clauses(sentence: str) -> list[str]:
    """Return a sentence plain, a long one as what stands between its semicolons; too short parts stay together."""
    clauses = [""]
    for match in _CLAUSE.finditer(sentence) if len(sentence) > _LONG else ():
        clauses[-1] += match.group()
        if len(clauses[-1].strip()) >= _SHORT:
            clauses.append("")
    parts = [clause.strip() for clause in clauses if clause.strip()] or [sentence]
    if len(parts) > 1 and len(parts[-1]) < _SHORT:
        parts[-2:] = [parts[-2] + parts[-1]]
    if len(parts) > 1:
        parts = [_COUNTS.sub("", parts[0]), *parts[1:]]
        parts = [re.sub(r"[；;]$", "。", part) for part in parts]
    plain = (_ORDINAL.sub("", _plain(part)) for part in parts)
    return [text for text in plain if _says_something(text)]


def _plain(text: str) -> str:
    return " ".join(to_plain(text).split())


def _gap(text: str) -> str:
    return " " if text[-1:].isascii() else ""


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)


def words_in(text: str, words: Iterable[str]) -> frozenset[str]:
    """Return those of the folded words that stand in a text: Chinese ones anywhere, others as words."""
    folded = fold(text)
    return frozenset(word for word in words if _contains(folded, word))


def _contains(folded: str, word: str) -> bool:
    if not word.isascii():
        return word in folded
    start = folded.find(word)
    while start >= 0:  # a regular expression for each word takes longer to compile than this to run
        end = start + len(word)
        if folded[start - 1 : start] not in _ALPHANUMERIC and folded[end : end + 1] not in _ALPHANUMERIC:
            return True
        start = folded.find(word, start + 1)
    return False
