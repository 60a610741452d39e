"""Rules that only observe as yet: what they would have done is kept, shown, and told to the owner at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.plugin import Choice, Context, Database, Deadline, Reply, UserError, moderation
from bot.plugins.moderation import rule_states_store, shadow_store, shadow_texts
from bot.plugins.moderation.acting import find_topic
from bot.plugins.moderation.rule_versions import RuleVersion, apply_now, drop_now, observing
from bot.plugins.moderation.rulebook import COMMON, RULEBOOK, InForce, note_rule, scope_of, set_observed
from bot.plugins.moderation.settings import ModerationSettings
from bot.plugins.moderation.shadow_store import ShadowHit

Ctx = Context[ModerationSettings]

ALL: Final = "全部"
_KEPT: Final = timedelta(days=60)  # so long somebody may still ask what a rule found while it observed
_LISTED = 9


def hits_among(in_force: InForce, said: moderation.Said, findings: Sequence[moderation.Finding]) -> list[ShadowHit]:
    """Return what rules that only observe found in a message, to be kept."""
    watching = {one.rule_id: one for one in observing(in_force.versions.values(), said.at)}
    return [
        ShadowHit(
            rule_id=one.rule, content_hash=watching[one.rule].content_hash, message_id=said.id, room_id=said.room_id,
            member_id=said.member_id, name=said.name, said_at=said.at, action=one.action, text=said.text,
            reason=one.reason,
        )
        for one in findings
        if one.is_shadow and one.rule in watching
    ]  # fmt: skip


async def note_hits(ctx: Ctx, in_force: InForce, said: moderation.Said, findings: Sequence[moderation.Finding]) -> None:
    """Keep what rules that only observe found in a message; nothing is written when they found nothing."""
    if any(one.is_shadow for one in findings) and (hits := hits_among(in_force, said, findings)):
        await ctx.db(shadow_store.add_hits, hits)


async def show(ctx: Ctx) -> Reply:
    """Show what observes, until when, and what it found so far."""
    waiting = await _observing(ctx)
    if not waiting:
        return Reply(text=shadow_texts.NOTHING_OBSERVES, private=True)
    parts = []
    for version in waiting:
        hits = await ctx.read(shadow_store.hits_of, version.rule_id, version.content_hash, version.scope)
        topic = await ctx.read(find_topic, version.scope)
        parts.append(shadow_texts.observation(version, hits, ctx.zone, topic))
    return Reply(text="\n".join([*parts, shadow_texts.WHAT_NEXT]), private=True)


async def apply(ctx: Ctx, which: str) -> Reply | str:
    """Let rules that observe act from now on.

    Raises:
        UserError: nothing of that name observes.
    """
    chosen = await _choose(ctx, which, "应用")
    if isinstance(chosen, Reply):
        return chosen
    await ctx.db(_apply, ctx, chosen)
    RULEBOOK.of(ctx).expire()
    return shadow_texts.applied(chosen)


async def drop(ctx: Ctx, which: str) -> Reply | str:
    """Throw rules that observe away; the version before goes on.

    Raises:
        UserError: nothing of that name observes.
    """
    chosen = await _choose(ctx, which, "放弃")
    if isinstance(chosen, Reply):
        return chosen
    goes_on: bool = await ctx.db(_drop, ctx, chosen)
    RULEBOOK.of(ctx).expire()
    return shadow_texts.dropped(chosen, goes_on=goes_on)


async def report(ctx: Ctx, due: Deadline) -> None:
    """Tell the owner how observations went that are over; from now on these rules act."""
    await ctx.db(_report, ctx, str(due.data.get("scope", COMMON)))
    RULEBOOK.of(ctx).expire()


async def _observing(ctx: Ctx) -> list[RuleVersion]:
    """Return what observes where the call is: the room's scope, in private every scope."""
    book = RULEBOOK.of(ctx)
    await book.get_everywhere(ctx)  # what is new in the file observes from now on
    found = observing(book.versions, ctx.now)
    return found if ctx.room is None else [one for one in found if one.scope == scope_of(ctx)]


async def _choose(ctx: Ctx, which: str, word: str) -> list[RuleVersion] | Reply:
    """Return what is meant; a list to choose from when that is not clear."""
    waiting = await _observing(ctx)
    wanted = which.strip()
    if wanted and wanted != ALL:
        waiting = [one for one in waiting if wanted in {one.rule_id, one.words}] or [
            one for one in waiting if wanted in one.words
        ]
        if not waiting:
            raise UserError(shadow_texts.NOT_OBSERVING.format(which=wanted))
    if not waiting:
        raise UserError(shadow_texts.NOTHING_OBSERVES)
    if wanted or len(waiting) == 1:
        return waiting
    choices = [Choice(f"{one.words}（{one.rule_id}）", f"群规 {word} {one.rule_id}") for one in waiting[: _LISTED - 1]]
    return Reply(text=f"{word}哪一条？回复数字：", choices=(*choices, Choice(ALL, f"群规 {word} {ALL}")), private=True)


# Each of these is one step.


def _apply(db: Database, ctx: Ctx, chosen: Sequence[RuleVersion]) -> None:
    known = rule_states_store.all_versions(db)
    for one in chosen:
        rule_states_store.put_versions(db, apply_now(known, one, ctx.now))
        note_rule(db, ctx, one, "应用")
        set_observed(db, ctx, one.scope)


def _drop(db: Database, ctx: Ctx, chosen: Sequence[RuleVersion]) -> bool:
    known = rule_states_store.all_versions(db)
    goes_on = False
    for one in chosen:
        changed = drop_now(known, one, ctx.now)
        goes_on = goes_on or len(changed) > 1
        rule_states_store.put_versions(db, changed)
        note_rule(db, ctx, one, "放弃")
        set_observed(db, ctx, one.scope)
    return goes_on


def _report(db: Database, ctx: Ctx, scope: str) -> None:
    known = [one for one in rule_states_store.all_versions(db) if one.scope == scope]
    over = [one for one in known if not one.is_reported and one.acts(ctx.now) and one.acts_at > one.seen_at]
    parts = []
    for one in over:
        hits = shadow_store.hits_of(db, one.rule_id, one.content_hash, scope)
        parts.append(shadow_texts.observed(one, hits, find_topic(db, scope)))
        note_rule(db, ctx, one, "观察结束，开始生效")
    rule_states_store.mark_reported(db, over)
    shadow_store.purge(db, ctx.now - _KEPT)
    set_observed(db, ctx, scope)
    if parts:
        text = "\n".join([*parts, shadow_texts.TOO_MUCH])
        ctx.part("notices").write(db, text, f"moderation/observed/{scope}/{ctx.now.isoformat()}", ctx.room)
