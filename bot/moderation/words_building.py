"""Builds the table of two-character words by their sound: for each two syllables the word most often meant.

Run as `python -m bot.moderation.words_building`; what it writes is committed. Needs `jieba` at build time only.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections import defaultdict
from pathlib import Path

from bot.moderation.characters import FOLDS, SOUNDS
from bot.moderation.spoken import WORDS_BY_SOUND, spoken, to_fuzzy

_TWO = re.compile("[\u4e00-\u9fff]{2}")
_SEEN = 10  # times a word must have been counted in jieba's corpus


def collect() -> dict[str, str]:
    """Return for each first syllable its words, one for each second syllable: what advertisements say comes first."""
    best: dict[tuple[str, ...], tuple[int, str]] = {}
    listed = Path(str(importlib.import_module("jieba").__file__)).with_name("dict.txt").read_text("utf-8")
    counted = [(word, int(count)) for word, count, *_ in map(str.split, listed.splitlines()) if _TWO.fullmatch(word)]
    most = max(count for _, count in counted)
    counted += [(word, most + 1) for word in reversed(list(spoken().by_sound.values())) if _TWO.fullmatch(word)]
    for word, count in counted:
        plain = word.translate(FOLDS)
        sounds = tuple(map(to_fuzzy, plain.translate(SOUNDS).split()))
        if count >= _SEEN and count >= best.get(sounds, (0, ""))[0]:
            best[sounds] = count, plain
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for (first, _), (_, word) in sorted(best.items()):
        groups[first].append(word)
    return {first: "".join(words) for first, words in groups.items()}


def write() -> None:
    """Write the table anew."""
    groups = collect()
    WORDS_BY_SOUND.write_text("".join(f"{first} {words}\n" for first, words in groups.items()), "utf-8")
    sys.stdout.write(f"{sum(map(len, groups.values())) // 2} words, {WORDS_BY_SOUND.stat().st_size} bytes\n")


if __name__ == "__main__":
    write()
