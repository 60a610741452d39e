"""A text while rules look at it: each look is made at most once, and what is found quotes the original."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from bot.moderation.contacts import Contact, find_contacts
from bot.moderation.links import Link, find_links
from bot.moderation.model import NOWHERE, Span
from bot.moderation.revealing import Revealed, reveal
from bot.moderation.rules_model import Rule
from bot.moderation.rules_views import View
from bot.moderation.watching import Likeness

LONGEST_QUOTE: Final = 60
"""Characters of evidence that are shown."""
_FEWEST_ELSEWHERE: Final = 6  # characters that can be a reason of their own


class Hit(NamedTuple):
    """A rule that a text breaks, before anybody asked who said it.

    Attributes:
        rule: the rule's id.
        reason: Chinese, the evidence quoted.
        evidence: from the raw text.
        span: where it stands there.
        score: how sure, 0…1.
    """

    rule: str
    reason: str
    evidence: str = ""
    span: Span = NOWHERE
    score: float = 1.0


class Reading(NamedTuple):
    """All that rules know of a text.

    Attributes:
        hits: rules it breaks.
        likeness: what of it is compared with other messages.
        advert: how much it looks like an advertisement, 0…1; 0 when no rule asks.
        is_odd: whether it says something else to its readers than its characters do, one by one.
    """

    hits: tuple[Hit, ...] = ()
    likeness: Likeness | None = None
    advert: float = 0.0
    is_odd: bool = False


class Text:
    """A text while it is read; each look at it is made at most once.

    Args:
        raw: as typed.
        revealed: what it says, when that is known already.
    """

    __slots__ = ("_contacts", "_links", "raw", "revealed")

    def __init__(self, raw: str, revealed: Revealed | None = None) -> None:
        self.raw = raw
        self.revealed = reveal(raw) if revealed is None else revealed
        self._links: list[Link] | None = None
        self._contacts: list[Contact] | None = None

    @property
    def shown(self) -> View:
        """The revealed text, with its places."""
        return View(self.revealed.text, self.revealed.origins)

    @property
    def links(self) -> list[Link]:
        """The links in it."""
        if self._links is None:
            self._links = find_links(self.revealed.text)
        return self._links

    @property
    def contacts(self) -> list[Contact]:
        """The contacts and invitations in it."""
        if self._contacts is None:
            self._contacts = find_contacts(self.revealed)
        return self._contacts

    @property
    def contact_spans(self) -> list[Span]:
        """Where they stand in the raw text."""
        return [self.shown.place(contact.start, contact.end) for contact in self.contacts]

    def quote(self, start: int, end: int) -> tuple[str, Span]:
        """Return the original characters behind a span of the revealed text, and where they stand."""
        if not 0 <= start < end <= len(self.revealed.text):
            return "", NOWHERE
        span = self.shown.place(start, end)
        return self.evidence(span), span

    def elsewhere(self, spans: Iterable[Span]) -> Span:
        """Return the longest stretch of the raw text that is neither a contact nor in any of these spans.

        What is said around a contact is another reason than the contact; the whole text when too little is left.
        """
        taken = sorted(span for span in (*spans, *self.contact_spans) if span != NOWHERE)
        gaps, at = [], 0
        for start, end in taken:
            gaps.append((at, max(at, start)))
            at = max(at, end)
        first, last = max([*gaps, (at, len(self.raw))], key=lambda gap: gap[1] - gap[0])
        return (first, last) if last - first >= _FEWEST_ELSEWHERE else (0, len(self.raw))

    def evidence(self, span: Span) -> str:
        """Return characters of the raw text as they are shown."""
        return shorten(self.raw[slice(*span)])


def shorten(text: str) -> str:
    """Return evidence as it is shown: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


class Allowed:
    """The exceptions of one rule, as they look in revealed text."""

    def __init__(self, rule: Rule) -> None:
        self._texts = [folded for one in rule.allow if (folded := reveal(one).text.strip())]

    def covers(self, text: Text, span: Span) -> bool:
        """Tell whether a find lies within an exception, 「发票」 in 「电子发票抬头」, or holds one."""
        first, last = span
        return any(
            (start <= first and last <= end) or (first <= start and end <= last) for start, end in self._places(text)
        )

    def _places(self, text: Text) -> Iterator[Span]:
        for allowed in self._texts:
            at = text.shown.text.find(allowed)
            while at >= 0:
                yield text.shown.place(at, at + len(allowed))
                at = text.shown.text.find(allowed, at + 1)

    def names(self, value: str) -> bool:
        """Tell whether a value, a contact or a name, is an exception."""
        folded = reveal(value).text
        return any(allowed in folded for allowed in self._texts)
