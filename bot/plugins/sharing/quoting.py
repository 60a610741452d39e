"""What a member quotes to share it: whose it is, and what is said when it is the bot's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Quote, find_quoted, find_said, fold
from bot.plugins.qa.api import Post, post_by_number, posts_by_id, quoted_answer, visible_rooms
from bot.plugins.sharing import texts
from bot.plugins.sharing.rules import post_number_in

SAME_MOMENT = timedelta(milliseconds=1)
"""Added to the time of a quote: what was said in the very moment before it can be meant as well."""
_SHORTEST_OWN = 4  # characters by which a line of the bot under another name is known


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quoted message.

    Attributes:
        name: who said it, as shown.
        author_id: our member id; empty when the message is not on record, since a name proves nothing.
        text: what was said, whole when it is on record: WeChat cuts what it quotes.
        message_id: empty when it is not on record.
        is_own: the bot said it.
    """

    name: str
    author_id: str
    text: str
    message_id: str = ""
    is_own: bool = False


async def quoted_message(ctx: Context[Any]) -> Quoted | None:
    """Return what the talker quoted; None when nothing was."""
    quote = ctx.message.quote if ctx.message else None
    if quote is None or ctx.message is None:
        return None
    room_id = ctx.room.id if ctx.room else ""
    stored = await ctx.read(find_quoted, room_id, ctx.talker.id, quote, ctx.message.at + SAME_MOMENT)
    if stored is not None and stored.name == quote.name:
        return Quoted(stored.name, stored.member_id, max(quote.text, stored.text, key=len), stored.id)
    is_own = await ctx.read(_is_own, ctx, quote, stored is None)
    return Quoted(quote.name, "", quote.text, is_own=is_own)


async def decline_own(ctx: Context[Any], quoted: Quoted) -> str:
    """Return what a member reads who shares a line of the bot: the post it is from, or how to share one's own."""
    given = await quoted_answer(ctx)
    post: Post | None = await ctx.read(_find_post, given.focus if given else "", quoted.text)
    rooms = await visible_rooms(ctx)
    is_here = post is not None and (not post.room or post.room in rooms)
    return texts.own_text(post if is_here else None)


def _is_own(db: Database, ctx: Context[Any], quote: Quote, is_nobodys: bool) -> bool:  # noqa: FBT001 - `ctx.read` hands it on
    """Whether the bot said it; under a name it has in this room only, when nobody else is on record with it."""
    if fold(quote.name) == fold(ctx.services.bot_name):
        return True
    lane = ctx.room.id if ctx.room else ctx.talker.id
    is_long = len("".join(quote.text.split())) >= _SHORTEST_OWN
    return (
        is_nobodys
        and is_long
        and ctx.message is not None
        and bool(find_said(db, lane, quote.text, ctx.message.at + SAME_MOMENT))
    )


def _find_post(db: Database, post_id: str, text: str) -> Post | None:
    """Return the post an answer is from, or that a line names, as 「已收录 #57《…》」."""
    if post_id:
        return posts_by_id(db, [post_id]).get(post_id)
    number = post_number_in(text)
    return post_by_number(db, number) if number else None
