"""What owners read about rules that only observe, and about trials on what was said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from bot.plugin import VerdictAction, format_moment
from bot.plugins.moderation.fair_texts import quoted
from bot.plugins.moderation.rule_versions import RuleVersion
from bot.plugins.moderation.shadow_store import ShadowHit

NOTHING_OBSERVES: Final = "现在没有在观察的群规，都已经生效了。"
NOT_OBSERVING: Final = "没有叫「{which}」的群规在观察，发「群规 观察」看看有哪些。"
WHAT_NEXT: Final = "马上生效发「群规 应用」，不要了发「群规 放弃」，用以前的消息试发「群规 试跑 30天」。"
TOO_MUCH: Final = "觉得管得太宽，发「案卷」看看，或在 bot.yaml 里改这条规则。"
_SHOWN = 3  # messages quoted for one rule

WORDS: Final = {
    VerdictAction.ALLOW: "放行",
    VerdictAction.REMIND: "提醒",
    VerdictAction.WARN: "警告",
    VerdictAction.REPORT: "报告",
    VerdictAction.REMOVE: "移出",
}
"""What a rule does, in a word."""


def counted(actions: Sequence[VerdictAction]) -> str:
    """Return 「提醒 3 条、警告 1 条」, the mildest first."""
    counts = Counter(actions)
    return "、".join(f"{WORDS[action]} {counts[action]} 条" for action in sorted(counts))


def observation(version: RuleVersion, hits: Sequence[ShadowHit], zone: ZoneInfo, topic: str = "") -> str:
    """Return how an observation goes.

    Args:
        version: what observes.
        hits: what it found so far.
        zone: of the reader.
        topic: name of the room, of a rule that is only there.
    """
    until = format_moment(version.acts_at.astimezone(zone))
    found = f"到现在会{counted([hit.action for hit in hits])}" if hits else "到现在没有命中"
    where = f"「{topic}」的" if topic else ""
    return "\n".join([f"{where}「{version.words}」（{version.rule_id}）观察到 {until}，{found}。", *_quotes(hits)])


def observed(version: RuleVersion, hits: Sequence[ShadowHit], topic: str = "") -> str:
    """Return how an observation went, for the owner at its end; with the room's name when the rule is only there."""
    where = f"「{topic}」的" if topic else ""
    found = f"观察期间会{counted([hit.action for hit in hits])}" if hits else "观察期间没有命中"
    return "\n".join([f"{where}群规「{version.words}」观察结束，现在起生效。{found}。", *_quotes(hits)])


def applied(chosen: Sequence[RuleVersion]) -> str:
    """Return what an owner reads who lets rules act."""
    return f"好的，{_names(chosen)}现在起生效。"


def dropped(chosen: Sequence[RuleVersion], *, goes_on: bool) -> str:
    """Return what an owner reads who threw rules away."""
    before = "，原来的写法继续生效" if goes_on else ""
    return f"好的，{_names(chosen)}不用了{before}。bot.yaml 里也可以删掉或改写。"


def _names(chosen: Sequence[RuleVersion]) -> str:
    return "、".join(f"「{one.words}」" for one in chosen)


def _quotes(hits: Sequence[ShadowHit]) -> list[str]:
    """Return the latest hits, each member once as long as there are others."""
    seen: dict[str, ShadowHit] = {}
    for hit in reversed(hits):
        seen.setdefault(hit.member_id or hit.message_id, hit)
    chosen = list(seen.values())[:_SHOWN]
    return [f"· {hit.name}：{quoted(hit.text) if hit.text.strip() else hit.reason}" for hit in chosen]
