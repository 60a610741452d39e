"""Characters written as their components (亻言 for 信): found and put together again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from bot.moderation.neighbours import are_neighbours
from bot.moderation.revealing_draft import Draft

PLAIN_COMPONENTS = Path(__file__).parent / "data" / "components.txt"
_PAIR, _LONGEST = 2, 5  # components of one character
_SURE, _LIKELY_ALONE, _LIKELY, _FEW = 3.0, 1.0, 0.5, 1
_ROUNDS = 3
_NONE = ("", "")
# Forms that a component takes at the side of a character, with the character people type for it.
_SIDES = {
    "亻": "人", "氵": "水", "扌": "手", "讠": "言", "訁": "言", "纟": "丝", "糹": "丝", "糸": "丝", "钅": "金",
    "釒": "金", "艹": "草", "艸": "草",
    "忄": "心", "犭": "犬", "饣": "食", "飠": "食", "礻": "示", "衤": "衣", "刂": "刀", "灬": "火", "辶": "走",
    "辵": "走", "冫": "冰", "仌": "冰",
    "車": "车", "貝": "贝", "門": "门", "見": "见", "頁": "页", "馬": "马", "魚": "鱼", "鳥": "鸟", "風": "风",
    "牜": "牛", "⺮": "竹", "⺼": "月",
    "罒": "四", "攴": "攵", "攵": "攵", "爫": "爪", "覀": "西", "疒": "病", "王": "王", "玉": "王", "肉": "月",
    "戶": "户", "幷": "并", "亽": "今",
}  # fmt: skip
_SIDES_TABLE = str.maketrans(_SIDES)
_TRIPLES = (
    "口口口",
    "木木木",
    "日日日",
    "人人人",
    "金金金",
    "石石石",
)  # ordinary side by side
# What is never a word by itself: where one stands in a text, something was taken apart.
BOUND = frozenset(
    "亻氵扌讠訁纟糹钅釒艹忄犭饣飠礻衤刂灬辶冫牜罒爫疒宀冖勹匚囗彳攵廴阝卩厶亠冂凵丷彡彐巛殳隹尃甹弋戋敚覀叀畐夂尢屮廾彑"
)


def to_plain_components(components: str) -> str:
    """Return components in the forms that people type: 人 for 亻, 水 for 氵."""
    return components.translate(_SIDES_TABLE)


class Components:
    """Which characters two to five components make."""

    def __init__(self, text: str) -> None:
        pairs: dict[str, list[str]] = {}
        self._longer: dict[str, str] = {}
        for character, way in _ways(text):
            if len(way) > _PAIR:
                self._longer[way] = character
            else:
                pairs.setdefault(way[0], []).append(way[1] + character)
        self._pairs = {
            first: ("".join(pair[0] for pair in rest), "".join(pair[1] for pair in rest))
            for first, rest in pairs.items()
        }
        self._longer_heads = frozenset(way[:2] for way in self._longer)
        self.beginnings = self._make_beginnings()

    def _make_beginnings(self) -> dict[str, str]:
        """Return for each first component, in any form, all that come second: one look tells whether to look closer."""
        seconds = {first: set(others) for first, (others, _) in self._pairs.items()}
        for head in self._longer_heads:
            seconds.setdefault(head[0], set()).add(head[1])
        forms: dict[str, str] = {}
        for side, plain in _SIDES.items():
            forms[plain] = forms.get(plain, plain) + side
        beginnings: dict[str, str] = {}
        for first, others in seconds.items():
            seen = "".join(forms.get(second, second) for second in others)
            beginnings.update(dict.fromkeys(forms.get(first, first), seen))
        return beginnings

    def find(self, plain: str, at: int) -> tuple[str, int] | None:
        """Return the character that components from `plain[at]` on make, and how many they are; the longest first.

        Args:
            plain: a text in plain components.
            at: where to look.
        """
        if plain[at : at + 2] in self._longer_heads:
            for length in range(min(_LONGEST, len(plain) - at), _PAIR, -1):
                made = self._longer.get(plain[at : at + length])
                if made:
                    return made, length
        seconds, made_of = self._pairs.get(plain[at], _NONE)
        number = seconds.find(plain[at + 1]) if at + 1 < len(plain) else -1
        return (made_of[number], _PAIR) if number >= 0 else None


def _ways(text: str) -> Iterator[tuple[str, str]]:
    """Yield (character, components in plain forms); of several ways the most usual first."""
    for line in text.splitlines():
        yield from ((line[0], way) for way in line[2:].split(" "))


def take_apart() -> dict[str, list[str]]:
    """Return for each character the ways of writing it as components; not kept, only evasions ask."""
    ways: dict[str, list[str]] = {}
    for character, way in _ways(PLAIN_COMPONENTS.read_text("utf-8")):
        ways.setdefault(character, []).append(way)
    return ways


@cache
def components() -> Components:
    """Return the shipped table, read once."""
    return Components(PLAIN_COMPONENTS.read_text("utf-8"))


def join_components(draft: Draft) -> None:
    """Put characters together that were taken apart.

    A form that only occurs inside characters (亻, 钅) is sure. Two whole characters (力口, but also 女子) are put
    together where ordinary Chinese does not have them side by side and what is around them agrees.
    """
    for _ in range(_ROUNDS):  # what was put together may show what else belongs together
        found = _candidates(draft)
        if not found:
            return
        sure = [span for span in found if span[3] >= _SURE]
        likely = [span for span in found if span[3] >= (_LIKELY_ALONE if len(sure) < _FEW else _LIKELY)]
        if not likely:
            return
        draft.replace((start, end, made) for start, end, made, _ in likely)
        draft.tricks["拆字"] += 2 * len(likely)


def _candidates(draft: Draft) -> list[tuple[int, int, str, float]]:
    """Return (start, end, character, how sure) of what could be put together, apart from each other."""
    table, text = components(), draft.text
    seconds = table.beginnings.get
    if draft.tricks.get("拆字", 0) > 0:
        places = _places_among_components(draft)
    elif any(second in seconds(first, "") for first, second in draft.pairs.strange):  # where is rarely asked
        places = draft.marks.strange
    else:
        return []
    places = [at for at in places if text[at + 1] in seconds(text[at], "")]
    plain, found, done = to_plain_components(text), [], 0
    for at in places:
        made = table.find(plain, at) if at >= done else None
        if made is None:
            continue
        score = _score(text, at, at + made[1], made[0])
        if score > 0:
            found.append((at, at + made[1], made[0], score))
            done = at + made[1]
    return found


def _places_among_components(draft: Draft) -> list[int]:
    """Return what is no ordinary pair in a text with characters taken apart: three alike are none there."""
    text = draft.text
    return [at for at, it_is in enumerate(draft.marks.ordinary) if not it_is or text[at : at + 3] in _TRIPLES]


def _score(text: str, start: int, end: int, made: str) -> float:
    """How sure it is that these are components of one character; `_SURE` and more needs no company."""
    parts = text[start:end]
    if any(part in BOUND for part in parts):
        return _SURE
    before, after = text[start - 1 : start], text[end : end + 1]
    if all(are_neighbours(first, second) for first, second in pairwise(parts)):
        return _SURE if parts in _TRIPLES else 0
    apart = are_neighbours(before, parts[0]) + are_neighbours(parts[-1], after)
    together = are_neighbours(before, made) + are_neighbours(made, after)
    return together - apart + (len(parts) - _PAIR) + 0.5 * (before + after == "" or together == 0 == apart)
