"""Finds the sentences of a passage that say most about a question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.search.terms import make_terms

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNIT = re.compile(r"(?:^|(?<=\n))(`{3,}|~{3,}).*?(?:\n\1|\Z)|[^。！？!?\n]+[。！？!?]*", re.DOTALL)
Span = tuple[int, int]


def split_spans(text: str) -> list[Span]:
    """Return (start, end) of every sentence, line and whole code fence, in order."""
    spans = []
    for match in _UNIT.finditer(text):
        stripped = match.group().strip()
        if stripped:
            start = match.start() + match.group().index(stripped)
            spans.append((start, start + len(stripped)))
    return spans


def choose_spans(text: str, weights: Mapping[str, float], most: int = 3) -> tuple[Span, ...]:
    """Return the best sentences in the order of the text.

    A sentence counts the idf of the question's terms it has, first come first: a sentence that only repeats what a
    better one already covers adds nothing. Without any match it is the first one: posts begin with the answer.

    Args:
        text: a passage.
        weights: the question's terms and their idf.
        most: how many at most.
    """
    spans = split_spans(text)
    terms = {span: set(make_terms(text[slice(*span)])) & weights.keys() for span in spans}
    chosen: list[Span] = []
    covered: set[str] = set()
    while len(chosen) < most:
        gains = [(sum(weights[term] for term in terms[span] - covered), -span[0], span) for span in spans]
        gain, _, span = max(gains, default=(0.0, 0, (0, 0)))
        if gain <= 0:
            break
        chosen.append(span)
        covered |= terms[span]
    return tuple(sorted(chosen)) or tuple(spans[:1])
