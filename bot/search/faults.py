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
_NAMES = 0.8  # of the quoted values where they are the fault: what is missing, not what happened to be there
_NAMES_MISSING = re.compile(r"no module named|cannot find module|cannot import name|has no attribute|command not found")
_GENERIC = frozenset({"", "error", "exception"})  # types that say nothing
_KNOWN = {"cv2": "opencv", "bs4": "beautifulsoup", "yaml": "pyyaml", "springframework": "spring", "pil": "pillow"}
_COMMON = 0.5  # weight of a word that is no term of the question

_REPRESENTATION = re.compile(r"<[^<>\n]*(?:<[^<>\n]*>[^<>\n]*)*>")
_PLACE = re.compile(
    r"https?://[^\s'\"]+|(?:[A-Za-z]:)?(?:[\\/][^\s\\/'\"`:;,()]+){2,}[\\/]?|\b0x[0-9a-fA-F]+\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b"
)
_QUOTED = r"(?<!\w)(?P<quote>['\"`])(?P<value>[^'\"`\s]{1,60}(?: [^'\"`\s]{1,30})?)(?P=quote)(?!\w)"
_NUMBER = r"(?<![A-Za-z_\d])\d[\d.,:x]*(?![A-Za-z_\d])"
_NOISE = re.compile(f"{_QUOTED}|{_REPRESENTATION.pattern}|{_PLACE.pattern}|{_NUMBER}")
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


def clean_message(message: str) -> str:
    """Return a message without what differs from one machine to the next: paths, addresses, objects."""
    return " ".join(_PLACE.sub("", _REPRESENTATION.sub("", message)).split())


class Comparison:
    """A paste, ready to be compared with many posts.

    Args:
        paste: what was pasted.
        weights: how rare the words of its summary are.
    """

    def __init__(self, paste: Paste, weights: Mapping[str, float]) -> None:
        self._faults = [_Prepared(fault, weights) for fault in paste.faults]

    def share(self, text: str) -> float:
        """Return how much a post, with its title and tags, has of the fault it has most of, 0…1."""
        post = _Post(text)
        return max(fault.share(post) for fault in self._faults)


class _Post:
    def __init__(self, text: str) -> None:
        self.text = fold(text)
        words = _template(self.text)
        self.words, self.pairs = set(words), set(pairwise(words))

    def has(self, name: str) -> bool:
        """Return whether a name stands there by itself."""
        return name in self.text and re.search(rf"(?<![a-z0-9_]){re.escape(name)}(?![a-z0-9_])", self.text) is not None


class _Prepared:
    def __init__(self, fault: Fault, weights: Mapping[str, float]) -> None:
        message = fold(fault.message)
        kind = fault.kind.casefold()
        values = _NAMES if _NAMES_MISSING.search(message) else _VALUES
        named = (
            (_KIND, [] if kind in _GENERIC else [kind]),
            (_CODES, [code.removeprefix("exit code ") for code in fault.codes]),
            (values, [match["value"] for match in _NOISE.finditer(message) if match["value"]]),
            (_FUNCTIONS, fault.functions),
        )
        self._named = [(weight, [name.casefold() for name in names]) for weight, names in named if names]
        self._libraries = [_KNOWN.get(name, name) for name in fault.libraries]
        self._whole = _Words(_template(message), weights)
        clauses = map(_template, _CLAUSE_END.split(message))
        self._clauses = [_Words(words, weights) for words in clauses if len(words) > 1]

    def share(self, post: _Post) -> float:
        """Return how much a post has of the fault; parts that the fault does not have do not count."""
        parts = [(weight, sum(map(post.has, names)) / len(names)) for weight, names in self._named]
        if self._whole.first:
            parts.append((_MESSAGE, self._share_message(post)))
        if self._libraries:
            parts.append((_LIBRARY, float(any(name in post.text for name in self._libraries))))
        total = sum(weight for weight, _ in parts)
        return sum(weight * share for weight, share in parts) / total if total else 0.0

    def _share_message(self, post: _Post) -> float:
        """Return the mean of what is there of the whole message and of the clause that is there most."""
        whole = self._whole.share(post)
        best = max((clause.share(post) for clause in self._clauses), default=whole)
        return (best + whole) / 2


class _Words:
    """Words of a message in their order."""

    def __init__(self, words: Sequence[str], weights: Mapping[str, float]) -> None:
        self.first = words[0] if words else ""
        self._pairs = {pair: max(weights.get(word, _COMMON) for word in pair) for pair in pairwise(words)}
        self._total = sum(self._pairs.values())

    def share(self, post: _Post) -> float:
        """Return which share of the neighbouring words are neighbours there too, rare ones counting more.

        It is squared: half of a message is another message, such as "object is not callable" for "is not iterable".
        """
        if not self._pairs:
            return float(self.first in post.words)
        return (sum(weight for pair, weight in self._pairs.items() if pair in post.pairs) / self._total) ** 2


def _template(message: str) -> list[str]:
    """Return the words of a folded message without quoted values, places and numbers."""
    return _WORD.findall(_NOISE.sub(" ", message))
