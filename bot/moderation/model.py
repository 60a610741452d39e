"""What rules see of a message and what they say about it: plain values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from bot.model import MessageKind, Role

Span = tuple[int, int]
"""Where something stands in a raw text: first character, and the one behind the last."""
NOWHERE: Final[Span] = (0, 0)
"""The span of a finding that is about conduct or about what hangs on a message, not about words in its text."""


class VerdictAction(IntEnum):
    """What a guard wants done; the severest verdict counts."""

    ALLOW = 0
    REMIND = 1
    WARN = 2
    REPORT = 3
    REMOVE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message as rules see it. Everything a decision depends on is here, in the rules, or in the room's watch.

    Attributes:
        id: the gateway's message id.
        at: when it was said, aware UTC.
        room_id: our room id.
        member_id: our member id.
        name: the name the others see.
        text: as typed, before any normalising; a quoted message may still be in front, it is left out here.
        kind: what the message carries.
        role: the member's role in the room at that time.
        is_paying: whether the member had paid for something that was valid then.
        joined_at: when they came, known only when the bot saw it.
        said_before: how many messages they had said here since they came, this one not counted.
        mentions: how many people it really rings, the bot left out.
        mentions_all: whether it rings everybody.
        codes: contents of the QR codes in a posted picture.
        is_command: whether it is a command to the bot; only words, patterns, links and adverts look at those.
        is_exempt: whether somebody with the right to do so has freed the member from the rules.
        is_in_join_wave: whether they came with many others a short while ago: rules for newcomers hold for them,
            whatever they have said since.
    """

    id: str
    at: datetime
    room_id: str
    member_id: str
    name: str
    text: str
    kind: MessageKind = MessageKind.TEXT
    role: Role = Role.MEMBER
    is_paying: bool = False
    joined_at: datetime | None = None
    said_before: int = 1_000_000
    mentions: int = 0
    mentions_all: bool = False
    codes: tuple[str, ...] = ()
    is_command: bool = False
    is_exempt: bool = False
    is_in_join_wave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that a message broke.

    Attributes:
        rule: the rule's id.
        words: the rule as people read it.
        family: what kind of reason it is: words, pattern, link, contact, invitation, code, card, repeat, flood,
            mentions, length, hours, newcomer, advert, repost, posting, topic, soliciting, lookalike, avatar,
            report, list.
        action: what the rule asks for.
        weight: points of the strike, before appeals have lowered them.
        score: how sure, 0…1.
        reason: Chinese, the evidence quoted in 「」.
        evidence: characters of the raw text, or of the code; empty for conduct.
        span: where the evidence stands in the raw text; `NOWHERE` for conduct and for codes.
        is_shadow: whether the rule only observes as yet.
    """

    rule: str
    words: str
    family: str
    action: VerdictAction
    weight: float = 1.0
    score: float = 1.0
    reason: str = ""
    evidence: str = ""
    span: Span = NOWHERE
    is_shadow: bool = False


def are_independent(one: Finding, other: Finding) -> bool:
    """Tell whether two findings are two reasons: of different families, and not about the same characters.

    Whoever reports an advert quotes a part of it that no other rule quotes, where there is one.
    """
    if one.family == other.family:
        return False
    if NOWHERE in {one.span, other.span}:
        return one.evidence != other.evidence or not one.evidence
    return one.span[1] <= other.span[0] or other.span[1] <= one.span[0]
