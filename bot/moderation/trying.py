"""Rules tried on texts: the examples beside them, disguised examples, messages of the past, and two sets compared."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from bot.moderation.judging import Judge
from bot.moderation.model import Finding, Said, VerdictAction
from bot.moderation.rules_content import Content, Filter, Known
from bot.moderation.rules_model import Rule
from bot.moderation.watching import RoomWatch

_SHARE = 0.5  # of the characters of an example that an evasion changes
_KEPT = 5  # quoted messages of each sort


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a rule, tried.

    Attributes:
        rule: the rule's id.
        text: the example, disguised when it was tried so.
        is_wanted: whether the rule should hit it.
        is_hit: whether it does.
        evasion: how it was disguised; empty for the example itself.
        place: which of the rule's `hits` or `passes` it is, from 0.
    """

    rule: str
    text: str
    is_wanted: bool
    is_hit: bool
    evasion: str = ""
    place: int = 0

    @property
    def is_right(self) -> bool:
        """Whether the rule does what its owner wants."""
        return self.is_wanted is self.is_hit


def try_examples(
    rules: Mapping[str, Rule],
    adverts: Filter | None = None,
    known: Known | None = None,
    *,
    evasions: Sequence[str] = (),
) -> list[Example]:
    """Return what the rules say to the examples beside them; switched-off rules and their conditions too.

    Args:
        rules: id → rule.
        adverts: for rules of the kind `advert`; without it their examples are left out.
        known: for rules of the kind `repost`; likewise.
        evasions: names of evasions and mixtures; each `hits` is tried in each of them instead of as it is.
    """
    silent = {name for name, given in (("advert", adverts), ("repost", known)) if given is None}
    tried = {name: rule for name, rule in rules.items() if rule.kind not in silent}
    content = Content(tried, adverts, known)
    return [
        Example(name, shown, is_wanted, any(hit.rule == name for hit in content.read(shown).hits), evasion, place)
        for name, rule in tried.items()
        for is_wanted, texts in ((True, rule.hits), (False, () if evasions else rule.passes))
        for place, text in enumerate(texts)
        for evasion, shown in _disguised(text, evasions)
    ]


def _disguised(text: str, evasions: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not evasions:
        yield "", text
        return
    from bot.moderation.evasions import evade

    for name in evasions:
        yield name, evade(text, [name], _SHARE, random.Random(f"{name} {text}"))  # noqa: S311 - the same every time


@dataclass(slots=True)
class Trial:
    """What rules did with many messages.

    Attributes:
        messages: how many there were.
        hits: messages with a finding.
        by_rule: rule id → messages it hit.
        quoted: rule id → some of them, with the findings.
        actions: the severest action of a message → how many.
        right, wrong: of labelled messages, how many adverts were hit or not, and how many others.
    """

    messages: int = 0
    hits: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    quoted: dict[str, list[tuple[Said, Finding]]] = field(default_factory=dict)
    actions: Counter[VerdictAction] = field(default_factory=Counter)
    adverts: int = 0
    adverts_hit: int = 0
    others: int = 0
    others_hit: int = 0

    def add(self, said: Said, found: Sequence[Finding], *, is_advert: bool | None = None) -> None:
        """Count one message."""
        self.messages += 1
        self.hits += bool(found)
        if is_advert is not None:
            self.adverts += is_advert
            self.others += not is_advert
            self.adverts_hit += is_advert and bool(found)
            self.others_hit += not is_advert and bool(found)
        if not found:
            return
        self.actions[max(one.action for one in found)] += 1
        for one in found:
            self.by_rule[one.rule] += 1
            quoted = self.quoted.setdefault(one.rule, [])
            if len(quoted) < _KEPT and all(known.text != said.text for known, _ in quoted):
                quoted.append((said, one))


def try_rules(
    rules: Mapping[str, Rule],
    messages: Iterable[tuple[Said, bool | None]],
    adverts: Filter | None = None,
    known: Known | None = None,
    *,
    zone: tzinfo,
    topic: str = "",
    trial: Trial | None = None,
) -> Trial:
    """Judge the messages of one room, in order, with these rules and no others.

    Args:
        rules: id → rule.
        messages: each with whether it is an advertisement, None when nobody said.
        adverts: the filter.
        known: the marked adverts.
        zone: the room's.
        topic: the room's name.
        trial: to go on counting in.
    """
    judge, watch = Judge(rules, adverts, known, zone=zone, topic=topic), RoomWatch()
    trial = trial or Trial()
    for said, is_advert in messages:
        trial.add(said, judge.judge(said, watch), is_advert=is_advert)
    return trial


@dataclass(frozen=True, slots=True)
class Change:
    """What is different between two sets of rules about one rule.

    Attributes:
        rule: its id.
        before: as it was; None when it was not there or switched off.
        after: as it is now; None when it is gone or switched off.
    """

    rule: str
    before: Rule | None
    after: Rule | None

    @property
    def settings(self) -> list[str]:
        """Names of the settings that differ, when both are there."""
        if self.before is None or self.after is None:
            return []
        names = type(self.after).model_fields
        return [name for name in names if getattr(self.before, name) != getattr(self.after, name)]


def compare_rules(before: Mapping[str, Rule], after: Mapping[str, Rule]) -> list[Change]:
    """Return the rules that do something else now, in order of the new set."""
    old, new = ({name: rule for name, rule in rules.items() if rule.enabled} for rules in (before, after))
    return [
        Change(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
        if name not in old or name not in new or old[name].fingerprint != new[name].fingerprint
    ]


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that two sets of rules judge differently.

    Attributes:
        said: the message.
        before: what the rules said before.
        after: what they say now.
    """

    said: Said
    before: tuple[Finding, ...]
    after: tuple[Finding, ...]


def try_changes(
    changes: Sequence[Change],
    messages: Iterable[Said],
    adverts: Filter | None = None,
    known: Known | None = None,
    *,
    zone: tzinfo,
    topic: str = "",
) -> list[Turn]:
    """Return the messages of one room about which the changed rules say something else; no other rule is asked.

    Args:
        changes: what is different.
        messages: in order.
        adverts: the filter.
        known: the marked adverts.
        zone: the room's.
        topic: the room's name.
    """
    old = {change.rule: change.before for change in changes if change.before is not None}
    new = {change.rule: change.after for change in changes if change.after is not None}
    judges = [(Judge(rules, adverts, known, zone=zone, topic=topic), RoomWatch()) for rules in (old, new)]
    turns = []
    for said in messages:
        before, after = (tuple(judge.judge(said, watch)) for judge, watch in judges)
        if _outcome(before) != _outcome(after):
            turns.append(Turn(said, before, after))
    return turns


def _outcome(findings: Sequence[Finding]) -> set[tuple[str, VerdictAction]]:
    return {(one.rule, one.action) for one in findings}
