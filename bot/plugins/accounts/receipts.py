"""Receipts: what proves a payment to who made it, and the file that checks it without the bot."""

from __future__ import annotations

import asyncio
import re

from bot.plugin import (
    CHAT,
    VERIFIER,
    Choice,
    Context,
    Database,
    FileContent,
    LedgerError,
    Order,
    Reply,
    Role,
    UserError,
    fold,
    get_order,
    orders_by,
)
from bot.plugins.accounts import texts
from bot.plugins.accounts.checkpoints import fingerprint_of
from bot.plugins.accounts.settings import AccountsSettings

Ctx = Context[AccountsSettings]

_ORDER = re.compile(r"#?d?\s*(\d{1,9})")
_TOOL = frozenset({"校验工具", "核对工具", "工具", "校验", "核对", "验证", "怎么核对"})
_NOTE = frozenset({"指纹", "检查点", "账本指纹"})
_MOST_LISTED = 9


async def answer(ctx: Ctx, typed: str) -> Reply:
    """Answer 收据: a list of one's own payments, one receipt, the tool that checks it, or the newest checkpoint.

    Raises:
        UserError: there is no such receipt, or files cannot be sent here.
    """
    plain = fold(typed).strip()
    if plain in _TOOL:
        return await _tool(ctx)
    if plain in _NOTE:
        return await _note(ctx)
    found = _ORDER.fullmatch(plain)
    if plain and found is None:
        is_meant = ctx.room is None or (ctx.message is not None and ctx.message.mentions_bot)
        return Reply(text=texts.RECEIPT_USAGE, private=True) if is_meant or ctx.text.startswith("/") else CHAT
    return await (_receipt(ctx, int(found[1])) if found else _list(ctx))


async def _list(ctx: Ctx) -> Reply:
    paid = await ctx.read(_paid_by, ctx.talker.id)
    if not paid:
        return Reply(text=texts.NO_RECEIPTS, private=True)
    if len(paid) == 1:
        return await _receipt(ctx, paid[0].number)
    latest = paid[: -_MOST_LISTED - 1 : -1]
    choices = tuple(Choice(texts.receipt_choice(order), f"收据 D{order.number}") for order in latest)
    return Reply(text=texts.WHICH_RECEIPT, choices=choices, private=True)


async def _receipt(ctx: Ctx, number: int) -> Reply:
    _need_files(ctx)
    order = await ctx.read(get_order, number)
    if order is None or (order.member_id != ctx.talker.id and ctx.role is not Role.OWNER):
        raise UserError(texts.NOT_YOURS.format(number=number))
    if order.paid_at is None:
        raise UserError(texts.NOT_PAID.format(number=number))
    try:
        proof: str = await ctx.part("ledger").receipt(number)
    except LedgerError as error:
        raise UserError(texts.NO_PROOF.format(number=number)) from error
    file = FileContent(f"收据 D{number}.txt", proof.encode(), "text/plain")
    return Reply(text=texts.receipt(order, ctx.zone), file=file, private=True)


async def _tool(ctx: Ctx) -> Reply:
    _need_files(ctx)
    key: str = await ctx.part("ledger").verifier()
    data = await asyncio.to_thread(VERIFIER.read_bytes)
    return Reply(text=texts.VERIFIER.format(key=key), file=FileContent(VERIFIER.name, data), private=True)


async def _note(ctx: Ctx) -> Reply:
    _need_files(ctx)
    try:
        note: str = await ctx.part("ledger").checkpoint(ctx.now)
    except LedgerError as error:
        raise UserError(texts.NOT_SIGNED) from error
    size, fingerprint = fingerprint_of(note)
    file = FileContent(f"账本指纹 {size}.txt", note.encode(), "text/plain")
    return Reply(text=texts.checkpoint_line(size, fingerprint), file=file, private=True)


def _paid_by(db: Database, member_id: str) -> list[Order]:
    return [order for order in orders_by(db, member_id) if order.paid_at is not None and order.amount_fen]


def _need_files(ctx: Ctx) -> None:
    capabilities = ctx.part("gateway").capabilities
    if not (capabilities.can_send_files and capabilities.can_send_private):
        raise UserError(texts.NO_FILES)
