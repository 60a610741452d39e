"""Members who would not be known again: given a code in time, or asked for it, once."""

from __future__ import annotations

from typing import Any

from bot.plugin import (
    Context,
    Database,
    Delivery,
    Outgoing,
    Priority,
    Settings,
    find_member,
    has_lost_members,
    identities_of,
)
from bot.plugins.identities import texts
from bot.plugins.identities.binding import give_code
from bot.plugins.identities.store import has_code
from bot.plugins.membership.api import memberships_of

Ctx = Context[Settings]


def is_weak(db: Database, ctx: Context[Any], member_id: str) -> bool:
    """Return whether a member would be a stranger after the next login: nothing but a weak id points to them."""
    capabilities = ctx.part("gateway").capabilities
    if capabilities.stable_ids or not capabilities.can_send_private:
        return False
    return not any(one.is_strong and one.kind in {"contact", "weixin"} for one in identities_of(db, member_id))


async def provide(ctx: Ctx, member_id: str) -> None:
    """Give a member a binding code who has something to lose and no code yet."""
    await ctx.db(_provide, ctx, member_id)


async def ask(ctx: Ctx, member_id: str) -> None:
    """Ask somebody who wanted what members may use to send their code, once, if members were lost sight of."""
    if await ctx.read(_is_to_ask, ctx, member_id):
        await ctx.services.write(lambda db: _ask(db, ctx, member_id))


def _provide(db: Database, ctx: Ctx, member_id: str) -> None:
    person = find_member(db, member_id)
    if person is None or person.id != member_id or not is_weak(db, ctx, member_id) or has_code(db, member_id):
        return
    if any(one.is_in_force for one in memberships_of(db, member_id, ctx.now)):
        give_code(db, ctx, member_id)


def _is_to_ask(db: Database, ctx: Ctx, member_id: str) -> bool:
    return is_weak(db, ctx, member_id) and has_lost_members(db)


def _ask(db: Database, ctx: Ctx, member_id: str) -> None:
    ctx.enqueue(
        db,
        Outgoing(
            member_id=member_id, text=texts.HINT, dedupe_key=f"identities/hint/{member_id}", reason="绑定提示",
            cause=f"identities/hint/{member_id}", priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_MOST_ONCE,
        ),
    )  # fmt: skip
