"""Which version of each rule counts at a moment: a new one only observes at first, and the one before it goes on.

Everything here is a pure function of rows and a moment, so a replay finds the rules that were in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Since when the rules stand that were there when the bot first looked: whatever it hears is later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRule:
    """A rule as it is in force in a scope by the file.

    Attributes:
        rule_id: its id.
        content_hash: changes when what it does changes.
        content: the rule as JSON.
        words: the rule as people read it.
        shadow: how long it only observes when it is new.
    """

    rule_id: str
    content_hash: str
    content: str
    words: str
    shadow: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """One version of a rule, for one span of time.

    Attributes:
        scope: our id of the room whose rules differ; empty for the common ones.
        rule_id: the rule's id.
        content_hash: of the content.
        content: the rule as JSON.
        words: the rule as people read it.
        seen_at: since when it stands.
        acts_at: from when it acts; before that it observes.
        ended_at: from when it stands no more; None for one that goes on.
        is_dropped: whether the owner threw it away while it observed: the file still has it, and it does not count.
        is_reported: whether the owner was told how its observation ended, or ended it.
    """

    scope: str
    rule_id: str
    content_hash: str
    content: str
    words: str
    seen_at: datetime
    acts_at: datetime
    ended_at: datetime | None = None
    is_dropped: bool = False
    is_reported: bool = False

    @property
    def key(self) -> tuple[str, str, str, datetime]:
        """What tells it from all others."""
        return self.scope, self.rule_id, self.content_hash, self.seen_at

    def stands(self, at: datetime) -> bool:
        """Whether it is looked at for what was said at that moment."""
        return self.seen_at <= at and (self.ended_at is None or at < self.ended_at)

    def acts(self, at: datetime) -> bool:
        """Whether it leads to anything for what was said at that moment."""
        return self.stands(at) and self.acts_at <= at


def observing(versions: Iterable[RuleVersion], at: datetime) -> list[RuleVersion]:
    """Return the versions that only observe at a moment, the first to act first."""
    found = [one for one in versions if one.stands(at) and at < one.acts_at]
    return sorted(found, key=lambda one: (one.acts_at, one.rule_id, one.scope))


def follow_file(
    versions: Sequence[RuleVersion], written: Iterable[WrittenRule], scope: str, now: datetime
) -> list[RuleVersion]:
    """Return what changes when these rules are in the file: new versions, and old ones with another end.

    A rule that was never seen, or reads otherwise than before, observes for its `shadow`, and the version that acted
    goes on until then. What is no more in the file ends at once. Text that has acted before acts again at once.

    Args:
        versions: all that are known, of other scopes, too: what acts there acts here at once.
        written: the rules of the scope.
        scope: which.
        now: when this was found, aware UTC.
    """
    own = [one for one in versions if one.scope == scope]
    seen_at = now if versions else EVER
    trusted = {(one.rule_id, one.content_hash) for one in versions if one.acts_at <= now and not one.is_dropped}
    changed: list[RuleVersion] = []
    kept: set[str] = set()
    for rule in written:
        kept.add(rule.rule_id)
        is_trusted = not rule.shadow or (rule.rule_id, rule.content_hash) in trusted
        new = RuleVersion(
            scope=scope, rule_id=rule.rule_id, content_hash=rule.content_hash, content=rule.content, words=rule.words,
            seen_at=seen_at, acts_at=seen_at if is_trusted else now + rule.shadow,
        )  # fmt: skip
        changed += _follow_rule([one for one in own if one.rule_id == rule.rule_id], new, now)
    gone = [one for one in own if one.rule_id not in kept and one.stands(now)]
    return changed + [replace(one, ended_at=now) for one in gone]


def _follow_rule(known: Sequence[RuleVersion], new: RuleVersion, now: datetime) -> list[RuleVersion]:
    """Return what changes of one rule when the file has it as `new`."""
    same = [one for one in known if one.content_hash == new.content_hash]
    if same and max(known, key=_begun).is_dropped and max(known, key=_begun) in same:
        return []
    standing = [one for one in known if one.stands(now)]
    current = next((one for one in same if one.stands(now)), None)
    if current is not None and now < current.acts_at and new.acts_at < current.acts_at:
        acts_at = max(new.acts_at, now)  # its observation was made shorter
        sooner = replace(current, acts_at=acts_at, is_reported=acts_at <= now)
        others = [one for one in standing if one is not current]
        return [sooner, *(_make_way(one, sooner.acts_at, now) for one in others)]
    if current is not None:
        return _go_on(current, standing, now)
    return [new, *(_make_way(one, new.acts_at, now) for one in standing)]


def _go_on(current: RuleVersion, standing: Sequence[RuleVersion], now: datetime) -> list[RuleVersion]:
    """Return what changes when the file has a version that stands: it has no end, and no younger one observes."""
    changed = [replace(current, ended_at=None)] if current.ended_at is not None else []
    later = [one for one in standing if one is not current and one.acts_at > now and current.acts_at <= now]
    return changed + [replace(one, ended_at=now) for one in later]


def _make_way(one: RuleVersion, acts_at: datetime, now: datetime) -> RuleVersion:
    """Return a version that another follows: what acts goes on until then, what observes stops at once."""
    return replace(one, ended_at=max(acts_at, now) if one.acts_at <= now else now)


def apply_now(versions: Sequence[RuleVersion], chosen: RuleVersion, now: datetime) -> list[RuleVersion]:
    """Return what changes when the owner lets a version act from now on."""
    others = [one for one in versions if _is_rival(one, chosen) and one.stands(now)]
    begun = replace(chosen, acts_at=now, ended_at=None, is_dropped=False, is_reported=True)
    return [begun, *(replace(one, ended_at=now) for one in others)]


def drop_now(versions: Sequence[RuleVersion], chosen: RuleVersion, now: datetime) -> list[RuleVersion]:
    """Return what changes when the owner throws a version away that observes: the one before it goes on."""
    others = [one for one in versions if _is_rival(one, chosen) and one.acts(now)]
    return [replace(chosen, ended_at=now, is_dropped=True), *(replace(one, ended_at=None) for one in others)]


def _is_rival(one: RuleVersion, chosen: RuleVersion) -> bool:
    return one.scope == chosen.scope and one.rule_id == chosen.rule_id and one.key != chosen.key


def _begun(version: RuleVersion) -> datetime:
    return version.seen_at


def next_change(versions: Iterable[RuleVersion], after: datetime) -> datetime | None:
    """Return the first moment after which something stands otherwise without anybody doing anything."""
    moments = [at for one in versions for at in (one.seen_at, one.acts_at, one.ended_at) if at and at > after]
    return min(moments, default=None)


def weight_at(changes: Mapping[str, Sequence[tuple[datetime, float]]], rule_id: str, at: datetime) -> float:
    """Return the weight of a rule at a moment, 0…1: as its appeals and confirmed hits have left it.

    Args:
        changes: rule id → (since when, weight), the earliest first.
        rule_id: which rule.
        at: when something was said.
    """
    return next((weight for since, weight in reversed(changes.get(rule_id, ())) if since <= at), 1.0)
