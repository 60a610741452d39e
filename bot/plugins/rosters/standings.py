"""What facts about memberships say about rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.plugin import Database
from bot.plugins.membership.api import Grant, Membership, Phase, memberships_by_member, memberships_of
from bot.plugins.rosters.model import Standing

ROOM = "room:"
"""Begins what a plan opens when that is a room; its topic follows."""


def topics_in(opens: Iterable[str]) -> frozenset[str]:
    """Return the topics of the rooms among what a plan opens."""
    return frozenset(name.removeprefix(ROOM) for name in opens if name.startswith(ROOM))


def standing_of(db: Database, member_id: str, at: datetime) -> Standing:
    """Return what a member's facts say at a moment."""
    return make_standing(member_id, memberships_of(db, member_id, at), at)


def all_standings(db: Database, at: datetime) -> dict[str, Standing]:
    """Return that of everybody who ever had a membership, by member id."""
    return {member_id: make_standing(member_id, lines, at) for member_id, lines in memberships_by_member(db, at)}


def make_standing(member_id: str, memberships: Sequence[Membership], at: datetime) -> Standing:
    """Return what memberships say about rooms.

    Args:
        member_id: whose.
        memberships: all lines of the member.
        at: when, aware.
    """
    opens = topics_in(name for one in memberships for name in one.opens)
    until: dict[str, datetime | None] = {}
    ended: dict[str, datetime] = {}
    for topic, ends in _ends_by_topic(memberships).items():
        last = None if None in ends else max(end for end in ends if end)
        if topic in opens:
            until[topic] = last
        elif last is not None and last <= at:
            ended[topic] = last
    is_paused = any(one.phase is Phase.PAUSED for one in memberships)
    return Standing(member_id=member_id, opens=opens, until=until, ended=ended, is_paused=is_paused)


def _ends_by_topic(memberships: Sequence[Membership]) -> dict[str, list[datetime | None]]:
    found: dict[str, list[datetime | None]] = {}
    for grant, ends in _ends(memberships):
        for topic in topics_in(grant.plan.opens):
            found.setdefault(topic, []).append(ends)
    return found


def _ends(memberships: Sequence[Membership]) -> Iterator[tuple[Grant, datetime | None]]:
    """Yield the grants that had any time, and when that is over; what was cut at once ended then."""
    for grant in (grant for one in memberships for grant in one.grants):
        if grant.segments:
            yield grant, grant.segments[-1].end
        elif grant.cut_at is not None:
            yield grant, grant.cut_at
