"""Finds the sentences of a passage that say most about a question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.search.terms import spell
from bot.search.tracebacks import is_error_output
from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UNIT = re.compile(r"(?:^|(?<=\n))(`{3,}|~{3,}).*?(?:\n\1|\Z)|[^。！？!?\n]+[。！？!?]*[”’」』）]*", re.DOTALL)
Span = tuple[int, int]


def split_spans(text: str) -> list[Span]:
    """Return (start, end) of every sentence, line and whole code fence, in order; what is “quoted” stays in one."""
    spans: list[Span] = []
    for match in _UNIT.finditer(text):
        stripped = match.group().strip()
        if stripped:
            start = match.start() + match.group().index(stripped)
            if spans and _is_open_quote(text[slice(*spans[-1])]) and "\n" not in text[spans[-1][1] : start]:
                start = spans.pop()[0]
            spans.append((start, match.start() + match.group().index(stripped) + len(stripped)))
    return spans


def _is_open_quote(sentence: str) -> bool:
    return sentence.count("“") > sentence.count("”")


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
    folded = fold(text)
    present = [term for term in weights if spell(term) in folded]
    terms = {span: _find_terms(folded[slice(*span)], present) for span in spans}
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


def choose_remedy(text: str, most: int = 3) -> tuple[Span, ...]:
    """Return the first sentences of a passage that do not only show an error: what the error means and what to do."""
    spans = split_spans(text)
    return tuple([span for span in spans if not is_error_output(text[slice(*span)])][:most]) or tuple(spans[:1])


def _find_terms(sentence: str, terms: Iterable[str]) -> set[str]:
    """Return the terms that stand in a folded sentence: Chinese ones anywhere, others as words."""
    return {term for term in terms if _contains(sentence, spell(term))}


def _contains(sentence: str, word: str) -> bool:
    if not word.isascii() or word not in sentence:
        return word in sentence
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", sentence) is not None
