"""Evasion-proof text: what a message says to its readers, whatever was done to its characters; positions are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from bot.moderation.characters import FOLDS, SOUNDS
from bot.moderation.components import join_components
from bot.moderation.revealing_contacts import CONTACT_SIGNS, fold_contacts
from bot.moderation.revealing_draft import Draft
from bot.moderation.revealing_gaps import close_gaps, read_down, turn_around
from bot.moderation.revealing_letters import (
    ADDRESS_SIGNS,
    fold_addresses,
    fold_leet,
    fold_numbers,
    read_homophones,
    read_spelling,
)
from bot.moderation.revealing_pictures import find_face
from bot.moderation.revealing_signs import fold_signs

# Most are a gate: what a message must have before a step is worth its time. One set of characters is found quickly.
_ADDRESS = re.compile(r"[a-z0-9]\s{0,2}[。点丶、·,\[({<.d]|h..p")
_LETTER = re.compile("[a-z]")
_CONTACT = re.compile("[a-z+扣抠蔻口球企裙微薇徽威溦巍崴维唯惟葳嵬娓炜玮卫围喂加嘉佳珈伽咖茄]")
_BLANKS = re.compile(r"[ \t]{2,}|\n{2,}")
_WEIGHTS = {"联系方式变形": 0.5, "同音字": 0.5, "拼音代字": 0.5}  # many write so without hiding anything


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


@dataclass(frozen=True, init=False)
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

    def __init__(
        self, raw: str, text: str, origins: Sequence[int], disguise: float = 0.0, disguises: tuple[str, ...] = ()
    ) -> None:
        # What dataclass would write for a frozen one calls `object.__setattr__` five times for every message.
        vars(self).update(raw=raw, text=text, origins=origins, disguise=disguise, disguises=disguises)

    def quote(self, start: int, end: int) -> str:
        """Return the original span behind `text[start:end]`."""
        if not 0 <= start < end <= len(self.text):
            return ""
        places = self.origins[start:end]
        first, last = min(places), max(places)
        after = self.origins[end] if end < len(self.text) and self.origins[end] > last else last + 1
        first, _ = find_face(self.raw, first) or (first, 0)
        if face := find_face(self.raw, last):
            return self.raw[first : face[1]].strip()
        while after > last + 1 and not self._is_shown(after - 1):
            after -= 1
        return self.raw[first:after].strip()

    def _is_shown(self, place: int) -> bool:
        return FOLDS[ord(self.raw[place])].isalnum() and not find_face(self.raw, place)

    @cached_property
    def sounds(self) -> Sounds:
        """The phonetic form, made when it is first asked for."""
        return Sounds(self.text, tuple(self.text.translate(SOUNDS).split()))


_SOUNDING = re.compile("[\u3400-\u9fff]|[^\\W_\u3400-\u9fff]+")


def reveal(raw: str) -> Revealed:
    """Return what a message says, whatever was done to its characters; never raises.

    Args:
        raw: the text of a message, of any length. Of more than 4,000 shown characters the beginning, the end and
            samples between them are judged.
    """
    draft = fold_signs(raw)
    _put_in_order(draft)
    _read_words(draft)
    if "  " in draft.text or "\n\n" in draft.text or "\t" in draft.text:
        draft.replace((found.start(), found.end(), found[0][0]) for found in _BLANKS.finditer(draft.text))
    if not draft.tricks:
        return Revealed(raw, draft.text, draft.origins)
    counted = sorted(draft.tricks.items(), key=itemgetter(1), reverse=True)
    tricks = [trick for trick in counted if trick[1] > 0]
    disguise = sum(_WEIGHTS.get(trick, 1.0) * count for trick, count in tricks)
    return Revealed(raw, draft.text, draft.origins, round(disguise, 3), tuple(trick for trick, _ in tricks))


def _put_in_order(draft: Draft) -> None:
    """Bring the characters into the order and company in which they are read."""
    if ADDRESS_SIGNS.search(draft.text) and _ADDRESS.search(draft.text):
        fold_addresses(draft)
    if "\n" in draft.text:
        read_down(draft)
    fold_numbers(draft)
    close_gaps(draft)
    join_components(draft)
    turn_around(draft)


def _read_words(draft: Draft) -> None:
    """Write words as they are usually written."""
    if _LETTER.search(draft.text):
        fold_leet(draft)
        read_spelling(draft)
    if CONTACT_SIGNS.search(draft.text) and _CONTACT.search(draft.text):
        fold_contacts(draft)
    read_homophones(draft)
