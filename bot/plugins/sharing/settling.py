"""What a member answers about a draft that waits for them: merge, publish, agree or not; by a bare number or a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Role, find_member
from bot.plugins.qa.api import Post, TextChange, Why, post_by_number, revise_post, with_author
from bot.plugins.sharing import texts
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.publishing import hold, publish, twin_text
from bot.plugins.sharing.rules import Choosing, new_parts, read_choosing
from bot.plugins.sharing.settings import SharingSettings
from bot.plugins.sharing.store import link_messages, set_standing_answer
from bot.plugins.sharing.telling import Addressee, ask, tell
from bot.plugins.sharing.waiting_store import (
    End,
    Kind,
    Waiting,
    Wish,
    add_waiting,
    end_waiting,
    waiting_for,
)

NUMBER_TERM = timedelta(minutes=30)
"""How long a bare number answers a question about consent; words answer it to the end of its term."""
_STANDING = {Choosing.ALWAYS: "always", Choosing.NEVER: "never"}


async def settle(ctx: Context[SharingSettings]) -> str | None:
    """Take what was said as the answer to a question about a draft; None when it is not one."""
    said = read_choosing(ctx.text)
    if said is None:
        return None
    return await ctx.db(_settle, ctx, said)


def _settle(db: Database, ctx: Context[SharingSettings], said: Choosing | int) -> str | None:
    """Settle what was asked last and can be answered so."""
    room_id = ctx.room.id if ctx.room else ""
    for waiting in waiting_for(db, ctx.talker.id, room_id, ctx.now):
        chosen = _choose(waiting, said)
        if chosen is not None and not (isinstance(said, int) and _is_number_stale(waiting, ctx)):
            return _DO[waiting.kind](db, ctx, waiting, chosen)
    return None


def _is_number_stale(waiting: Waiting, ctx: Context[SharingSettings]) -> bool:
    """Whether a bare number may by now be about something else; a word, or a number behind the quote, is not."""
    if waiting.kind is Kind.DUPLICATE or waiting.until is None or (ctx.message and ctx.message.quote):
        return False
    return ctx.now > waiting.until - timedelta(hours=ctx.config.consent_hours) + NUMBER_TERM


def _choose(waiting: Waiting, said: Choosing | int) -> Choosing | None:
    """Return what was chosen of what is offered; None when it is not offered."""
    if waiting.kind is Kind.DUPLICATE:
        offered = [Choosing.MERGE] if waiting.target else []
        offered += [Choosing.PUBLISH, Choosing.DROP]
        words = offered
    else:
        offered = [Choosing.YES, Choosing.NO]
        words = [*offered, *_STANDING] if waiting.kind is Kind.CONSENT else offered
    if isinstance(said, int):
        return offered[said - 1] if said <= len(offered) else None
    return said if said in words else None


def _settle_duplicate(db: Database, ctx: Context[SharingSettings], waiting: Waiting, chosen: Choosing) -> str:
    if chosen is Choosing.DROP:
        end_waiting(db, waiting.number, End.DROPPED, ctx.now, ctx.talker.id)
        about = f"发送「来源 #{waiting.target}」看那一篇。" if waiting.target else ""
        return f"好的，没有重复收录。{about}"
    post = post_by_number(db, waiting.target) if chosen is Choosing.MERGE else None
    if post is None:
        return publish_waiting(db, ctx, waiting)
    return _merge_or_propose(db, ctx, waiting, post)


def _merge_or_propose(db: Database, ctx: Context[SharingSettings], waiting: Waiting, post: Post) -> str:
    parts = new_parts(f"{post.title}\n{post.body}", waiting.incoming.draft.body)
    if not parts:
        end_waiting(db, waiting.number, End.DROPPED, ctx.now, ctx.talker.id)
        return f"您写的 #{post.number} 里都有了，没有要合并的新内容，谢谢您。"
    if post.is_of(ctx.talker.id) or ctx.role >= Role.ADMIN:
        return merge_waiting(db, ctx, waiting, post)
    end_waiting(db, waiting.number, End.DROPPED, ctx.now, ctx.talker.id)
    wish = Wish(
        kind=Kind.MERGE, incoming=waiting.incoming, sharer_id=waiting.sharer_id, sharer_name=waiting.sharer_name,
        room_id=waiting.room_id, target=post.number, reasons=(f"想合并到 #{post.number}《{post.title}》",),
    )  # fmt: skip
    return _propose(db, ctx, wish, post, parts)


def _propose(db: Database, ctx: Context[SharingSettings], wish: Wish, post: Post, parts: str) -> str:
    """Ask the author of the other post, or the owner when it has none who can be asked."""
    author = find_member(db, post.author_id or post.member_id, wish.room_id)
    if author is None:
        hold(db, ctx, replace(wish, kind=Kind.REVIEW))
        return "已请群主看看要不要合并，结果会告诉您。"
    hours = ctx.config.consent_hours
    number = add_waiting(db, replace(wish, decider_id=author.id, until=ctx.now + timedelta(hours=hours)), ctx.now)
    question = texts.merge_text(wish.sharer_name, post, parts, hours)
    ask(ctx, db, Addressee(author.id, wish.room_id), question, f"merge/{number}")
    return f"#{post.number} 是{author.name}的，已请{author.name}确认合并，结果会告诉您。"


def _settle_merge(db: Database, ctx: Context[SharingSettings], waiting: Waiting, chosen: Choosing) -> str:
    sharer = Addressee(waiting.sharer_id, waiting.room_id)
    if chosen is not Choosing.YES:
        end_waiting(db, waiting.number, End.REFUSED, ctx.now, ctx.talker.id)
        told = f"{ctx.talker_name} 没有同意把您的补充合并到 #{waiting.target}，需要的话可以单独分享。"
        tell(ctx, db, sharer, told, f"ended/{waiting.number}")
        return "好的，不合并。"
    post = post_by_number(db, waiting.target)
    if post is None:  # withdrawn meanwhile
        text = told = publish_waiting(db, ctx, waiting)
    else:
        text = merge_waiting(db, ctx, waiting, post)
        told = f"{ctx.talker_name} 同意了，您的补充已合并到 #{post.number}《{post.title}》，谢谢您。"
    tell(ctx, db, sharer, told, f"ended/{waiting.number}")
    return text


def _settle_consent(db: Database, ctx: Context[SharingSettings], waiting: Waiting, chosen: Choosing) -> str:
    if chosen in _STANDING:
        set_standing_answer(db, ctx.talker.id, _STANDING[chosen], ctx.now)
    sharer = Addressee(waiting.sharer_id, waiting.room_id)
    title = waiting.incoming.draft.title
    if chosen in {Choosing.NO, Choosing.NEVER}:
        end_waiting(db, waiting.number, End.REFUSED, ctx.now, ctx.talker.id)
        tell(ctx, db, sharer, f"{ctx.talker_name} 没有同意收录「{title}」的回答。", f"ended/{waiting.number}")
        return "好的，不收录。" + ("以后也不再问您。" if chosen is Choosing.NEVER else "")
    text = publish_waiting(db, ctx, waiting)
    tell(ctx, db, sharer, f"{ctx.talker_name} 同意了。{text}", f"ended/{waiting.number}")
    return text + ("以后不再问您，发送「收录授权」可以改。" if chosen is Choosing.ALWAYS else "")


_DO = {Kind.DUPLICATE: _settle_duplicate, Kind.CONSENT: _settle_consent, Kind.MERGE: _settle_merge}


def publish_waiting(db: Database, ctx: Context[Any], waiting: Waiting) -> str:
    """Make a post of a draft that waited; return what is said."""
    draft = waiting.incoming.draft
    if text := twin_text(db, draft):
        end_waiting(db, waiting.number, End.DROPPED, ctx.now, ctx.talker.id)
        return text
    post = publish(db, ctx, waiting.incoming)
    end_waiting(db, waiting.number, End.PUBLISHED, ctx.now, ctx.talker.id)
    return texts.thanks_text(post.number, post.title, draft.author)


def merge_waiting(db: Database, ctx: Context[Any], waiting: Waiting, post: Post) -> str:
    """Append what is new in a draft to another post as a new version; return what is said."""
    end_waiting(db, waiting.number, End.MERGED, ctx.now, ctx.talker.id)
    merged = _merge(db, ctx, waiting.incoming, post)
    if merged is None:
        return f"#{post.number} 里都有了，没有要合并的新内容。"
    return f"已合并到 #{post.number}《{post.title}》（第 {merged} 版），谢谢{waiting.incoming.draft.author}。"


def _merge(db: Database, ctx: Context[Any], incoming: Incoming, post: Post) -> int | None:
    """Return the number of the new version; None when there is nothing new."""
    draft = incoming.draft
    parts = new_parts(f"{post.title}\n{post.body}", draft.body)
    if not parts:
        return None
    member_id = draft.author_id or draft.member_id
    is_own = post.is_of(member_id)
    part = f"\n\n{parts}" if is_own else f"\n\n补充（{draft.author}）：\n{parts}"
    new = replace(
        post,
        body=post.body.rstrip() + part,
        author=post.author if is_own else with_author(post.author, draft.author),
        tags=tuple(dict.fromkeys([*post.tags, *draft.tags])),
    )
    change = TextChange(why=Why.MERGED, at=ctx.now, member_id=member_id, name=draft.author, part=part)
    version = revise_post(db, new, change)
    link_messages(db, incoming.messages, post.number, member_id, now=ctx.now, version=version)
    return version
