"""What each character is folded to and how it sounds, read from the table at the first message that needs it."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

_TABLE = Path(__file__).parent / "data" / "characters.txt"
_FIRST, _LAST = 0x3400, 0x9FFF  # CJK unified ideographs with extension A: all that has a reading here
_BLANK = frozenset("\u1680\u2800\u3000")
_DROPPED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "So", "Sk"})  # unseen, riding on others, or pictures
_EMPTY_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")  # letters by category that show nothing


class Characters:
    """The table of characters, about 200 kB: everything else is worked out when it is met."""

    def __init__(self, text: str) -> None:
        keys, values, rest, *sounds = text.rstrip("\n").split("\n")
        self._keys, self._values = keys, values
        self._rest = {part[0]: part[1:] for part in rest.split(" ")}
        self.syllables = ["", *(line.partition(" ")[0] for line in sounds)]
        self._sounds = np.zeros(_LAST - _FIRST + 1, np.uint16)
        for number, line in enumerate(sounds, start=1):
            self._sounds[np.frombuffer(line.partition(" ")[2].encode("utf-32-le"), "<u4") - _FIRST] = number

    def fold(self, character: str) -> str:
        """Return the folded form of one character: lower case, simplified, plain; nothing when it shows nothing."""
        found = self._look_up(character)
        if found is not None:
            return found
        if character.isascii():
            return "" if character < " " and character not in "\t\n" else character.lower()
        parts = unicodedata.normalize("NFKD", character.lower())
        if parts == character:
            return self._fold_whole(character)
        return "".join(self._look_up(part) or self._fold_whole(part) for part in parts)

    def _look_up(self, character: str) -> str | None:
        at = bisect_left(self._keys, character)
        if at < len(self._keys) and self._keys[at] == character:
            return self._values[at]
        return self._rest.get(character)

    @staticmethod
    def _fold_whole(character: str) -> str:
        category = unicodedata.category(character)
        if category in {"Zs", "Zl", "Zp"} or character in _BLANK:
            return "\n" if category in {"Zl", "Zp"} else " "
        if category in _DROPPED or character in _EMPTY_LETTERS:
            return character if character in "\t\n^`" else ""
        return character.lower() if len(character.lower()) == 1 else character

    def singles(self) -> Iterator[tuple[str, str]]:
        """Yield each character that the table folds to one other, with that."""
        return zip(self._keys, self._values, strict=True)

    def sound(self, character: str) -> str:
        """Return how a Chinese character is read, without tone, or nothing."""
        at = ord(character) - _FIRST
        return self.syllables[int(self._sounds[at])] if 0 <= at <= _LAST - _FIRST else ""

    def sounding(self) -> tuple[int, list[str]]:
        """Return the first Chinese character, and how it and all that follow are read, as `sound` tells."""
        return _FIRST, np.array(self.syllables, object)[self._sounds].tolist()


@cache
def characters() -> Characters:
    """Return the shipped table, read once."""
    return Characters(_TABLE.read_text("utf-8"))


class FoldTable(dict[int, str]):
    """For `str.translate`: filled character by character as they are met, and bounded by Unicode."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = characters().fold(chr(code))
        return folded


class SoundTable(dict[int, str]):
    """For `str.translate`: the syllable of a Chinese character between spaces, letters and digits, nothing else."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        syllable = characters().sound(character) or (character if _FIRST <= code <= _LAST else "")
        spoken = self[code] = f" {syllable} " if syllable else character if character.isalnum() else " "
        return spoken


FOLDS = FoldTable()
SOUNDS = SoundTable()
