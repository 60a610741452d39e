"""Binding codes: given in private, and what happens when one is typed by an account that is not known yet."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from bot.plugin import (
    CHAT,
    TAKEN,
    Context,
    Database,
    Delivery,
    Fact,
    FactKind,
    Outgoing,
    Priority,
    Reply,
    Role,
    Settings,
    UserError,
    add_fact,
    conceal_message,
    find_member,
    secret_codes,
    secret_codes_store,
)
from bot.plugins.identities import texts
from bot.plugins.identities.store import has_code, owner_of, put_code
from bot.plugins.membership.api import MembershipChanged

log = logging.getLogger(__name__)

Ctx = Context[Settings]
SWEEP = "sweep"
PROVIDER = "binding"
_KIND = secret_codes.CodeKind.BINDING
_CONCEALED = "绑定 ****"
_SWEEP_AFTER = timedelta(minutes=1)  # so long may run what began before, and writes under the old number


async def issue(ctx: Ctx) -> Reply:
    """Give the talker a binding code, in private; the one before ends.

    Raises:
        UserError: there are no private chats, or the talker is known otherwise.
    """
    if not ctx.part("gateway").capabilities.can_send_private:
        raise UserError(texts.NO_PRIVATE)
    if ctx.role >= Role.ADMIN:  # who has it would be an admin
        raise UserError(texts.NOT_FOR_ADMINS)
    await ctx.db(give_code, ctx, ctx.talker.id)
    return Reply(text=texts.SENT) if ctx.room else TAKEN


def give_code(db: Database, ctx: Context[Any], member_id: str) -> None:
    """Make a binding code for a member and send it, in the transaction at hand; it is kept as a hash only."""
    is_first = not has_code(db, member_id)
    send(db, ctx, member_id, texts.issued(_make(db, ctx, member_id), is_first=is_first))


async def bind(ctx: Ctx, text: str) -> Reply:
    """Recognise the talker by the code of a member, whose record goes on under both accounts.

    Args:
        ctx: the call.
        text: the code as it was typed.

    Raises:
        UserError: it is nobody's code; it says what to do.
    """
    code = secret_codes.read_code(text)
    if code is None and not secret_codes.is_code_like(text) and (ctx.room is not None or not text.isascii()):
        return CHAT
    if ctx.room is not None:
        return await warn(ctx)
    if code is None or code.kind is not _KIND:
        await ctx.db(_conceal, ctx)
        raise UserError(texts.REDEEM if code else texts.SLIP)
    told: str = await ctx.db(_bind, ctx, ctx.part("secret_key").hash(code))
    ctx.part("merging").forget()
    return Reply(text=told) if told else TAKEN


async def hear(ctx: Ctx) -> Reply | None:
    """Take a binding code that was said without a command: in private it binds, in a room its owner is warned."""
    if ctx.room is not None:
        return await warn(ctx) if any(one.kind is _KIND for one in secret_codes.find_codes(ctx.text)) else None
    code = secret_codes.read_code(ctx.text)
    return await bind(ctx, ctx.text) if code is not None and code.kind is _KIND else None


async def warn(ctx: Ctx) -> Reply:
    """Tell who showed a binding code to a room what to do; it is not used, and not kept."""
    await ctx.db(_conceal, ctx)
    return Reply(text=texts.SEEN_BY_OTHERS, private=True)


def join(db: Database, ctx: Context[Any], from_id: str, to_id: str, contact_id: str = "") -> None:
    """Make two records one, with the fact and with what follows, in the transaction at hand.

    What has begun before, in another room, may still write under the old number: it is taken along a minute later.

    Args:
        db: the transaction.
        ctx: the call.
        from_id: whose record ends.
        to_id: whose record goes on.
        contact_id: the contact by which this person is reached from now on; empty leaves it as it is.
    """
    ctx.part("merging").merge(db, from_id, to_id, contact_id)
    key = f"{PROVIDER}:{from_id}:{ctx.cause}"
    add_fact(db, Fact(key=key, kind=FactKind.BOUND, at=ctx.now, provider=PROVIDER, member_id=to_id))
    ctx.publish(db, MembershipChanged(to_id))
    ctx.set_deadline(db, SWEEP, key=to_id, at=ctx.now + _SWEEP_AFTER)


def send(db: Database, ctx: Context[Any], member_id: str, text: str, *, contact_id: str = "") -> None:
    """Promise a member a line that is forgotten once it is sent."""
    is_talker = ctx.member is not None and ctx.room is None
    ctx.enqueue(
        db,
        Outgoing(
            member_id=member_id, text=text, contact_id=contact_id, is_secret=True,
            dedupe_key=f"identities/{ctx.cause}/{contact_id or member_id}", cause=ctx.cause, reason="绑定",
            priority=Priority.ANSWER if is_talker else Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE,
        ),
    )  # fmt: skip


def _make(db: Database, ctx: Context[Any], member_id: str) -> str:
    code = secret_codes.make_code(_KIND)
    put_code(db, member_id, ctx.part("secret_key").hash(code), ctx.now)
    return code.shown


def _conceal(db: Database, ctx: Ctx) -> None:
    if ctx.message is not None:
        hidden = secret_codes.hide_codes(ctx.message.raw)
        conceal_message(db, ctx.message.id, hidden if "****" in hidden and ctx.room else _CONCEALED)


def _bind(db: Database, ctx: Ctx, code_hash: str) -> str:
    """Do it all in one transaction; return what is said besides what was promised."""
    _conceal(db, ctx)
    talker = ctx.talker
    if until := secret_codes_store.locked_until(db, talker.id, ctx.now):
        return texts.locked(until, ctx.now, ctx.zone)
    owner_id = owner_of(db, code_hash)
    if not owner_id:
        until = secret_codes_store.note_wrong_code(db, talker.id, ctx.now)
        return texts.locked(until, ctx.now, ctx.zone) if until else texts.UNKNOWN
    if owner_id == talker.id:
        return texts.OWN
    before = find_member(db, owner_id)
    join(db, ctx, talker.id, owner_id, talker.contact_id)
    send(db, ctx, owner_id, texts.bound(_make(db, ctx, owner_id)), contact_id=talker.contact_id)
    if before is not None and before.contact_id:
        text = texts.bound_elsewhere(talker.name, ctx.now, ctx.zone)
        send(db, ctx, owner_id, text, contact_id=before.contact_id)
    log.info("member recognised by code from=%s to=%s", talker.id, owner_id)
    return ""
