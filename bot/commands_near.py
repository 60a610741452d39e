"""Which command word a mistyped one was meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.text import fold

_TYPED = re.compile(r"[\u3400-\u9fff]+|[A-Za-z][A-Za-z_-]*")
_LONGEST_TYPED = 10
_SURE_TYPED = 3
_ARGUMENTS = re.compile(
    r"(?:[。!！~～.]|\s*[!-~\s]+)?"
)  # what may follow when only mentioned: nothing or plain arguments


@dataclass(frozen=True, slots=True)
class Near:
    """A mistyped word and the folded command word next to it."""

    typed: str
    word: str


def find_nearest(body: str, words: Iterable[str], *, is_explicit: bool) -> Near | None:
    """Find the command word that the beginning of a text was meant to be.

    One slip of the finger (a sign wrong, missing, doubled or two swapped) is forgiven, two in words of five signs and
    more. After a `/` a command word glued to more text counts too.

    Args:
        body: the text behind the `/` or the mention.
        words: folded command words.
        is_explicit: it began with `/`; otherwise it may be a sentence, so nothing but arguments may follow.
    """
    found = _TYPED.match(body)
    if found is None or (not is_explicit and not _ARGUMENTS.fullmatch(body, found.end())):
        return None
    typed = fold(found[0])
    known = list(words)
    if not is_explicit and len(typed) < _SURE_TYPED:  # half of such a word is wrong: 「什么」 is no 「为什么」
        known = [word for word in known if word[0] == typed[0] or sorted(word) == sorted(typed)]
    near = None if len(typed) > _LONGEST_TYPED else _nearest(typed, known)
    if near is None and is_explicit:
        near = max((word for word in known if len(word) > 1 and typed.startswith(word)), key=len, default=None)
    return Near(found[0], near) if near else None


def _nearest(typed: str, words: Iterable[str]) -> str | None:
    best: tuple[int, bool, bool] | None = None
    nearest = None
    for word in words:
        allowed = _allowed_slips(max(len(typed), len(word)))
        slips = count_slips(typed, word, allowed)
        if slips > allowed or not set(typed) & set(word):
            continue
        rank = (slips, typed[0] != word[0], len(typed) != len(word))
        if best is None or rank < best:
            best, nearest = rank, word
    return nearest


def _allowed_slips(length: int) -> int:
    return 0 if length < 2 else 1 if length < 5 else 2  # noqa: PLR2004 - see find_nearest


def count_slips(a: str, b: str, limit: int) -> int:
    """Return how many signs were changed, added, left out or swapped with a neighbour to get from `a` to `b`.

    This is the optimal string alignment distance (Boytsov 2011); above `limit` some greater number is returned.
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, sign in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (sign != other))
            if older and sign == b[j - 2] and other == a[i - 2] and j > 1:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
