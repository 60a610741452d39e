"""The rules in force in every room: as the file has them, as they observe or act, with what the marks have taught."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.plugin import Context, Database, Room, format_duration, format_moment, list_rooms, moderation
from bot.plugins.moderation import audit_store, rule_states_store
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.learning import LEARNING, Learnt
from bot.plugins.moderation.model import NAME, AuditEntry, Done
from bot.plugins.moderation.rule_versions import RuleVersion, WrittenRule, follow_file, observing, weight_at
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

OBSERVED: Final = "observed"
"""Name of the deadline at which the owner hears how an observation went; its key is the scope."""
_MARK: Final = "~"  # no rule's id has it: between the id of a rule and the version that observes beside another
COMMON: Final = ""
"""The scope of the common rules; a room whose rules differ is a scope of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The rules of one room, compiled.

    Attributes:
        settings: what they were made from.
        learnt: the filter they use.
        scope: whose versions they are.
        topic: the room's name.
        zone: the room's.
        epoch: of the book; another one makes them anew.
        judging: finds what a message breaks.
        versions: the judge's rule id → the version.
        weights: rule id → (since when, weight).
    """

    settings: ModerationSettings
    learnt: Learnt
    scope: str
    topic: str
    zone: ZoneInfo
    epoch: int
    judging: moderation.Judge
    versions: Mapping[str, RuleVersion]
    weights: Mapping[str, Sequence[tuple[datetime, float]]]

    def judge(self, said: moderation.Said, watch: moderation.RoomWatch) -> list[moderation.Finding]:
        """Return what a message breaks: by rules that stood when it was said, with their weights of that time."""
        found = self.judging.judge(said, watch)
        return [kept for one in found if (kept := self.as_of(one, said.at)) is not None] if found else found

    def advert_score(self, said: moderation.Said) -> float:
        """Return how much a message looks like an advertisement, when that is worth keeping; else nothing."""
        score = self.judging.advert_score(said)
        return round(score, 4) if score >= self.learnt.least else 0.0

    def as_of(self, finding: moderation.Finding, at: datetime) -> moderation.Finding | None:
        """Return a finding as it counts for what was said at a moment; None when its rule did not stand."""
        version = self.versions.get(finding.rule)
        if version is None:
            return finding
        if not version.stands(at):
            return None
        is_shadow = finding.is_shadow or not version.acts(at)
        weight = finding.weight * weight_at(self.weights, version.rule_id, at)
        if finding.rule == version.rule_id and is_shadow is finding.is_shadow and weight == finding.weight:
            return finding
        return replace(finding, rule=version.rule_id, is_shadow=is_shadow, weight=weight)


class Rulebook:
    """What a bot knows of its rules; read from the database once, and anew after every change."""

    def __init__(self) -> None:
        self.versions: list[RuleVersion] = []
        self.weights: Mapping[str, Sequence[tuple[datetime, float]]] = {}
        self._epoch = 0
        self._is_stale = True
        self._rooms: dict[str, InForce] = {}
        self._lock = asyncio.Lock()

    def latest(self, ctx: Ctx) -> InForce | None:
        """Return the rules in force where the call is, when they are at hand: nothing changed since they were made."""
        found = self._rooms.get(ctx.room.id if ctx.room else "")
        if self._is_stale or found is None or found.settings is not ctx.config or found.epoch != self._epoch:
            return None
        is_here = found.topic == _topic(ctx) and found.zone is ctx.zone
        return found if is_here and found.learnt is LEARNING.of(ctx).latest else None

    async def get(self, ctx: Ctx) -> InForce:
        """Return the rules in force where the call is; what is new in the file begins to observe."""
        if found := self.latest(ctx):
            return found
        learnt = await LEARNING.of(ctx).get(ctx)
        async with self._lock:
            if self._is_stale:
                await self._read(ctx)
            scope, now = scope_of(ctx), min(ctx.now, ctx.message.at) if ctx.message else ctx.now
            if changed := follow_file(self.versions, written_rules(ctx.config), scope, now):
                await ctx.services.write(lambda db: _put(db, ctx, scope, changed, now))
                await self._read(ctx)
            made = await asyncio.to_thread(self._compile, ctx, learnt, scope)
            self._rooms[ctx.room.id if ctx.room else ""] = made
        return made

    async def get_everywhere(self, ctx: Ctx) -> None:
        """Follow the file in all rooms, whether or not anybody has spoken there since it was edited."""
        for room in await ctx.read(list_rooms):
            await self.get(in_room(ctx, room))
        await self.get(in_room(ctx, None))

    def expire(self) -> None:
        """Have everything read again before the next message: versions or weights were changed."""
        self._is_stale = True

    async def _read(self, ctx: Context[Any]) -> None:
        self._is_stale = False
        self.versions, self.weights = await ctx.read(_read_all)
        self._epoch += 1

    def _compile(self, ctx: Ctx, learnt: Learnt, scope: str) -> InForce:
        if twin := self._twin(ctx, learnt, scope):
            return replace(twin, settings=ctx.config)
        chosen = choose(self.versions, ctx.config.rules, scope, ctx.now)
        rules = {name: rule for name, (_, rule) in chosen.items()}
        judge = moderation.Judge(rules, learnt.adverts, learnt.known, zone=ctx.zone, topic=_topic(ctx))
        versions = {name: version for name, (version, _) in chosen.items()}
        return InForce(
            settings=ctx.config, learnt=learnt, scope=scope, topic=_topic(ctx), zone=ctx.zone, epoch=self._epoch,
            judging=judge, versions=versions, weights=self.weights,
        )  # fmt: skip

    def _twin(self, ctx: Ctx, learnt: Learnt, scope: str) -> InForce | None:
        """Return what another room has whose rules are the same: thousands of words are compiled once."""
        is_for_rooms = any(rule.when.rooms for rule in ctx.config.rules.values())
        for one in self._rooms.values():
            is_current = one.epoch == self._epoch and one.learnt is learnt and one.scope == scope
            is_here = one.zone == ctx.zone and (one.topic == _topic(ctx) or not is_for_rooms)
            if is_current and is_here and one.settings.rules == ctx.config.rules:
                return replace(one, topic=_topic(ctx), zone=ctx.zone)
        return None


RULEBOOK: PerBot[Rulebook] = PerBot(Rulebook)


def choose(
    versions: Sequence[RuleVersion], rules: Mapping[str, moderation.Rule], scope: str, now: datetime
) -> dict[str, tuple[RuleVersion, moderation.Rule]]:
    """Return what is compiled: judge's rule id → version and rule.

    Args:
        versions: all of them.
        rules: as the file has them, whose words for people are the newest.
        scope: which.
        now: what ended before is left out.
    """
    chosen: dict[str, tuple[RuleVersion, moderation.Rule]] = {}
    order = {rule_id: place for place, rule_id in enumerate(rules)}
    own = [one for one in versions if one.scope == scope and (one.ended_at is None or one.ended_at > now)]
    for one in sorted(own, key=lambda one: (order.get(one.rule_id, len(order)), one.rule_id, one.acts_at, one.seen_at)):
        written = rules.get(one.rule_id)
        rule = written if written and written.fingerprint == one.content_hash else moderation.parse_rule(one.content)
        name = one.rule_id
        while name in chosen:
            name += _MARK
        chosen[name] = (one, rule)
    return chosen


def written_rules(settings: ModerationSettings) -> list[WrittenRule]:
    """Return the rules that are on, as they are followed; shipped ones and those that are told act at once."""
    shipped = {name: _switched_on(rule) for name, rule in moderation.shipped_rules().items()}
    found = []
    for rule_id, rule in settings.rules.items():
        if not rule.enabled:
            continue
        is_shipped = shipped.get(rule_id) == rule.fingerprint
        shadow = type(settings.shadow)() if is_shipped else settings.shadow if rule.shadow is None else rule.shadow
        found.append(
            WrittenRule(
                rule_id=rule_id, content_hash=rule.fingerprint, content=rule.content, words=rule.shown, shadow=shadow
            )
        )
    return found


def _switched_on(rule: moderation.Rule) -> str:
    """Return the fingerprint of a shipped rule that the owner has only switched on."""
    if rule.enabled:
        return rule.fingerprint
    return moderation.Rule.model_validate({**rule.model_dump(exclude_unset=True), "enabled": True}).fingerprint


def in_room(ctx: Ctx, room: Room | None) -> Ctx:
    """Return the call as if it were made in a room, with the settings and the clock of that room."""
    loader, config = ctx.part("loader"), ctx.part("config")
    settings: ModerationSettings = loader.settings(loader.plugins[NAME], room)
    return replace(ctx, room=room, config=settings, zone=config.zone(room.topic if room else None))


def scope_of(ctx: Ctx) -> str:
    """Return the room when its rules differ from the common ones, else the common scope."""
    if ctx.room is None:
        return COMMON
    loader = ctx.part("loader")
    common: ModerationSettings = loader.settings(loader.plugins[NAME], None)
    if common.rules is ctx.config.rules:
        return COMMON
    both = [{name: rule.fingerprint for name, rule in one.rules.items()} for one in (common, ctx.config)]
    return COMMON if both[0] == both[1] else ctx.room.id


def _topic(ctx: Ctx) -> str:
    return ctx.room.topic if ctx.room else ""


def _read_all(db: Database) -> tuple[list[RuleVersion], dict[str, list[tuple[datetime, float]]]]:
    return rule_states_store.all_versions(db), rule_states_store.all_weights(db)


def _put(db: Database, ctx: Ctx, scope: str, changed: Sequence[RuleVersion], now: datetime) -> None:
    """Keep what changed in the file, with an audit entry each, and tell the owner what only observes.

    Args:
        db: a write transaction.
        ctx: the call.
        scope: of the versions.
        changed: new versions, and old ones with another end.
        now: when it changed: before the message that is at hand was said, so that it is judged by what is new.
    """
    rule_states_store.put_versions(db, changed)
    for one in changed:
        if one.ended_at is not None or (one.seen_at != now and one.acts_at <= now):
            continue  # what ends, and what was there when the bot first looked
        note_rule(db, ctx, one, "观察" if one.acts_at > now else "生效")
    set_observed(db, ctx, scope)
    if begun := observing([one for one in changed if one.ended_at is None], now):
        told = f"{NAME}/observing/{scope}/{now.isoformat()}"
        ctx.part("notices").write(db, observing_text(begun, ctx), told, ctx.room if scope else None)


def note_rule(db: Database, ctx: Ctx, version: RuleVersion, what: str) -> None:
    """Put what became of a version into the audit log."""
    by = ctx.talker.id if ctx.message is not None and ctx.member is not None and what in {"应用", "放弃"} else ""
    entry = AuditEntry(
        done=Done.RULE, at=ctx.now, reason=f"群规「{version.words}」{what}", room_id=version.scope, decided_by=by,
        rule=version.rule_id, data={"fingerprint": version.content_hash},
    )  # fmt: skip
    audit_store.add(db, entry)


def set_observed(db: Database, ctx: Ctx, scope: str) -> None:
    """Have the owner told when the next observation of a scope is over."""
    waiting = [one for one in rule_states_store.all_versions(db) if one.scope == scope and not one.is_reported]
    if ends := observing(waiting, ctx.now):
        ctx.set_deadline(db, OBSERVED, key=scope or "common", at=ends[0].acts_at, data={"scope": scope}, room_id=scope)
    else:
        ctx.drop_deadline(db, OBSERVED, scope or "common")


def observing_text(begun: Sequence[RuleVersion], ctx: Ctx) -> str:
    """Return what the owner reads of rules that begin to observe."""
    names = "、".join(f"「{one.words}」" for one in begun)
    left = format_duration(begun[0].acts_at - ctx.now)
    until = format_moment(begun[0].acts_at.astimezone(ctx.zone))
    where = f"「{ctx.room.topic}」的" if begun[0].scope and ctx.room else ""
    return (
        f"{where}群规{names}是新写或改过的，先观察 {left}，只记不罚，{until} 起生效。"
        "发「群规 观察」看会命中什么，「群规 试跑 30天」用以前的消息试，「群规 应用」马上生效，「群规 放弃」不用。"
    )
