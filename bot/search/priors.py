"""Small reasons to show one post before an equally good one: members found it useful, it is recent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

# In steps of a score, one step being the distance between both thresholds. Together they move a post by less than
# half a step: between two posts that answer a question their scores differ by several.
_MOST_USEFULNESS = 0.6
_MOST_FRESHNESS = 0.2
_DOUBT = 4.0  # votes for and against that every post is taken to have: so one vote moves little
_HALF_LIFE = 3 * 365.25  # days


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a passage's document beside its text.

    Attributes:
        document_id: of the document.
        date: when it was written, as ISO; empty or broken when not known.
        votes_up, votes_down: how many members found it useful, and not.
    """

    document_id: str
    date: str = ""
    votes_up: int = 0
    votes_down: int = 0

    def prior(self, today: dt.date) -> float:
        """Return by how many steps it is put forward, or back; 0 when nothing is known."""
        return _MOST_USEFULNESS * rate_votes(self.votes_up, self.votes_down) + _MOST_FRESHNESS * rate_date(
            self.date, today
        )


def rate_votes(votes_up: int, votes_down: int) -> float:
    """Return how useful a post was found, -½…½; 0 without votes."""
    return (votes_up + _DOUBT) / (votes_up + votes_down + 2 * _DOUBT) - 0.5


def rate_date(written: str, today: dt.date) -> float:
    """Return how fresh a post is, -½…½; 0 after one half-life and when its date is not known."""
    try:
        age = (today - dt.date.fromisoformat(written[:10])).days
    except ValueError:
        return 0.0
    return float(0.5 ** (max(age, 0) / _HALF_LIFE)) - 0.5
