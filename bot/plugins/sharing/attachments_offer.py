"""Shares a file, a picture or a link: what was read of it goes through the same door as every post."""

from __future__ import annotations

from bot.plugin import Context
from bot.plugins.sharing.attachments import Material, find_material
from bot.plugins.sharing.gate import Limits
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.publishing import make_draft, offer
from bot.plugins.sharing.rules import Shared
from bot.plugins.sharing.settings import SharingSettings

_LONGEST_TITLE = 120
_LONGEST = 200_000  # characters: a document may be longer than what somebody types


async def share_attachment(ctx: Context[SharingSettings], text: str) -> str | None:
    """Share the file, picture or link that is meant; None when it is text that is shared.

    Args:
        ctx: the call of the command.
        text: what stands behind the command; may be empty.

    Raises:
        UserError: it cannot be used, with its name and what to do.
    """
    made = await find_material(ctx, text, ctx.config.links)
    if made is None:
        return None
    shared = Shared(made.title[:_LONGEST_TITLE], made.body, made.tags)
    messages = tuple(one for one in (ctx.message.id if ctx.message else "", made.message_id) if one)
    draft = make_draft(ctx, shared, author=_author_of(made))
    return await offer(ctx, Incoming(draft, messages), limits=Limits(ctx.config.least_body, _LONGEST))


def _author_of(made: Material) -> tuple[str, str]:
    """Return who is thanked: of a page both who wrote and who brought it; nobody here wrote what stands on a page."""
    if made.link and made.author:
        return "", f"{made.author}（{made.sender} 分享）"
    return made.sender_id, made.sender
