"""What a room's watch remembers of its recent talk: who said how much, rang whom, and said the same again."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar
from zlib import crc32

_KeyT = TypeVar("_KeyT", str, int)
_MOST: Final = 1000  # messages; a megabyte at most, and far more than is said within the minutes that rules count in
_ALBUM: Final = 60.0  # seconds; pictures sent at once arrive as several messages
_NOT_SPOKEN = re.compile(r"[\W_]+")
_RUN = re.compile(r"(.)\1+", re.DOTALL)
_HEAD: Final = 400  # characters that are compared; more of a long text is not told apart
_GRAM: Final = 6  # bytes of UTF-16: three characters
_MARKS: Final = 8  # of a text, the smallest hashes of its 3-grams; 8 tell 70 % alike from 40 % alike
_ALIKE: Final = 5
_FARTHEST: Final = 40  # messages that share something; a rule that counts higher counts equal texts of one member
_SHORTEST_ALIKE: Final = 16  # characters; shorter texts are the same only when they are equal


@dataclass(frozen=True, slots=True)
class Likeness:
    """What of a text is compared with other texts.

    Attributes:
        length: characters that were compared, runs of one character counted once.
        variety: how many different characters these are.
        key: equal for equal texts, whatever punctuation and laughter stands in between.
        marks: hashes of parts; texts that are nearly the same share most of them.
    """

    length: int
    variety: int
    key: int
    marks: tuple[int, ...]


def liken(text: str) -> Likeness:
    """Return what of a revealed text is compared with others."""
    plain = _NOT_SPOKEN.sub("", text[: 4 * _HEAD])
    if _RUN.search(plain):
        plain = _RUN.sub(r"\1", plain)
    plain = plain[:_HEAD]
    data = plain.encode("utf-16-le", "surrogatepass")
    marks: tuple[int, ...] = ()
    if len(plain) >= _SHORTEST_ALIKE:
        grams = {crc32(data[at : at + _GRAM]) for at in range(0, len(data) - _GRAM + 2, 2)}
        marks = tuple(sorted(grams)[:_MARKS])
    return Likeness(len(plain), len(set(plain)), crc32(data), marks)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as the watch remembers it.

    Attributes:
        at: seconds since 1970.
        member_id: who said it.
        likeness: what of its text is compared; None without text.
        mentions: how many people it rang.
        counts: whether it counts as a message; the second picture of an album does not.
    """

    at: float
    member_id: str
    likeness: Likeness | None
    mentions: int
    counts: bool


class RoomWatch:
    """The recent talk of one room, bounded in time and number. A fresh one that is told the same messages is equal."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._by_member: dict[str, list[Entry]] = {}
        self._by_mark: dict[int, list[Entry]] = {}
        self._pictures: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self, at: float, member_id: str, likeness: Likeness | None, mentions: int, *, is_picture: bool, keep: float
    ) -> Entry:
        """Remember a message and forget what is older than `keep` seconds; return what is remembered of it."""
        counts = not (is_picture and at - self._pictures.get(member_id, -_ALBUM) < _ALBUM)
        if is_picture:
            self._pictures[member_id] = at
        else:
            self._pictures.pop(member_id, None)
        entry = Entry(at, member_id, likeness, mentions, counts)
        self._entries.append(entry)
        self._by_member.setdefault(member_id, []).append(entry)
        for mark in _marks_of(likeness):
            self._by_mark.setdefault(mark, []).append(entry)
        self._forget(at - keep)
        return entry

    def _forget(self, before: float) -> None:
        entries = self._entries
        while len(entries) > _MOST or (len(entries) > 1 and entries[0].at < before):
            old = entries.popleft()
            _drop_first(self._by_member, old.member_id)
            if old.member_id not in self._by_member:
                self._pictures.pop(old.member_id, None)
            for mark in _marks_of(old.likeness):
                _drop_first(self._by_mark, mark)

    def messages_of(self, member_id: str, since: float, most: int) -> int:
        """Return how many messages of a member count since a moment, at most `most`."""
        count = 0
        for entry in self._back(self._by_member.get(member_id), since):
            count += entry.counts
            if count >= most:
                break
        return count

    def mentions_of(self, member_id: str, since: float) -> int:
        """Return how many people a member rang since a moment."""
        return sum(entry.mentions for entry in self._back(self._by_member.get(member_id), since))

    def alike(self, entry: Entry, since: float) -> list[Entry]:
        """Return what was said since a moment that is the same or nearly the same, the entry itself included.

        Of what many messages share, the last few dozen are looked at: nobody counts further.
        """
        if entry.likeness is None:
            return []
        same = {id(other): other for other in self._back(self._by_mark.get(entry.likeness.key), since, _FARTHEST)}
        shared: Counter[int] = Counter()
        for mark in entry.likeness.marks:
            for other in self._back(self._by_mark.get(mark), since, _FARTHEST):
                shared[id(other)] += 1
                if shared[id(other)] == min(_ALIKE, len(entry.likeness.marks)):
                    same[id(other)] = other
        return list(same.values())

    @staticmethod
    def _back(entries: list[Entry] | None, since: float, most: int = _MOST) -> Iterator[Entry]:
        for entry in reversed((entries or ())[-most:]):
            if entry.at < since:
                return
            yield entry


def _marks_of(likeness: Likeness | None) -> tuple[int, ...]:
    if likeness is None:
        return ()
    key, marks = likeness.key, likeness.marks
    return (key, *marks) if key not in marks else (key, *(mark for mark in marks if mark != key))


def _drop_first(entries: dict[_KeyT, list[Entry]], key: _KeyT) -> None:
    own = entries[key]
    own.pop(0)
    if not own:
        del entries[key]
