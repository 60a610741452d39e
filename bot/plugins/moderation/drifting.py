"""The gentle line when a room has talked of other things than its theme for long; looked at apart from the talk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.plugin import (
    Context,
    Database,
    Deadline,
    MessageKind,
    Outgoing,
    QunzhiError,
    Room,
    StoredMessage,
    VerdictAction,
    find_room,
    moderation,
    normalise,
    occurrences,
    parse_quote,
    said_since,
)
from bot.plugins.moderation import audit_store, drifting_texts, notices_store, shadowing
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.hearing import heard_before
from bot.plugins.moderation.memory import memory_of
from bot.plugins.moderation.model import AuditEntry, Done
from bot.plugins.moderation.rulebook import RULEBOOK, in_room
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

LISTEN: Final = "listen"
"""Name of the deadline at which recent talk is looked at; its key is the room."""
_TOLD: Final = "topic"
"""The kind of the rule, and of what a room is told at most once in a while."""
_SOON: Final = timedelta(minutes=1)  # talk is looked at together, not message by message
_LOOK_BACK: Final = timedelta(hours=3)
_PAST: Final = timedelta(days=7)  # what a room is like is learned from so long, the last three hours left out
_MOST_PAST, _MOST_READ = 120, 2_000  # messages that are embedded for it, and read
_UNIT: Final = 2  # texts embedded in one go: a question waits for no more
_MOST_KEPT: Final = 500  # odds remembered a room
_MOST_POSTS: Final = 20
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ear:
    """What is known of one room's talk; all of it can be had again."""

    waits_until: datetime | None = None
    theme: moderation.Theme | None = None
    made_from: tuple[Any, ...] = ()
    nudge: float | None = None
    odds: dict[str, float] = field(default_factory=dict)


_ears: PerBot[dict[str, _Ear]] = PerBot(dict)


async def note_talk(ctx: Ctx) -> None:
    """Have the room's talk looked at in a minute, when there is a theme and something was said; nothing is embedded."""
    message, room = ctx.message, ctx.room
    if room is None or message is None or not ctx.config.topic.theme or message.kind is not MessageKind.TEXT:
        return
    if message.mentions_bot or not ctx.part("search").fingerprint or not moderation.topic_text(message.text):
        return
    ear = _ears.of(ctx).setdefault(room.id, _Ear())
    if ear.waits_until is not None and ctx.now <= ear.waits_until + _SOON:
        return
    ear.waits_until = ctx.now + _SOON
    await ctx.db(_set, ctx, room)


def _set(db: Database, ctx: Ctx, room: Room) -> None:
    ctx.set_deadline(db, LISTEN, key=room.id, at=ctx.now + _SOON, data={"room": room.id}, missed="skip")


async def listen(ctx: Ctx, due: Deadline) -> None:
    """Look at the recent talk of a room, and say a gentle line when it left the theme for long."""
    room = await ctx.read(find_room, str(due.data["room"]))
    ear = _ears.of(ctx).setdefault(str(due.data["room"]), _Ear())
    ear.waits_until = None
    if room is None or ctx.part("loader").is_paused(room):
        return
    here = in_room(ctx, room)
    last = await ctx.read(notices_store.told_at, _TOLD, room.id)
    if not _has_rule(here) or _is_free(here, room) or (last is not None and ctx.now - last < here.config.topic.every):
        return
    if (await memory_of(here)).is_braked or not await _know_theme(here, room, ear):
        return
    since = max(ctx.now - _LOOK_BACK, last or ctx.now - _LOOK_BACK)
    talk = _talk_of(await ctx.read(said_since, room.id, since, _MOST_READ))[-moderation.WINDOW :]
    if len(talk) == moderation.WINDOW:
        drift = await _follow(here, ear, talk)
        if drift is not None and drift.is_long:
            await _nudge(here, room, drift, [one for one, _ in talk])


def _has_rule(ctx: Ctx) -> bool:
    return bool(ctx.config.topic.theme) and any(
        rule.kind == _TOLD and rule.enabled for rule in ctx.config.rules.values()
    )


def _is_free(ctx: Ctx, room: Room) -> bool:
    """Whether the room may talk of anything now: in hours set for it, and while a training session runs."""
    if any(hours.covers(ctx.now.astimezone(ctx.zone)) for hours in ctx.config.topic.free):
        return True
    return any(
        one.start <= ctx.now < entry.ends(one.start)
        for entry in ctx.part("schedules").value.sessions
        if room.topic in entry.rooms
        for one in occurrences(entry, ctx.now - entry.duration - timedelta(seconds=1), 3, ctx.now)
    )


def _talk_of(stored: Sequence[StoredMessage]) -> list[tuple[StoredMessage, str]]:
    """Return what says something about a subject, with the text to embed; commands and fillers are left out."""
    found = []
    for one in stored:
        if one.kind is MessageKind.TEXT and not heard_before(one).is_command:
            text = moderation.topic_text(normalise(parse_quote(one.text)[1]))
            if text:
                found.append((one, text))
    return found


async def _follow(ctx: Ctx, ear: _Ear, talk: Sequence[tuple[StoredMessage, str]]) -> moderation.Drift | None:
    """Return where the conversation is; None when there is no encoder, or a long silence was in between."""
    odds = await _judge(ctx, ear, talk)
    if odds is None:
        return None
    conversation = moderation.Conversation(ear.nudge or 0.0)
    drift = None
    for (stored, _), one in zip(talk, odds, strict=True):
        drift = conversation.hear(moderation.Heard(stored.id, stored.member_id, stored.at, one))
    return drift


async def _judge(ctx: Ctx, ear: _Ear, talk: Sequence[tuple[StoredMessage, str]]) -> list[float] | None:
    """Return the odds of messages; only those not judged before are embedded, a few at a time."""
    assert ear.theme is not None
    new = [(stored.id, text) for stored, text in talk if stored.id not in ear.odds]
    for start in range(0, len(new), _UNIT):
        unit = new[start : start + _UNIT]
        vectors = await ctx.part("search").embed([text for _, text in unit])
        if vectors is None:
            return None
        ear.odds |= zip((message_id for message_id, _ in unit), ear.theme.judge(vectors), strict=True)
    found = [ear.odds[stored.id] for stored, _ in talk]
    while len(ear.odds) > _MOST_KEPT:
        del ear.odds[next(iter(ear.odds))]
    return found


async def _know_theme(ctx: Ctx, room: Room, ear: _Ear) -> bool:
    """Learn what belongs to the room's theme, once; False while there is no encoder."""
    made_from = (ctx.config.topic.theme, ctx.part("search").fingerprint)
    if ear.theme is not None and ear.made_from == made_from:
        return True
    lines = [*ctx.config.topic.theme, *await _posts(ctx)]
    subjects = await _subjects(ctx)
    vectors = await _embed(ctx, lines)
    if subjects is None or vectors is None:
        return False
    count = len(ctx.config.topic.theme)
    ear.theme = await asyncio.to_thread(moderation.fit_theme, vectors[:count], subjects, vectors[count:])
    ear.made_from, ear.odds = made_from, {}
    past = _talk_of(await ctx.read(_said_before, room.id, ctx.now))[-_MOST_PAST:]
    ear.nudge = moderation.usual_score(await _judge(ctx, ear, past) or [])
    return True


def _said_before(db: Database, room_id: str, now: datetime) -> list[StoredMessage]:
    """Return what was said in a room in the days before the talk at hand."""
    return [one for one in said_since(db, room_id, now - _PAST, _MOST_READ) if one.at < now - _LOOK_BACK]


async def _posts(ctx: Ctx) -> list[str]:
    """Return titles of shared posts that are about the theme."""
    found: dict[str, None] = {}
    for line in ctx.config.topic.theme:
        try:
            hits = await ctx.part("search").find(ctx.services.community, line, access=("free", "member"), limit=10)
        except QunzhiError as error:
            log.warning("no posts for a theme: %s", error)
            return []
        found |= {hit.title: None for hit in hits.hits if hit.title and hit.score >= hits.related_threshold}
    return list(found)[:_MOST_POSTS]


async def _subjects(ctx: Ctx) -> moderation.Subjects | None:
    shipped = await asyncio.to_thread(moderation.Subjects.shipped, ctx.part("search").fingerprint)
    if shipped is not None:
        return shipped
    vectors = await _embed(ctx, list(moderation.sentences()))
    return None if vectors is None else moderation.Subjects.of(vectors)


async def _embed(ctx: Ctx, texts: Sequence[str]) -> Any:  # noqa: ANN401 - an array, or None without an encoder
    parts = []
    for start in range(0, len(texts), _UNIT):
        vectors = await ctx.part("search").embed(texts[start : start + _UNIT])
        if vectors is None:
            return None
        parts.append(vectors)
    return moderation.join_vectors(parts)


async def _nudge(ctx: Ctx, room: Room, drift: moderation.Drift, talk: Sequence[StoredMessage]) -> None:
    """Let each version of the rule do what it asks for: those that observe are counted, the one that acts speaks."""
    in_force = await RULEBOOK.of(ctx).get(ctx)
    far = next(one for one in talk if one.id == drift.farthest[0])
    shown = normalise(parse_quote(far.text)[1])
    why = drifting_texts.reason(ctx.config.topic.theme[0], drift.messages, drift.share)
    found = [
        moderation.Finding(
            rule=name, words=rule.shown, family=rule.family, action=rule.verdict, weight=rule.weight,
            score=drift.share, reason=drifting_texts.with_example(why, shown),
        )
        for name, rule in in_force.judging.rules.items()
        if rule.kind == _TOLD
    ]  # fmt: skip
    standing = [kept for one in found if (kept := in_force.as_of(one, ctx.now)) is not None]
    await shadowing.note_hits(ctx, in_force, heard_before(far), standing)
    acting = [one for one in standing if not one.is_shadow and one.action is not VerdictAction.ALLOW]
    is_rehearsal = (await memory_of(ctx)).is_rehearsing(ctx, room)
    if acting:
        await ctx.db(_tell, ctx, room, acting[0], why, is_rehearsal=is_rehearsal)
    elif standing:
        await ctx.db(lambda db: notices_store.note_told(db, _TOLD, room.id, ctx.now))


def _tell(db: Database, ctx: Ctx, room: Room, finding: moderation.Finding, why: str, *, is_rehearsal: bool) -> None:
    """Say it and put it on record; a rule that asks for more than a reminder tells the owner instead of the room.

    The record quotes nobody: it belongs to no member, so it would outlast an erasure.
    """
    key = f"moderation/topic/{room.id}/{ctx.now.isoformat()}"
    done = Done.REHEARSE if is_rehearsal else Done.TOPIC
    entry = AuditEntry(
        done=done, at=ctx.now, reason=why, room_id=room.id, rule=finding.rule, data={"share": finding.score}
    )
    audit_store.add(db, entry)
    notices_store.note_told(db, _TOLD, room.id, ctx.now)
    if is_rehearsal:
        ctx.part("notices").write(db, drifting_texts.rehearsed(room.topic, finding.reason), key, room)
    elif finding.action is VerdictAction.REMIND:
        text = drifting_texts.nudge(ctx.config.topic.theme[0])
        ctx.enqueue(db, Outgoing(room_id=room.id, text=text, dedupe_key=key, cause=ctx.cause, reason=why))
    else:
        ctx.part("notices").write(db, drifting_texts.told(room.topic, finding.reason), key, room)
