"""What is done about what was found: a pure decision from findings, what is known of the person, and the settings.

The ladder is: remind in the room, warn in private, report to the owner, remove. A removal always needs two reasons that
do not lean on each other; people who have paid, experts, and whoever a single rule speaks against go to the owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations
from typing import Final

from bot.plugin import Role, VerdictAction, moderation
from bot.plugins.moderation.settings import ModerationSettings

BREATH: Final = timedelta(minutes=1)
"""So long after being told, what somebody says was perhaps typed before they read it."""
LATE: Final = timedelta(minutes=10)
"""What was said longer ago (the bot was away) is nobody's topic any more: nobody is reminded of it in the room."""

_GROUNDS: Final[Mapping[str, str]] = {
    "words": "text", "pattern": "text",
    "link": "reach", "contact": "reach", "invitation": "reach", "code": "reach", "card": "reach", "newcomer": "reach",
    "advert": "advert", "repost": "advert",
    "repeat": "conduct", "flood": "conduct", "mentions": "conduct",
    "report": "report", "soliciting": "report", "list": "list", "lookalike": "lookalike",
    "avatar": "avatar",
}  # fmt: skip
"""What a finding of a family rests on. What is missing (topic, posting, hours, length) helps to remove nobody."""


class Restraint(StrEnum):
    """Why something milder is done than was asked for."""

    NONE = ""
    ONE_REASON = "one_reason"
    PAYING = "paying"
    EXPERT = "expert"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A strike that counts, as far as a new decision depends on it.

    Attributes:
        family: of the finding that led to it.
        rule: its rule.
        by_person: whether a person gave it.
        words: the rule in people's words.
    """

    family: str
    rule: str
    by_person: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Recent:
    """The latest case about a rule and a person.

    Attributes:
        number: of the case.
        told_at: when the last message was said that was told about, aware UTC.
        action: how severe it was.
    """

    number: int
    told_at: datetime
    action: VerdictAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of the person.

    Attributes:
        role: in this room.
        is_exempt: freed from the rules.
        is_paying: has paid, lately or for what still holds.
        points: of the strikes in force.
        earlier: those strikes.
        recent: rule → the latest case about it.
        is_braked: too many were removed: every rule only observes.
        age: how long ago it was said.
    """

    role: Role = Role.MEMBER
    is_exempt: bool = False
    is_paying: bool = False
    points: float = 0.0
    earlier: tuple[Earlier, ...] = ()
    recent: Mapping[str, Recent] = field(default_factory=dict)
    is_braked: bool = False
    age: timedelta = timedelta()

    @property
    def is_untouchable(self) -> bool:
        """Whether nothing is ever done about them."""
        return self.role >= Role.ADMIN or self.is_exempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is done about one message.

    Attributes:
        action: the rung.
        findings: what acts, the one that decided first; empty when nothing is done.
        points: what the strike counts; 0 for none.
        joins: number of the case that it belongs to without anything new being said; 0 for a case of its own.
        restraint: why something milder is done than was asked for.
        asked: the rung that was asked for.
        past: of a removal that rests on what was done earlier, too: that strike.
        total: points with this one.
    """

    action: VerdictAction = VerdictAction.ALLOW
    findings: tuple[moderation.Finding, ...] = ()
    points: float = 0.0
    joins: int = 0
    restraint: Restraint = Restraint.NONE
    asked: VerdictAction = VerdictAction.ALLOW
    past: Earlier | None = None
    total: float = 0.0

    @property
    def leading(self) -> moderation.Finding:
        """The finding that decided."""
        return self.findings[0]


NOTHING: Final = Decision()


def decide(
    findings: Sequence[moderation.Finding], standing: Standing, at: datetime, settings: ModerationSettings
) -> Decision:
    """Return what is done about a message.

    Args:
        findings: what the rules found, those that only observe among it.
        standing: what is known of the person.
        at: when it was said, aware UTC.
        settings: the owner's.
    """
    if standing.is_untouchable or standing.is_braked:
        return NOTHING
    acting = tuple(sorted((one for one in findings if not one.is_shadow and one.action > 0), key=_severity))
    if not acting:
        return NOTHING
    points = max((one.weight for one in acting if one.action != VerdictAction.REPORT), default=0.0)
    asked = max(VerdictAction(acting[0].action), _rung(points, standing.points, settings))
    recent = standing.recent.get(acting[0].rule)
    if recent is not None and asked is VerdictAction.REMIND and at - recent.told_at < settings.remind_every:
        asked = VerdictAction.WARN  # the room has read the reminder: the rest is for the person alone
    action, restraint = _restrain(asked, acting, standing)
    if recent is not None and _belongs_to(
        recent, VerdictAction(acting[0].action), action, at - recent.told_at, settings
    ):
        return Decision(action=asked, findings=acting, joins=recent.number, asked=asked)
    if action is VerdictAction.ALLOW:
        return Decision(restraint=restraint, asked=asked)
    past = find_past_reason(acting, standing.earlier) if action is VerdictAction.REMOVE else None
    return Decision(
        action=action, findings=acting, points=points, restraint=restraint, asked=asked, past=past,
        total=points + standing.points,
    )  # fmt: skip


def _severity(finding: moderation.Finding) -> tuple[int, float, float, str]:
    """Sort the most severe first; among equals the surest, then by id, so that a replay finds the same."""
    return -finding.action, -finding.weight, -finding.score, finding.rule


def _rung(points: float, before: float, settings: ModerationSettings) -> VerdictAction:
    """Return the rung that the sum of points asks for; what gives no points never climbs."""
    limits, total = settings.strikes, points + before
    if not points:
        return VerdictAction.ALLOW
    if limits.remove_at is not None and total >= limits.remove_at:
        return VerdictAction.REMOVE
    if total >= limits.report_at:
        return VerdictAction.REPORT
    return VerdictAction.WARN if total >= limits.warn_at else VerdictAction.REMIND


def _belongs_to(
    recent: Recent, asked: VerdictAction, action: VerdictAction, passed: timedelta, settings: ModerationSettings
) -> bool:
    """Whether it is one with what was told about a moment ago.

    A removal that a rule asks for is never swallowed by something milder; that points add up to one while somebody
    cannot have read yet what they were told is no reason. A report is not made again within the pause.

    Args:
        recent: what was done about the rule.
        asked: what the rule asks for.
        action: what would be done now.
        passed: since then.
        settings: the owner's.
    """
    if asked is VerdictAction.REMOVE and action is VerdictAction.REMOVE and recent.action < VerdictAction.REMOVE:
        return False
    if asked >= VerdictAction.REPORT and recent.action >= VerdictAction.REPORT:
        return passed < settings.remind_every
    return passed < BREATH


def _restrain(
    asked: VerdictAction, acting: Sequence[moderation.Finding], standing: Standing
) -> tuple[VerdictAction, Restraint]:
    """Return the rung that may be taken, and why it is not the one that was asked for."""
    if standing.age > LATE and asked is VerdictAction.REMIND:
        return VerdictAction.ALLOW, Restraint.LATE
    if asked is not VerdictAction.REMOVE:
        return asked, Restraint.NONE
    if not has_two_reasons(acting, standing.earlier):
        return VerdictAction.REPORT, Restraint.ONE_REASON
    if standing.is_paying:
        return VerdictAction.REPORT, Restraint.PAYING
    if standing.role >= Role.EXPERT:
        return VerdictAction.REPORT, Restraint.EXPERT
    return (VerdictAction.REPORT, Restraint.LATE) if standing.age > LATE else (asked, Restraint.NONE)


def has_two_reasons(acting: Sequence[moderation.Finding], earlier: Sequence[Earlier] = ()) -> bool:
    """Tell whether two things that do not lean on each other speak for a removal.

    Two findings about one message do when they are independent and rest on different grounds; what is found now and an
    earlier strike of another ground do, too: other words, on another occasion.
    """
    return _are_two(acting) or find_past_reason(acting, earlier) is not None


def find_past_reason(acting: Sequence[moderation.Finding], earlier: Sequence[Earlier]) -> Earlier | None:
    """Return the earlier strike that a removal rests on; None when the message is reason enough, or nothing is."""
    if _are_two(acting):
        return None
    families = [one.family for one in acting]
    return next(
        (past for past in earlier if not past.by_person and any(_differ(past.family, f) for f in families)), None
    )


def _are_two(acting: Sequence[moderation.Finding]) -> bool:
    pairs = combinations(acting, 2)
    return any(_differ(one.family, other.family) and moderation.are_independent(one, other) for one, other in pairs)


def _differ(one: str, other: str) -> bool:
    grounds = _GROUNDS.get(one), _GROUNDS.get(other)
    return None not in grounds and grounds[0] != grounds[1]
