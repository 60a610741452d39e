"""What a fault is, and how much of one a post has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Shares of what a post has of a fault; parts that the fault does not have do not count.
_MESSAGE, _KIND, _CODES, _LIBRARY, _VALUES, _FUNCTIONS = 0.45, 0.15, 0.6, 0.1, 0.1, 0.05
_NAMES = 0.5  # of the quoted values where they are the fault: what is missing, not what happened to be there
_NAMES_MISSING = re.compile(r"no module named|cannot find module|cannot import name|has no attribute|command not found")
_GENERIC = frozenset({"", "error", "exception"})  # types that say nothing
_KNOWN = {"cv2": "opencv", "bs4": "beautifulsoup", "yaml": "pyyaml", "springframework": "spring", "pil": "pillow"}
_COMMON = 0.5  # weight of a word that is no term of the question

_REPRESENTATION = re.compile(r"<[^<>\n]*(?:<[^<>\n]*>[^<>\n]*)*>")
_PLACE = re.compile(
    r"https?://[^\s'\"]+|(?:[A-Za-z]:)?(?:[\\/][^\s\\/'\"`:;,()]+){2,}[\\/]?|\b0x[0-9a-fA-F]+\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b"
)
_QUOTED = re.compile(r"(?<!\w)(['\"`])([^'\"`\s]{1,60}(?: [^'\"`\s]{1,30})?)\1(?!\w)")
_NUMBER = re.compile(r"(?<![A-Za-z_\d])\d[\d.,:x]*(?![A-Za-z_\d])")
_CLAUSE_END = re.compile(r"[:;()\[\]\n,]|\. ")
_WORD = re.compile(r"[a-z_$][\w$]*(?:'[a-z]+)?|[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One error.

    Attributes:
        kind: its type as posts name it (`TypeError`), without the module; empty when only a message is known.
        message: as written, without paths, addresses and representations of objects.
        codes: what names it beside its type: `ECONNREFUSED`, `ORA-12154`, `E0382`, `1045`, `exit code 137`.
        libraries: whose code failed, the likeliest first.
        functions: names of the innermost ones first.
    """

    kind: str
    message: str
    codes: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The fault in one line."""
        named = ": ".join(filter(None, (self.kind, self.message)))
        return " ".join([named, *(word for word in (*self.codes, *self.libraries[:1]) if word not in named)]).strip()


@dataclass(frozen=True, slots=True)
class Paste:
    """What somebody pasted.

    Attributes:
        faults: what came last stands first, behind it what caused it.
        prose: what the person said about it.
    """

    faults: tuple[Fault, ...]
    prose: str = ""

    @property
    def summary(self) -> str:
        """What is searched in place of the whole: forty lines of frames would drown the one that matters."""
        return "\n".join(filter(None, dict.fromkeys((self.prose, *(fault.summary for fault in self.faults)))))

    def match(self, text: str, weights: Mapping[str, float]) -> float:
        """Return how much a text has of the fault it has most of, 0…1.

        Args:
            text: of a post, with its title and tags.
            weights: how rare the summary's words are.
        """
        post = _Post(text)
        return max(_match(fault, post, weights) for fault in self.faults)


def clean_message(message: str) -> str:
    """Return a message without what differs from one machine to the next: paths, addresses, objects."""
    return " ".join(_PLACE.sub("", _REPRESENTATION.sub("", message)).split())


class _Post:
    def __init__(self, text: str) -> None:
        self.text = fold(text)
        self.words = set(_WORD.findall(self.text))
        self.pairs = set(pairwise(_template(self.text)))

    def has(self, name: str) -> bool:
        """Return whether a name stands there by itself."""
        name = name.casefold()
        return name in self.text and re.search(rf"(?<![a-z0-9_]){re.escape(name)}(?![a-z0-9_])", self.text) is not None


def _match(fault: Fault, post: _Post, weights: Mapping[str, float]) -> float:
    parts: list[tuple[float, float]] = []
    if fault.kind.casefold() not in _GENERIC:
        parts.append((_KIND, post.has(fault.kind)))
    if _template(fold(fault.message)):
        parts.append((_MESSAGE, _match_message(fold(fault.message), post, weights)))
    for weight, names in (
        (_CODES, [code.removeprefix("exit code ") for code in fault.codes]),
        (_NAMES if _NAMES_MISSING.search(fold(fault.message)) else _VALUES, _values(fault.message)),
        (_FUNCTIONS, fault.functions),
    ):
        if names:
            parts.append((weight, sum(map(post.has, names)) / len(names)))
    if fault.libraries:
        parts.append((_LIBRARY, any(_KNOWN.get(name, name) in post.text for name in fault.libraries)))
    total = sum(weight for weight, _ in parts)
    return sum(weight * share for weight, share in parts) / total if total else 0.0


def _values(message: str) -> list[str]:
    return [value for _, value in _QUOTED.findall(message)]


def _match_message(message: str, post: _Post, weights: Mapping[str, float]) -> float:
    """Return the mean of what is there of the whole message and of the clause that is there most."""
    clauses = [words for clause in _CLAUSE_END.split(message) if len(words := _template(clause)) > 1]
    best = max((_cover(words, post, weights) for words in clauses), default=0.0)
    whole = _cover(_template(message), post, weights)
    return (best + whole) / 2 if clauses else whole


def _template(message: str) -> list[str]:
    """Return the words of a folded message without quoted values, places and numbers."""
    for pattern in (_REPRESENTATION, _PLACE, _QUOTED, _NUMBER):
        message = pattern.sub(" ", message)
    return _WORD.findall(message)


def _cover(words: Sequence[str], post: _Post, weights: Mapping[str, float]) -> float:
    """Return which share of the neighbouring words are neighbours there too, rare ones counting more.

    It is squared: half of a message is another message, such as "object is not callable" for "is not iterable".
    """
    if len(words) == 1:
        return float(words[0] in post.words)
    pairs = set(pairwise(words))
    rarity = {pair: max(weights.get(word, _COMMON) for word in pair) for pair in pairs}
    return (sum(rarity[pair] for pair in pairs if pair in post.pairs) / (sum(rarity.values()) or 1.0)) ** 2
