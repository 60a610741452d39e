"""When an appeal is decided, and how: pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

WANTED_REVIEWERS = 2
"""Issue 6: an appeal has two reviewers."""


class Vote(StrEnum):
    """What a reviewer says of an appeal."""

    UPHOLD = "uphold"
    DISMISS = "dismiss"


class Outcome(StrEnum):
    """How an appeal ended; `OPEN` while it waits."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One reviewer's vote.

    Attributes:
        member_id: who.
        vote: what they said; a second vote of the same person takes the place of the first.
    """

    member_id: str
    vote: Vote


def needed_votes(reviewers: Collection[str]) -> int:
    """Return how many must agree: two, or one when there is only one reviewer."""
    return max(1, min(WANTED_REVIEWERS, len(reviewers)))


def outcome_of(ballots: Sequence[Ballot], reviewers: Collection[str], *, is_due: bool) -> Outcome:
    """Return what becomes of an appeal.

    Two who agree decide, or all reviewers when there are fewer. At the deadline those who voted decide by majority;
    when nobody did, or they are even, it is in doubt, and doubt is for the member.

    Args:
        ballots: the votes, the latest of one person last.
        reviewers: ids of those who may vote; a vote of somebody who lost that right still counts.
        is_due: whether the deadline has passed.
    """
    latest = {ballot.member_id: ballot.vote for ballot in ballots}
    upholding = sum(vote is Vote.UPHOLD for vote in latest.values())
    dismissing = len(latest) - upholding
    needed = needed_votes({*reviewers, *latest})
    if upholding >= needed and upholding > dismissing:
        return Outcome.UPHELD
    if dismissing >= needed and dismissing > upholding:
        return Outcome.DISMISSED
    if not is_due:
        return Outcome.OPEN
    return Outcome.DISMISSED if dismissing > upholding else Outcome.UPHELD


def reminder_after(within: timedelta) -> timedelta:
    """Return when the reviewers who have not voted are reminded: at half time."""
    return within / 2


LOWERED, FLOOR, RECOVERED, FULL = 0.8, 0.2, 0.05, 1.0
"""An upheld appeal takes a fifth of a rule's weight, down to a fifth of all; a confirmed hit gives a twentieth back."""


def lower(weight: float) -> float:
    """Return a rule's weight after one of its cases was undone."""
    return round(max(FLOOR, weight * LOWERED), 4)


def recover(weight: float) -> float:
    """Return a rule's weight after one of its cases was confirmed."""
    return round(min(FULL, weight + RECOVERED), 4)
