"""The eighteen ways in which advertisers disguise a text, to measure what comes through.

For `rules test --evade`, `eval moderation` and tests; nothing here runs while messages are judged.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from bot.moderation.characters import SOUNDS, characters
from bot.moderation.components import take_apart
from bot.moderation.evasions_signs import (
    COMBINING,
    CONTACTS,
    DIGITS,
    EMOJI,
    INVISIBLE,
    LEET,
    LOOKALIKES,
    PADDING,
    PUNCTUATION,
    SIDES,
    URL_PARTS,
)
from bot.moderation.spoken import spoken, to_fuzzy

_HAN = re.compile("[\u4e00-\u9fff]")
_MOST_PARTS = 3
_STROKES = frozenset("一丨丶丿乙乚乛乀亅十")  # nobody reads these together again
_SHARE_OF_SIDES = 0.8  # 亻 for 人, where the character has it so
_STYLES = (0x1D400, 0x1D434, 0x1D468, 0x1D4D0, 0x1D56C, 0x1D5D4, 0x1D608, 0x1D670)  # mathematical letters, from A


@dataclass(frozen=True, slots=True)
class Evasion:
    """One way of disguising.

    Attributes:
        name: as `--evade` takes it.
        title: in Chinese.
        apply: text, share of its characters from 0 to 1, chance → the disguised text.
    """

    name: str
    title: str
    apply: Callable[[str, float, random.Random], str]


def _each(change: Callable[[str, random.Random], str]) -> Callable[[str, float, random.Random], str]:
    """Make an evasion of what is done to one character: done to a share of them."""

    def apply(text: str, share: float, chance: random.Random) -> str:
        return "".join(change(sign, chance) if chance.random() < share else sign for sign in text)

    return apply


def _between(signs: Iterable[str], *, only_han: bool = False) -> Callable[[str, float, random.Random], str]:
    """Make an evasion of signs put behind a share of the characters."""
    choices = tuple(signs)

    def apply(text: str, share: float, chance: random.Random) -> str:
        parts = []
        for sign in text:
            wanted = chance.random() < share and not sign.isspace() and (not only_han or _HAN.match(sign))
            parts += [sign, chance.choice(choices)] if wanted else [sign]
        return "".join(parts)

    return apply


def _to_full_width(sign: str, _: random.Random) -> str:
    return chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign


def _to_homophone(sign: str, chance: random.Random) -> str:
    alike = _homophones().get(characters().sound(sign), "") if _HAN.match(sign) else ""
    others = [other for other in alike if other != sign]
    return chance.choice(others) if others else sign


@cache
def _homophones() -> dict[str, str]:
    """For each syllable the everyday characters read so: the 3,755 of GB 2312's first level."""
    groups: dict[str, str] = {}
    for row in range(0xB0, 0xD8):
        for sign in bytes(byte for at in range(0xA1, 0xFF) for byte in (row, at)).decode("gb2312", "ignore"):
            groups[characters().sound(sign)] = groups.get(characters().sound(sign), "") + sign
    return groups


def _to_components(sign: str, chance: random.Random) -> str:
    way = next(
        (way for way in _compositions().get(sign, ()) if len(way) <= _MOST_PARTS and not _STROKES & set(way)), ""
    )
    return SIDES.get(way[0], way[0]) + way[1:] if way and chance.random() < _SHARE_OF_SIDES else way or sign


@cache
def _compositions() -> dict[str, list[str]]:
    return take_apart()


@cache
def _traditional() -> dict[str, str]:
    return {plain: odd for odd, plain in characters().singles() if "\u4e00" <= odd <= "\u9fff" and _is_big5(odd)}


def _is_big5(sign: str) -> bool:
    try:
        sign.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def _to_traditional(sign: str, _: random.Random) -> str:
    return _traditional().get(sign, sign)


def _to_digit(sign: str, chance: random.Random) -> str:
    return chance.choice(DIGITS[int(sign)]) if sign in "0123456789" else sign


def _to_leet(sign: str, _: random.Random) -> str:
    return LEET.get(sign.lower(), sign)


def _to_lookalike(sign: str, chance: random.Random) -> str:
    if not (sign.isascii() and sign.isalpha()):
        return sign
    styled = chr(chance.choice(_STYLES) + ord(sign.upper()) - 65)
    return str(chance.choice((styled, *LOOKALIKES[sign.lower()])))


def _respell_contacts(text: str, _: float, chance: random.Random) -> str:
    """Every place where people are told how to get in touch, whatever the share: half-hidden ones are useless."""
    for plain, others in CONTACTS.items():
        text = _replace(re.escape(plain), others, text, chance)
    return text


def _spell(text: str, share: float, chance: random.Random) -> str:
    """Whole words in letters, as they are typed."""
    words = [word if chance.random() >= share else _sound_of(word) for word in _cut_words(text)]
    return "".join(words)


def _initial(text: str, share: float, chance: random.Random) -> str:
    """Whole words by the first letters of their sounds; single characters stay, and nobody would read more."""
    words = _cut_words(text)
    cut = [len(word) > 1 and chance.random() < share for word in words]
    return "".join(
        "".join(sound[0] for sound in word.translate(SOUNDS).split()) if is_cut else word
        for word, is_cut in zip(words, cut, strict=True)
    )


def _sound_of(word: str) -> str:
    return "".join(word.translate(SOUNDS).split()) if _HAN.match(word) else word


def _cut_words(text: str) -> list[str]:
    """Cut a text into words that are known by their sound, of two to four characters, and single characters."""
    words, at = [], 0
    while at < len(text):
        length = next((size for size in (4, 3, 2) if _is_word(text[at : at + size], size)), 1)
        words.append(text[at : at + length])
        at += length
    return words


def _is_word(piece: str, size: int) -> bool:
    if len(piece) != size or not all(map(_HAN.match, piece)):
        return False
    return spoken().find([to_fuzzy(sound) for sound in piece.translate(SOUNDS).split()]) == piece


def _deform_addresses(text: str, _: float, chance: random.Random) -> str:
    for pattern, others in URL_PARTS:
        text = _replace(pattern, others, text, chance)
    return text


def _replace(pattern: str, others: Sequence[str], text: str, chance: random.Random) -> str:
    return re.sub(pattern, lambda _: chance.choice(others), text, flags=re.IGNORECASE)


def _stand_up(text: str, _: float, __: random.Random) -> str:
    return "\n".join(sign for sign in text if not sign.isspace())


def _pad(text: str, _: float, chance: random.Random) -> str:
    before = "".join(chance.sample(PADDING, chance.randint(1, 4)))
    after = "".join(chance.sample(PADDING, chance.randint(1, 4)))
    return f"{before}{text}。{after}"


EVASIONS: dict[str, Evasion] = {
    evasion.name: evasion
    for evasion in (
        Evasion("full-width", "全角", _each(_to_full_width)),
        Evasion("invisible", "隐形字符", _between(INVISIBLE)),
        Evasion("punctuation", "夹标点", _between(PUNCTUATION)),
        Evasion("space", "夹空格", _between((" ", "  ", "\u3000", "\u2005"))),
        Evasion("emoji", "夹表情", _between(EMOJI)),
        Evasion("homophone", "同音字", _each(_to_homophone)),
        Evasion("contact", "联系方式变形", _respell_contacts),
        Evasion("split", "拆字", _each(_to_components)),
        Evasion("pinyin", "全拼", _spell),
        Evasion("initials", "拼音首字母", _initial),
        Evasion("traditional", "繁体", _each(_to_traditional)),
        Evasion("digits", "数字变形", _each(_to_digit)),
        Evasion("leet", "数字代字母", _each(_to_leet)),
        Evasion("lookalike", "异体字母", _each(_to_lookalike)),
        Evasion("address", "网址变形", _deform_addresses),
        Evasion("combining", "组合符号", _between(COMBINING)),
        Evasion("vertical", "竖排", _stand_up),
        Evasion("padding", "闲话掩护", _pad),
    )
}
MIXTURES: dict[str, int] = {"S1": 1, "S2": 2, "S3": 3, "S4": 4}  # how many evasions, over 25 to 60 % of the characters
_LAST = ("combining", "invisible", "vertical", "padding")  # these hide what others change, so they come last


def evade(text: str, names: Iterable[str], share: float, chance: random.Random) -> str:
    """Disguise a text.

    Args:
        text: as anybody writes it.
        names: of evasions or mixtures (S1 to S4), applied in this order; mixtures choose their share themselves.
        share: of the characters that are changed, 0 to 1.
        chance: what is chosen by chance; the same seed gives the same text.

    Raises:
        KeyError: there is no such evasion.
    """
    for name in names:
        if name in MIXTURES:
            chosen = chance.sample([other for other in EVASIONS if other != "padding"], MIXTURES[name])
            chosen.sort(key=lambda other: _LAST.index(other) if other in _LAST else -1)
            text = evade(text, chosen, chance.uniform(0.25, 0.6), chance)
        else:
            text = EVASIONS[name].apply(text, share, chance)
    return text
