"""Follow-ups that are clear by themselves: they go on with an answer, whether or not the bot is called by its name."""

from __future__ import annotations

from datetime import timedelta

from bot.plugin import Context, Message, MessageKind, Reply, UserError
from bot.plugins.qa import texts
from bot.plugins.qa.answering import go_on
from bot.plugins.qa.answers_store import BotAnswer, note_answer
from bot.plugins.qa.conversation import answer_within, asker_of, context_term, quoted_answer, source_term
from bot.plugins.qa.excerpt import find_code, find_reasons
from bot.plugins.qa.follow_up import FollowUp, Way, read_follow_up, write_out
from bot.plugins.qa.model import Post
from bot.plugins.qa.rules import Kind
from bot.plugins.qa.settings import QaSettings
from bot.plugins.qa.sources import nameable, readable_access, show_more

_AT_ONCE = timedelta(minutes=2)  # in a busy room what is said later need not be said to the bot

_NOT_THERE = {
    Way.WHY: "《{title}》里没有单独讲原因，可以看看前后文。",
    Way.EXAMPLE: "《{title}》里没有短的例子，可以看看全文。",
    Way.DETAIL: "具体的写在《{title}》里。",
}


async def continue_talk(ctx: Context[QaSettings]) -> Reply | str | None:
    """Answer a message that goes on with an answer of this member, or that quotes one; None for all others."""
    message = ctx.message
    follow_up = read_follow_up(ctx.text) if message and message.kind is MessageKind.TEXT else None
    if message is None or follow_up is None:
        return None
    is_asked = message.mentions_bot or message.quote is not None
    if (not follow_up.is_clear and not is_asked) or (follow_up.way is Way.ELLIPSIS and message.quote is None):
        return None  # what could be a question of its own is compared with that: see `answer`
    before = await _find_before(ctx, message)
    if before is None:
        return None
    try:
        is_sure = message.mentions_bot or (is_asked and follow_up.is_clear)
        return await _continue(ctx, follow_up, before, only_sure=not is_sure)
    except UserError as error:
        return str(error) if is_asked else None


async def _find_before(ctx: Context[QaSettings], message: Message) -> BotAnswer | None:
    if message.quote is not None:
        return await quoted_answer(ctx)
    term = context_term(ctx)
    if ctx.room and not message.mentions_bot and ctx.part("config").room(ctx.room.topic).triggers != "all":
        term = min(term, _AT_ONCE)
    return await answer_within(ctx, term)


async def _continue(
    ctx: Context[QaSettings], follow_up: FollowUp, before: BotAnswer, *, only_sure: bool
) -> Reply | str | None:
    if follow_up.way is Way.OTHERS:
        return await show_more(ctx, before)
    if follow_up.way in {Way.WHY, Way.EXAMPLE, Way.DETAIL}:
        post = await _find_post(ctx, before)
        lines = _lines_for(follow_up.way, post) if post else ()
        if post:
            return await _tell_more(ctx, follow_up, before, post, lines) if lines or not only_sure else None
    return await go_on(ctx, follow_up, before, only_sure=only_sure)


async def _find_post(ctx: Context[QaSettings], before: BotAnswer) -> Post | None:
    """Return the post that was answered from, if it may still be read here."""
    posts = await nameable(ctx, [before.focus] if before.focus else [])
    readable = await readable_access(ctx, {post.access for post in posts})
    return next((post for post in posts if post.access in readable), None)


def _lines_for(way: Way, post: Post) -> tuple[str, ...]:
    return {Way.WHY: find_reasons, Way.EXAMPLE: find_code}[way](post.body) if way is not Way.DETAIL else ()


async def _tell_more(
    ctx: Context[QaSettings], follow_up: FollowUp, before: BotAnswer, post: Post, lines: tuple[str, ...]
) -> Reply:
    """Answer out of the post at hand."""
    today = ctx.now.astimezone(ctx.zone).date()
    understood = write_out(follow_up, before.subject, post.title)
    given = BotAnswer(
        id="",
        member_id=ctx.talker.id,
        question=ctx.text,
        understood=before.subject,
        kind=Kind.ANSWER,
        posts=before.posts,
        listed=before.listed,
        focus=post.id,
        answered_at=ctx.now,
    )
    await ctx.db(note_answer, asker_of(ctx), ctx.cause, given, source_term(ctx))
    lines = lines or (_NOT_THERE[follow_up.way].format(title=post.title),)
    return Reply(text=texts.part_text(lines, post, today), why=f"按「{understood}」理解，接着 #{post.number} 说")
