"""The rules of a room in people's words, for 群规 and for the welcome."""

from __future__ import annotations

from collections.abc import Iterable

from bot.plugin import Context, Room
from bot.plugins.moderation.settings import ModerationSettings

_UNSAID = {"list", "report", "repost"}  # the owner's list, what others said, and adverts once more: no rules to read
_TOPIC = "topic"  # the kind that says nothing where no theme is set
_THEMES = 3  # lines of the theme that are shown
_SHORT = 5  # rules in a welcome; all of them are behind 群规


def rule_lines(config: ModerationSettings, room: Room | None) -> list[str]:
    """Return the rules that hold in a room as people read them, each text once, in the order they are written."""
    held = (
        rule
        for rule in config.rules.values()
        if rule.enabled
        and rule.kind not in _UNSAID
        and (not rule.when.rooms or room is None or room.topic in rule.when.rooms)
        and (rule.kind != _TOPIC or config.topic.theme)
    )
    theme = f"：{'、'.join(config.topic.theme[:_THEMES])}"
    return list(dict.fromkeys(rule.shown + theme if rule.kind == _TOPIC else rule.shown for rule in held))


def show_page(ctx: Context[ModerationSettings]) -> str:
    """Return what 群规 answers."""
    lines = rule_lines(ctx.config, ctx.room)
    if not lines:
        return "这个群没有设群规，友善交流就好。"
    where = f"「{ctx.room.topic}」" if ctx.room else ""
    tail = "有人违反可以发「举报」，觉得处理错了可以发「申诉」。"
    return "\n".join([f"{where}群规：", *_numbered(lines), tail])


def show_short(ctx: Context[ModerationSettings]) -> str:
    """Return the first rules for people who just came; empty when there are none."""
    lines = rule_lines(ctx.config, ctx.room)
    if not lines:
        return ""
    more = [f"全部 {len(lines)} 条发「群规」看。"] if len(lines) > _SHORT else []
    return "\n".join(["群规：", *_numbered(lines[:_SHORT]), *more])


def _numbered(lines: Iterable[str]) -> list[str]:
    return [f"{number}. {line}" for number, line in enumerate(lines, 1)]
