"""What an owner reads about a trial of rules on what was said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.plugin import VerdictAction, format_duration
from bot.plugins.moderation.fair_texts import quoted
from bot.plugins.moderation.shadow_texts import WORDS

if TYPE_CHECKING:
    from bot.plugins.moderation.replaying import Outcome, Quoted

NO_SUCH_RULE: Final = "没有叫「{which}」的群规，发「群规」看看有哪些。"
NO_RULES: Final = "还没有群规可以试。"
NO_MESSAGES: Final = "最近 {span}没有记下的消息，没有可以试的。"
_SHOWN = 3  # messages quoted of each sort
_NAMED = 3  # rules named in the first line


def tried(
    outcome: Outcome, words: Sequence[str], span: timedelta, false: int, zone: ZoneInfo, *, is_whole: bool, is_all: bool
) -> str:
    """Return the answer to 群规 试跑.

    Args:
        outcome: what the trial found.
        words: the rules that were tried, as people read them.
        span: how far back.
        false: how many of the new hits may be false alarms.
        zone: of the reader.
        is_whole: all rules were tried, because none observes.
        is_all: whether there was time for all messages.
    """
    names = "、".join(f"「{one}」" for one in words[:_NAMED])
    more = f"等 {len(words)} 条" if len(words) > _NAMED else ""
    which = f"{outcome.messages:,} 条消息" if is_all else f"最新 {outcome.messages:,} 条消息（太多了，没有全试）"
    lines = [f"用最近 {format_duration(span)}的 {which}试了群规{names}{more}："]
    lines.append(_whole(outcome) if is_whole else _difference(outcome))
    lines += _quotes("命中的" if is_whole else "多的", outcome.quoted_more, zone)
    lines += _quotes("少的", outcome.quoted_fewer, zone)
    if outcome.more:
        lines.append(_estimate(outcome, false))
    if not is_whole:
        lines.append("马上生效发「群规 应用」，不要了发「群规 放弃」。")
    return "\n".join(lines)


def _whole(outcome: Outcome) -> str:
    return f"会{_counted(outcome.more, '')}。" if outcome.more else "一条也不会命中。"


def _difference(outcome: Outcome) -> str:
    parts = [f"会{_counted(outcome.more, '多')}"] if outcome.more else []
    parts += [f"少 {sum(outcome.fewer.values())} 条"] if outcome.fewer else []
    parts += [f"{outcome.changed} 条处理方式不同"] if outcome.changed else []
    return "，".join(parts) + "。" if parts else "和现在没有差别。"


def _counted(counts: Counter[VerdictAction], prefix: str) -> str:
    return "、".join(f"{prefix}{WORDS[action]} {counts[action]} 条" for action in sorted(counts))


def _quotes(title: str, found: Sequence[Quoted], zone: ZoneInfo) -> list[str]:
    if not found:
        return []
    shown = [
        f"· {one.name} {one.at.astimezone(zone):%m-%d}：{quoted(one.text) if one.text.strip() else one.reason}"
        for one in sorted(found, key=lambda one: one.at)[-_SHOWN:][::-1]
    ]
    return [f"{title}：", *shown]


def _estimate(outcome: Outcome, false: int) -> str:
    if not false:
        return "这些人平时说话不多或者违规过，没有看出误判。"
    rate = 1000 * false / outcome.messages
    return f"其中 {false} 条是平时没违规的老成员说的，可能是误判（每 1,000 条约 {rate:.2g} 条），请看看再定。"
