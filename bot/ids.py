"""Identifiers: time-ordered, our own, unique across processes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.clock import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # two digits at a time: twice as fast
_PAIR_BITS = 10
_RANDOM_BITS = 50
_COUNTER_BITS = 12
_LENGTH = 22
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class IdSource:
    """Makes ids that sort by the time they were made.

    48 bits of milliseconds, 12 bits of a counter inside the millisecond, 50 random bits of this source's own (two
    processes differ in them, so they need not be drawn each time): 22 characters.

    Args:
        clock: gives the time part.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._own = _encode(secrets.randbits(_RANDOM_BITS), _RANDOM_BITS // 5)
        self._high, self._begin = -1, ""

    def new(self) -> str:
        """Return a new id, greater than every id made here before."""
        stamp = int(self._clock.now().timestamp() * 1000) << _COUNTER_BITS
        last = self._last = max(self._last + 1, stamp)
        if last >> _PAIR_BITS != self._high:  # all but the last two digits are those of the id before, when in a hurry
            self._high = last >> _PAIR_BITS
            self._begin = _encode(self._high, _LENGTH - len(self._own) - 2)
        return self._begin + _PAIRS[last & (len(_PAIRS) - 1)] + self._own


def made_at(made_id: str) -> datetime:
    """Return when an id was made, aware UTC, to the millisecond."""
    value = 0
    for digit in made_id:
        value = value * 32 + _ALPHABET.index(digit)
    return _EPOCH + timedelta(milliseconds=value >> (_COUNTER_BITS + _RANDOM_BITS))


def first_id_at(when: datetime) -> str:
    """Return a string that sorts before every id made at `when` or later, and after every earlier one."""
    milliseconds = (when - _EPOCH) // timedelta(milliseconds=1)
    return _encode(milliseconds << (_COUNTER_BITS + _RANDOM_BITS), _LENGTH)


def _encode(value: int, length: int) -> str:
    pairs = []
    for _ in range(length // 2):
        pairs.append(_PAIRS[value & 1023])
        value >>= 10
    return "".join(reversed(pairs))
