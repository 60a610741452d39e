"""The shape of a message: contacts, prices, links, questions and the like, whatever its words are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import log2
from typing import Final

from bot.moderation.adverts_signs import FIRST_RUN, LAST_RUN

MARKS: Final = (
    "contact", "account", "phone", "link", "price", "percent", "asks", "code", "shouts", "brackets", "dates", "waves",
    "spaced", "unspaced", "speaks", "commas", "lists", "quotes", "stops", "colons", "ends", "latin", "digits", "length",
    "disguise", "careful",
)  # fmt: skip
"""What the shape of a message is described by."""
NUMBERS: Final = {name: number for number, name in enumerate(MARKS)}
"""Name → its place in a row."""
LATIN, DIGITS, LENGTH, DISGUISE, CAREFUL = range(len(MARKS) - 5, len(MARKS))
SPACED, UNSPACED = NUMBERS["spaced"], NUMBERS["unspaced"]
ENOUGH: Final = 3.0
"""Of one sign of shape: more of it says no more."""
_PHONE: Final = chr(FIRST_RUN + 11)  # digits of a mobile number
_ACCOUNT: Final = chr(FIRST_RUN + 5)  # digits of the shortest QQ number
_NUMBERS: Final = re.compile(f"[{chr(FIRST_RUN)}-{chr(LAST_RUN)}]")
_ACCOUNTS: Final = re.compile(f"[{_ACCOUNT}-{chr(LAST_RUN)}]")
# Each alternative begins with one of the characters in front: where none stands, none is tried.
_WORDS: Final = re.compile(
    r"(?=[微加+vwq扣群裙私滴联咨电热扫二进公h.¥￥$%\s元块折万rk佣毛减月日号楼层])(?:"
    r"(?P<contact>微信|[加+]\s?(?:我|个)?\s?(?:微|薇|v|q|群|裙|好友)|(?<![a-z])(?:vx|wx|qq)(?![a-z])|扣扣"
    r"|[qv扣微群裙][:： ]{0,2}(?=\d{5})|私聊|私信|私我|滴滴我|联系|咨询|电话|热线|扫码|二维码|进群|公众号)"
    r"|(?P<link>https?:|www\.|(?<=[a-z0-9-])\.(?:com|cn|net|cc|top|xyz|vip|shop|club|io|me|co)\b)"
    r"|(?P<price>[¥￥$]\s?\d|(?<=\d)\s?(?:元|块|折|万|r(?![a-z])|k(?![a-z])|佣|毛|减))"
    r"|(?P<percent>(?<=\d)%)"
    r"|(?P<dates>(?<=\d)[月日号楼层]|月(?=\d)))"
)
_NAMES: Final = {
    "asks": "?？吗呢怎哪什", "code": ";{}=<>_\\|", "shouts": "!！", "brackets": "【】[]「」", "waves": "~～…—+*",
    "speaks": "我他她了啊哦嗯吧嘛呀", "commas": ",，", "lists": "、", "quotes": "“”‘’《》\"'", "stops": "。",
    "colons": ":：",
}  # fmt: skip
_SINGLE: Final = {sign: NUMBERS[name] for name, signs in _NAMES.items() for sign in signs}
_BORDERS: Final = re.compile("[\u4e00-\u9fff] ?(?=[0-z])|[0-z] ?(?=[\u4e00-\u9fff])")
"""Where Chinese meets Latin letters or digits: what lies between 0 and z besides is rare."""
_END: Final = re.compile("[0-9a-z]{5}[^0-9a-z\u4e00-\u9fff]*+\\Z")
"""A number or a name as the last thing that is said: there advertisements say where to turn."""
_ENDS: Final = NUMBERS["ends"]
_LAST: Final = 48  # characters in which it is looked for


def find_marks(text: str) -> list[tuple[int, int]]:
    """Return signs of shape, numbers in `MARKS`, and where in a revealed text they stand."""
    single = _SINGLE.get
    found = [(mark, at) for at, sign in enumerate(text) if (mark := single(sign))]
    for border in _BORDERS.finditer(text):
        start, end = border.span()
        found.append((SPACED if end - start > 1 else UNSPACED, start))
    if end_of_text := _END.search(text, max(len(text) - _LAST, 0)):
        found.append((_ENDS, end_of_text.start()))
    found += [(NUMBERS[event.lastgroup or ""], event.start()) for event in _WORDS.finditer(text)]
    return found


def find_accounts(skeleton: str) -> list[tuple[int, int]]:
    """Return the numbers that may be accounts or telephones, and which sign of the skeleton each is."""
    return [
        (NUMBERS["phone" if found[0] == _PHONE else "account"], found.start())
        for found in _ACCOUNTS.finditer(skeleton)
    ]  # fmt: skip


def describe(found: Iterable[int], skeleton: str, disguise: float) -> list[tuple[int, float]]:
    """Return how much there is of each sign of shape in a message or in a part of it, those that it has not left out.

    Args:
        found: its signs of shape, numbers in `MARKS`.
        skeleton: its letters and Chinese characters.
        disguise: how much was done to hide what the message says.
    """
    counts: dict[int, int] = {}
    for mark in found:
        counts[mark] = counts.get(mark, 0) + 1
    length = len(skeleton) or 1
    spaced = counts.get(SPACED, 0)
    described = [(mark, count / ENOUGH if count < ENOUGH else 1.0) for mark, count in counts.items()]
    described += (
        (LATIN, len(skeleton.encode("ascii", "ignore")) / length),
        (DIGITS, len(_NUMBERS.findall(skeleton)) / length),
        (LENGTH, min(log2(length + 1) / 8.0, 1.2)),
        (DISGUISE, min(disguise, 10.0) / 10.0),
        (CAREFUL, spaced / (spaced + counts.get(UNSPACED, 0) or 1)),
    )
    return described


def to_row(marks: Iterable[tuple[int, float]]) -> list[float]:
    """Return the amounts of all signs of shape, in the order of `MARKS`."""
    row = [0.0] * len(MARKS)
    for mark, amount in marks:
        row[mark] = amount
    return row
