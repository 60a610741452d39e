"""What a room's watch remembers of its recent talk: who said how much, rang whom, and said the same again."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeVar
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
_FEW: Final = 16  # messages of one member that are compared one by one; of more it is faster to ask for their marks
_SHORTEST_ALIKE: Final = 16  # characters; shorter texts are the same only when they are equal


class Compared(NamedTuple):
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


class Likeness:
    """What of a text is compared with other texts, worked out when it first is: most of talk never is.

    Args:
        text: revealed.
    """

    __slots__ = ("_of",)

    def __init__(self, text: str) -> None:
        self._of: str | Compared = text if len(text) <= _HEAD else _compare(text)  # nobody keeps long texts

    @property
    def compared(self) -> Compared:
        """What is compared."""
        of = self._of
        if isinstance(of, str):
            of = self._of = _compare(of)
        return of


def _compare(text: str) -> Compared:
    plain = _NOT_SPOKEN.sub("", text[: 4 * _HEAD])
    if _RUN.search(plain):
        plain = _RUN.sub(r"\1", plain)
    plain = plain[:_HEAD]
    data = plain.encode("utf-16-le", "surrogatepass")
    marks: tuple[int, ...] = ()
    if len(plain) >= _SHORTEST_ALIKE:
        grams = {crc32(data[at : at + _GRAM]) for at in range(0, len(data) - _GRAM + 2, 2)}
        marks = tuple(sorted(grams)[:_MARKS])
    return Compared(len(plain), len(set(plain)), crc32(data), marks)


class Entry(NamedTuple):
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
        self._unmarked: deque[Entry] = deque()  # the last of them, which `_by_mark` does not have yet
        self._pictures: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self, at: float, member_id: str, likeness: Likeness | None, mentions: int, *, is_picture: bool, keep: float
    ) -> Entry:
        """Remember a message and forget what is older than `keep` seconds; return what is remembered of it."""
        counts = True
        if is_picture:
            counts = at - self._pictures.get(member_id, -_ALBUM) >= _ALBUM
            self._pictures[member_id] = at
        elif self._pictures:
            self._pictures.pop(member_id, None)
        entry = Entry(at, member_id, likeness, mentions, counts)
        self._entries.append(entry)
        if (own := self._by_member.get(member_id)) is None:
            self._by_member[member_id] = [entry]
        else:
            own.append(entry)
        if likeness is not None:
            self._unmarked.append(entry)
        if self._entries[0].at < at - keep or len(self._entries) > _MOST:
            self._forget(at - keep)
        return entry

    def _forget(self, before: float) -> None:
        entries, unmarked = self._entries, self._unmarked
        while len(entries) > _MOST or (len(entries) > 1 and entries[0].at < before):
            old = entries.popleft()
            _drop_first(self._by_member, old.member_id)
            if old.member_id not in self._by_member:
                self._pictures.pop(old.member_id, None)
            if unmarked and unmarked[0] is old:
                unmarked.popleft()
            elif old.likeness is not None:
                for mark in _signs_of(old.likeness):
                    _drop_first(self._by_mark, mark)

    def _mark(self) -> None:
        """Make found by their marks what was only remembered so far."""
        while self._unmarked:
            entry = self._unmarked.popleft()
            if entry.likeness is not None:
                for mark in _signs_of(entry.likeness):
                    self._by_mark.setdefault(mark, []).append(entry)

    def has_said(self, member_id: str, since: float, most: int) -> bool:
        """Tell whether so many messages of a member count since a moment."""
        own = self._by_member.get(member_id, ())
        if len(own) < most:
            return False  # as of nearly everybody
        count = 0
        for entry in self._back(own, since):
            count += entry.counts
            if count >= most:
                break
        return count >= most

    def mentions_of(self, member_id: str, since: float) -> int:
        """Return how many people a member rang since a moment."""
        return sum(entry.mentions for entry in self._back(self._by_member.get(member_id, ()), since))

    def may_repeat(self, entry: Entry, since: float, count: int) -> bool:
        """Tell whether its member may have said the same so often: nothing is compared of those who said little.

        `alike` never has more of the member's messages than are counted here.
        """
        own = self._by_member[entry.member_id]
        if len(own) < count or (likeness := entry.likeness) is None:
            return False
        others = [other.likeness for other in own if other.at >= since and other.likeness is not None]
        if not count <= len(others) <= _FEW:
            return len(others) > _FEW
        return sum(_are_alike(likeness.compared, other) for other in others) >= count

    def alike(self, entry: Entry, since: float) -> list[Entry]:
        """Return what was said since a moment that is the same or nearly the same, the entry itself included.

        Of what many messages share, the last few dozen are looked at: nobody counts further.
        """
        if entry.likeness is None:
            return []
        self._mark()
        _, _, key, marks = entry.likeness.compared
        same = {id(other): other for other in self._back(self._by_mark.get(key, ()), since, _FARTHEST)}
        shared: Counter[int] = Counter()
        for mark in marks:
            for other in self._back(self._by_mark.get(mark, ()), since, _FARTHEST):
                shared[id(other)] += 1
                if shared[id(other)] == min(_ALIKE, len(marks)):
                    same[id(other)] = other
        return list(same.values())

    @staticmethod
    def _back(entries: Sequence[Entry], since: float, most: int = _MOST) -> Iterator[Entry]:
        for entry in reversed(entries[-most:]):
            if entry.at < since:
                return
            yield entry


def _signs_of(likeness: Likeness) -> tuple[int, ...]:
    """Return by what a text is found, each once."""
    _, _, key, marks = likeness.compared
    return (key, *marks) if key not in marks else (key, *(mark for mark in marks if mark != key))


def _are_alike(one: Compared, other: Likeness) -> bool:
    signs = _signs_of(other)
    return one.key in signs or (
        bool(one.marks) and len(set(one.marks).intersection(signs)) >= min(_ALIKE, len(one.marks))
    )


def _drop_first(entries: dict[_KeyT, list[Entry]], key: _KeyT) -> None:
    own = entries[key]
    own.pop(0)
    if not own:
        del entries[key]
