"""Tells those who wished something once it is offered as a training session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.plugin import Context, Database, Delivery, Outgoing, Priority, Room, find_room, format_weekday, members_of
from bot.plugins.study import texts
from bot.plugins.study.comparing import compare
from bot.plugins.study.model import NAME, Wish
from bot.plugins.study.wish_rules import is_met_by
from bot.plugins.study.wishes_store import open_wishes, set_met
from bot.plugins.training.api import IS_OPEN, TrainingSession, get_session, list_sessions, registrations_of


async def find_scheduled(ctx: Context[Any], room: Room, topic: str) -> str:
    """Return the answer to a wish that a coming training session meets already; empty when none does."""
    coming: list[TrainingSession] = await ctx.read(_coming, ctx, room.topic)
    for one in coming:
        if is_met_by(topic, one.title):
            return texts.scheduled_text(one.title, when_text(one), one.key)
    return ""


async def look(ctx: Context[Any]) -> None:
    """Tell whoever wished what is offered now: here, or without a room everywhere."""
    wishes: list[Wish] = await ctx.read(open_wishes, ctx.room.id if ctx.room else "")
    met: list[tuple[str, str]] = []
    for wish in wishes:
        room: Room | None = await ctx.read(find_room, wish.room_id)
        if room is None or not ctx.part("loader").is_enabled(NAME, room):
            continue
        if session_id := await _find_session(ctx, wish, room):
            met.append((wish.id, session_id))
    if met:
        await ctx.db(_tell, ctx, met)


async def _find_session(ctx: Context[Any], wish: Wish, room: Room) -> str:
    coming: list[TrainingSession] = await ctx.read(_coming, ctx, room.topic)
    cosine, needed = await compare(ctx, wish.topic, [one.title for one in coming])
    found = (one.id for at, one in enumerate(coming) if is_met_by(wish.topic, one.title, cosine(at), needed))
    return next(found, "")


def _coming(db: Database, ctx: Context[Any], topic: str) -> list[TrainingSession]:
    """Return the training sessions for a room that can still be registered for."""
    return [
        one
        for one in list_sessions(db, ctx.now)
        if one.starts_at > ctx.now and not one.is_cancelled and (not one.rooms or topic in one.rooms)
    ]


def _tell(db: Database, ctx: Context[Any], met: Sequence[tuple[str, str]]) -> None:
    """Promise everybody who is still here and not registered one line in private."""
    wishes = {one.id: one for one in open_wishes(db)}
    for wish_id, session_id in met:
        wish, session = wishes.get(wish_id), get_session(db, session_id)
        if wish is not None and session is not None and set_met(db, wish_id, session_id, ctx.now):
            _tell_wishers(db, ctx, wish, session)


def _tell_wishers(db: Database, ctx: Context[Any], wish: Wish, session: TrainingSession) -> None:
    here = {member.id for member in members_of(db, wish.room_id)}
    registered = {one.member_id for one in registrations_of(db, session.id, IS_OPEN)}
    text = texts.met_text(wish.topic, session.title, when_text(session), session.key)
    told = [who for who in wish.wishers if who in here and who not in registered]
    promise = Outgoing(
        text=text, priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE, cause=ctx.cause, reason="想听"
    )
    key = f"study/wish/{wish.id}/{session.id}"
    if ctx.part("gateway").capabilities.can_send_private:
        for who in told:
            ctx.enqueue(db, replace(promise, member_id=who, dedupe_key=f"{key}/{who}"))
    elif told:
        ctx.enqueue(db, replace(promise, room_id=wish.room_id, mentions=tuple(told), dedupe_key=key))


def when_text(session: TrainingSession) -> str:
    """Return when it is, as 「12-05 周六 20:00」."""
    start = session.local_start
    return f"{start:%m-%d} {format_weekday(start)} {start:%H:%M}"
