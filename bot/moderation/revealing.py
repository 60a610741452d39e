"""Evasion-proof text: what a message says to its readers, whatever was done to its characters; positions are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.moderation.characters import FOLDS, SOUNDS

_LONGEST = 12_000  # characters judged of one message; of a longer one its head, its tail and samples between
_PLAIN = re.compile("[\t\n -~\u4e00-\u9fff，。！？：；（）、]*")  # folds character by character, nothing vanishes


@dataclass(frozen=True)
class Sounds:
    """How a text sounds: toneless syllables of its Chinese characters, its other words as they are.

    Attributes:
        shown: the revealed text.
        syllables: one for each Chinese character and each run of letters or digits; separators are left out.
    """

    shown: str = field(repr=False)
    syllables: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The syllables, each between spaces: 「加微信」 is " jia wei xin "."""
        return f" {' '.join(self.syllables)} "

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Where each syllable begins in the revealed text, and that text's length as the last entry."""
        return (*(part.start() for part in _SOUNDING.finditer(self.shown)), len(self.shown))


@dataclass(frozen=True)
class Revealed:
    """One message as its readers understand it.

    Attributes:
        raw: as the gateway gave it.
        text: folded: lower case, simplified, plain letters and digits, without what was put in to disguise.
        origins: for each character of `text` its index in `raw`.
        disguise: how much was done to hide what it says, 0 for ordinary talk; blind to what it says.
        disguises: the tricks that were seen, in Chinese, most used first.
    """

    raw: str
    text: str
    origins: Sequence[int] = field(repr=False)
    disguise: float = 0.0
    disguises: tuple[str, ...] = ()

    def quote(self, start: int, end: int) -> str:
        """Return the original span behind `text[start:end]`."""
        if not 0 <= start < end <= len(self.text):
            return ""
        places = self.origins[start:end]
        first, last = min(places), max(places)
        after = self.origins[end] if end < len(self.text) and self.origins[end] > last else last + 1
        return self.raw[first : max(after, last + 1)].strip()

    @cached_property
    def sounds(self) -> Sounds:
        """The phonetic form, made when it is first asked for."""
        return Sounds(self.text, tuple(self.text.translate(SOUNDS).split()))


_SOUNDING = re.compile("[\u3400-\u9fff]|[^\\W_\u3400-\u9fff]+")


def reveal(raw: str) -> Revealed:
    """Return what a message says, whatever was done to its characters; never raises.

    Args:
        raw: the text of a message, of any length. Of more than 12,000 characters the head, the tail and samples
            between them are judged.
    """
    text, origins = _fold(raw)
    return Revealed(raw=raw, text=text, origins=origins)


def _fold(raw: str) -> tuple[str, Sequence[int]]:
    if _PLAIN.fullmatch(raw):
        return raw.translate(FOLDS), range(len(raw))
    folded, origins = [], []
    for at, character in enumerate(raw[:_LONGEST]):
        for sign in FOLDS[ord(character)]:
            folded.append(sign)
            origins.append(at)
    return "".join(folded), origins
