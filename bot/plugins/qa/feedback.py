"""有用 and 没用: each member's opinion of a post counts once and moves its place in the search a little."""

from __future__ import annotations

from typing import Any

from bot.plugin import CHAT, Choice, Context, Database, Reply, UserError
from bot.plugins.qa import texts
from bot.plugins.qa.answers_store import BotAnswer, answer_by_id, note_vote
from bot.plugins.qa.citations_store import cited_posts
from bot.plugins.qa.conversation import answer_within, asker_of, context_term, quoted_answer, source_term
from bot.plugins.qa.desk import Asked, hand_over, is_open, read_noted
from bot.plugins.qa.model import Post
from bot.plugins.qa.rules import Kind, SourceNumber
from bot.plugins.qa.settings import QaSettings
from bot.plugins.qa.sources import nameable, post_called, readable_access
from bot.plugins.qa.store import posts_by_id

KEEP = "记成待答"
"""The hidden command behind the line below 没用."""
_WORDS = {True: "有用", False: "没用"}
_VOTES = {word: is_useful for is_useful, word in _WORDS.items()}


async def vote(ctx: Context[QaSettings], which: SourceNumber | None, *, is_useful: bool) -> Reply | str:
    """Count what a member thinks of a post.

    The post is the one with that number, the one of the quoted answer, or of the member's last answer. To whoever got
    no answer lately the bare words are chat.

    Raises:
        UserError: a number was given that names no source.
    """
    given = await _given(ctx)
    if which is not None:
        return await _vote_on(ctx, which, given, is_useful=is_useful)
    if given is None or not (given.can_be_judged or given.focus):
        return await _without_answer(ctx, is_useful=is_useful)
    if not given.focus and len(given.posts) > 1:
        posts = await nameable(ctx, given.posts[: given.listed])
        choices = tuple(
            Choice(text=f"《{post.title}》", command=f"{_WORDS[is_useful]} #{post.number}") for post in posts
        )
        return Reply(text=f"您说的是哪一篇{_WORDS[is_useful]}？回复数字：", choices=choices)
    post_id = given.focus or next(iter(given.posts), "")
    post = (await ctx.read(posts_by_id, [post_id])).get(post_id) if post_id else None
    return await _count(ctx, post, given, is_useful=is_useful)


async def _vote_on(
    ctx: Context[QaSettings], which: SourceNumber, given: BotAnswer | None, *, is_useful: bool
) -> Reply | str:
    post = await post_called(ctx, which)
    if post is None or not await nameable(ctx, [post.id]):
        raise UserError(f"没有找到「来源 {which.value}」，请看看回答里的编号，比如 #57。")
    if post.access not in await readable_access(ctx, {post.access}):
        return texts.teaser_text([post])
    return await _count(ctx, post, given, is_useful=is_useful)


async def hear_vote(ctx: Context[QaSettings]) -> Reply | str | None:
    """Count 有用 and 没用 said to a quoted answer in rooms where command words need the bot's name."""
    is_useful = _VOTES.get(ctx.text.strip(" 。.!~"))
    if is_useful is None or ctx.message is None or ctx.message.quote is None:
        return None
    return await vote(ctx, None, is_useful=is_useful)


async def keep_question(ctx: Context[QaSettings], answer_id: str) -> Reply:
    """Note the question of an answer that did not help as open.

    Raises:
        UserError: there is no such answer any more.
    """
    given: BotAnswer | None = await ctx.read(answer_by_id, answer_id, ctx.talker.id)
    if given is None:
        raise UserError("那次提问已经过去太久了，请再问一次。")
    note = await hand_over(ctx, Asked(given.subject, Kind.UNKNOWN, ()))
    noted = read_noted(await ctx.db(note))
    return Reply(text=texts.kept_text(noted.number, noted.lines), mentions=noted.mentions)


async def _given(ctx: Context[QaSettings]) -> BotAnswer | None:
    """Return the answer that is judged; said bare in a room, only a moment later, as it may be said to anybody."""
    message = ctx.message
    if message is not None and message.quote is not None:
        return await quoted_answer(ctx)
    is_surely_meant = message is not None and (message.mentions_bot or message.text.startswith("/"))
    return await answer_within(ctx, source_term(ctx) if is_surely_meant else context_term(ctx))


async def _without_answer(ctx: Context[QaSettings], *, is_useful: bool) -> Reply | str:
    """Say something only when the bot was surely meant; what somebody was told later counts as an answer, too."""
    message = ctx.message
    if message is None or not message.mentions_bot or message.quote is not None:
        return CHAT
    cited: list[str] = await ctx.read(cited_posts, asker_of(ctx), ctx.now)
    if cited:
        post = (await ctx.read(posts_by_id, cited[:1])).get(cited[0])
        return await _count(ctx, post, None, is_useful=is_useful)
    return texts.GLAD if is_useful else texts.SORRY


async def _count(
    ctx: Context[QaSettings], post: Post | None, given: BotAnswer | None, *, is_useful: bool
) -> Reply | str:
    if post is not None and post.is_of(ctx.talker.id):
        return f"#{post.number} 是您自己分享的，就不计票了，谢谢您的分享。"
    before, why = None, ""
    if post is not None:
        before = await ctx.db(_note_vote, ctx, post.id, is_useful)
        why = f"#{post.number} 记了一票「{_WORDS[is_useful]}」"
    if is_useful or before is False:
        return Reply(text=texts.thanks_text(before=before, is_useful=is_useful), why=why)
    if given is None or given.member_id != ctx.talker.id or not is_open(ctx):
        return Reply(text=texts.SORRY, why=why)
    choice = Choice(text="记成待答，等群友来答", command=f"{KEEP} {given.id}")
    return Reply(text=texts.WANTS_KEPT, choices=(choice,), why=why)


def _note_vote(db: Database, ctx: Context[Any], post_id: str, is_useful: bool) -> bool | None:  # noqa: FBT001 - the vote
    return note_vote(db, ctx.talker.id, post_id, is_useful, ctx.now)
