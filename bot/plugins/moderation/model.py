"""What moderation keeps on record: cases, strikes, exemptions, and one audit entry for everything that was done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.plugin import DomainEvent

NAME: Final = "moderation"
BOT: Final = ""
"""Who did it, when no person did."""
FORGOTTEN: Final = "forgotten"
"""Who did it, when that person had their data erased."""


NO_REASON: Final = "没有写理由"
"""The reason of an act for which its author gave none."""


class CaseState(StrEnum):
    """How far a case has come.

    `OPEN` waits for the owner's word, `CONFIRMING` for a second person's, `BY_HAND` for a removal on the phone;
    `SETTLED` needs nothing more, `UNDONE` was taken back, `REHEARSED` only says what would have been done.
    """

    OPEN = "open"
    CONFIRMING = "confirming"
    BY_HAND = "by_hand"
    SETTLED = "settled"
    UNDONE = "undone"
    REHEARSED = "rehearsed"


WAITING: Final = frozenset({CaseState.OPEN, CaseState.CONFIRMING, CaseState.BY_HAND})
"""States in which somebody still has to do something."""


class Done(StrEnum):
    """What was done about somebody or something; the word of an audit entry."""

    REMIND = "remind"
    WARN = "warn"
    REPORT = "report"
    REMOVE = "remove"
    BY_HAND = "by_hand"
    REHEARSE = "rehearse"
    STRIKE = "strike"
    WITHDRAW = "withdraw"
    RECALL = "recall"
    EXEMPT = "exempt"
    UNEXEMPT = "unexempt"
    ASK_REMOVAL = "ask_removal"
    CONFIRM_REMOVAL = "confirm_removal"
    DROP_REMOVAL = "drop_removal"
    LEFT = "left"
    SETTLE = "settle"
    UNDO = "undo"
    BRAKE = "brake"
    LIFT_BRAKE = "lift_brake"
    DRY_RUN = "dry_run"
    MARK = "mark"
    UNMARK = "unmark"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    DISMISS = "dismiss"
    RULE = "rule"
    TOPIC = "topic"
    FLAG = "flag"
    LIST = "list"
    UNLIST = "unlist"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that was found and what was done about it.

    Attributes:
        number: shown as V12.
        room_id, member_id, name: where, who, and the name the others saw then; empty once forgotten.
        message_id: what was judged; empty for what a person began.
        said_at: when it was said, aware UTC.
        made_at: when the case was made.
        rule, words, family: the rule that decided, in people's words, and the kind of reason it is.
        act: what was done.
        state: see there.
        reason: why, in Chinese, with the evidence quoted.
        evidence: the quoted span of the raw text.
        text: the raw text, cut.
        score: how sure, 0…1.
        hits: how many messages it stands for: what is repeated within minutes is the same case.
        is_paying: whether the person had paid, as it was known then.
        by: who began it; `BOT` for rules.
        findings: what was found, as JSON values, the one that decided first.
    """

    number: int
    room_id: str
    member_id: str
    name: str
    message_id: str
    said_at: datetime
    made_at: datetime
    rule: str
    words: str
    family: str
    act: Done
    state: CaseState
    reason: str
    evidence: str = ""
    text: str = ""
    score: float = 1.0
    hits: int = 1
    is_paying: bool = False
    by: str = BOT
    findings: tuple[Mapping[str, Any], ...] = ()

    @property
    def shown(self) -> str:
        """The number as people read and type it."""
        return f"V{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One recorded point, or part of one, with its expiry.

    Attributes:
        number: shown as S8.
        case: number of its case.
        room_id, member_id: where, whom.
        rule, words: the rule.
        points: what it counts.
        reason: why, in Chinese.
        given_at, expires_at: aware UTC.
        given_by: `BOT` for rules.
        withdrawn_at: when it was taken back; None while it holds.
    """

    number: int
    case: int
    room_id: str
    member_id: str
    rule: str
    words: str
    points: float
    reason: str
    given_at: datetime
    expires_at: datetime
    given_by: str = BOT
    withdrawn_at: datetime | None = None

    @property
    def shown(self) -> str:
        """The number as people read and type it."""
        return f"S{self.number}"

    def counts_at(self, at: datetime) -> bool:
        """Whether it counts at a time."""
        return self.withdrawn_at is None and self.given_at <= at < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act, by a rule or by a person; entries are never changed.

    Attributes:
        done: what was done.
        at: when, aware UTC.
        case: number of the case it belongs to; 0 for none.
        strike: number of the strike; 0 for none.
        room_id, member_id, name: where, whom it concerns, and their name; empty for nobody.
        decided_by: who did it; `BOT` for rules.
        rule: id of the rule; empty for none.
        reason: why, in Chinese.
        data: what else is worth keeping, JSON values.
    """

    done: Done
    at: datetime
    reason: str
    case: int = 0
    strike: int = 0
    room_id: str = ""
    member_id: str = ""
    name: str = ""
    decided_by: str = BOT
    rule: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Somebody whom the rules leave alone.

    Attributes:
        member_id, room_id: who and where; an empty room means everywhere.
        name: as it was then.
        until: aware UTC; None for good.
        reason: why.
        noted_by: who said so.
    """

    member_id: str
    room_id: str
    name: str
    until: datetime | None
    reason: str
    noted_by: str

    def counts_at(self, at: datetime) -> bool:
        """Whether it counts at a time."""
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True)
class StrikeGiven(DomainEvent):
    """Somebody got a strike.

    Attributes:
        member_id, room_id: who and where.
        number: of the strike.
        rule: id of the rule.
    """

    member_id: str
    room_id: str
    number: int
    rule: str


_CASE_NUMBER = re.compile(r"[#＃]?v\s?(\d{1,9})", re.IGNORECASE)
_STRIKE_NUMBER = re.compile(r"[#＃]?s\s?(\d{1,9})", re.IGNORECASE)


class CaseNumber(int):
    """The number of a case, as an argument: V12."""


class StrikeNumber(int):
    """The number of a strike, as an argument: S8."""


def read_case_number(text: str) -> CaseNumber | None:
    """Read `V12`; None when it is no such number."""
    found = _CASE_NUMBER.fullmatch(text.strip())
    return CaseNumber(found[1]) if found else None


def read_strike_number(text: str) -> StrikeNumber | None:
    """Read `S8`; None when it is no such number."""
    found = _STRIKE_NUMBER.fullmatch(text.strip())
    return StrikeNumber(found[1]) if found else None
