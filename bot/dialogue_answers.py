"""Short answers to what the bot asked: a number of a list, yes or no."""

from __future__ import annotations

import re

from bot.text import fold

_ORDINALS = {sign: value for value, sign in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_CHOICE = re.compile(
    r"(?:选|选择|回复|第|要)?\s*(\d{1,3}|[一二两三四五六七八九十])\s*(?:个|号|条|项|吧)?\s*[.。、!！)]*"
)
_YES = re.compile(
    "是的?|好[的啊吧]?|对的?|嗯嗯?|行|可以|确认|确定|同意|没错|ok(?:ay)?|y|yes|👌|👍",
)
_NO = re.compile("否|不[是行]?|不[用要]了?|不了|取消|算了|别|先不了?|放弃|no?")
_DECORATION = re.compile(r"[\s。.!~,、]+")


def read_choice(text: str) -> int | None:
    """Return the number a member picked: `3`, `第3个`, `3。`, `选三`; None when it is no bare number.

    Args:
        text: normalised (③ and ３ have become 3).
    """
    found = _CHOICE.fullmatch(text.strip())
    if found is None:
        return None
    return int(found[1]) if found[1].isdecimal() else _ORDINALS[found[1]]


def read_consent(text: str) -> bool | None:
    """Return whether a member said yes or no; None when it is neither.

    Args:
        text: normalised.
    """
    word = _DECORATION.sub("", fold(text))
    return True if _YES.fullmatch(word) else False if _NO.fullmatch(word) else None
