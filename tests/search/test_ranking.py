"""The order of what both sides found."""

from __future__ import annotations

from bot.search.ranking import _Candidate, _with_best_by_words


def make_candidates(*keywords: float) -> list[_Candidate]:
    return [_Candidate(number, 1 - number / 100, 0.9, keyword) for number, keyword in enumerate(keywords)]


def test_what_has_most_of_the_words_is_among_the_first_five() -> None:
    found = _with_best_by_words(make_candidates(0.1, 0.2, 0.1, 0, 0, 0.1, 0.7, 0.3))
    assert [one.passage for one in found] == [0, 1, 2, 3, 6, 4, 5, 7]


def test_the_order_stays_when_it_is_there_already() -> None:
    for keywords in ((0.7, 0.2, 0.1, 0, 0, 0.7, 0.1), (0.1, 0.2), ()):
        found = make_candidates(*keywords)
        assert _with_best_by_words(list(found)) == found
