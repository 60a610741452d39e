"""What members read about sharing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.plugins.qa.api import Post, Version, Why, short_date
from bot.plugins.sharing.waiting_store import Kind, Waiting

_SHOWN_TITLE, _SHOWN_BODY = 30, 300
_WHY = {
    Why.FIRST: "第一版", Why.FILE: "文件更新", Why.MERGED: "合并了补充", Why.EDITED: "修改了正文",
    Why.TAKEN_OUT: "撤回了补充", Why.WITHDRAWN: "撤下了帖子",
}  # fmt: skip


def alike_text(post: Post, alike: float, *, can_merge: bool) -> str:
    """Return what is asked about a near duplicate."""
    options = (["合并"] if can_merge else []) + ["仍然发布", "不发了"]
    lines = (f"{number}. {option}" for number, option in enumerate(options, 1))
    asked = f"与 #{post.number}《{post.title}》相似 {alike:.0%}："
    return "\n".join([asked, *lines, f"请回复数字，想先看看就发「来源 #{post.number}」。"])


def own_text(post: Post | None) -> str:
    """Return what a member reads who shares what the bot said, with the post it is about."""
    if post is None:
        return "这是我自己说的话，就不收录了。您的经验请直接发「分享 标题 正文」。"
    about = f"#{post.number}《{post.title}》"
    return f"这是我自己说的话，内容在 {about}里，已经收录了。看全文发「来源 #{post.number}」。"


def thanks_text(number: int, title: str, author: str) -> str:
    """Return what a sharer reads when the post is published."""
    return f"已收录 #{number}《{title}》，谢谢{author}。"


def held_text(reasons: Sequence[str]) -> str:
    """Return what a sharer reads when an owner has to look at it first."""
    return f"收到，谢谢您。这篇要先请群主看一下（{'；'.join(reasons)}），结果会告诉您。"


def held_notice(number: int, title: str, name: str, reasons: Sequence[str]) -> str:
    """Return what the owner reads when something has to be looked at."""
    return f"有一篇分享等您审核：{number}.《{cut(title)}》{name}\n{'；'.join(reasons)}\n发送「审核」处理。"


def consent_text(asker: str, role: str, question: str, answer: str, hours: float) -> str:
    """Return what an answerer is asked; the mention stands in front of it."""
    return (
        f"{role}{asker} 想把您的回答收进知识库，署您的名：\n问：{cut(question, 50)}\n答：{cut(answer, 80)}\n"
        f"回复 1 同意，2 不同意；半小时后请写「同意」或「不同意」（{hours:g} 小时内有效）。"
        "也可以回「以后都同意」或「以后都不」。"
    )


def merge_text(name: str, post: Post, parts: str, hours: float) -> str:
    """Return what the author of a post is asked; the mention stands in front of it."""
    return (
        f"{name} 想给您的 #{post.number}《{post.title}》补充：\n{cut(parts, 120)}\n"
        f"回复 1 同意合并，2 不同意；半小时后请写「同意」或「不同意」（{hours:g} 小时内有效）。"
    )


def queue_text(own: int, others: Sequence[str]) -> str:
    """Return what stands above (and, for what others decide, instead of) the numbered drafts."""
    head = f"待审核 {own} 篇，回复编号看全文：" if own else "现在没有要审核的分享。"
    return "\n".join([*others, head])


def queue_line(waiting: Waiting, room: str) -> str:
    """Return a draft as one line of the queue."""
    where = f"（{room}）" if room else ""
    return f"《{cut(waiting.incoming.draft.title)}》{waiting.sharer_name}{where}：{'；'.join(waiting.reasons)}"


def others_line(waiting: Waiting, name: str, now: datetime) -> str:
    """Return a draft that waits for somebody else as one line."""
    hours = max(1, round((waiting.until - now).total_seconds() / 3600)) if waiting.until else 0
    what = "同意收录" if waiting.kind is Kind.CONSENT else f"同意合并到 #{waiting.target}"
    return f"等{name}{what}：《{cut(waiting.incoming.draft.title)}》（还有 {hours} 小时）"


def review_text(waiting: Waiting) -> str:
    """Return a draft as the owner looks at it."""
    draft = waiting.incoming.draft
    goal = f"，合并到 #{waiting.target}" if waiting.target else ""
    return (
        f"{waiting.number}.《{draft.title}》{waiting.sharer_name}{goal}\n送审原因：{'；'.join(waiting.reasons)}\n\n"
        f"{cut(draft.body, _SHOWN_BODY)}\n\n要说明理由就发「审核 拒绝 {waiting.number} 理由」，或者回复数字："
    )


def version_line(version: Version, is_current: bool, now: datetime, zone: ZoneInfo) -> str:  # noqa: FBT001 - one of two kinds of lines
    """Return a version as one line of a history."""
    day = short_date(version.at.astimezone(zone).date().isoformat(), now.astimezone(zone).date())
    who = f" {version.name}" if version.name else ""
    return f"{day}{who} {_WHY[version.why]}{'（现在）' if is_current else ''}"


def version_text(number: int, version: Version) -> str:
    """Return one version whole."""
    return f"《{version.title}》#{number} 第 {version.version} 版 · {version.author}\n\n{version.body}"


def mine_line(post: Post, useful: int) -> str:
    """Return an own post as one line, with how many found it useful."""
    return f"《{cut(post.title)}》{f'{useful} 人觉得有用' if useful else ''}"


def cut(text: str, most: int = _SHOWN_TITLE) -> str:
    """Return a text as one line (or the lines of a long one) that is not too long."""
    text = " ".join(text.split()) if most < _SHOWN_BODY else text
    return text if len(text) <= most else f"{text[: most - 1]}…"
