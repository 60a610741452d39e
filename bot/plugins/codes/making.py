"""The owner makes codes: they are shown once, in private, and forgotten by the bot when they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from bot.plugin import Act, Context, Database, Delivery, FileContent, Outgoing, Reply, UserError, secret_codes
from bot.plugins.codes import texts
from bot.plugins.codes.model import Batch
from bot.plugins.codes.rules import expiry, write_csv
from bot.plugins.codes.settings import CodesSettings
from bot.plugins.codes.store import add_batch, add_codes, get_batch, list_batches
from bot.plugins.membership.api import PlanVersion, keep_version

Ctx = Context[CodesSettings]
_MOST_WITHOUT_FILE = 50
_LISTED = 10


async def make(ctx: Ctx, plan: PlanVersion, count: int, until: timedelta | date | None, uses: int) -> Reply:
    """Make a batch of codes and send them to the owner alone.

    Args:
        ctx: the call.
        plan: what each gives.
        count: how many codes.
        until: how long they count, or the last day; None for what the settings say.
        uses: how many members may use one.

    Raises:
        UserError: so many cannot be made or sent, or they would be over already.
    """
    capabilities = ctx.part("gateway").capabilities
    if not capabilities.can_send_private:
        raise UserError(texts.NO_PRIVATE)
    _check(ctx, count, uses, can_send_files=capabilities.can_send_files)
    expires_at = expiry(until, ctx.config.valid, ctx.now, ctx.zone)
    if expires_at <= ctx.now:
        raise UserError("有效期要在以后，比如 30d 或者 2027-01-31。")
    number: int = await ctx.db(_make, ctx, plan, count=count, uses=uses, expires_at=expires_at)
    batch = await ctx.read(get_batch, number)
    assert batch is not None
    return Reply(text=texts.made(batch, ctx.zone, has_file=capabilities.can_send_files), private=True)


async def list_all(ctx: Ctx) -> Reply:
    """Return the latest batches and how often they were used."""
    batches = await ctx.read(list_batches, _LISTED)
    lines = [texts.batch_line(batch, ctx.now, ctx.zone) for batch in batches]
    return Reply(text="\n".join(lines) or texts.NO_BATCHES, private=True)


def make_batch(
    db: Database, ctx: Context[Any], plan: PlanVersion, *, count: int, uses: int, expires_at: datetime | None
) -> tuple[Batch, list[str]]:
    """Make codes and keep their hashes; the codes are in what is returned and nowhere else.

    The caller sends them with `Outgoing(is_secret=True)` in the same transaction, and returns none of them from
    `Context.db`, whose results are stored.
    """
    codes = [secret_codes.make_code(secret_codes.CodeKind.REDEEM) for _ in range(count)]
    made_by = ctx.member.id if ctx.member else ""
    plan = keep_version(db, plan, ctx.now)
    batch = add_batch(db, plan, count=count, uses=uses, expires_at=expires_at, made_by=made_by, now=ctx.now)
    key = ctx.part("secret_key")
    add_codes(db, batch, [key.hash(code) for code in codes])
    return batch, [code.shown for code in codes]


def _check(ctx: Ctx, count: int, uses: int, *, can_send_files: bool) -> None:
    most = ctx.config.most if can_send_files else min(ctx.config.most, _MOST_WITHOUT_FILE)
    if not 1 <= count <= most:
        why = "" if can_send_files else "（当前通道发不了文件）"
        raise UserError(f"一次可以做 1 到 {most} 个码{why}，比如「发码 month 20」。")
    if not 1 <= uses <= ctx.config.most_uses:
        raise UserError(f"一个码可以用 1 到 {ctx.config.most_uses} 次。")


def _make(db: Database, ctx: Ctx, plan: PlanVersion, *, count: int, uses: int, expires_at: datetime) -> int:
    batch, codes = make_batch(db, ctx, plan, count=count, uses=uses, expires_at=expires_at)
    has_files = ctx.part("gateway").capabilities.can_send_files
    _promise(db, ctx, batch, texts.first_codes(batch, codes, is_all=not has_files))
    if has_files:
        _promise(db, ctx, batch, "", _file_of(ctx, batch, codes))
    return batch.number


def _file_of(ctx: Ctx, batch: Batch, codes: Sequence[str]) -> FileContent:
    data = write_csv(batch, codes, texts.last_day(batch.expires_at, ctx.zone))
    return FileContent(f"兑换码 {batch.shown}.csv", data, "text/csv")


def _promise(db: Database, ctx: Ctx, batch: Batch, text: str, file: FileContent | None = None) -> None:
    what = "file" if file else "text"
    ctx.enqueue(
        db,
        Outgoing(
            member_id=ctx.talker.id, act=Act.FILE if file else Act.TEXT, text=text, file=file, is_secret=True,
            dedupe_key=f"codes/{batch.number}/{what}", delivery=Delivery.AT_LEAST_ONCE, cause=ctx.cause,
            reason="兑换码",
        ),
    )  # fmt: skip
