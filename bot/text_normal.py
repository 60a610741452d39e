"""One form for every text that comes in, and the folded form that matching compares."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

_KEPT = "，：；？！（）～…"  # everyday Chinese punctuation: NFKC would turn it into ASCII, and members read it again
_KEPT_RUN = re.compile(f"([{_KEPT}]+)")
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f"  # control characters
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\uffa0"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"  # variation selectors, byte order mark, tags
)
_LINE_BREAK = re.compile("\r\n|[\r\u000b\u000c\u0085\u2028\u2029]")
_ODD_SPACE = re.compile("[\u1680\u2800]")  # spaces to the eye that NFKC leaves alone
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END_SPACE = re.compile("[ \t]+(?=\n|$)")
_SIMPLIFIED_FURTHER = frozenset("乾吒夥後徵拚捱摺於榘菸薹袷醣麴麽")  # of GB 2312, and OpenCC's t2s changes them
_PLAIN = re.compile("[\n -~\u4e00-\u9fff。、，：；？！（）《》]*")


def normalise(raw: str) -> str:
    r"""Bring a text into the one form that everything inside works with.

    NFKC, except that everyday Chinese punctuation stays full-width (`fold` makes it ASCII): full-width letters and
    digits become ASCII, U+2005 and all other spaces a plain space, zero-width characters, soft hyphens, variation
    selectors and controls vanish, every line break is `\n`. Spaces inside a line stay, so code is left readable;
    spaces at line ends and around the whole do not. Normalising twice changes nothing.

    Args:
        raw: as the gateway gave it; lone surrogates, which no database takes, become U+FFFD.
    """
    if not _PLAIN.fullmatch(raw):
        text = _INVISIBLE.sub("", _LONE_SURROGATE.sub("\ufffd", raw))
        text = _ODD_SPACE.sub(" ", _LINE_BREAK.sub("\n", text))
        raw = "".join(
            part if at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(_KEPT_RUN.split(text))
        )
    return _LINE_END_SPACE.sub("", raw).strip()


class _FoldTable(dict[int, str]):
    """Filled character by character as they are met: `str.translate` asks here."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if "\u3400" <= character <= "\u9fff" and not _is_simplified(character):
        character = str(_to_simplified().convert(character))
    for candidate in (unicodedata.normalize("NFKC", character).casefold(), character.casefold()):
        if len(candidate) == 1:
            return candidate
    return character


def _is_simplified(character: str) -> bool:
    """Tell without OpenCC whether a character is a simplified one, as nearly all that groups write are."""
    try:
        character.encode("gb2312")  # the 6,763 characters of everyday simplified Chinese
    except UnicodeEncodeError:
        return False
    return character not in _SIMPLIFIED_FURTHER


@cache
def _to_simplified() -> OpenCC:
    import opencc  # 10 MB and 50 ms that a process without traditional characters never needs

    return opencc.OpenCC("t2s")


_FOLD = _FoldTable()


def fold(text: str) -> str:
    """Return the form that matching compares: simplified characters, lower case, ASCII punctuation.

    Each character is folded by itself, so positions in the result are positions in `text`.
    """
    return text.translate(_FOLD)
