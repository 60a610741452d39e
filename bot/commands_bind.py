"""Reads the words behind a command as the arguments its handler takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import members
from bot.commands import Entry, Match, Mode
from bot.commands_readers import is_sentence_piece, reader_of
from bot.commands_words import Word, cut_words
from bot.errors import UserError
from bot.model import Member
from bot.plugin import Context, Rest
from bot.text import normalise

PluginReader = Callable[[str], Awaitable[Any]]
"""A plugin's reader of one type with its context filled in; None means that the text is no such value."""


class UsageError(UserError):
    """The arguments do not parse; the text is one line with the usage and an example.

    Args:
        entry: the command.
        reason: what is wrong with what was typed, in Chinese; may be empty.
    """

    def __init__(self, entry: Entry, reason: str = "") -> None:
        super().__init__(f"{reason}。{usage_line(entry)}" if reason else usage_line(entry))
        self.reason = reason


def usage_line(entry: Entry) -> str:
    """Return 「用法：报名 <场次>，例如：报名 fastapi-101」."""
    example = next((shown for shown in entry.command.examples if shown.typed != entry.command.word), None)
    line = f"用法：{entry.usage}"
    return f"{line}，例如：{' '.join(example.typed.split())}" if example else line


async def bind(
    match: Match,
    ctx: Context[Any],
    readers: Callable[[Any], PluginReader | None],
    words_of: Callable[[Any], int] = lambda _kind: 1,
) -> list[Any]:
    """Read the arguments of a command.

    Args:
        match: the command and the text behind it.
        ctx: gives the time, the zone, the mentioned people and the room.
        readers: returns the plugins' reader of a type, or None.
        words_of: returns how many words a value of such a type may have at most.

    Returns:
        The positional arguments after the context.

    Raises:
        UsageError: the text does not parse.
        UserError: a plugin's reader knows what was meant and says why it cannot be had.
    """
    mentions = ctx.message.mentions if ctx.message else ()
    words = cut_words(match.rest, [normalise(member.name) for member in mentions])
    binder = _Binder(match, ctx, readers, words_of, words)
    values = await binder.read(0, 0)
    if values is None:
        raise UsageError(match.entry, binder.reason)
    return values


@dataclass(slots=True)
class _Binder:
    """One attempt; reads left to right, the longest value first, and goes back when the rest does not fit."""

    match: Match
    ctx: Context[Any]
    readers: Callable[[Any], PluginReader | None]
    words_of: Callable[[Any], int]
    words: list[Word]
    reason: str = ""
    _read: dict[tuple[int, int, int, int], tuple[Any] | None] = field(default_factory=dict)

    async def read(self, at: int, word: int) -> list[Any] | None:
        """Return the values from parameter `at` on, read from word `word` on; None when they do not fit."""
        parameters = self.match.entry.parameters
        if at == len(parameters):
            return [] if word == len(self.words) else None
        for number, kind in enumerate(parameters[at].kinds):
            for taken in self._spans(kind, word):
                values = await self._read_on(at, number, word, taken)
                if values is not None:
                    return values
        if not parameters[at].is_optional:
            return None
        rest = await self.read(at + 1, word)
        return rest if rest is None or parameters[at].is_many else [parameters[at].default, *rest]

    async def _read_on(self, at: int, kind: int, word: int, taken: int) -> list[Any] | None:
        """Return the value of these words and all that follow; None when one of them does not fit."""
        key = (at, kind, word, taken)
        if key not in self._read:  # a plugin's reader may ask the database: once per place is enough
            words = self.words[word : word + taken]
            self._read[key] = await self._read_value(self.match.entry.parameters[at].kinds[kind], words)
        value = self._read[key]
        if value is None:
            return None
        rest = await self.read(at if self.match.entry.parameters[at].is_many else at + 1, word + taken)
        return None if rest is None else [*value, *rest]

    def _spans(self, kind: Any, word: int) -> Sequence[int]:  # noqa: ANN401 - any annotation
        """Return how many words a value of that type may have here, the most first."""
        left = len(self.words) - word
        if kind is Rest:
            return [left] if left else []
        reader = reader_of(kind)
        most = 1 if kind is Member else reader.words if reader else self.words_of(kind)
        return range(min(left, most), 0, -1)

    async def _read_value(self, kind: Any, words: Sequence[Word]) -> tuple[Any] | None:  # noqa: ANN401
        is_one = len(words) == 1 and kind is not Rest
        text = words[0].text if is_one else self.match.rest[words[0].start : words[-1].end]
        if not text and kind is not str:
            return None
        try:
            if kind is Member:
                return (await _read_member(text, self.ctx),)
            if reader := reader_of(kind):
                return self._accept(kind, reader.read(text, self.ctx), words[0])
        except ValueError as error:
            self.reason = self.reason or str(error)
            return None
        value = await self._ask_plugin(kind, text)
        return None if value is None else (value,)

    def _accept(self, kind: Any, value: Any, word: Word) -> tuple[Any] | None:  # noqa: ANN401
        is_chat = kind is str and self.match.mode is Mode.BARE and not word.is_quoted and is_sentence_piece(value)
        return None if is_chat else (value,)

    async def _ask_plugin(self, kind: Any, text: str) -> Any:  # noqa: ANN401
        read = self.readers(kind)
        if read is None:
            raise UserError("这个指令用到的功能现在没有打开，请联系群主。")
        return await read(text)


def _only_silent(ctx: Context[Any]) -> Member | None:
    """Return whom a message mentions who never said a word, so that only the message tells the name.

    It is clear who is meant when there is one such person, and nobody is called by @ who is not really mentioned.
    """
    message = ctx.message
    if message is None or message.text.count("@") != len(message.mentions):
        return None
    nameless = [member for member in message.mentions if not member.name]
    return nameless[0] if len(nameless) == 1 else None


async def _read_member(text: str, ctx: Context[Any]) -> Member:
    """Read `@name` or a name: the people the message mentions first, then a name that is unique in the room.

    Raises:
        ValueError: nobody or several people are called so.
    """
    name = text.removeprefix("@")
    mentions = ctx.message.mentions if ctx.message else ()
    mentioned = [member for member in mentions if normalise(member.name) == name]
    if len(mentioned) == 1:
        return mentioned[0]
    if not mentioned and text.startswith("@") and (silent := _only_silent(ctx)):
        return replace(silent, name=name)
    found = mentioned or await ctx.read(members.find_by_name, name, ctx.room.id if ctx.room else "")
    if not found:
        raise ValueError(f"没有找到「{name}」，请用 @ 选中这位成员")
    if len(found) > 1:
        raise ValueError(f"叫「{name}」的不止一位，请用 @ 选中这位成员")
    return found[0]
