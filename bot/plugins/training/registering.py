"""Registers members, lets them wait, takes offered places for them and gives places back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from bot.plugin import CHAT, TAKEN, Choice, Context, Database, OrderState, Reply, UserError
from bot.plugins.training import queueing
from bot.plugins.training import registering_texts as texts
from bot.plugins.training.access import check_access, is_for
from bot.plugins.training.finding import LISTED, sessions_here
from bot.plugins.training.model import (
    IS_OPEN,
    Registration,
    RegistrationState,
    SessionOrder,
    TrainingSession,
)
from bot.plugins.training.notices import can_tell_alone, tell_owner
from bot.plugins.training.orders import find_order
from bot.plugins.training.places import give_place, join, leave
from bot.plugins.training.quoting import announced_sessions, is_plus_one, quoted_sessions
from bot.plugins.training.registrations_store import get_registration, registrations_by, registrations_of
from bot.plugins.training.sessions_store import get_session
from bot.plugins.training.settings import TrainingSettings
from bot.plugins.training.ticket_places import ticket_standings

Ctx = Context[TrainingSettings]
_State = RegistrationState


class Answer(TypedDict):
    """What a step decided to answer, as JSON; who was not meant is not answered."""

    text: str
    is_private: NotRequired[bool]
    confirm: NotRequired[str]
    choices: NotRequired[list[list[str]]]
    is_chat: NotRequired[bool]


async def register(ctx: Ctx, session_id: str) -> Reply | None:
    """Register the talker, or put them on the waitlist when no place is free.

    Raises:
        UserError: it is not for them, or it is too late.
    """
    needs_ticket = await check_access(ctx, await ctx.read(find_session, session_id))
    return _reply(await ctx.db(_register, ctx, session_id, needs_ticket=needs_ticket))


async def register_for_quoted(ctx: Ctx, word: str = "报名") -> Reply | None:
    """Register the talker for what they quoted; without a quote they choose from the coming sessions.

    Args:
        ctx: the call.
        word: 报名, or 候补 for who rather waits.
    """
    found = await quoted_sessions(ctx)
    if len(found) == 1:
        return await (register if word == "报名" else wait)(ctx, found[0].id)
    if not found:
        found = await ctx.read(sessions_here, ctx)
    if not found:
        return Reply(text=texts.NOTHING_COMING)
    choices = tuple(Choice(texts.named(one), f"{word} {one.key}") for one in found[:LISTED])
    return Reply(text=f"要{word}哪一场？回复数字：", choices=choices)


async def hear_plus_one(ctx: Ctx) -> Reply | None:
    """Take `+1` that quotes an announcement, or that is said right after one; anything else is chat."""
    if ctx.message is None or not is_plus_one(ctx.text):
        return None
    found = await (quoted_sessions(ctx) if ctx.message.quote else announced_sessions(ctx))
    if len(found) == 1:
        return await register(ctx, found[0].id) or TAKEN
    if not found:
        return None
    choices = tuple(Choice(texts.named(one), f"报名 {one.key}") for one in found[:LISTED])
    return Reply(text=f"{ctx.talker_name}，报哪一场？回复数字：", choices=choices)


async def wait(ctx: Ctx, session_id: str) -> Reply | None:
    """Put the talker on the waitlist; while places are free registering is offered instead.

    Raises:
        UserError: it is not for them, or it is too late.
    """
    needs_ticket = await check_access(ctx, await ctx.read(find_session, session_id))
    return _reply(await ctx.db(_wait, ctx, session_id, needs_ticket=needs_ticket))


async def confirm(ctx: Ctx, session_id: str | None) -> Reply | None:
    """Take the place that the talker was offered.

    Raises:
        UserError: there is none.
    """
    offers = [session for session, one in await open_of(ctx) if one.state is _State.OFFERED]
    needs_ticket = [session.id for session in offers if not await is_for(ctx, session)]
    return _reply(await ctx.db(_confirm, ctx, session_id, needs_ticket))


async def cancel(ctx: Ctx, session_id: str | None) -> Reply | None:
    """Give the talker's place back, or leave the waitlist; asked first when money or no session was named.

    Raises:
        UserError: they are not registered.
    """
    return _reply(await ctx.db(_ask_or_cancel, ctx, session_id))


async def cancel_surely(ctx: Ctx, session_id: str) -> Reply | None:
    """Do so without asking.

    Raises:
        UserError: they are not registered.
    """
    return _reply(await ctx.db(_cancel, ctx, session_id))


async def list_mine(ctx: Ctx) -> Reply:
    """Return the talker's coming sessions; the links and tickets are told in private only."""
    mine, over = await open_of(ctx), await ctx.read(_over, ctx)
    tickets = [] if ctx.room else await ctx.read(ticket_standings, ctx)
    if not mine:
        return Reply(text="\n".join([texts.NO_COURSES, *texts.history(over), *tickets]))
    places = await ctx.read(_places_in_line, [session.id for session, _ in mine], ctx.talker.id)
    choices = tuple(
        Choice(_line(ctx, session, one, place), f"场次 {session.key}")
        for (session, one), place in zip(mine, places, strict=True)
    )
    head = [*texts.history(over), *tickets, "您报名的场次，回复数字看详情："]
    return Reply(text="\n".join(head), choices=choices)


async def open_of(ctx: Ctx) -> list[tuple[TrainingSession, Registration]]:
    """Return the talker's open registrations for sessions that are not over, soonest first."""
    return await ctx.read(_open_of, ctx)


def find_session(db: Database, session_id: str) -> TrainingSession:
    """Return a session.

    Raises:
        UserError: there is none.
    """
    session = get_session(db, session_id)
    if session is None:
        raise UserError("没有找到这一场，发送「场次」看看有哪些。")
    return session


def open_session(db: Database, ctx: Ctx, session_id: str) -> TrainingSession:
    """Return a session that can be registered for.

    Raises:
        UserError: there is none, it was called off, or it has begun.
    """
    session = find_session(db, session_id)
    if session.is_cancelled:
        raise UserError(f"《{session.title}》已经取消了，发送「场次」看看还有哪些。")
    if ctx.now >= session.starts_at:
        raise UserError(f"《{session.title}》已经开始，报名截止了，发送「场次」看看还有哪些。")
    return session


def paid_order(db: Database, one: Registration) -> SessionOrder | None:
    """Return the order that was paid for a registration."""
    order = find_order(db, one.order_number)
    return order if order and order.state is OrderState.PAID else None


def is_bare(ctx: Ctx) -> bool:
    """Return whether a word was said among people and not to the bot."""
    return ctx.message is not None and not ctx.message.mentions_bot and not ctx.text.startswith("/")


def _line(ctx: Ctx, session: TrainingSession, one: Registration, place: int) -> str:
    line = texts.brief_standing(session, one, place)
    is_told = ctx.room is None and one.state is _State.REGISTERED and session.link
    return f"{line}\n   链接：{session.link}" if is_told else line


def _reply(answer: Answer) -> Reply | None:
    if answer.get("is_chat"):
        return CHAT
    choices = tuple(Choice(text, command) for text, command in answer.get("choices", ()))
    reply = Reply(
        text=answer["text"], private=answer.get("is_private", False), confirm=answer.get("confirm", ""), choices=choices
    )
    return reply if reply.text else None


# Each of these is one step: the place, the term, the order and what people are told come together or not at all.
# What is decided is decided inside: handled again after a crash, the registrations are no longer what they were.


def _register(db: Database, ctx: Ctx, session_id: str, *, needs_ticket: bool = False) -> Answer:
    session = open_session(db, ctx, session_id)
    mine = get_registration(db, session_id, ctx.talker.id)
    queue = registrations_of(db, session_id)
    if mine is not None and mine.state is _State.OFFERED:
        return _tell_joined(db, ctx, session, give_place(db, ctx, session, mine, needs_ticket=needs_ticket))
    if mine is not None and mine.state in IS_OPEN:
        text = texts.standing(session, mine, queueing.place_in_line(queue, mine.member_id))
        return {"text": text, "is_private": mine.state is _State.HELD}
    one = Registration(
        session_id=session_id,
        member_id=ctx.talker.id,
        room_id=ctx.room.id if ctx.room else "",
        name=ctx.talker_name,
        position=0,
        state=_State.WAITING,
    )
    one = join(db, ctx, session, one, as_state=queueing.admit(session, queue), needs_ticket=needs_ticket)
    return _tell_joined(db, ctx, session, one)


def _wait(db: Database, ctx: Ctx, session_id: str, *, needs_ticket: bool = False) -> Answer:
    session = open_session(db, ctx, session_id)
    queue = registrations_of(db, session_id)
    is_in = any(one.member_id == ctx.talker.id for one in queue)
    if is_in or queueing.admit(session, queue) is _State.WAITING:
        return _register(db, ctx, session_id, needs_ticket=needs_ticket)
    text = f"《{session.title}》还有名额，不用候补。要直接报名吗？回复 是"
    return {"text": text, "confirm": f"报名 {session.key}"}


def _confirm(db: Database, ctx: Ctx, session_id: str | None, needs_ticket: Sequence[str] = ()) -> Answer:
    mine = _open_of(db, ctx)
    offers = [session for session, one in mine if one.state is _State.OFFERED and session_id in {None, session.id}]
    if not offers:
        if session_id is None and is_bare(ctx):
            return {"text": "", "is_chat": True}  # 「确认」 among people
        raise UserError(texts.NO_OFFER)
    if len(offers) > 1:
        choices = [[texts.named(session), f"确认 {session.key}"] for session in offers]
        return {"text": "有几场的空位等您确认，回复数字：", "choices": choices}
    return _register(db, ctx, offers[0].id, needs_ticket=offers[0].id in needs_ticket)


def _ask_or_cancel(db: Database, ctx: Ctx, session_id: str | None) -> Answer:
    mine = [(session, one) for session, one in _open_of(db, ctx) if session_id in {None, session.id}]
    if not mine:
        if session_id is None and is_bare(ctx):
            return {"text": "", "is_chat": True}  # 「取消」 among people
        raise UserError(texts.NOT_REGISTERED)
    if len(mine) > 1:
        choices = [[texts.named(session), f"取消 {session.key}"] for session, _ in mine]
        return {"text": "要取消哪一场？回复数字：", "choices": choices}
    session, one = mine[0]
    order = paid_order(db, one)
    if session_id is None or order is not None:
        confirm = f"确认取消 {session.key}"
        return {"text": texts.ask_to_leave(session, order), "confirm": confirm, "is_private": order is not None}
    return _cancel(db, ctx, session.id)


def _tell_joined(db: Database, ctx: Ctx, session: TrainingSession, one: Registration) -> Answer:
    """Return what is said where the member registered; what is theirs alone was promised in private."""
    queue = registrations_of(db, session.id)
    has_private = can_tell_alone(ctx)
    if one.state is _State.WAITING:
        text = texts.waits(session, one.name, queueing.place_in_line(queue, one.member_id))
    elif ctx.room is None:
        text = ""
    elif one.state is _State.HELD:
        assert one.until is not None
        text = texts.held(session, one.name, one.until, one.order_number, has_private=has_private)
    else:
        left = queueing.places_left(session.capacity, queue)
        text = texts.registered(session, one.name, left, has_private=has_private)
    clash = texts.overlaps(_overlapping(db, ctx, session))
    return {"text": "\n".join(line for line in (text, clash) if line), "is_private": False}


def _overlapping(db: Database, ctx: Ctx, session: TrainingSession) -> list[TrainingSession]:
    return queueing.overlapping(session, [other for other, _ in _open_of(db, ctx)])


def _cancel(db: Database, ctx: Ctx, session_id: str) -> Answer:
    session, mine = get_session(db, session_id), get_registration(db, session_id, ctx.talker.id)
    if session is None or mine is None or mine.state not in IS_OPEN:
        raise UserError(texts.NOT_REGISTERED)
    if ctx.now >= session.starts_at:
        raise UserError(f"《{session.title}》已经开始，不能取消了，有事请联系群主。")
    order = leave(db, ctx, session, mine, _State.CANCELLED)
    if order is not None and order.state is OrderState.REFUND_DUE:
        tell_owner(db, ctx, mine, texts.refund_due(session, mine.name, order), f"refund/{order.number}")
    return {"text": texts.left(session, order), "is_private": order is not None}


def _open_of(db: Database, ctx: Ctx) -> list[tuple[TrainingSession, Registration]]:
    mine = [one for one in registrations_by(db, ctx.talker.id) if one.state in IS_OPEN]
    found = [(session, one) for one in mine if (session := get_session(db, one.session_id))]
    return sorted(
        ((session, one) for session, one in found if session.ends_at > ctx.now and not session.is_cancelled),
        key=lambda pair: (pair[0].starts_at, pair[0].id),
    )


def _over(db: Database, ctx: Ctx) -> list[TrainingSession]:
    """Return the sessions that the talker was registered for and that are over, the latest first."""
    mine = [one.session_id for one in registrations_by(db, ctx.talker.id) if one.state is _State.REGISTERED]
    found = [session for one in mine if (session := get_session(db, one)) and session.ends_at <= ctx.now]
    return sorted(found, key=lambda session: session.starts_at, reverse=True)


def _places_in_line(db: Database, session_ids: list[str], member_id: str) -> list[int]:
    return [queueing.place_in_line(registrations_of(db, one), member_id) for one in session_ids]
