"""A member types a code: in private it gives what it stands for, once; in a room it is kept out of harm's way."""

from __future__ import annotations

import logging
from typing import Any

from bot.plugin import (
    CHAT,
    TAKEN,
    Context,
    Database,
    Reply,
    UserError,
    conceal_message,
    secret_codes,
    secret_codes_store,
)
from bot.plugins.codes import texts
from bot.plugins.codes.model import PROVIDER, Outcome, StoredCode
from bot.plugins.codes.rules import decide
from bot.plugins.codes.settings import CodesSettings
from bot.plugins.codes.store import add_redemption, find_code, find_redemption, get_batch, take_use
from bot.plugins.membership.api import grant

log = logging.getLogger(__name__)

Ctx = Context[CodesSettings]
CONCEALED = "兑换 ****"


async def redeem(ctx: Ctx, text: str) -> Reply:
    """Give what a code stands for.

    Args:
        ctx: the call.
        text: the code as it was typed.

    Raises:
        UserError: it gives nothing; it says why and what to do.
    """
    code = secret_codes.read_code(text)
    if code is None and not secret_codes.is_code_like(text) and (ctx.room is not None or not text.isascii()):
        return CHAT
    if ctx.room is not None:
        return await warn(ctx)
    if code is None or code.kind is not secret_codes.CodeKind.REDEEM:
        await ctx.db(_conceal, ctx)
        raise UserError(texts.BINDING if code else texts.SLIP)
    told: str = await ctx.db(_redeem, ctx, ctx.part("secret_key").hash(code))
    return Reply(text=told) if told else TAKEN


async def hear(ctx: Ctx) -> Reply | None:
    """Take a code that was said without a command: in private it is redeemed, in a room its owner is warned."""
    if ctx.room is not None:
        found = secret_codes.find_codes(ctx.text)
        return await warn(ctx) if any(one.kind is secret_codes.CodeKind.REDEEM for one in found) else None
    code = secret_codes.read_code(ctx.text)
    if code is None or code.kind is not secret_codes.CodeKind.REDEEM:
        return None
    return await redeem(ctx, ctx.text)


async def warn(ctx: Ctx) -> Reply:
    """Tell who showed a code to a room what to do; it is not used, and not kept."""
    await ctx.db(_conceal, ctx)
    return Reply(text=texts.SEEN_BY_OTHERS, private=True)


def _conceal(db: Database, ctx: Ctx) -> None:
    if ctx.message is not None:
        hidden = secret_codes.hide_codes(ctx.message.raw)
        conceal_message(db, ctx.message.id, hidden if "****" in hidden and ctx.room else CONCEALED)


def _redeem(db: Database, ctx: Ctx, code_hash: str) -> str:
    """Do it all in one transaction; return what is said besides what was promised."""
    _conceal(db, ctx)
    member_id, zone = ctx.talker.id, ctx.zone
    code, mine = find_code(db, code_hash), find_redemption(db, code_hash, member_id)
    locked = secret_codes_store.locked_until(db, member_id, ctx.now) if mine is None else None
    if locked:
        return texts.locked(locked, ctx.now, zone)
    outcome = decide(code, mine, ctx.now)
    if outcome is Outcome.GIVEN:
        assert code is not None
        outcome = _give(db, ctx, code)
    log.info("code outcome=%s member=%s batch=%s", outcome, member_id, code.batch.number if code else "-")
    if outcome is Outcome.GIVEN:
        return ""
    if outcome is Outcome.AGAIN:
        assert mine is not None
        batch = get_batch(db, mine.batch)
        assert batch is not None, "batches are never deleted"
        return texts.again(batch, mine.at, zone)
    if outcome is Outcome.UNKNOWN and (until := secret_codes_store.note_wrong_code(db, member_id, ctx.now)):
        return texts.locked(until, ctx.now, zone)
    return texts.refused(outcome)


def _give(db: Database, ctx: Context[Any], code: StoredCode) -> Outcome:
    if not take_use(db, code.code_hash):
        return Outcome.USED_UP
    batch = code.batch
    one = add_redemption(db, code, ctx.talker.id, ctx.now)
    grant(
        db, ctx, ctx.talker.id, batch.plan,
        key=one.grant_key, provider=PROVIDER, at=ctx.now, data={"batch": batch.number}, text=texts.given(batch),
    )  # fmt: skip
    return Outcome.GIVEN
