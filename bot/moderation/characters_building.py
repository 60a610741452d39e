"""Builds the table of characters: what each is folded to and how it sounds.

Run as `python -m bot.moderation.characters_building`; what it writes is committed. Needs, at build time only, `opencc`
(traditional to simplified), `pypinyin` (readings), `confusable-homoglyphs` (the Unicode consortium's lookalikes) and
`yitizi` (variants of Chinese characters).
"""

from __future__ import annotations

import importlib
import json
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "data" / "characters.txt"
_CHINESE = range(0x3400, 0xA000)  # CJK unified ideographs with extension A
# Lookalikes that people choose by eye: the consortium's list maps a letter to its capital, or not at all.
_BY_EYE = {
    "a": "аαɑᴀ₳ค", "b": "вьъɓʙ฿ßβ", "c": "сϲᴄ₵ς¢", "d": "ԁđɖᴅժ", "e": "еєɛεᴇ€ҽ℮ə", "f": "ғƒꜰϝ", "g": "ɡɢցǥ",
    "h": "һнħʜհ", "i": "іιɩɪıї", "j": "јʝᴊյ", "k": "кκᴋҝқ", "l": "ӏłʟι₤ⅼǀ", "m": "мᴍ₥ṃ", "n": "пηɴո₦ℵ",
    "o": "оοσᴏøօѳ", "p": "рρᴘ₱", "q": "ԛǫզ", "r": "гʀɾя", "s": "ѕꜱʂ$", "t": "тτᴛŧ₮", "u": "υцᴜսųµμ",
    "v": "νѵᴠ∨√✓✔☑ᐯ▽▼⋁ⅴ", "w": "ԝѡωᴡшщ₩ⱳ", "x": "хχ×✕✖✗✘ⅹ", "y": "уγʏყ", "z": "ᴢʐƶż", "3": "зӡʒ", "4": "ч",
    "6": "б",
}  # fmt: skip
_CHINESE_BY_EYE = {
    "亻": "イ", "一": "㇐", "丨": "㇑", "丿": "㇒", "氵": "⺡", "扌": "⺘", "忄": "⺖", "艹": "⺾⺿⻀",
    "辶": "⻌⻍⻎", "阝": "⻏⻖",
}  # fmt: skip
_WHOLE = {
    "➕": "+", "✚": "+", "✛": "+", "✜": "+", "⊕": "+", "㊉": "+", "➖": "-", "🈵": "满", "🈚": "无", "🈶": "有",
    "🉐": "得", "🈲": "禁", "㊙": "秘", "🆓": "free", "🆕": "new", "🆗": "ok", "🆙": "up", "🆔": "id",
    "🔟": "10", "💯": "100", "㎡": "m2", "№": "no", "🉑": "可", "🈸": "申", "🈺": "营", "🈴": "合", "🈹": "割",
    "🈯": "指", "🈷": "月", "⓿": "0", "⓪": "0", "◯": "0", "○": "0", "，": ",", "！": "!", "？": "?", "：": ":",
    "；": ";", "（": "(", "）": ")", "“": '"', "”": '"', "‘": "'", "’": "'", "～": "~", "￥": "¥", "【": "[",
    "】": "]", "「": '"', "」": '"', "『": '"', "』": '"', "《": "<", "》": ">", "—": "-", "…": "…", "–": "-",
    "•": "·", "・": "·", "‧": "·", "∙": "·", "⋅": "·", "丶": "·", "〜": "~", "∶": ":", "꞉": ":",
}  # fmt: skip


def _import(name: str) -> Any:  # noqa: ANN401 - packages of the workshop, without types
    return importlib.import_module(name)


def _chinese_folds() -> dict[str, str]:
    """Traditional, Taiwanese, Hong Kong and Japanese forms and rare variants, each to its simplified character."""
    opencc = _import("opencc")
    simplify = opencc.OpenCC("t2s").convert
    ways = [simplify, opencc.OpenCC("tw2s").convert, opencc.OpenCC("hk2s").convert]
    japanese = opencc.OpenCC("jp2t").convert
    variants = _import("yitizi").get
    folds = {}
    for code in _CHINESE:
        character = chr(code)
        if _is_everyday(character):
            further = simplify(character)
            if character in "乾吒夥後徵拚捱摺於榘菸薹袷醣麴麽" and len(further) == 1:
                folds[character] = further
            continue
        candidates = [way(character) for way in ways] + [simplify(japanese(character))]
        candidates += sorted(simplify(variant) for variant in variants(character) if len(variant) == 1)
        found = next((c for c in candidates if len(c) == 1 and c != character and _is_everyday(c)), simplify(character))
        if found != character and len(found) == 1:
            folds[character] = found
    return folds


def _is_everyday(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _lookalikes() -> dict[str, str]:
    """Letters, digits and radicals that look like everyday ones."""
    package = _import("confusable_homoglyphs")
    known = json.loads((Path(package.__file__).parent / "confusables.json").read_text("utf-8"))
    folds: dict[str, str] = {}
    for character, others in sorted(known.items()):
        if len(character) != 1 or unicodedata.normalize("NFKC", character).isascii() or _is_kept(character):
            continue
        alike = [other["c"] for other in others if len(other["c"]) == 1]
        wanted = _is_wanted_radical if _is_chinese_part(character) else _is_ascii_sign
        found = next(filter(wanted, alike), None)
        if found:
            folds[character] = found.lower()
    return folds


def _is_kept(character: str) -> bool:
    return (
        ord(character) in _CHINESE
        or "\u3040" <= character <= "\u30ff"  # kana
        or "\uf900" <= character <= "\ufaff"  # compatibility ideographs decompose by themselves
        or character == "〇"
        or unicodedata.category(character)[0] in "PZC"
    )


def _is_chinese_part(character: str) -> bool:
    return "\u2e80" <= character <= "\u2fff" or "\u3100" <= character <= "\u31ff"


def _is_wanted_radical(character: str) -> bool:
    return ord(character) in _CHINESE


def _is_ascii_sign(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _letters_by_eye() -> dict[str, str]:
    folds = {odd: letter for letter, odds in _BY_EYE.items() for odd in odds if not odd.isascii()}
    folds |= {odd: sign for sign, odds in _CHINESE_BY_EYE.items() for odd in odds}
    for first in (0x1F150, 0x1F170, 0x1F130, 0x1F1E6, 0x1F110):  # 🅐 🅰 🄰 regional indicators 🄐
        folds |= {chr(first + at): chr(97 + at) for at in range(26)}
    for first in (0x2776, 0x2780, 0x278A, 0x24F5, 0x2460, 0x2474, 0x2488):  # ❶ ➀ ➊ ⓵ ① ⑴ ⒈
        folds |= {chr(first + at): str(at + 1) for at in range(10)}
    for first in (0x2160, 0x2170):  # Ⅰ ⅰ: numbers, but for those that stand for letters
        folds |= {chr(first + at): str(at + 1) for at in range(9)} | {chr(first + 4): "v", chr(first + 9): "x"}
    for first in (0x249C,):  # ⒜
        folds |= {chr(first + at): chr(97 + at) for at in range(26)}
    folds |= {chr(0x3220 + at): sign for at, sign in enumerate("一二三四五六七八九十")}  # ㈠
    return folds


def fold_all() -> dict[str, str]:
    """Return every character whose folded form Python's own tables do not give, with that form."""
    folds = _lookalikes() | _chinese_folds() | _letters_by_eye()
    folds |= _WHOLE
    return {key: value for key, value in sorted(folds.items()) if not key.isascii()}


def sound_all() -> dict[str, str]:
    """Return each syllable with the characters that are read so, without tones."""
    read = _import("pypinyin").lazy_pinyin
    style = _import("pypinyin").Style.NORMAL
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for code in _CHINESE:
        syllable = read(chr(code), style=style, errors="ignore")
        plain = unicodedata.normalize("NFD", syllable[0]).replace("u\u0308", "v") if syllable else ""
        if plain.isascii() and plain.isalpha():
            groups[plain].append(chr(code))
    return {syllable: "".join(characters) for syllable, characters in sorted(groups.items())}


def write() -> None:
    """Write the table anew."""
    folds = fold_all()
    single = {key: value for key, value in folds.items() if len(value) == 1}
    rest = [f"{key}{value}" for key, value in folds.items() if len(value) != 1]
    sounds = [f"{syllable} {characters}" for syllable, characters in sound_all().items()]
    lines = ["".join(single), "".join(single.values()), " ".join(rest), *sounds]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(f"{len(folds)} folded, {len(sounds)} syllables, {TABLE.stat().st_size} bytes\n")


if __name__ == "__main__":
    write()
