"""The first step of revealing: every character to its plain form, what shows nothing left out, odd ones counted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bot.moderation.characters import FOLDS, characters
from bot.moderation.revealing_draft import Draft
from bot.moderation.revealing_pictures import find_pictures

_PLAIN_SIGNS = "，。！？：；（）、“”‘’…《》【】「」～—·￥"
_PLAIN = re.compile(f"[\t\n -~\u4e00-\u9fff{_PLAIN_SIGNS}]*")  # these fold one to one, and none vanishes
_LONGEST = 4_000  # characters looked at of one message
_EDGE = 1_500  # of a longer one: so many from its beginning, so many from its end, the rest in samples
_SAMPLES = 4
_MOST_OF_ONE = 4  # characters that one may fold to: ﷺ is eighteen
_HIDDEN = (
    (0x00, 0x08), (0xAD, 0xAD), (0x300, 0x36F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
)  # fmt: skip
_LAST = 0xFFFF  # stands for all beyond it
_MOST_SCANNED = 200_000  # characters of a monstrous message in which what is shown is looked for
_PICTURES = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_ANY_MATH = frozenset("Ο℃℉№™℡Ω℮²³¹αβγδεζηθλμνπρστφχψωΓΔΘΛΠΣΦΨΩ")
_TRICKS = [  # what a character that is not plain counts as, by where it stands in Unicode
    (0x00AD, 0x00AD, "隐形字符"), (0x0300, 0x036F, "组合符号"), (0x0370, 0x052F, "异体字母"),
    (0x13A0, 0x13FF, "异体字母"),
    (0x1680, 0x16FF, "异体字母"), (0x1AB0, 0x1AFF, "组合符号"), (0x1D00, 0x1DBF, "异体字母"),
    (0x1DC0, 0x1DFF, "组合符号"),
    (0x200B, 0x200F, "隐形字符"), (0x202A, 0x202E, "隐形字符"), (0x2060, 0x206F, "隐形字符"),
    (0x2070, 0x209F, "数字变形"),
    (0x20D0, 0x20FF, "组合符号"), (0x2100, 0x214F, "异体字母"), (0x2150, 0x218F, "数字变形"),
    (0x2460, 0x249B, "数字变形"),
    (0x249C, 0x24E9, "异体字母"), (0x24EA, 0x24FF, "数字变形"), (0x2776, 0x2793, "数字变形"),
    (0x2E80, 0x2FDF, "拆字"),
    (0x3164, 0x3164, "隐形字符"), (0x3220, 0x3247, "异体字母"), (0xE000, 0xF8FF, "隐形字符"),
    (0xF900, 0xFAFF, "异体字母"),
    (0xFE00, 0xFE0F, "隐形字符"), (0xFEFF, 0xFEFF, "隐形字符"), (0xFF10, 0xFF19, "全角"), (0xFF21, 0xFF5A, "全角"),
    (0x1D400, 0x1D7FF, "异体字母"), (0x1F100, 0x1F1E5, "异体字母"), (0xE0000, 0xE0FFF, "隐形字符"),
]  # fmt: skip
_HALF_WIDTH = re.compile("[0-9A-Za-z]")
_FEW = 3
_FREE = {"全角": 12, "数字变形": 4, "异体字母": 1}  # how many of them ordinary talk has
_NOT_SAID = frozenset("\ufe0f\u200d\ufeff\u200e\u200f\u202a\u202c\u20e3")  # parts of pictures, marks that phones put in


class _Tricks(dict[str, str]):
    def __missing__(self, character: str) -> str:
        code = ord(character)
        name = next((trick for first, last, trick in _TRICKS if first <= code <= last), "")
        if not name and unicodedata.category(character) in {"Mn", "Me", "Cf", "Co"}:
            name = "组合符号" if unicodedata.category(character)[0] == "M" else "隐形字符"
        if character in _ANY_MATH:
            name = ""
        self[character] = name
        return name


_TRICK_OF = _Tricks()


def fold_signs(raw: str) -> Draft:
    """Return the text with each character in its plain form.

    Args:
        raw: of any length; of more than 4,000 shown characters the beginning, the end and samples are looked at.
    """
    if len(raw) > _LONGEST:
        return _fold_each(raw, _sample(raw), {})
    is_plain = _PLAIN.fullmatch(raw)
    pictured = {} if is_plain and "[" not in raw and "/:" not in raw else _read_pictures(raw)
    if is_plain and not pictured:
        return Draft(raw.translate(_folds_of_plain()), range(len(raw)))
    return _fold_each(raw, range(len(raw)), pictured)


@cache
def _folds_of_plain() -> str:
    """What each plain character folds to, by its code: it is small, so it is found sooner than `FOLDS`."""
    folds = list(map(chr, range(_LAST + 1)))
    for character, folded in characters().singles():
        if character <= chr(_LAST):
            folds[ord(character)] = folded
    for code in (*range(ord(" "), ord("~") + 1), *map(ord, _PLAIN_SIGNS)):
        folds[code] = FOLDS[code]
    return "".join(folds)


def _sample(raw: str) -> Sequence[int]:
    """Return the places that are looked at in a very long text, those that show nothing left out."""
    edge = _MOST_SCANNED // 2
    spans = [(0, len(raw))] if len(raw) <= _MOST_SCANNED else [(0, edge), (len(raw) - edge, len(raw))]
    places: list[int] = np.concatenate([_find_shown(raw[start:end]) + start for start, end in spans]).tolist()
    if len(places) <= _LONGEST:
        return places
    length = (_LONGEST - 2 * _EDGE) // _SAMPLES
    step = (len(places) - 2 * _EDGE) // _SAMPLES
    samples = [place for at in range(_SAMPLES) for place in places[_EDGE + at * step : _EDGE + at * step + length]]
    return [*places[:_EDGE], *samples, *places[-_EDGE:]]


def _find_shown(raw: str) -> NDArray[np.int64]:
    """Return the places of the characters that show something, apart from rare ones."""
    codes = np.frombuffer(raw.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.flatnonzero(_are_shown()[np.minimum(codes, _LAST)])


@cache
def _are_shown() -> NDArray[np.bool_]:
    table = np.ones(_LAST + 1, np.bool_)
    for first, last in _HIDDEN:
        table[first : last + 1] = False
    return table


def _fold_each(raw: str, places: Sequence[int], pictured: Mapping[int, str]) -> Draft:
    folded: list[str] = []
    origins: list[int] = []
    odd: list[str] = []
    for at in places:
        character = raw[at]
        plain = pictured[at] if at in pictured else FOLDS[ord(character)][:_MOST_OF_ONE]
        if character > "~" and not "\u4e00" <= character <= "\u9fff" and _TRICK_OF[character]:
            odd.append(character)
        for sign in plain:
            folded.append(sign)
            origins.append(at)
    draft = Draft("".join(folded), origins)
    _count_tricks(draft, raw, odd, len(raw) - len(places))
    return draft


def _read_pictures(raw: str) -> dict[int, str]:
    """Return what stands at each place of a picture: the word it stands for reaches from the first to the last."""
    pictured: dict[int, str] = {}
    for start, end, word in find_pictures(raw):
        pictured |= dict.fromkeys(range(start, end), "")
        pictured[start] = word[:-1]
        pictured[end - 1] += word[-1:]
    return pictured


def _count_tricks(draft: Draft, raw: str, odd: list[str], hidden: int) -> None:
    """Count what was odd, beyond what ordinary talk has of it."""
    tricks = draft.tricks
    is_pictured = bool(_PICTURES.search(raw))
    for character in odd:
        if character not in _NOT_SAID or (not is_pictured and character == "\u200d"):
            tricks[_TRICK_OF[character]] += 1
    tricks["隐形字符"] += sum(raw.count(sign) for sign in "\u200d\ufeff" if raw.count(sign) > _FEW and not is_pictured)
    tricks["隐形字符"] += min(hidden, 20) if len(raw) > _LONGEST and hidden > len(raw) // 4 else 0
    if not _HALF_WIDTH.search(raw):
        tricks.pop("全角", None)  # a keyboard set to full width; who disguises changes some
    for trick, free in _FREE.items():
        tricks[trick] = max(0, tricks[trick] - free)
    keycaps = raw.count("\u20e3")
    tricks["数字变形"] += keycaps if keycaps > _FEW else 0
