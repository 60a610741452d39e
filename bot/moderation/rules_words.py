"""Words of rules, tens of thousands of them: read from lists and files, found in one pass by writing and by sound."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.moderation.characters import FOLDS
from bot.moderation.revealing import Revealed, reveal
from bot.moderation.rules_views import Squeezed, View, plain_view, squeeze

if TYPE_CHECKING:
    from bot.moderation.model import Span

_SHORTEST, _LONGEST = 2, 60  # characters: single ones hit ordinary chat, longer ones are sentences
_FEWEST_SYLLABLES: Final = 2
_MOST_FINDS: Final = 500  # in one text; nobody says more with that many
_ONLY_CHINESE: Final = re.compile("[\u4e00-\u9fff]+")
_CONTINUING: Final = re.compile("[\x80-\xbf]")  # bytes of UTF-8 that continue a character
_MOST_WORDS: Final = 200_000
_MOST_BYTES: Final = 10 << 20
Belongings = tuple[tuple[str, tuple[int, ...]], ...]
"""Words, each with the numbers of the rules that have it."""
Find = tuple[tuple[int, ...], str, "Span"]
"""The numbers of the rules that have a word, the word, and where it stands in the raw text."""


def check_word(value: str) -> str:
    """Return a word as it was written, blanks around it dropped.

    Raises:
        ValueError: it would hit everybody or nobody; the text says in Chinese what to write.
    """
    word = value.strip()
    seen = word.translate(FOLDS).strip()
    spoken = sum(character.isalnum() for character in seen)
    if spoken < _SHORTEST:
        reason = "只有一个字，会误伤正常聊天" if spoken else "里没有文字，什么也找不到"
        raise ValueError(f"{word!r} {reason}，请写两个字以上的词")
    if len(seen) > _LONGEST:
        raise ValueError(f"有 {len(seen)} 个字，太长了，最多 {_LONGEST} 个，请只写关键的一段")
    return word


def check_sound(value: str) -> str:
    """Return a word that is to be found by its sound.

    Raises:
        ValueError: it has fewer than two syllables; the text says in Chinese what to write.
    """
    word = check_word(value)
    if len(reveal(word).sounds.syllables) < _FEWEST_SYLLABLES:
        raise ValueError(f"{word!r} 只有一个音节，会误伤正常聊天，按读音找的词要两个字以上")
    return word


def read_word_file(path: str) -> tuple[str, ...]:
    """Return the words of a text file, one a line; empty lines and those that begin with # are left out.

    Raises:
        ValueError: it cannot be read, or a line is no word; the text says in Chinese which and what to do.
    """
    try:
        facts = Path(path).stat()
        return _read(path, facts.st_mtime_ns, facts.st_size)
    except FileNotFoundError:
        raise ValueError(f"找不到词表 {path}，请检查路径，它从启动机器人的目录算起") from None
    except UnicodeDecodeError:
        raise ValueError(f"词表 {path} 不是 UTF-8，请另存为 UTF-8") from None
    except OSError as error:
        raise ValueError(f"词表 {path} 读不了：{error.strerror}") from None


@lru_cache(maxsize=8)
def _read(path: str, _changed: int, size: int) -> tuple[str, ...]:
    if size > _MOST_BYTES:
        raise ValueError(f"词表 {path} 有 {size >> 20} MB，太大了，最多 {_MOST_BYTES >> 20} MB")
    words: dict[str, None] = {}
    for number, line in enumerate(Path(path).read_text("utf-8-sig").splitlines(), 1):
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        try:
            words[check_word(word)] = None
        except ValueError as error:
            raise ValueError(f"词表 {path} 第 {number} 行：{error}") from None
    if not words:
        raise ValueError(f"词表 {path} 里没有词，一行写一个")
    if len(words) > _MOST_WORDS:
        raise ValueError(f"词表 {path} 有 {len(words)} 个词，最多 {_MOST_WORDS} 个")
    return tuple(words)


class Words:
    """One pass over a text for all words of all rules, as they are written and as they sound.

    Args:
        written: words, each with the numbers of the rules it belongs to.
        sounding: the same for words that are found by their sound.
    """

    def __init__(self, written: dict[str, tuple[int, ...]], sounding: dict[str, tuple[int, ...]]) -> None:
        forms = [(form, word, rules) for word, rules in written.items() for form in _forms(word)]
        forms += [(squeeze(form), word, ()) for form, word, _ in forms if not form.isalnum()]  # for `occurs` alone
        sounds = [(reveal(word).sounds.text, word, rules) for word, rules in sounding.items()]
        self._written = _Finder(forms) if forms else None
        self._sounding = _Finder(sounds) if sounds else None

    def find(self, revealed: Revealed) -> list[Find]:
        """Return for every word that occurs the rules it belongs to, the word, and where in the raw text."""
        finds: list[Find] = []
        if (written := self._written) is not None:
            plain, squeezed = plain_view(revealed), squeeze(revealed.text)
            # Nearly always there is nothing, and one pass tells: a word without its signs is in the text without signs.
            if written.occurs(squeezed) or (plain is not None and written.occurs(plain.text)):
                finds += _find_written(written, revealed, plain, squeezed)
        if self._sounding is not None:
            finds += _find_sounds(self._sounding, revealed)
        return finds


def _find_written(finder: _Finder, revealed: Revealed, plain: View | None, squeezed_text: str) -> Iterator[Find]:
    shown = View(revealed.text, revealed.origins)
    for view in (shown, plain) if plain else (shown,):
        for start, end, _, word, rules in finder.find(view.text):
            if _stands_alone(view.text, start, end):
                yield rules, word, view.place(start, end)
    if len(squeezed_text) == len(shown.text):
        return
    squeezed = Squeezed(squeezed_text, shown.text)
    for start, end, form, word, rules in finder.find(squeezed.text):
        if not form.isascii() and squeezed.holds(start, end):
            yield rules, word, shown.place(squeezed.places[start], squeezed.places[end - 1] + 1)


def _find_sounds(finder: _Finder, revealed: Revealed) -> Iterator[Find]:
    sounds = revealed.sounds
    if not (finds := finder.find(sounds.text)):
        return
    blanks = [at for at, sign in enumerate(sounds.text) if sign == " "]
    for first_sign, _, form, word, rules in finds:
        first, count = bisect_left(blanks, first_sign), form.count(" ") - 1
        if first + count >= len(sounds.places):
            continue
        start, end = sounds.places[first], _end_of(sounds.shown, sounds.places[first + count - 1])
        if end - start <= 2 * len(form):
            yield rules, word, View(revealed.text, revealed.origins).place(start, end)


class _Finder:
    """An Aho-Corasick automaton over the bytes of UTF-8.

    The library looks through the children of a node one by one: with one for every byte that is three times as fast
    as with one for every Chinese character.

    Args:
        words: each as it looks, as it is told, and its rules; one without rules is never found, but `occurs`.
    """

    def __init__(self, words: Iterable[tuple[str, str, tuple[int, ...]]]) -> None:
        import ahocorasick

        made = ahocorasick.Automaton()
        for form, word, rules in words:
            key = _as_bytes(form)
            _, known, others = made.get(key, (form, word, ()))
            made.add_word(key, (form, known, (*others, *(rule for rule in rules if rule not in others))))
        made.make_automaton()
        self._made: Any = made

    def occurs(self, text: str) -> bool:
        """Tell whether any of the words is there; a pass that makes nothing."""
        return next(self._made.iter(_as_bytes(text)), None) is not None

    def find(self, text: str) -> list[tuple[int, int, str, str, tuple[int, ...]]]:
        """Return the first character of each find, the one behind its last, its form, the word, and its rules."""
        data = _as_bytes(text)
        is_ascii = len(data) == len(text)
        counted = end = 0
        finds: list[tuple[int, int, str, str, tuple[int, ...]]] = []
        for last, (form, word, rules) in self._made.iter(data):
            end = last + 1 if is_ascii else end + _characters(data[counted : last + 1])
            counted = last + 1
            if rules:
                finds.append((end - len(form), end, form, word, rules))
            if len(finds) == _MOST_FINDS:
                break
        return finds


def _as_bytes(text: str) -> str:
    """Return a text as one character for every byte of its UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _characters(data: str) -> int:
    """Return how many characters these bytes are: as many as do not continue one."""
    return len(data) - len(_CONTINUING.findall(data))


def _forms(word: str) -> Iterator[str]:
    """Yield how a word looks in a text that was only folded and, when it may differ, in a revealed one."""
    folded = word.translate(FOLDS).strip()
    yield folded
    if not _ONLY_CHINESE.fullmatch(folded) and (revealed := reveal(word).text.strip()) not in {folded, ""}:
        yield revealed


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a find is not the inside of a longer Latin word or number."""
    begins_inside = start > 0 and _is_latin(text[start]) and _is_latin(text[start - 1])
    ends_inside = end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end])
    return not begins_inside and not ends_inside


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _end_of(text: str, start: int) -> int:
    """Return where the syllable that begins at `start` ends: a Chinese character, or a run of letters and digits."""
    end = start + 1
    if _is_latin(text[start]):
        while end < len(text) and _is_latin(text[end]):
            end += 1
    return end


@lru_cache(maxsize=4)
def words_for(written: Belongings, sounding: Belongings) -> Words:
    """Return the finder for these words; rooms with the same rules share one."""
    return Words(dict(written), dict(sounding))


def belongings(lists: Sequence[tuple[int, Sequence[str]]]) -> Belongings:
    """Return every word with the numbers of the rules that have it."""
    found: dict[str, list[int]] = {}
    for rule, words in lists:
        for word in words:
            found.setdefault(word, []).append(rule)
    return tuple((word, tuple(dict.fromkeys(rules))) for word, rules in found.items())
