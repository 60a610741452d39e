"""Words of rules, tens of thousands of them: read from lists and files, found in one pass by writing and by sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.moderation.characters import FOLDS
from bot.moderation.revealing import Revealed, reveal
from bot.moderation.rules_views import View, plain_view, squeezed_view

if TYPE_CHECKING:
    from bot.moderation.model import Span

_SHORTEST, _LONGEST = 2, 60  # characters: single ones hit ordinary chat, longer ones are sentences
_FEWEST_SYLLABLES: Final = 2
_SHORTEST_APART: Final = 3  # characters of a word that is looked for pulled apart
_MOST_WORDS: Final = 200_000
_MOST_BYTES: Final = 10 << 20
Belongings = tuple[tuple[str, tuple[int, ...]], ...]
"""Words, each with the numbers of the rules that have it."""


def check_word(value: str) -> str:
    """Return a word as it was written, blanks around it dropped.

    Raises:
        ValueError: it would hit everybody or nobody; the text says in Chinese what to write.
    """
    word = value.strip()
    seen = reveal(word).text.strip()
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
        self._written = _automaton(
            (form, word, rules) for word, rules in written.items() for form in dict.fromkeys(_forms(word))
        )
        self._sounding = _automaton((reveal(word).sounds.text, word, rules) for word, rules in sounding.items())

    def find(self, revealed: Revealed) -> Iterator[tuple[tuple[int, ...], str, Span]]:
        """Yield for every word that occurs the rules it belongs to, the word, and where in the raw text."""
        if self._written is not None:
            yield from self._find_written(self._written, revealed)
        if self._sounding is not None:
            for rules, word, (start, end) in self._find_sounds(revealed):
                yield rules, word, View(revealed.text, revealed.origins).place(start, end)

    @staticmethod
    def _find_written(automaton: Any, revealed: Revealed) -> Iterator[tuple[tuple[int, ...], str, Span]]:  # noqa: ANN401
        shown = View(revealed.text, revealed.origins)
        for view in filter(None, (shown, plain_view(revealed))):
            for last, (folded, word, rules) in automaton.iter(view.text):
                start, end = last + 1 - len(folded), last + 1
                if _stands_alone(view.text, start, end):
                    yield rules, word, view.place(start, end)
        squeezed = squeezed_view(revealed)
        for last, (folded, word, rules) in automaton.iter(squeezed.text) if squeezed else ():
            start, end = last + 1 - len(folded), last + 1
            if end - start >= _SHORTEST_APART and not folded.isascii() and squeezed and squeezed.holds(start, end):
                yield rules, word, shown.place(squeezed.places[start], squeezed.places[end - 1] + 1)

    def _find_sounds(self, revealed: Revealed) -> Iterator[tuple[tuple[int, ...], str, Span]]:
        assert self._sounding is not None
        sounds = revealed.sounds
        for last, (folded, word, rules) in self._sounding.iter(sounds.text):
            first = sounds.text.count(" ", 0, last + 2 - len(folded)) - 1
            count = folded.count(" ") - 1
            if first + count >= len(sounds.places):
                continue
            start = sounds.places[first]
            end = _end_of(sounds.shown, sounds.places[first + count - 1])
            if end - start <= 2 * len(folded):
                yield rules, word, (start, end)


def _forms(word: str) -> Iterator[str]:
    """Yield how a word looks in a revealed text and in one that was only folded."""
    yield reveal(word).text.strip()
    yield word.translate(FOLDS).strip()


def _automaton(words: Iterable[tuple[str, str, tuple[int, ...]]]) -> Any:  # noqa: ANN401 - pyahocorasick has no types
    import ahocorasick

    made = ahocorasick.Automaton()
    for folded, word, rules in words:
        _, known, others = made.get(folded, (folded, word, ()))
        made.add_word(folded, (folded, known, (*others, *(rule for rule in rules if rule not in others))))
    if not len(made):
        return None
    made.make_automaton()
    return made


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
