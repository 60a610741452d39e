"""Which questions ask the same, and who is near one: decisions without any input or output."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from bot.plugin import Findings, Hit, fold

ALIKE = 0.7  # Dice's coefficient from which two questions ask the same
# Cosine from which they do, in steps between the encoder's two thresholds above the upper one. With the embedded
# encoder this is .97: 83 % of 355 pairs of LCQMC that ask the same are above, and 21 of the 4,145 nearest others, most
# of which ask the same too. Spelling alone finds 53 % of the pairs, and 8 of the others.
ALIKE_STEPS = 4.0
_LEAST_ALIKE = 0.2  # texts spelled less alike are not compared by meaning: none of those pairs is
_NEAR_STEPS = 2.0  # so far below what is worth offering, in the same steps, a post still shows that its author knows
_NAME = re.compile(r"[a-z0-9][a-z0-9_.+#-]*")


def names_in(text: str) -> frozenset[str]:
    """Return the Latin words and numbers of a text: `redis 6` and `redis 7` are not asked about alike."""
    return frozenset(word.strip(".-") for word in _NAME.findall(fold(text)))


def similarity(one: str, other: str) -> float:
    """Return how alike two texts are spelled, 0…1: Dice's coefficient over pairs of neighbouring characters, folded."""
    a, b = _pairs(one), _pairs(other)
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 0.0


def _pairs(text: str) -> Counter[tuple[str, str]]:
    return Counter(pairwise(character for character in fold(text) if character.isalnum()))


def nearest_spelled(text: str, others: Sequence[str], most: int) -> list[int]:
    """Return the places of the texts that are worth comparing with one by meaning, the likeliest first.

    Args:
        text: a question.
        others: the others.
        most: how many at most.
    """
    names = names_in(text)
    rated = [(similarity(text, other), -at) for at, other in enumerate(others) if names_in(other) == names]
    return [-at for ratio, at in sorted(rated, reverse=True)[:most] if ratio >= _LEAST_ALIKE]


def are_alike(one: str, other: str, cosine: float | None = None, needed: float = 1.0) -> bool:
    """Return whether two questions ask the same.

    Args:
        one: a question.
        other: another one.
        cosine: of their vectors; None when meaning is not compared.
        needed: the cosine from which they ask the same.
    """
    if names_in(one) != names_in(other):
        return False
    return similarity(one, other) >= ALIKE or (cosine is not None and cosine >= needed)


def needed_cosine(answer: float, related: float, *, is_semantic: bool) -> float:
    """Return the cosine from which two questions ask the same, on an encoder's scale.

    Args:
        answer: score from which a passage answers a question there.
        related: score from which it is worth offering.
        is_semantic: whether meaning is compared; otherwise none is enough.
    """
    return answer + ALIKE_STEPS * (answer - related) if is_semantic else 1.0


def gather_alike(texts: Sequence[str], cosine: Callable[[int, int], float] | None, needed: float) -> list[list[int]]:
    """Return the places of texts that ask the same, the largest group first.

    Args:
        texts: questions.
        cosine: of the texts at two places; None when meaning is not compared.
        needed: as for `are_alike`.
    """
    groups: list[list[int]] = []
    for at, text in enumerate(texts):
        for group in groups:
            first = group[0]
            if are_alike(texts[first], text, cosine(first, at) if cosine else None, needed):
                group.append(at)
                break
        else:
            groups.append([at])
    return sorted(groups, key=len, reverse=True)


def weigh_authors(findings: Findings, authors: Mapping[str, str]) -> dict[str, float]:
    """Return member id → how near what they wrote is to a question, in steps between the encoder's thresholds.

    Args:
        findings: of a search for the question.
        authors: document id → who wrote it.
    """
    step = max(findings.answer_threshold - findings.related_threshold, 1e-9)
    floor = findings.related_threshold - _NEAR_STEPS * step
    weights: dict[str, float] = {}
    for hit in findings.hits:
        if hit.score > floor and (author := authors.get(hit.document_id)):
            weights[author] = weights.get(author, 0.0) + (hit.score - floor) / step
    return weights


def covers(topic: str, question: str, hits: Iterable[Hit] = ()) -> bool:
    """Return whether what somebody knows is what a question is about: it, or a near post of theirs, names it."""
    word = fold(topic).strip()
    ends = r"(?<![a-z0-9]){}(?![a-z0-9])" if word.isascii() else "{}"
    pattern = re.compile(ends.format(re.escape(word)))
    places = [question, *(place for hit in hits for place in (hit.title, *hit.tags))]
    return any(pattern.search(fold(place)) for place in places)


def hit_rate(counts: Mapping[str, int]) -> float:
    """Return which share of what was asked was answered, by outcome → how often."""
    total = sum(counts.values())
    return (counts.get("answer", 0) + counts.get("locked", 0)) / total if total else 0.0
