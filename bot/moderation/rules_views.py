"""The forms of a text in which words of rules are looked for; each remembers where its characters come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise, repeat
from typing import NamedTuple

from bot.moderation.characters import FOLDS
from bot.moderation.model import Span
from bot.moderation.revealing import Revealed

_LONGEST = 12_000  # characters of the plain form that are searched; the revealed form is no longer either
_ENDS = re.compile("[，。！？；：、,.!?;:\n]")  # what stands between sentences
_TRICKS = re.compile("[|*·•_~^#…°`'\"]+")  # what nobody puts between the two characters of a word but to hide it
_WIDEST = 3  # signs between two characters of a word


class View(NamedTuple):
    """One form of a text.

    Attributes:
        text: what is searched.
        origins: for each character its index in the raw text.
    """

    text: str
    origins: Sequence[int]

    def place(self, start: int, end: int) -> Span:
        """Return where a part of it stands in the raw text."""
        origins = self.origins[start:end]
        return min(origins), max(origins) + 1


def plain_view(revealed: Revealed) -> View | None:
    """Return a text folded sign by sign and nothing more; None when revealing did no more either.

    Revealing writes 微信 for `vx`, so a rule that asks for `vx` is looked for here.
    """
    if isinstance(revealed.origins, range):
        return None  # nothing was done beyond that
    raw = revealed.raw[:_LONGEST]
    folded = raw.translate(FOLDS)
    if folded == revealed.text:
        return None
    if len(folded) == len(raw):
        return View(folded, range(len(raw)))
    lengths = map(len, map(FOLDS.__getitem__, map(ord, raw)))
    return View(folded, list(chain.from_iterable(map(repeat, range(len(raw)), lengths))))


@dataclass(frozen=True)
class Squeezed:
    """A text without the signs between its words, to find words that were pulled apart.

    Attributes:
        text: only letters, digits and Chinese characters.
        shown: the revealed text.
    """

    text: str
    shown: str

    @cached_property
    def places(self) -> Sequence[int]:
        """For each character its index in the revealed text."""
        return [at for at, sign in enumerate(self.shown) if sign.isalnum()]

    def holds(self, start: int, end: int) -> bool:
        """Tell whether what was found is one word pulled apart, and not the end of one sentence and the next one.

        The signs between its characters must be few. Signs that end sentences count only when something stands
        between all of its characters, and a single blank is no trick. A word of two characters is found only when
        what stands between them can be nothing but a trick.
        """
        places = self.places[start:end]
        gaps = [self.shown[one + 1 : other] for one, other in pairwise(places)]
        used = [gap for gap in gaps if gap]
        if not used or max(map(len, used)) > _WIDEST:
            return False
        if len(gaps) == 1:
            return _TRICKS.fullmatch(gaps[0]) is not None
        if len(used) == len(gaps) and len(gaps) > 1:
            return True
        return not any(_ENDS.search(gap) for gap in used) and not all(gap.isspace() for gap in used)


def squeeze(text: str) -> str:
    """Return a text without the signs between its words."""
    return "".join(filter(str.isalnum, text))
