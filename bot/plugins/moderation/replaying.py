"""群规 试跑: what rules that observe would have done with the messages on record, beside what those before them did."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.plugin import (
    Context,
    Database,
    MessageKind,
    Reply,
    Room,
    UserError,
    VerdictAction,
    format_duration,
    list_rooms,
    moderation,
)
from bot.plugins.moderation import cases_store, replay_texts
from bot.plugins.moderation.hearing import advert_score, heard_before, was_odd
from bot.plugins.moderation.learning import LEARNING, Learnt
from bot.plugins.moderation.model import CaseState
from bot.plugins.moderation.replaying_store import Line, latest_lines
from bot.plugins.moderation.rule_versions import RuleVersion, observing
from bot.plugins.moderation.rulebook import COMMON, RULEBOOK, in_room, scope_of
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

USUAL: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=366)
_CHUNK: Final = 4_000  # messages read and judged in one go
_WARM_UP: Final = 200  # more is not said within the minutes that rules count in, but in the wildest rooms
_PATIENCE: Final = timedelta(seconds=4)
"""An owner waits five seconds at most; what was not tried by then is said to be left out."""
_REGULAR: Final = 30
"""From so many messages in the replayed time on somebody counts as an old hand, whose hits may be false alarms."""
_KEPT: Final = 20  # hits of each sort whose texts are kept for quoting
_NEW, _OLD = "new~", "old~"


@dataclass(frozen=True, slots=True)
class Quoted:
    """One message that is judged otherwise.

    Attributes:
        at: when it was said.
        member_id: who said it.
        name: as the others saw it.
        text: what was said, cut.
        reason: why it is a hit.
    """

    at: datetime
    member_id: str
    name: str
    text: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What a trial found.

    Attributes:
        messages: how many were judged.
        more: messages by what would be done about them and was not.
        fewer: messages by what was done about them and would not be.
        changed: messages that are hit as before, with another action.
        hits: how many messages the new rules hit.
        quoted_more: some of the first.
        quoted_fewer: some of the second.
        said: member id → how many messages.
        more_by: member id → how many of `more`.
    """

    messages: int = 0
    more: Counter[VerdictAction] = field(default_factory=Counter)
    fewer: Counter[VerdictAction] = field(default_factory=Counter)
    changed: int = 0
    hits: int = 0
    quoted_more: list[Quoted] = field(default_factory=list)
    quoted_fewer: list[Quoted] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    more_by: Counter[str] = field(default_factory=Counter)

    def likely_false(self, known_offenders: Iterable[str]) -> int:
        """Return how many of the new hits are of people who talk much and have no case: these may be false alarms."""
        offenders = set(known_offenders)
        return sum(
            count
            for member_id, count in self.more_by.items()
            if self.said[member_id] >= _REGULAR and member_id not in offenders
        )


class NotedScores:
    """Stands in for the advertisement filter with the scores on record: working them out takes minutes.

    Args:
        adverts: the filter, for its thresholds.
    """

    def __init__(self, adverts: moderation.AdvertFilter) -> None:
        self._adverts = adverts
        self._usual = adverts.threshold_at(moderation.FALSE_ALARMS)
        self.noted = 0.0
        """Of the message at hand."""

    def score(self, revealed: moderation.Revealed) -> moderation.Advert:  # noqa: ARG002 - as the filter has it
        """Return what was noted of the message at hand."""
        return moderation.Advert(score=self.noted, is_advert=self.noted >= self._usual)

    def threshold_at(self, false_alarms: float) -> float:
        """Return the score from which a message is an advertisement."""
        return self._adverts.threshold_at(false_alarms)


class Trial:
    """Judges the messages of one room with rules on trial and with those before them, and nothing else.

    Args:
        tried: the new rules, by id.
        before: the versions that act today, by id.
        learnt: the filter and the known advertisements.
        room: where.
        zone: the room's.
    """

    def __init__(
        self,
        tried: dict[str, moderation.Rule],
        before: dict[str, moderation.Rule],
        learnt: Learnt,
        room: Room,
        zone: ZoneInfo,
    ) -> None:
        rules = {f"{_NEW}{name}": rule for name, rule in tried.items()}
        rules |= {f"{_OLD}{name}": rule for name, rule in before.items()}
        self._scores = NotedScores(learnt.adverts)
        self._judge = moderation.Judge(
            rules, self._scores, learnt.known, zone=zone, topic=room.topic, reveal=self._reveal
        )
        self._is_odd = False
        self._reads_only = not self._judge.horizon

    @property
    def warm_up(self) -> int:
        """How many messages before others must be known, for rules that count."""
        return _WARM_UP if self._judge.horizon else 0

    def judge(self, lines: Sequence[Line], known: int, outcome: Outcome) -> None:
        """Judge messages in the order in which they were said, and add what is found to an outcome.

        Args:
            lines: the messages.
            known: so many of the first are only what was said before; they are not judged.
            outcome: what is added to.
        """
        judge, watch = self._judge, moderation.RoomWatch()
        for line in lines[:known]:
            self._is_odd = was_odd(line)
            judge.remember(heard_before(line), watch)
        for line in lines[known:]:
            outcome.said[line.member_id] += 1
            self._is_odd = '"odd"' in line.record and was_odd(line)
            self._scores.noted = advert_score(line) if '"advert"' in line.record else 0.0
            if self._reads_only and self._says_nothing(line):
                continue
            said = heard_before(line)
            if found := judge.judge(said, watch):
                _count(outcome, said, found)
        outcome.messages += len(lines) - known

    def _says_nothing(self, line: Line) -> bool:
        """Tell whether no rule that looks at texts alone finds anything, whoever said it: true of nearly all."""
        text = line.text
        return line.kind_name == MessageKind.TEXT and not text.startswith("「") and not self._judge.read(text).hits

    def _reveal(self, raw: str) -> moderation.Revealed:
        """Return what the message at hand says; for nearly all of them it was found plain when it was first judged."""
        return moderation.reveal(raw) if self._is_odd else moderation.fold_plainly(raw)


def _count(outcome: Outcome, said: moderation.Said, found: Sequence[moderation.Finding]) -> None:
    """Add one message to an outcome."""
    new = [one for one in found if one.rule.startswith(_NEW)]
    old = [one for one in found if one.rule.startswith(_OLD)]
    after = max((one.action for one in new), default=VerdictAction.ALLOW)
    before = max((one.action for one in old), default=VerdictAction.ALLOW)
    outcome.hits += bool(new)
    if new and not old:
        outcome.more[after] += 1
        outcome.more_by[said.member_id] += 1
        _keep(outcome.quoted_more, said, new[0])
    elif old and not new:
        outcome.fewer[before] += 1
        _keep(outcome.quoted_fewer, said, old[0])
    elif after != before:
        outcome.changed += 1


def _keep(quoted: list[Quoted], said: moderation.Said, finding: moderation.Finding) -> None:
    """Keep a message for quoting, one of each member."""
    if len(quoted) >= _KEPT or any(one.member_id == said.member_id for one in quoted):
        return
    quoted.append(Quoted(said.at, said.member_id, said.name, said.text[:200], finding.reason))


async def try_rules(ctx: Ctx, span: timedelta, which: str) -> Reply:
    """Answer what the rules that observe, or all of them when none does, would have done.

    Args:
        ctx: the call.
        span: how far back.
        which: id or words of one rule; empty for all that observe.

    Raises:
        UserError: no rule is called so, or nothing is on record.
    """
    book = RULEBOOK.of(ctx)
    await book.get_everywhere(ctx)
    learnt = await LEARNING.of(ctx).get(ctx)
    since = ctx.now - min(span, _LONGEST)
    rooms = [ctx.room] if ctx.room is not None else await ctx.read(list_rooms)
    outcome, words, is_whole, is_all = Outcome(), dict[str, str](), False, True
    until = ctx.part("clock").now() + _PATIENCE
    for room in rooms:
        here = in_room(ctx, room)
        chosen = _choose(here, book.versions, which)
        if not chosen.tried:
            continue
        is_whole = is_whole or chosen.is_whole
        words |= {name: rule.shown for name, rule in chosen.tried.items()}
        trial = await asyncio.to_thread(Trial, chosen.tried, chosen.before, learnt, room, here.zone)
        is_all = await _run(ctx, trial, room, since, outcome, until) and is_all
    if not words:
        raise UserError(replay_texts.NO_SUCH_RULE.format(which=which) if which else replay_texts.NO_RULES)
    if not outcome.messages:
        raise UserError(replay_texts.NO_MESSAGES.format(span=format_duration(span)))
    false = outcome.likely_false(await ctx.read(_offenders, list(outcome.more_by), since))
    text = replay_texts.tried(outcome, list(words.values()), span, false, ctx.zone, is_whole=is_whole, is_all=is_all)
    return Reply(text=text, private=True)


async def _run(ctx: Ctx, trial: Trial, room: Room, since: datetime, outcome: Outcome, until: datetime) -> bool:  # noqa: PLR0917
    """Judge the messages of a room, the latest first in pieces; return whether there was time for all of them."""
    clock, before = ctx.part("clock"), ""
    while lines := await ctx.read(latest_lines, room.id, since, before, _CHUNK + trial.warm_up):
        is_last = len(lines) < _CHUNK + trial.warm_up
        known = 0 if is_last else trial.warm_up
        await asyncio.to_thread(trial.judge, lines, known, outcome)
        if is_last:
            return True
        if clock.now() >= until:
            return False
        before = lines[known].seq
    return True


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is tried in a room.

    Attributes:
        tried: the new rules.
        before: those that act today under the same ids.
        is_whole: nothing observes: all rules are tried, beside nothing.
    """

    tried: dict[str, moderation.Rule]
    before: dict[str, moderation.Rule]
    is_whole: bool


def _choose(ctx: Ctx, versions: Sequence[RuleVersion], which: str) -> Chosen:
    scope, rules = scope_of(ctx), ctx.config.rules
    own = [one for one in versions if one.scope in {scope, COMMON}]
    own = [one for one in own if one.scope == scope] or own
    watching = [one for one in observing(own, ctx.now) if not which or which in {one.rule_id, one.words}]
    if not watching:
        named = {
            name: rule
            for name, rule in rules.items()
            if rule.enabled and (not which or which == name or which in rule.shown)
        }
        return Chosen(named, {}, is_whole=True)
    tried = {one.rule_id: moderation.parse_rule(one.content) for one in watching}
    acting = [one for one in own if one.acts(ctx.now) and one.rule_id in tried]
    return Chosen(tried, {one.rule_id: moderation.parse_rule(one.content) for one in acting}, is_whole=False)


def _offenders(db: Database, member_ids: Sequence[str], since: datetime) -> list[str]:
    """Return those who have a case that was not undone."""
    out = {CaseState.UNDONE, CaseState.REHEARSED}
    return [
        member_id
        for member_id in member_ids
        if any(
            case.said_at >= since and case.state not in out
            for case in cases_store.latest_cases(db, member_id=member_id, limit=20)
        )
    ]
