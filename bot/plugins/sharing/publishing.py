"""Takes in what members share, and takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Findings, Reply, Role, UserError, find_quoted
from bot.plugins.qa.api import (
    FREE,
    Draft,
    Post,
    Source,
    SourceNumber,
    find_twin,
    hash_content,
    last_shared,
    post_by_number,
    posts_by_id,
    publish_post,
    remove_post,
    visible_rooms,
)
from bot.plugins.sharing import texts
from bot.plugins.sharing.rules import Shared, count_substance, parse_quoted_share, parse_share, similarity
from bot.plugins.sharing.settings import SharingSettings

DUPLICATE = "duplicate"
"""Name of the dialogue that asks what to do about a near duplicate."""
_LEAST_TITLE = 2
_LOOKED_AT = 3  # posts compared with a new one
_USAGE = "请这样发：分享 标题 正文。标题写成别人会问的那句话，正文第一句就说结论。"


async def share(ctx: Context[SharingSettings], text: str) -> Reply | str:
    """Take in a post, or ask first when there is one like it.

    Raises:
        UserError: too little was said, or just that is there already.
    """
    quoted = await _find_quoted(ctx)
    shared = _read(ctx, text, quoted)
    draft = _draft_of(ctx, shared, quoted)
    alike, ratio = await _find_alike(ctx, shared)
    taken: dict[str, Any] = await ctx.db(_take_in, draft, ctx, is_alike=alike is not None)
    if taken["is_twin"]:
        raise UserError(f"这篇已经有了：#{taken['number']}《{taken['title']}》，谢谢您。")
    if alike is not None and not taken["number"]:
        return Reply(text=texts.alike_text(alike, ratio), asks=(DUPLICATE, {"draft": draft, "number": alike.number}))
    return _thanks(taken, draft)


async def settle_duplicate(ctx: Context[SharingSettings], data: dict[str, Any]) -> Reply | str:
    """Do what the member chose about a near duplicate."""
    answer = ctx.text.strip().rstrip("。.")
    if answer in {"2", "仍然发布", "发布"}:
        return _thanks(await ctx.db(_publish, data["draft"], ctx), data["draft"])
    if answer in {"1", "不发了"}:
        return f"好的，没有重复收录。发送「来源 #{data['number']}」看那一篇。"
    return Reply(text="请回复 1（不发了）或 2（仍然发布），发「取消」也可以。", asks=(DUPLICATE, data))


async def withdraw(ctx: Context[SharingSettings], which: SourceNumber | None) -> str:
    """Take a post back: its author for some minutes, owner and admins always.

    Raises:
        UserError: there is no such post, or it is not theirs, or it is too late.
    """
    taken: dict[str, Any] = await ctx.db(_withdraw, which, ctx)
    return f"已撤回 #{taken['number']}《{taken['title']}》。"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quoted message.

    Attributes:
        name: who said it, as shown.
        author_id: our member id; empty when the message is not on record, since a name proves nothing.
        text: what was said, whole when it is on record: WeChat cuts what it quotes.
    """

    name: str
    author_id: str
    text: str


async def _find_quoted(ctx: Context[SharingSettings]) -> Quoted | None:
    quote = ctx.message.quote if ctx.message else None
    if quote is None or ctx.message is None:
        return None
    room_id = ctx.room.id if ctx.room else ""
    stored = await ctx.read(find_quoted, room_id, ctx.talker.id, quote, ctx.message.at)
    if stored is None or stored.name != quote.name:
        return Quoted(quote.name, "", quote.text)
    return Quoted(stored.name, stored.member_id, max(quote.text, stored.text, key=len))


def _check_may_withdraw(ctx: Context[SharingSettings], post: Post) -> None:
    if post.source is not Source.SHARE:
        raise UserError(f"#{post.number} 来自知识目录，请在文件里修改或删除。")
    if ctx.role >= Role.ADMIN:
        return
    if post.member_id != ctx.talker.id:
        raise UserError(f"#{post.number} 不是您分享的，需要撤下请联系群主。")
    if ctx.now - post.created_at > timedelta(minutes=ctx.config.withdraw_minutes):
        raise UserError(f"分享超过 {ctx.config.withdraw_minutes:g} 分钟了，需要撤下请联系群主。")


def _read(ctx: Context[SharingSettings], text: str, quoted: Quoted | None) -> Shared:
    shared = parse_quoted_share(text, quoted.text) if quoted else parse_share(text)
    if count_substance(shared.title) < _LEAST_TITLE or not shared.body:
        raise UserError(_USAGE)
    if count_substance(shared.body) < ctx.config.least_body:
        raise UserError(f"正文太短了，至少写 {ctx.config.least_body} 个字，把结论和做法说清楚再发一次。")
    return shared


def _draft_of(ctx: Context[SharingSettings], shared: Shared, quoted: Quoted | None) -> dict[str, Any]:
    """Return a draft as JSON values: a dialogue keeps it while the member is asked."""
    author = (quoted.author_id, quoted.name) if quoted else (ctx.talker.id, ctx.talker_name)
    return {
        "title": shared.title,
        "body": shared.body,
        "tags": list(shared.tags),
        "author": author[1],
        "author_id": author[0],
        "member_id": ctx.talker.id,
        "room": ctx.room.id if ctx.room else "",
    }


async def _find_alike(ctx: Context[SharingSettings], shared: Shared) -> tuple[Post | None, float]:
    """Return the post most like a new one, when it is alike enough to ask."""
    search = ctx.part("search")
    question = f"{shared.title}\n{shared.body}"
    findings: Findings = await search.find(
        ctx.services.community, question, rooms=await visible_rooms(ctx), access=(FREE,), limit=_LOOKED_AT
    )
    posts: dict[str, Post] = await ctx.read(posts_by_id, [hit.document_id for hit in findings.hits])
    rated = [(similarity(question, f"{post.title}\n{post.body}"), post) for post in posts.values()]
    best, post = max(rated, key=lambda pair: pair[0], default=(0.0, None))
    return (post, best) if best >= ctx.config.alike_from else (None, best)


# Each of these is one step: a message that is handled again after a crash gets the answer it was owed, and does not
# meet its own post as a duplicate.


def _take_in(db: Database, draft: dict[str, Any], ctx: Context[SharingSettings], *, is_alike: bool) -> dict[str, Any]:
    twin = find_twin(db, hash_content(draft["title"], draft["body"]))
    if twin is not None:
        return {"is_twin": True, "number": twin.number, "title": twin.title}
    return {"is_twin": False, "number": 0} if is_alike else {"is_twin": False, **_publish(db, draft, ctx)}


def _publish(db: Database, draft: dict[str, Any], ctx: Context[SharingSettings]) -> dict[str, Any]:
    values = draft | {"tags": tuple(draft["tags"]), "source": Source.SHARE}
    post = publish_post(db, Draft(**values, date=ctx.now.astimezone(ctx.zone).date().isoformat()), ctx.now)
    return {"number": post.number, "title": post.title}


def _withdraw(db: Database, which: SourceNumber | None, ctx: Context[SharingSettings]) -> dict[str, Any]:
    post = post_by_number(db, which.value) if which else last_shared(db, ctx.talker.id)
    if post is None:
        raise UserError("没有找到可以撤回的分享，请带上编号，比如「撤回分享 #57」。")
    _check_may_withdraw(ctx, post)
    remove_post(db, post.id, ctx.now)
    return {"number": post.number, "title": post.title}


def _thanks(stored: dict[str, Any], draft: dict[str, Any]) -> str:
    return f"已收录 #{stored['number']}《{stored['title']}》，谢谢{draft['author']}。"
