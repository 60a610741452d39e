"""What rules say about how somebody behaves: how often, how much, to whom, and when; and whom a rule is for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Final

from bot.moderation.model import Said
from bot.moderation.rules_model import Rule, When
from bot.moderation.watching import Entry, RoomWatch
from bot.units import format_duration

_FEWEST_DIFFERENT: Final = 4  # characters of a text that can be a repetition: laughter has fewer


def holds(when: When, said: Said, zone: tzinfo) -> bool:
    """Tell whether a rule is for this member at this moment.

    Args:
        when: the rule's conditions.
        said: the message.
        zone: the room's.
    """
    if when.roles and said.role.name.lower() not in when.roles:
        return False
    if when.paying is not None and when.paying != said.is_paying:
        return False
    if not said.is_in_join_wave and not _is_new(when, said):
        return False
    if not when.hours and not when.free:
        return True
    local = said.at.astimezone(zone)
    is_inside = not when.hours or any(hours.covers(local) for hours in when.hours)
    return is_inside and not any(hours.covers(local) for hours in when.free)


def _is_new(when: When, said: Said) -> bool:
    if when.first is not None and said.said_before >= when.first:
        return False
    return when.joined is None or (said.joined_at is not None and said.at - said.joined_at < when.joined)


Conduct = Callable[[Said, RoomWatch, Entry], str]
"""Returns in Chinese what is wrong with a member's conduct, or nothing."""


def make_conduct(rule: Rule) -> Conduct | None:
    """Return what looks at conduct for a rule, its settings read once; None for rules that look at other things."""
    maker = _MAKERS.get(rule.kind)
    return maker(rule) if maker else None


def _repeats(rule: Rule) -> Conduct:
    within, by, count, characters = (rule[name] for name in ("within", "by", "count", "characters"))
    seconds = within.total_seconds()

    def look(said: Said, watch: RoomWatch, entry: Entry) -> str:
        since = entry.at - seconds
        if entry.likeness is None or (by == "one" and not watch.may_repeat(entry, since, count)):
            return ""
        compared = entry.likeness.compared
        if compared.length < characters or compared.variety < _FEWEST_DIFFERENT:
            return ""
        alike = watch.alike(entry, since)
        if len(alike) < count:
            return ""
        own = sum(other.member_id == said.member_id for other in alike)
        people = len({other.member_id for other in alike})
        if by != "several" and own >= count:
            return f"{format_duration(within)}内把同样的话发了 {own} 遍"
        if by != "one" and people > 1 and (people if by == "several" else len(alike)) >= count:
            return f"{format_duration(within)}内有 {people} 个人发了同样的话"
        return ""

    return look


def _floods(rule: Rule) -> Conduct:
    within, most = rule["within"], rule["count"]
    seconds = within.total_seconds()

    def look(said: Said, watch: RoomWatch, entry: Entry) -> str:
        if not entry.counts or not watch.has_said(said.member_id, entry.at - seconds, most):
            return ""
        return f"{format_duration(within)}内连发了 {most} 条"

    return look


def _mentions(rule: Rule) -> Conduct:
    within, most, is_everyone = rule["within"], rule["count"], rule["everyone"]
    seconds = within.total_seconds()

    def look(said: Said, watch: RoomWatch, entry: Entry) -> str:
        if said.mentions_all and is_everyone:
            return "@ 了所有人"
        if not said.mentions:
            return ""
        if said.mentions >= most:
            return f"一条消息 @ 了 {said.mentions} 个人"
        rung = watch.mentions_of(said.member_id, entry.at - seconds)
        return f"{format_duration(within)}内 @ 了 {rung} 次" if rung >= most else ""

    return look


def _quiet(rule: Rule) -> Conduct:
    within, most = rule["within"], rule["count"]
    seconds = within.total_seconds()

    def look(said: Said, watch: RoomWatch, entry: Entry) -> str:
        if not watch.has_said(said.member_id, entry.at - seconds, most):
            return ""
        return f"现在是安静时间（{'、'.join(map(str, rule.when.hours))}）"

    return look


_MAKERS: Final[dict[str, Callable[[Rule], Conduct]]] = {
    "repeat": _repeats,
    "flood": _floods,
    "mentions": _mentions,
    "hours": _quiet,
}
