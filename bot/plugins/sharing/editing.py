"""What members do with their own posts: list them, change them, look at their history; and what a recall does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.plugin import Choice, Context, Database, Reply, Role, UserError
from bot.plugins.qa.api import (
    Draft,
    Post,
    Source,
    SourceNumber,
    TextChange,
    Version,
    Why,
    count_votes,
    last_shared,
    post_by_number,
    post_on_record,
    revise_post,
    shared_by,
    versions_of,
    withdraw_post,
    without_author,
)
from bot.plugins.sharing import texts
from bot.plugins.sharing.collecting_store import remove_part
from bot.plugins.sharing.gate import Limits, Ruling, examine
from bot.plugins.sharing.publishing import is_trusted
from bot.plugins.sharing.rules import post_number_in, take_tags
from bot.plugins.sharing.settings import SharingSettings
from bot.plugins.sharing.store import made_of
from bot.plugins.sharing.waiting_store import End, Waiting, end_waiting, open_waiting

_LISTED = 10


async def list_mine(ctx: Context[Any]) -> Reply | str:
    """Return the talker's own posts, the latest first."""
    posts = await ctx.read(_read_mine, ctx.talker.id)
    if not posts:
        return "您还没有分享过。发「分享 标题 正文」，或者引用一条消息发「分享」。"
    choices = tuple(
        Choice(texts.mine_line(post, useful), f"来源 #{post.number}", post.number) for post, useful in posts
    )
    return Reply(text="您最近的分享，回复编号看全文：", choices=choices)


async def edit(ctx: Context[SharingSettings], which: SourceNumber | None, text: str) -> str:
    """Give an own post another body; the old one is kept.

    Raises:
        UserError: there is no such post, it is not theirs, or the text is not taken.
    """
    quote = ctx.message.quote if ctx.message else None
    if quote and which and not which.is_post:  # 「3 个步骤……」 under a quote is text
        text, which = f"{which.value} {text}", None
    number = which.value if which else post_number_in(quote.text) if quote else None
    if number is None or not text.strip():
        raise UserError("请这样发：编辑分享 #57 新的正文，或者引用我说的「已收录 #57」发「编辑分享 新的正文」。")
    body, tags = take_tags(text)
    verdict = examine(Draft(title="正文", body=body), Limits(ctx.config.least_body))
    if verdict.ruling is Ruling.REFUSE:
        raise UserError(verdict.reasons[0])
    said: str = await ctx.db(_edit, ctx, number, verdict.draft.body, tags, "；".join(verdict.reasons))
    return "\n".join(part for part in (said, verdict.note) if part)


async def show_history(ctx: Context[Any], which: SourceNumber | None, version: int | None) -> Reply | str:
    """Return the versions of a post, or one of them, to its author and the admins.

    Raises:
        UserError: there is no such post, or it is not theirs.
    """
    post, versions = await ctx.read(_read_history, ctx, which)
    if version is not None:
        found = next((one for one in versions if one.version == version), None)
        if found is None:
            raise UserError(f"#{post.number} 没有第 {version} 版，发送「分享历史 #{post.number}」看看有哪些。")
        return texts.version_text(post.number, found)
    if not versions:
        return f"#{post.number}《{post.title}》没有改过，发送「来源 #{post.number}」看全文。"
    choices = tuple(
        Choice(
            texts.version_line(one, one is versions[-1], ctx.now, ctx.zone),
            f"分享历史 #{post.number} {one.version}",
            one.version,
        )
        for one in versions[-_LISTED:]
    )
    return Reply(text=f"《{post.title}》#{post.number} 的历史，回复编号看那一版：", choices=choices)


async def recall(ctx: Context[Any]) -> str | None:
    """Take back what was made of a message that its sender took back; None when nothing was."""
    message_id = ctx.message.recalled_id if ctx.message else ""
    return (await ctx.db(_recall, ctx, message_id)) or None if message_id else None


def _read_mine(db: Database, member_id: str) -> list[tuple[Post, int]]:
    return [(post, count_votes(db, post.id).useful) for post in shared_by(db, member_id, _LISTED)]


def _edit(db: Database, ctx: Context[SharingSettings], number: int, body: str, tags: tuple[str, ...], why: str) -> str:  # noqa: PLR0917 - one transaction
    post = post_by_number(db, number)
    if post is None:
        raise UserError(f"没有找到 #{number}，请看看编号对不对。")
    _check_own(ctx, post)
    if post.source is not Source.SHARE:
        raise UserError(f"#{number} 来自知识目录，请在文件里修改。")
    if why and not is_trusted(db, ctx):
        raise UserError(f"这次修改没有保存（{why}），请去掉之后再发一次。")
    if post.body == body and (not tags or tags == post.tags):
        return f"#{number} 就是这样写的，没有改动。"
    change = TextChange(why=Why.EDITED, at=ctx.now, member_id=ctx.talker.id, name=ctx.talker_name)
    version = revise_post(db, replace(post, body=body, tags=tags or post.tags), change)
    return f"已更新 #{number}《{post.title}》（第 {version} 版）。"


def _check_own(ctx: Context[Any], post: Post) -> None:
    if ctx.role < Role.ADMIN and not post.is_of(ctx.talker.id):
        raise UserError(f"#{post.number} 不是您分享的，只有作者和管理员可以。")


def _read_history(db: Database, ctx: Context[Any], which: SourceNumber | None) -> tuple[Post, list[Version]]:
    post = post_on_record(db, which.value) if which else last_shared(db, ctx.talker.id)
    if post is None:
        raise UserError("没有找到这篇分享，请带上编号，比如「分享历史 #57」。")
    _check_own(ctx, post)
    return post, versions_of(db, post.number)


def _recall(db: Database, ctx: Context[Any], message_id: str) -> str:
    remove_part(db, message_id)
    told = [line for number, version in made_of(db, message_id) if (line := _take_back(db, ctx, number, version))]
    told += [_drop(db, ctx, waiting) for waiting in open_waiting(db) if message_id in waiting.incoming.messages]
    return f"{ctx.talker_name} 撤回了消息，{'，'.join(told)}。" if told else ""


def _drop(db: Database, ctx: Context[Any], waiting: Waiting) -> str:
    end_waiting(db, waiting.number, End.RECALLED, ctx.now, ctx.talker.id)
    return f"还没发布的《{texts.cut(waiting.incoming.draft.title)}》不发了"


def _take_back(db: Database, ctx: Context[Any], number: int, version: int) -> str:
    """Withdraw the post that was made of a message, or take out of it what the message added."""
    post = post_by_number(db, number)
    if post is None:
        return ""
    if version == 1:
        withdraw_post(
            db, post, TextChange(why=Why.WITHDRAWN, at=ctx.now, member_id=ctx.talker.id, name=ctx.talker_name)
        )
        return f"由它分享的 #{number}《{post.title}》也撤下了"
    added = next((one for one in versions_of(db, number) if one.version == version), None)
    if added is None or not added.part or added.part not in post.body:
        return ""
    authors = without_author(post.author, added.name) if post.author != added.name else post.author
    new = replace(post, body=post.body.replace(added.part, ""), author=authors)
    change = TextChange(why=Why.TAKEN_OUT, at=ctx.now, member_id=ctx.talker.id, name=ctx.talker_name)
    revise_post(db, new, change)
    return f"由它合并到 #{number}《{post.title}》的内容也拿掉了"
