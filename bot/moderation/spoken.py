"""Words that advertisements must say, known by their sound: spelt in letters, by initials, or with other characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

from bot.moderation.characters import SOUNDS, characters

WORDS_BY_SOUND = Path(__file__).parent / "data" / "words.txt"
_LATIN = Path(__file__).parent / "data" / "latin.txt"
_WORDS = Path(__file__).parent / "data" / "spoken.txt"
_LONGEST_SYLLABLE, _LONGEST_WORD = 6, 200  # letters
_PAIR = 2
_SHORT_INITIALS = {
    "wx": "微信",
    "jq": "加群",
    "hb": "红包",
    "jw": "加微",
    "yh": "优惠",
    "zq": "赚钱",
    "sl": "私聊",
    "mf": "免费",
}
_SURE_INITIALS = {"jwx", "jwxh", "wxh", "gzh", "yhq", "lhb", "qhb", "zjz", "jjq"}  # whatever stands around them
_FUZZY = ((re.compile("^([zcs])h"), r"\1"), (re.compile("^[ln](?=.)"), "l"), (re.compile("(?<=[aei])ng$"), "n"))


@lru_cache(maxsize=1024)  # there are 400 syllables
def to_fuzzy(syllable: str) -> str:
    """Return a syllable as careless ears hear it: zh as z, n as l, ang as an."""
    for pattern, heard in _FUZZY:
        syllable = pattern.sub(heard, syllable)
    return syllable


class FuzzySoundTable(dict[int, str]):
    """The syllable of a Chinese character as careless ears hear it; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        heard = self[code] = to_fuzzy(SOUNDS[code].strip())
        return heard


FUZZY_SOUNDS = FuzzySoundTable()


def _places_of_pairs(sounds: Iterable[str]) -> dict[tuple[str, str], set[int]]:
    """Return for each two syllables that follow each other in a word how many stand before them there."""
    places: dict[tuple[str, str], set[int]] = {}
    for sound in sounds:
        for before, pair in enumerate(pairwise(sound.split(" "))):
            places.setdefault(pair, set()).add(before)
    return places


class Spoken:
    """The words, by sound, by spelling and by initials."""

    def __init__(self, words: list[str]) -> None:
        self.words = frozenset(words)
        self.by_sound: dict[str, str] = {}
        self.by_initials: dict[str, str] = dict(_SHORT_INITIALS)
        for word in words:
            sounds = word.translate(SOUNDS).split()
            self.by_sound.setdefault(" ".join(map(to_fuzzy, sounds)), word)
            self.by_initials.setdefault("".join(sound[0] for sound in sounds), word)
        self.sure_initials = self.by_initials.keys() & {*_SHORT_INITIALS, *_SURE_INITIALS}
        self.places_of_pairs = _places_of_pairs(self.by_sound)
        self._from: dict[str, tuple[str, str]] = {}
        self.longest = max(map(len, words))

    def find_said(self, sounds: Sequence[str]) -> str:
        """Return the word of advertisements that is heard, or nothing."""
        return self.by_sound.get(" ".join(sounds), "")

    def find(self, sounds: Sequence[str]) -> str:
        """Return the word that is heard, of all that there are, or nothing.

        Args:
            sounds: two syllables or more, as careless ears hear them.
        """
        word = self.by_sound.get(" ".join(sounds), "")
        if word or len(sounds) != _PAIR:
            return word
        seconds, words = self._words_from(sounds[0])
        at = seconds.find(f" {sounds[1]} ")
        return words[2 * seconds.count(" ", 0, at + 1) - 2 :][:_PAIR] if at >= 0 else ""

    def _words_from(self, first: str) -> tuple[str, str]:
        """Return the second syllables, each between spaces, and the words that begin with this syllable."""
        found = self._from.get(first)
        if found is None:
            words = self._listed.get(first, "")
            sounds = [to_fuzzy(sound) for sound in words[1::2].translate(SOUNDS).split()]
            found = self._from[first] = f" {' '.join(sounds)} ", words
        return found

    @cached_property
    def _listed(self) -> dict[str, str]:
        lines = WORDS_BY_SOUND.read_text("utf-8").splitlines()
        return {first: words for first, _, words in (line.partition(" ") for line in lines)}

    @cached_property
    def syllables(self) -> frozenset[str]:
        """All syllables of the language."""
        return frozenset(characters().syllables[1:]) - {"m", "n", "ng", "hm", "hng", "o", "e", "a", "ei", "r"}

    def split(self, letters: str) -> tuple[str, ...]:
        """Cut letters into syllables, the longest first; nothing when they are not all syllables.

        Args:
            letters: small ones; a longer word than a message would spell is not looked at.
        """
        return _split(letters) if len(letters) <= _LONGEST_WORD else ()


@lru_cache(maxsize=2048)  # programmers' words come again and again
def _split(letters: str) -> tuple[str, ...]:
    if letters in latin_words("english"):
        return ()
    syllables = spoken().syllables
    rests: dict[int, tuple[str, ...] | None] = {len(letters): ()}
    for start in range(len(letters) - 1, -1, -1):
        rests[start] = None
        for length in range(min(_LONGEST_SYLLABLE, len(letters) - start), 0, -1):
            rest = rests[start + length]
            if rest is not None and letters[start : start + length] in syllables:
                rests[start] = (letters[start : start + length], *rest)
                break
    return rests[0] or ()


@cache
def latin_words(kind: str) -> frozenset[str]:
    """Return a list of words in Latin letters.

    Args:
        kind: `english` (written so in programs and in English, though they could be Chinese spelt out), `technical`
            (abbreviations of programmers and of the young) or `advertised` (what advertisements write with digits).
    """
    lines = (line.split(" ") for line in _LATIN.read_text("utf-8").splitlines())
    return next(frozenset(words) for name, *words in lines if name == kind)


@cache
def spoken() -> Spoken:
    """Return the shipped words, read once."""
    return Spoken([word for word in _WORDS.read_text("utf-8").split() if len(word) > 1])
