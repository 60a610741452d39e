"""What the owner reads of how the knowledge does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.plugins.questions.rules import hit_rate
from bot.plugins.questions.texts import shorten

if TYPE_CHECKING:
    from bot.plugins.questions.reporting import Facts, Stale

_LINE, _ASKED = 40, 60  # what goes on with a question is named with that question


def report_text(facts: Facts) -> str:
    """Return the weekly report."""
    where = f"「{facts.room}」" if facts.room else "所有群"
    total = sum(facts.counts.values())
    summary = f"问了 {total} 次，答上 {hit_rate(facts.counts):.0%}。" if total else "没有人提问。"
    lines = [f"{where}近 7 天{summary}"]
    if facts.asked:
        lines += ["问得最多："] + [f"· {shorten(text, _ASKED)}（{count} 次）" for text, count in facts.asked]
    if facts.total_open:
        lines += [f"还没有答案 {facts.total_open} 个，最早的："]
        lines += [f"· Q{one.number} {shorten(one.text, _LINE)}（{one.name}）" for one in facts.open]
    if facts.useful:
        lines += ["用得最多的帖子："]
        lines += [f"· #{number}《{shorten(title, _LINE)}》{count} 次" for number, title, count in facts.useful]
    if facts.total_unused:
        names = "、".join(f"#{number}" for number, _ in facts.unused)
        more = " 等" if facts.total_unused > len(facts.unused) else ""
        lines.append(f"满一个月还没用上的帖子有 {facts.total_unused} 篇：{names}{more}。")
    if facts.stale:
        lines.append(f"该核对的帖子有 {facts.stale} 篇，发送「复核」看。")
    return "\n".join(lines)


def stale_text(stale: Sequence[Stale], total: int, months: int) -> str:
    """Return the posts to look at again."""
    if not stale:
        return "没有需要核对的帖子。"
    more = f"（先看 {len(stale)} 篇）" if total > len(stale) else ""
    lines = [f"可能过时的帖子有 {total} 篇{more}："]
    lines += [f"#{one.number}《{shorten(one.title, _LINE)}》{one.why}" for one in stale]
    first = stale[0].number
    lines.append(f"还对就发「复核 #{first} 有效」，{months} 个月内不再提醒；过时了发「复核 #{first} 过期」。")
    return "\n".join(lines)
