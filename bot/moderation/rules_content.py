"""What rules say about a text alone, whoever said it: worked out once for every text, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from bot.moderation.model import NOWHERE, Span
from bot.moderation.plain import is_odd
from bot.moderation.revealing import Revealed, reveal
from bot.moderation.rules_looks import make_look
from bot.moderation.rules_model import Rule
from bot.moderation.rules_patterns import Patterns
from bot.moderation.rules_text import Allowed, Hit, Reading, Text, shorten
from bot.moderation.rules_words import Words, belongings, words_for
from bot.moderation.watching import Likeness

if TYPE_CHECKING:
    from bot.moderation.adverts import Advert

_SHORTEST_ADVERT = 5  # characters; the shortest of the development data has nine, and 「好的」 need not be weighed
_LONGEST = 8_000  # characters of a raw text in which patterns are looked for, besides the revealed one


class Filter(Protocol):
    """The advertisement filter, as far as rules need it."""

    def score(self, revealed: Revealed) -> Advert:
        """Return how much a text looks like an advertisement."""

    def threshold_at(self, false_alarms: float) -> float:
        """Return the score from which a text counts as one."""


class Known(Protocol):
    """The advertisements that people have marked, as far as rules need them."""

    def find(self, revealed: Revealed) -> tuple[str, float] | None:
        """Return the marked one that a text repeats, and how similar it is."""


class Content:
    """The rules that look at texts, made ready once.

    Args:
        rules: id → rule; all of them are asked, switched-off ones have been left out before.
        adverts: the advertisement filter; None leaves its rules silent.
        known: marked advertisements; None leaves their rules silent.
        reveal: says what a text means to its readers.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        adverts: Filter | None,
        known: Known | None,
        reveal: Callable[[str], Revealed] = reveal,
    ) -> None:
        self._reveal = reveal
        self._rules = dict(rules)
        self._ids = list(rules)
        words, sounds = self._listed("listed"), self._listed("sounds")
        self._words = words_for(words, sounds) if words or sounds else None
        self._allowed = {name: Allowed(rule) for name, rule in rules.items() if rule.allow}
        written = [(name, pattern) for name, rule in rules.items() for pattern in rule.patterns]
        self._searched = Patterns([pattern for _, pattern in written]) if written else None
        self._pattern_rules = [name for name, _ in written]
        self._adverts, self._known = adverts, known
        self._looks = [look for name, rule in rules.items() if (look := make_look(name, rule))]
        self._thresholds = {
            name: adverts.threshold_at(rule.false_alarms) if rule.false_alarms else None
            for name, rule in rules.items()
            if rule.kind == "advert" and adverts is not None
        }
        self._similar = {
            name: rule.similarity or 0.0 for name, rule in rules.items() if rule.kind == "repost" and known is not None
        }
        self.likens = any(rule.kind == "repeat" for rule in rules.values())

    def _listed(self, name: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return belongings([(at, getattr(self._rules[one], name)) for at, one in enumerate(self._ids)])

    def read(self, raw: str) -> Reading:
        """Return what the rules say about a text; never raises."""
        text = Text(raw, self._reveal(raw))
        hits = self._find_words(text, self._words) if self._words is not None else []
        if self._searched is not None:
            hits += self._find_patterns(text, self._searched)
        for look in self._looks:
            hits += look(text)
        score, found = self._find_adverts(text, hits)
        hits += found
        hits += self._find_reposts(text, hits)
        likeness = Likeness(text.revealed.text) if self.likens else None
        return Reading(tuple(hits), likeness, score, is_odd(text.revealed))

    def liken(self, raw: str) -> Likeness:
        """Return what of a text is compared with others, and nothing else of it."""
        return Likeness(self._reveal(raw).text)

    def _find_words(self, text: Text, words: Words) -> list[Hit]:
        hits: list[Hit] = []
        if not (finds := words.find(text.revealed)):
            return hits
        found: dict[int, dict[str, Span]] = {}
        for rules, word, span in finds:
            for rule in rules:
                found.setdefault(rule, {}).setdefault(word, span)
        for number in sorted(found):
            name, places = self._ids[number], found[number]
            spans = sorted(span for span in places.values() if not self._is_allowed(name, text, span))
            if spans and len(spans) >= (self._rules[name]["at_least"] or 1):
                shown = "".join(f"「{text.evidence(span)}」" for span in spans[:3])
                hits.append(Hit(name, f"出现{shown}", text.evidence(spans[0]), spans[0]))
        return hits

    def _find_patterns(self, text: Text, patterns: Patterns) -> list[Hit]:
        """Return what patterns find in the revealed text, then in the raw one, where that says anything else."""
        raw, shown = text.raw, text.revealed.text
        finds = [(number, text.shown.place(*place)) for number, place in patterns.find(shown)]
        if shown != raw.lower():
            finds += patterns.find(raw[:_LONGEST])
        hits: dict[str, Hit] = {}
        for number, span in finds:
            name = self._pattern_rules[number]
            if name not in hits and not self._is_allowed(name, text, span):
                hits[name] = Hit(name, f"出现「{text.evidence(span)}」", text.evidence(span), span)
        return list(hits.values())

    def _is_allowed(self, name: str, text: Text, span: Span) -> bool:
        return name in self._allowed and self._allowed[name].covers(text, span)

    def _find_adverts(self, text: Text, others: Sequence[Hit]) -> tuple[float, list[Hit]]:
        """Return how much it looks like an advertisement, and the hits of the rules that ask that."""
        if self._adverts is None or not self._thresholds or len(text.revealed.text) < _SHORTEST_ADVERT:
            return 0.0, []
        advert = self._adverts.score(text.revealed)
        names = [
            name
            for name, threshold in self._thresholds.items()
            if (advert.is_advert if threshold is None else advert.score >= threshold)
        ]
        return advert.score, [_advert_hit(name, advert, text, others) for name in names]

    def _find_reposts(self, text: Text, others: Sequence[Hit]) -> list[Hit]:
        if self._known is None or not self._similar or len(text.revealed.text) < _SHORTEST_ADVERT:
            return []
        if (found := self._known.find(text.revealed)) is None:
            return []
        _, similarity = found
        span = text.elsewhere(hit.span for hit in others)
        reason = f"和标记过的广告有 {similarity:.0%} 相同"
        return [
            Hit(name, reason, text.evidence(span), span, similarity)
            for name, least in self._similar.items()
            if similarity >= least
        ]


def _advert_hit(name: str, advert: Advert, text: Text, others: Sequence[Hit]) -> Hit:
    """Return the hit of an advert rule; its evidence is the strongest part that is no other rule's evidence."""
    taken = [*text.contact_spans, *(hit.span for hit in others if hit.span != NOWHERE)]
    free = [part for part in advert.parts if all(part.span[1] <= a or b <= part.span[0] for a, b in taken)]
    best = next(iter(free or advert.parts), None)
    if best is None:
        return Hit(name, "像广告", score=advert.score)
    shown = "".join(f"「{shorten(part.text)}」" for part in sorted(advert.parts[:3], key=lambda part: part.span))
    return Hit(name, f"像广告：{shown}", shorten(best.text), best.span, advert.score)
