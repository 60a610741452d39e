"""Which version of a rule counts when: a new one observes, the one before it goes on until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.moderation.rule_versions import (
    EVER,
    RuleVersion,
    WrittenRule,
    apply_now,
    drop_now,
    follow_file,
    observing,
    weight_at,
)

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SHADOW = 3 * DAY


def written(rule_id: str = "qr", content: str = "a", shadow: timedelta = SHADOW) -> WrittenRule:
    return WrittenRule(rule_id=rule_id, content_hash=content, content=content, words="不发二维码", shadow=shadow)


class Book:
    """The versions on record, changed as the plugin changes them."""

    def __init__(self, *rules: WrittenRule, at: datetime = NOW - 30 * DAY) -> None:
        self.versions: dict[tuple[str, str, str, datetime], RuleVersion] = {}
        self.follow(*rules, at=at)

    def put(self, changed: list[RuleVersion]) -> None:
        self.versions |= {one.key: one for one in changed}

    def follow(self, *rules: WrittenRule, at: datetime, scope: str = "") -> None:
        self.put(follow_file(list(self.versions.values()), rules, scope, at))

    def acting(self, at: datetime, scope: str = "") -> list[str]:
        return sorted(one.content_hash for one in self.versions.values() if one.acts(at) and one.scope == scope)

    def watching(self, at: datetime, scope: str = "") -> list[str]:
        return [one.content_hash for one in observing(self.versions.values(), at) if one.scope == scope]

    def version(self, content: str) -> RuleVersion:
        return next(one for one in self.versions.values() if one.content_hash == content)


def test_shipped_rules_act_since_ever():
    book = Book(written(shadow=timedelta()))
    assert book.acting(EVER) == ["a"]
    assert book.watching(NOW) == []


def test_a_new_rule_observes_for_three_days():
    book = Book(written("other", "z", timedelta()))
    book.follow(written("other", "z", timedelta()), written(), at=NOW)
    assert book.acting(NOW) == ["z"]
    assert book.watching(NOW) == ["a"]
    assert book.acting(NOW + SHADOW - timedelta(seconds=1)) == ["z"]
    assert book.acting(NOW + SHADOW) == ["a", "z"]
    assert book.watching(NOW + SHADOW) == []


def test_the_first_rules_of_an_owner_observe_too():
    book = Book(written(), at=NOW)
    assert book.watching(NOW) == ["a"]
    assert book.acting(NOW + SHADOW) == ["a"]


def test_a_changed_rule_observes_while_the_one_before_goes_on():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    assert (book.acting(NOW), book.watching(NOW)) == (["a"], ["b"])
    assert (book.acting(NOW + SHADOW), book.watching(NOW + SHADOW)) == (["b"], [])


def test_what_was_said_before_the_change_is_judged_by_the_rule_of_then():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b", shadow=timedelta()), at=NOW)
    assert book.acting(NOW - timedelta(seconds=1)) == ["a"]
    assert book.acting(NOW) == ["b"]


def test_a_rule_changed_twice_begins_to_observe_anew():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.follow(written(content="c"), at=NOW + DAY)
    assert (book.acting(NOW + SHADOW), book.watching(NOW + SHADOW)) == (["a"], ["c"])
    assert book.acting(NOW + DAY + SHADOW) == ["c"]


def test_a_change_that_is_taken_back_ends_the_observation():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.follow(written(content="a"), at=NOW + DAY)
    assert (book.acting(NOW + DAY), book.watching(NOW + DAY)) == (["a"], [])
    assert book.acting(NOW + 30 * DAY) == ["a"]


def test_a_shorter_observation_ends_sooner_and_with_it_the_rule_before():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.follow(written(content="b", shadow=DAY), at=NOW + timedelta(hours=1))
    assert book.acting(NOW + DAY) == ["a"]
    assert book.acting(NOW + DAY + timedelta(hours=1)) == ["b"]
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.follow(written(content="b", shadow=30 * DAY), at=NOW + DAY)
    assert book.acting(NOW + SHADOW) == ["b"], "a longer one changes nothing that was told"


def test_what_has_acted_before_acts_again_at_once():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.follow(written(content="a"), at=NOW + 10 * DAY)
    assert book.acting(NOW + 10 * DAY) == ["a"]


def test_a_rule_that_left_the_file_ends_at_once():
    book = Book(written(shadow=timedelta()))
    book.follow(at=NOW)
    assert book.acting(NOW) == []
    assert book.acting(NOW - DAY) == ["a"]


def test_a_room_takes_over_what_acts_everywhere():
    book = Book(written(shadow=timedelta()))
    book.follow(written(), written("own", "r"), at=NOW, scope="room")
    assert (book.acting(NOW, "room"), book.watching(NOW, "room")) == (["a"], ["r"])


def test_applied_it_acts_at_once_and_alone():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.put(apply_now(list(book.versions.values()), book.version("b"), NOW + DAY))
    assert (book.acting(NOW + DAY), book.watching(NOW + DAY)) == (["b"], [])
    assert book.acting(NOW + DAY - timedelta(seconds=1)) == ["a"]


def test_dropped_it_stays_away_and_the_one_before_goes_on():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.put(drop_now(list(book.versions.values()), book.version("b"), NOW + DAY))
    book.follow(written(content="b"), at=NOW + 2 * DAY)
    for day in (1, 2, 30):
        assert (book.acting(NOW + day * DAY), book.watching(NOW + day * DAY)) == (["a"], [])


def test_dropped_with_nothing_before_it_is_off():
    book = Book(written("other", "z", timedelta()))
    book.follow(written("other", "z", timedelta()), written(), at=NOW)
    book.put(drop_now(list(book.versions.values()), book.version("a"), NOW))
    book.follow(written("other", "z", timedelta()), written(), at=NOW + DAY)
    assert (book.acting(NOW + 30 * DAY), book.watching(NOW + DAY)) == (["z"], [])


def test_after_a_drop_another_text_observes_anew():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    book.put(drop_now(list(book.versions.values()), book.version("b"), NOW))
    book.follow(written(content="c"), at=NOW + DAY)
    assert (book.acting(NOW + DAY), book.watching(NOW + DAY)) == (["a"], ["c"])


@pytest.mark.parametrize(("at", "weight"), [(NOW - DAY, 1.0), (NOW, 0.8), (NOW + DAY, 0.64)])
def test_a_weight_is_that_of_its_time(at, weight):
    changes = {"qr": [(NOW, 0.8), (NOW + DAY, 0.64)]}
    assert weight_at(changes, "qr", at) == weight
    assert weight_at(changes, "other", at) == 1.0


ACTS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "apply", "drop", "gone"]), st.integers(0, 5)), max_size=12)


@given(ACTS)
def test_at_every_moment_at_most_one_version_acts_and_at_most_one_observes(acts):
    book, at = Book(written(shadow=timedelta())), NOW
    history: list[tuple[datetime, list[str]]] = []
    for act, days in acts:
        at += days * DAY
        if act in {"a", "b", "c"}:
            book.follow(written(content=act), at=at)
        elif act == "gone":
            book.follow(at=at)
        elif watching := observing(book.versions.values(), at):
            book.put((apply_now if act == "apply" else drop_now)(list(book.versions.values()), watching[0], at))
        assert len(book.acting(at)) <= 1
        assert len(book.watching(at)) <= 1
        before = at - timedelta(seconds=1)
        history.append((before, book.acting(before)))
    assert history == [(moment, book.acting(moment)) for moment, _ in history], "what is past does not change"
    later = at + 2 * SHADOW
    assert len(book.acting(later)) <= 1
    assert book.watching(later) == []


def test_ends_are_not_before_beginnings():
    book = Book(written(shadow=timedelta()))
    book.follow(written(content="b"), at=NOW)
    assert all(one.ended_at is None or one.ended_at >= one.seen_at for one in book.versions.values())
    assert replace(book.version("b"), ended_at=NOW).stands(NOW) is False
