"""What the advertisement filter looks at: pieces of a message's skeleton and of its sound, its words, its shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import log2
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_words import SIZES, chain_hashes, words
from bot.moderation.characters import characters
from bot.moderation.revealing import Revealed

BITS: Final = 19
"""Pieces are hashed into 2¹⁹ places: of the 100,000 that training knows, few meet there."""
CHARACTERS: Final = (1, 2, 3)
"""Lengths of pieces of the skeleton (RESEARCH: characters 1–3)."""
LETTERS: Final = (3, 4, 5)
"""Lengths of pieces of the sound, in letters (RESEARCH: pinyin 3–5-grams)."""
WINDOWS: Final = (24, 48)
"""Signs looked at together, beside the whole: an advertisement between harmless sentences fills one of them."""
LONGEST: Final = 4000
"""Signs of one message that are looked at; of a longer one the beginning and the end."""
MARKS: Final = (
    "contact", "account", "phone", "link", "price", "percent", "asks", "code", "shouts", "brackets", "dates", "waves",
    "spaced", "unspaced", "speaks", "commas", "latin", "digits", "length", "disguise", "careful",
)  # fmt: skip
"""What the shape of a message is described by."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Signs = NDArray[np.uint32]

_FIRST_RUN = 0xE000  # runs of digits become one private sign each, by their length: years, prices, accounts, phones
_RUNS = np.array([0, 1, 2, 3, 3, 5, 5, 7, 7, 9, 9, 11, 12], np.uint32) + _FIRST_RUN
_KINDS_OF_RUNS = 16
_LETTER = 0x200000  # beyond Unicode: letters of the sound meet no signs
_SHORT = min(WINDOWS) * 5 // 4
_NUMBERS: Final = {name: number for number, name in enumerate(MARKS)}
_LATIN, _DIGITS, _LENGTH, _DISGUISE, _CAREFUL = range(len(MARKS) - 5, len(MARKS))
_SPACED, _UNSPACED = _NUMBERS["spaced"], _NUMBERS["unspaced"]
_ENOUGH: Final = 3.0  # of one sign of shape: more of it says no more


@dataclass(frozen=True)
class Family:
    """Pieces of one kind, in the order of the text.

    Attributes:
        rows: which piece each is: a hashed place, or a row in the table of words.
        starts: for each the number of its first sign.
        ends: for each the number behind its last sign.
    """

    rows: Ints
    starts: Ints
    ends: Ints

    def between(self, begin: int, end: int) -> Ints:
        """Return the pieces that lie wholly between two signs."""
        first, last = np.searchsorted(self.starts, begin), np.searchsorted(self.ends, end, "right")
        return self.rows[first : max(first, last)]


@dataclass(frozen=True)
class Bounds:
    """Which pieces lie wholly in which window, counted through several families that stand one behind the other.

    Attributes:
        firsts: number of the first piece, a row for each family and a column for each window.
        lasts: number behind the last.
    """

    firsts: Ints
    lasts: Ints

    @staticmethod
    def of(sizes: Sequence[int], counts: Sequence[int], begins: Ints, ends: Ints) -> Bounds:
        """Return the bounds of pieces of which one begins at each sign.

        Args:
            sizes: signs of a piece, for each family.
            counts: pieces of each family.
            begins: first sign of each window, a row for all families or a row each.
            ends: the one behind the last, the same.
        """
        many = np.array(counts)[:, None]
        before = np.cumsum(many, axis=0) - many
        firsts = np.minimum(begins, many)
        lasts = np.minimum(np.maximum(ends - np.array(sizes)[:, None] + 1, firsts), many)
        return Bounds(firsts + before, lasts + before)

    def sum(self, values: Floats) -> Floats:
        """Return for each window the sum of what its pieces have."""
        sums = np.zeros(len(values) + 1)
        np.cumsum(values, out=sums[1:])
        inside: Floats = (sums[self.lasts] - sums[self.firsts]).sum(0)
        return inside

    def count(self) -> Ints:
        """Return for each window how many pieces lie wholly in it."""
        inside: Ints = (self.lasts - self.firsts).sum(0)
        return inside


@dataclass(frozen=True)
class Shape:
    """A message as the filter sees it.

    Attributes:
        signs: code points of letters and Chinese characters, one for each run of digits; all else left out.
        places: for each sign where it stands in the revealed text, and that text's length as the last entry.
        owners: for each letter of the sound the number of its sign.
        hashes: of what follows each sign, by how many signs; index 0 is of one.
        letter_hashes: the same of letters.
        events: which signs of shape were seen, numbers in `MARKS`.
        event_places: the sign of the skeleton that each of them stands at.
        disguise: how much was done to hide what is said.
    """

    signs: Signs
    places: Ints
    owners: Ints
    hashes: list[Signs]
    letter_hashes: list[Signs]
    events: Ints
    event_places: Ints
    disguise: float

    @cached_property
    def all_pieces(self) -> Ints:
        """Hashed places of all pieces of the message."""
        hashed = [self.hashes[size - 1] for size in CHARACTERS]
        hashed += [self.letter_hashes[size - 1] for size in LETTERS]
        return _to_places(np.concatenate(hashed))

    @cached_property
    def all_words(self) -> tuple[Ints, NDArray[np.bool_]]:
        """Rows in the table for what begins at each sign, shorter words first, and whether it is a word at all."""
        return words().look_up(np.concatenate([self.hashes[size - 1] for size in SIZES]))

    @cached_property
    def bounds_of_pieces(self) -> Bounds:
        """Which of `all_pieces` lie in which window."""
        by_sign = Bounds.of(CHARACTERS, [len(self.hashes[size - 1]) for size in CHARACTERS], *self.windows.T)
        letters = np.searchsorted(self.owners, self.windows.T)
        by_letter = Bounds.of(LETTERS, [len(self.letter_hashes[size - 1]) for size in LETTERS], *letters)
        before = sum(len(self.hashes[size - 1]) for size in CHARACTERS)
        return Bounds(
            np.concatenate([by_sign.firsts, by_letter.firsts + before]),
            np.concatenate([by_sign.lasts, by_letter.lasts + before]),
        )

    @cached_property
    def bounds_of_words(self) -> Bounds:
        """Which of `all_words` lie in which window."""
        return Bounds.of(SIZES, [len(self.hashes[size - 1]) for size in SIZES], *self.windows.T)

    @cached_property
    def pieces(self) -> tuple[Family, ...]:
        """Pieces of the skeleton and of its sound, by length."""
        found = []
        for size in CHARACTERS:
            starts = np.arange(len(self.hashes[size - 1]))
            found.append(Family(_to_places(self.hashes[size - 1]), starts, starts + size))
        for size in LETTERS:
            hashes = self.letter_hashes[size - 1]
            ends = self.owners[size - 1 : size - 1 + len(hashes)] + 1
            found.append(Family(_to_places(hashes), self.owners[: len(hashes)], ends))
        return tuple(found)

    @cached_property
    def words(self) -> tuple[Family, ...]:
        """Words of the table, by length."""
        found = []
        for size in SIZES:
            rows, is_known = words().look_up(self.hashes[size - 1])
            starts = np.flatnonzero(is_known)
            found.append(Family(rows[starts], starts, starts + size))
        return tuple(found)

    @property
    def is_short(self) -> bool:
        """Whether the whole is the only window."""
        return len(self.signs) <= _SHORT

    @cached_property
    def windows(self) -> Ints:
        """First sign, and the one behind the last, of each window; the whole comes first."""
        length = len(self.signs)
        found = [(0, length)]
        for width in WINDOWS:
            if length > width * 5 // 4:
                found += [(begin, begin + width) for begin in range(0, length - width, width // 3)]
                found.append((length - width, length))
        return np.array(found)

    @cached_property
    def marks(self) -> Floats:
        """Signs of shape of each window, a row each."""
        if self.is_short:
            return self._marks_of_whole()
        lengths = np.maximum(self.windows[:, 1] - self.windows[:, 0], 1)
        rows = self._count_by_window()
        shares = rows[:, _LATIN : _DIGITS + 1] / lengths[:, None]
        careful = rows[:, _SPACED] / np.maximum(rows[:, _SPACED] + rows[:, _UNSPACED], 1.0)
        rows = np.minimum(rows, _ENOUGH) / _ENOUGH
        rows[:, _LATIN : _DIGITS + 1] = shares
        rows[:, _LENGTH] = np.minimum(np.log2(lengths + 1) / 8.0, 1.2)
        rows[:, _DISGUISE] = min(self.disguise, 10.0) / 10.0
        rows[:, _CAREFUL] = careful
        return rows

    def _marks_of_whole(self) -> Floats:
        """Return the same of a short message, in plain Python: arrays of twenty numbers are not worth their making."""
        counts = [0] * len(MARKS)
        for event in self.events.tolist():
            counts[event] += 1
        length = max(len(self.signs), 1)
        row = [min(count, _ENOUGH) / _ENOUGH for count in counts]
        row[_LATIN] = np.count_nonzero(self.signs < 0x80) / length  # noqa: PLR2004 - ASCII
        row[_DIGITS] = np.count_nonzero(_are_runs(self.signs)) / length
        row[_LENGTH] = min(log2(length + 1) / 8.0, 1.2)
        row[_DISGUISE] = min(self.disguise, 10.0) / 10.0
        row[_CAREFUL] = counts[_SPACED] / max(counts[_SPACED] + counts[_UNSPACED], 1)
        return np.array([row])

    def _count_by_window(self) -> Floats:
        length, kinds = len(self.signs), len(MARKS)
        places = np.minimum(self.event_places, length - 1) + 1
        seen = np.bincount(places * kinds + self.events, minlength=(length + 1) * kinds)
        counted = seen.astype(np.float64).reshape(length + 1, kinds)
        counted[1:, _LATIN] = self.signs < 0x80  # noqa: PLR2004 - ASCII
        counted[1:, _DIGITS] = _are_runs(self.signs)
        sums: Floats = np.cumsum(counted, axis=0)
        return sums[self.windows[:, 1]] - sums[self.windows[:, 0]]

    def meaning(self, begin: int, end: int) -> Floats:
        """Return the sum of the vectors of the words between two signs over the root of how many they are."""
        table = words().vectors
        rows = np.concatenate([family.between(begin, end) for family in self.words])
        total = table[rows].sum(0, dtype=np.int64).astype(np.float64)
        meaning: Floats = total / (127.0 * max(len(rows), 1) ** 0.5)
        return meaning


def read(revealed: Revealed) -> Shape:
    """Take a message to pieces."""
    codes: Signs = np.frombuffer(revealed.text.encode("utf-32-le", "surrogatepass"), np.uint32)
    at = _everything(len(codes))
    signs, places = _skeleton(codes[at] if len(at) < len(codes) else codes, at)
    letters, owners = _letters(signs)
    events, event_places = _find_events(revealed.text[:LONGEST], codes[:LONGEST], signs, places)
    return Shape(
        signs, np.append(places, len(codes)), owners, chain_hashes(signs, max(*CHARACTERS, *SIZES)),
        chain_hashes(letters + np.uint32(_LETTER), max(LETTERS)), events, event_places, float(revealed.disguise),
    )  # fmt: skip


def _everything(length: int) -> Ints:
    at = np.arange(length)
    return at if length <= LONGEST else np.concatenate([at[: LONGEST // 2], at[-LONGEST // 2 :]])


def _to_places(hashes: Signs) -> Ints:
    return (hashes >> np.uint32(32 - BITS)).astype(np.int64)


def _are_runs(signs: Signs) -> NDArray[np.bool_]:
    return (signs >= _FIRST_RUN) & (signs < _FIRST_RUN + _KINDS_OF_RUNS)


def _skeleton(codes: Signs, at: Ints) -> tuple[Signs, Ints]:
    kinds = _kinds()[np.minimum(codes, 0xFFFF)]
    kept = np.flatnonzero(kinds)
    codes, kinds, at = codes[kept], kinds[kept], at[kept]
    is_digit = kinds == _DIGIT
    if not is_digit.any():
        return codes, at
    begins = is_digit.copy()
    begins[1:] &= ~is_digit[:-1]
    lengths = np.bincount(np.cumsum(begins)[is_digit] - 1)
    codes[begins] = _RUNS[np.minimum(lengths, len(_RUNS) - 1)]
    kept = np.flatnonzero(begins | ~is_digit)
    return codes[kept], at[kept]


_DIGIT = 2


@cache
def _kinds() -> NDArray[np.uint8]:
    """Tell for each of the first 65,536 code points whether it is left out (0), kept (1) or a digit (2)."""
    kinds = np.fromiter((chr(code).isalnum() for code in range(0x10000)), np.uint8, 0x10000)
    kinds[0xFFFF] = 1  # stands for all beyond: rare ideographs
    kinds[0x30:0x3A] = _DIGIT
    return kinds


_SYLLABLE = 6  # letters of the longest, such as zhuang


def _letters(signs: Signs) -> tuple[Signs, Ints]:
    """Return the letters of how the signs sound, and for each letter the number of its sign.

    Typed pinyin and characters give the same letters; zh, ch, sh are z, c, s, and ng is n.
    """
    spelled, lengths = _spellings()
    rows = np.minimum(signs, 0xFFFF)
    owners = np.repeat(np.arange(len(signs)), lengths[rows])
    grid = spelled[rows]
    letters = grid[grid > 0]
    pairs = letters.astype(np.uint16)
    pairs[1:] |= pairs[:-1] << np.uint16(8)
    is_heard = _heard_after()[pairs]
    return letters[is_heard].astype(np.uint32), owners[is_heard]


@cache
def _heard_after() -> NDArray[np.bool_]:
    """Tell for each letter and the one before it, in the upper byte, whether it is heard."""
    is_heard = np.ones(0x10000, np.bool_)
    is_heard[[ord(first) << 8 | ord(second) for first, second in ("zh", "ch", "sh", "ng")]] = False
    return is_heard


@cache
def _spellings() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return for each code point the letters of its sound, at most six, and how many they are."""
    spelled = np.zeros((0x10000, _SYLLABLE), np.uint8)
    for code in np.flatnonzero(_kinds()).tolist():
        sound = characters().sound(chr(code)) or (chr(code) if code < 0x80 else "")  # noqa: PLR2004 - ASCII
        letters = sound.encode("ascii", "ignore")[:_SYLLABLE]
        spelled[code, : len(letters)] = list(letters)
    spelled[_FIRST_RUN : _FIRST_RUN + _KINDS_OF_RUNS, 0] = 0x30 + np.arange(_KINDS_OF_RUNS)
    return spelled, np.count_nonzero(spelled, axis=1).astype(np.uint8)


_WORDS = re.compile(
    r"(?P<contact>微信|[加+]\s?(?:我|个)?\s?(?:微|薇|v|q|群|裙|好友)|(?<![a-z])(?:vx|wx|qq)(?![a-z])|扣扣"
    r"|[qv扣微群裙][:： ]{0,2}(?=\d{5})|私聊|私信|私我|滴滴我|联系|咨询|电话|热线|扫码|二维码|进群|公众号)"
    r"|(?P<link>https?:|www\.|(?<=[a-z0-9-])\.(?:com|cn|net|cc|top|xyz|vip|shop|club|io|me|co)\b)"
    r"|(?P<price>[¥￥$]\s?\d|(?<=\d)\s?(?:元|块|折|万|r(?![a-z])|k(?![a-z])|佣|毛|减))"
    r"|(?P<percent>(?<=\d)%)"
    r"|(?P<dates>(?<=\d)[月日号楼层]|月(?=\d))"
)
_SINGLE: Final = {
    "asks": "?？吗呢怎哪什", "code": ";{}=<>_\\|", "shouts": "!！", "brackets": "【】[]「」", "waves": "~～…—+*",
    "speaks": "我他她了啊哦嗯吧嘛呀", "commas": ",，、",
}  # fmt: skip


@cache
def _events_of_signs() -> NDArray[np.uint8]:
    """Return for each code point which sign of shape it is by itself, or 255."""
    table = np.full(0x10000, _NO_EVENT, np.uint8)
    for name, signs in _SINGLE.items():
        table[[ord(sign) for sign in signs]] = _NUMBERS[name]
    return table


_NO_EVENT: Final = 255
_BORDERS = re.compile("[\u4e00-\u9fff] ?(?=[0-z])|[0-z] ?(?=[\u4e00-\u9fff])")
"""Where Chinese meets Latin letters or digits: what lies between 0 and z besides is rare."""


def _find_events(text: str, codes: Signs, signs: Signs, places: Ints) -> tuple[Ints, Ints]:
    by_sign = _events_of_signs()[np.minimum(codes, 0xFFFF)]
    single = np.flatnonzero(by_sign != _NO_EVENT)
    kinds, at = by_sign[single].tolist(), single.tolist()
    for border in _BORDERS.finditer(text):
        kinds.append(_SPACED if border.end() - border.start() > 1 else _UNSPACED)
        at.append(border.start())
    for event in _WORDS.finditer(text):
        kinds.append(_NUMBERS[event.lastgroup or ""])
        at.append(event.start())
    found = np.searchsorted(places, np.array(at, np.int64)).tolist()
    for place in np.flatnonzero(_are_accounts(signs)).tolist():
        kinds.append(_NUMBERS["phone" if signs[place] == _PHONE else "account"])
        found.append(place)
    return np.array(kinds, np.int64), np.array(found, np.int64)


_PHONE: Final = _FIRST_RUN + 11  # digits of a mobile number
_ACCOUNT: Final = _FIRST_RUN + 5  # digits of the shortest QQ number


def _are_accounts(signs: Signs) -> NDArray[np.bool_]:
    return (signs >= _ACCOUNT) & (signs < _FIRST_RUN + _KINDS_OF_RUNS)
