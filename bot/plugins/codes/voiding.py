"""The owner takes codes back, and if need be what they gave."""

from __future__ import annotations

import re
from typing import Any

from bot.plugin import (
    Context,
    Database,
    Delivery,
    Outgoing,
    Priority,
    Reply,
    UserError,
    conceal_message,
    normalise,
    secret_codes,
)
from bot.plugins.codes import texts
from bot.plugins.codes.model import PROVIDER, Batch, Redemption, VoidTarget
from bot.plugins.codes.settings import CodesSettings
from bot.plugins.codes.store import find_code, get_batch, note_revoked, redemptions_of, void_batch, void_code
from bot.plugins.membership.api import revoke

Ctx = Context[CodesSettings]
_NUMBER = re.compile(r"#?[Bb](\d{1,9})")
SURE, TAKE_BACK, SURELY_TAKE_BACK = "确定", "收回", "确定收回"


def read_target(ctx: Context[Any], text: str) -> VoidTarget | None:
    """Read `B3` or a code; None when it is neither."""
    if found := _NUMBER.fullmatch(normalise(text)):
        return VoidTarget(number=int(found[1]))
    code = secret_codes.read_code(text)
    return VoidTarget(code_hash=ctx.part("secret_key").hash(code)) if code else None


async def void(ctx: Ctx, target: VoidTarget, how: str) -> Reply:
    """Ask, and then take a batch or a code back.

    Args:
        ctx: the call.
        target: what.
        how: empty asks; see the words above.

    Raises:
        UserError: there is no such batch or code.
    """
    if target.code_hash:
        return await _void_code(ctx, target, how)
    batch = await ctx.read(get_batch, target.number)
    if batch is None:
        raise UserError(f"没有批次 B{target.number}，发「发码 列表」看看有哪些。")
    if how in {SURE, SURELY_TAKE_BACK}:
        revoked: int = await ctx.db(take_back, ctx, batch.number, is_revoking=how == SURELY_TAKE_BACK)
        return Reply(text=texts.voided(f"批次 {batch.shown} ", revoked), private=True)
    if how == TAKE_BACK:
        people = len(await ctx.read(redemptions_of, batch.number))
        text = texts.ask_revoke(batch.plan.title, people)
        return Reply(text=text, confirm=f"作废 {batch.shown} {SURELY_TAKE_BACK}", private=True)
    if batch.voided_at:
        raise UserError(f"批次 {batch.shown} 已经作废了；也要收回已兑换的，就发「作废 {batch.shown} 收回」。")
    return Reply(text=texts.ask_void(batch), confirm=f"作废 {batch.shown} {SURE}", private=True)


async def _void_code(ctx: Ctx, target: VoidTarget, how: str) -> Reply:
    """Do it at once: to ask would mean to keep the code for the answer."""
    found: list[Any] | None = await ctx.db(
        _take_code_back, ctx, target.code_hash, is_revoking=bool(how) and how != SURE
    )
    if found is None:
        raise UserError("没有这个码，请对照原文看看是不是抄错了。")
    shown, revoked = found
    return Reply(text=texts.voided(f"批次 {shown} 的这个码", revoked), private=True)


def take_back(db: Database, ctx: Context[Any], number: int, *, is_revoking: bool) -> int:
    """Void a batch; with `is_revoking` also what it gave. Return how many grants were taken back."""
    batch = get_batch(db, number)
    if batch is None:
        return 0
    void_batch(db, number, ctx.now)
    used = redemptions_of(db, number) if is_revoking else []
    for one in used:
        _revoke(db, ctx, batch, one)
    return len(used)


def _take_code_back(db: Database, ctx: Ctx, code_hash: str, *, is_revoking: bool) -> list[Any] | None:
    if ctx.message is not None:
        conceal_message(db, ctx.message.id, "作废 ****")
    code = find_code(db, code_hash)
    if code is None:
        return None
    void_code(db, code_hash)
    used = redemptions_of(db, code.batch.number, code_hash) if is_revoking else []
    for one in used:
        _revoke(db, ctx, code.batch, one)
    return [code.batch.shown, len(used)]


def _revoke(db: Database, ctx: Context[Any], batch: Batch, one: Redemption) -> None:
    note_revoked(db, one.id, ctx.now)
    key = f"revoked:{one.grant_key}"
    if revoke(db, ctx, one.member_id, one.grant_key, key=key, provider=PROVIDER, at=ctx.now):
        ctx.enqueue(
            db,
            Outgoing(
                member_id=one.member_id, text=texts.taken_back(batch), dedupe_key=f"codes/{key}", cause=ctx.cause,
                priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE, reason="兑换码收回",
            ),
        )  # fmt: skip
