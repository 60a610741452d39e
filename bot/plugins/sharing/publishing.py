"""Takes in what members share: through the gate, past what is alike, into the knowledge, the queue or a question."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Findings, Role, UserError
from bot.plugins.qa.api import (
    FREE,
    MEMBER,
    Draft,
    Post,
    Source,
    SourceNumber,
    TextChange,
    Why,
    count_shared,
    find_twin,
    last_shared,
    post_by_number,
    posts_by_id,
    publish_post,
    visible_rooms,
    withdraw_post,
)
from bot.plugins.sharing import texts
from bot.plugins.sharing.collecting_store import end_collection
from bot.plugins.sharing.gate import Limits, Ruling, Verdict, examine
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.quoting import decline_own, quoted_message
from bot.plugins.sharing.rules import Shared, count_substance, parse_quoted_share, parse_share, similarity
from bot.plugins.sharing.settings import SharingSettings
from bot.plugins.sharing.store import link_messages
from bot.plugins.sharing.waiting_store import Kind, Wish, add_waiting, drop_questions, open_waiting

_LOOKED_AT = 3  # posts compared with a new one
_COMPARED = 4000  # characters of a new post that are compared; the search looks at no more anyway
_LONGEST_MERGED = 40_000  # characters of both
_QUESTION_TERM = timedelta(minutes=30)
_MEMBERS_ONLY = "会员"  # the tag that makes a post one for paying members
NOT_YOURS_TO_LOCK = "「#会员」只有群主、管理员和专家能用，这篇大家都能看。"


async def share(ctx: Context[SharingSettings], text: str) -> str:
    """Take in a post made of the text or of a quoted message.

    Raises:
        UserError: too little was said, just that is there already, or it is the bot that said it.
    """
    quoted = await quoted_message(ctx)
    if quoted and quoted.is_own:
        least = ctx.config.least_body
        if count_substance(parse_share(text).body, least) < least:
            raise UserError(await decline_own(ctx, quoted))
        quoted = None  # what they wrote themselves beside it is a post of its own
    shared = parse_quoted_share(text, quoted.text) if quoted else parse_share(text)
    messages = [ctx.message.id] if ctx.message else []
    messages += [quoted.message_id] if quoted and quoted.message_id else []
    author = (quoted.author_id, quoted.name) if quoted else None
    return await offer(ctx, Incoming(make_draft(ctx, shared, author=author), tuple(messages)))


async def offer(
    ctx: Context[SharingSettings], incoming: Incoming, *, limits: Limits | None = None, ends_collection: bool = False
) -> str:
    """Publish what somebody wants to share, or do what has to be done first; everything shared comes through here.

    Args:
        ctx: the call; its talker shares.
        incoming: the draft (see `make_draft`) and the messages it was made of.
        limits: how much has to be said; None for the settings.
        ends_collection: it is what the talker collected here.

    Returns:
        What the talker reads.

    Raises:
        UserError: it is not taken, or just that is there already.
    """
    verdict = await _judge(incoming.draft, limits or Limits(ctx.config.least_body))
    if verdict.ruling is Ruling.REFUSE:
        raise UserError(verdict.reasons[0])
    alike, ratio = await _find_alike(ctx, verdict.draft)
    taken: dict[str, Any] = await ctx.db(
        _take_in, ctx, replace(incoming, draft=verdict.draft), verdict.reasons, alike, ratio, ends_collection
    )
    if taken["what"] == "twin":
        raise UserError(taken["text"])
    note = NOT_YOURS_TO_LOCK if _wants_lock(ctx, incoming.draft) else ""
    return "\n".join(part for part in (taken["text"], verdict.note, note) if part)


def make_draft(ctx: Context[SharingSettings], shared: Shared, *, author: tuple[str, str] | None = None) -> Draft:
    """Return what the talker wants to share as a draft.

    Args:
        ctx: the call.
        shared: title, body and tags.
        author: (member id, empty when unknown; name) of somebody else who wrote it.
    """
    author_id, name = author or (ctx.talker.id, ctx.talker_name)
    is_locked = _MEMBERS_ONLY in shared.tags and ctx.role >= Role.EXPERT
    return Draft(
        title=shared.title,
        body=shared.body,
        tags=tuple(tag for tag in shared.tags if not (is_locked and tag == _MEMBERS_ONLY)),
        author=name,
        author_id=author_id,
        member_id=ctx.talker.id,
        room=ctx.room.id if ctx.room else "",
        access=MEMBER if is_locked else FREE,
        date=ctx.now.astimezone(ctx.zone).date().isoformat(),
        source=Source.SHARE,
    )


def publish(db: Database, ctx: Context[Any], incoming: Incoming) -> Post:
    """Make a post of a draft, and note of which messages."""
    post = publish_post(db, incoming.draft, ctx.now)
    link_messages(db, incoming.messages, post.number, incoming.draft.author_id or incoming.draft.member_id, now=ctx.now)
    return post


def twin_text(db: Database, draft: Draft) -> str:
    """Return what is said when just that is there already; empty when it is not."""
    twin = find_twin(db, draft.content_hash)
    return f"这篇已经有了：#{twin.number}《{twin.title}》，谢谢您。" if twin else ""


def is_trusted(db: Database, ctx: Context[SharingSettings]) -> bool:
    """Whether the talker's posts are published without being looked at."""
    return ctx.role >= Role.EXPERT or count_shared(db, ctx.talker.id) >= ctx.config.trusted_posts


def hold(db: Database, ctx: Context[SharingSettings], wish: Wish) -> int:
    """Put a draft into the owner's queue and tell the owner; return its number."""
    number = add_waiting(db, wish, ctx.now)
    text = texts.held_notice(number, wish.incoming.draft.title, wish.sharer_name, wish.reasons)
    ctx.part("notices").write(db, text, f"sharing/held/{number}", ctx.room)
    return number


async def withdraw(ctx: Context[SharingSettings], which: SourceNumber | None) -> str:
    """Take a post back: its author for some minutes, owner and admins always.

    Raises:
        UserError: there is no such post, or it is not theirs, or it is too late.
    """
    taken: dict[str, Any] = await ctx.db(_withdraw, which, ctx)
    return f"已撤回 #{taken['number']}《{taken['title']}》。"


async def _judge(draft: Draft, limits: Limits) -> Verdict:
    if len(draft.body) < _COMPARED:
        return examine(draft, limits)
    return await asyncio.to_thread(examine, draft, limits)


async def _find_alike(ctx: Context[SharingSettings], draft: Draft) -> tuple[Post | None, float]:
    """Return the post most like a new one, when it is alike enough to ask."""
    question = f"{draft.title}\n{draft.body}"[:_COMPARED]
    findings: Findings = await ctx.part("search").find(
        ctx.services.community, question, rooms=await visible_rooms(ctx), access=(FREE,), limit=_LOOKED_AT
    )
    posts: dict[str, Post] = await ctx.read(posts_by_id, [hit.document_id for hit in findings.hits])
    rated = [(similarity(question, f"{post.title}\n{post.body}"[:_COMPARED]), post) for post in posts.values()]
    best, post = max(rated, key=lambda pair: pair[0], default=(0.0, None))
    return (post, best) if best >= ctx.config.alike_from else (None, best)


def _wants_lock(ctx: Context[SharingSettings], draft: Draft) -> bool:
    return _MEMBERS_ONLY in draft.tags and ctx.role < Role.EXPERT


# Each of these is one step: a message that is handled again after a crash gets the answer it was owed, and does not
# meet its own post as a duplicate.


def _take_in(  # noqa: PLR0917 - one transaction, told everything that was found out before
    db: Database,
    ctx: Context[SharingSettings],
    incoming: Incoming,
    reasons: tuple[str, ...],
    alike: Post | None,
    ratio: float,
    ends_collection: bool,  # noqa: FBT001 - `ctx.db` hands it on
) -> dict[str, Any]:
    draft = incoming.draft
    if text := twin_text(db, draft):
        return {"what": "twin", "text": text}
    if ends_collection:
        end_collection(db, draft.room, ctx.talker.id)
    reasons = why_held(db, ctx, reasons)
    wish = Wish(
        kind=Kind.REVIEW, incoming=incoming, sharer_id=ctx.talker.id, sharer_name=ctx.talker_name, room_id=draft.room
    )
    if reasons and _is_waiting(db, draft):
        return {"what": "held", "text": "这篇已经在等群主看了，结果会告诉您。"}
    if reasons:
        hold(db, ctx, replace(wish, reasons=reasons))
        return {"what": "held", "text": texts.held_text(reasons)}
    if alike is not None:
        return {"what": "alike", "text": _ask_about(db, ctx, wish, alike, ratio)}
    post = publish(db, ctx, incoming)
    return {"what": "published", "text": texts.thanks_text(post.number, post.title, draft.author)}


def _is_waiting(db: Database, draft: Draft) -> bool:
    """Whether just that waits for the owner already."""
    held = (waiting.incoming.draft for waiting in open_waiting(db) if waiting.kind is Kind.REVIEW)
    return any(one.member_id == draft.member_id and one.content_hash == draft.content_hash for one in held)


def why_held(db: Database, ctx: Context[SharingSettings], reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Return why an owner has to look at what the talker shares first; nothing when they are trusted."""
    if is_trusted(db, ctx):
        return ()
    is_first = count_shared(db, ctx.talker.id) < ctx.config.review_first
    return (*reasons, f"新成员的前 {ctx.config.review_first} 篇要先审核") if is_first else reasons


def _ask_about(db: Database, ctx: Context[SharingSettings], wish: Wish, alike: Post, ratio: float) -> str:
    drop_questions(db, wish.sharer_id, wish.room_id, ctx.now)
    can_merge = _can_merge(wish.incoming.draft, alike)
    asked = replace(
        wish,
        kind=Kind.DUPLICATE,
        decider_id=wish.sharer_id,
        target=alike.number if can_merge else 0,
        until=ctx.now + _QUESTION_TERM,
    )
    add_waiting(db, asked, ctx.now)
    return texts.alike_text(alike, ratio, can_merge=can_merge)


def _can_merge(draft: Draft, post: Post) -> bool:
    """Whether a draft may become a part of a post at all.

    A file is changed where it lies, what is for paying members does not go into what everybody reads, and whole
    documents are not mixed.
    """
    is_short = len(draft.body) + len(post.body) <= _LONGEST_MERGED
    return post.source is Source.SHARE and post.access == draft.access and is_short


def _withdraw(db: Database, which: SourceNumber | None, ctx: Context[SharingSettings]) -> dict[str, Any]:
    post = post_by_number(db, which.value) if which else last_shared(db, ctx.talker.id)
    if post is None:
        raise UserError("没有找到可以撤回的分享，请带上编号，比如「撤回分享 #57」。")
    _check_may_withdraw(ctx, post)
    withdraw_post(db, post, TextChange(why=Why.WITHDRAWN, at=ctx.now, member_id=ctx.talker.id, name=ctx.talker_name))
    return {"number": post.number, "title": post.title}


def _check_may_withdraw(ctx: Context[SharingSettings], post: Post) -> None:
    if post.source is not Source.SHARE:
        raise UserError(f"#{post.number} 来自知识目录，请在文件里修改或删除。")
    if ctx.role >= Role.ADMIN:
        return
    if not post.is_of(ctx.talker.id):
        raise UserError(f"#{post.number} 不是您分享的，需要撤下请联系群主。")
    if ctx.now - post.created_at > timedelta(minutes=ctx.config.withdraw_minutes):
        raise UserError(f"分享超过 {ctx.config.withdraw_minutes:g} 分钟了，需要撤下请联系群主。")
