"""The command words in use, and which of them a message means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.commands_near import find_nearest
from bot.commands_signature import Parameter, read_signature
from bot.errors import PluginError
from bot.model import Role
from bot.plugin import Plugin, Rest
from bot.plugin_types import Command, Place
from bot.text import fold

_LONGEST_WORD = 24  # characters; longer command words are refused, so only so much of a message is looked at
_CLOSING = re.compile(r"[。！!~～.、，,]*$")
_CLOSING_ADDRESSED = re.compile(r"[。！!~～.、，,？?吧呗哈]*$")
_SEPARATORS = ":：,，"
_GLUED = re.compile(r"[\w#+\-@\"]")
_GLUED_WORD = re.compile(r"[!-~]+(?=\s|$)")


class Mode(StrEnum):
    """How a command was meant; the first two are surely meant for the bot."""

    SLASH = "slash"
    ADDRESSED = "addressed"
    BARE = "bare"


@dataclass(frozen=True, slots=True)
class Entry:
    """A command with its arguments.

    Attributes:
        command: as its plugin declared it.
        parameters: its arguments.
        words: everything that names it, the canonical word first.
        folded: the words as they are compared.
        is_builtin: whether its plugin comes with the bot.
    """

    command: Command
    parameters: tuple[Parameter, ...]
    words: tuple[str, ...]
    folded: tuple[str, ...]
    is_builtin: bool

    @property
    def usage(self) -> str:
        """How it is typed, as in 「报名 <场次>」: what the docstring says before its colon, else made of the types."""
        told, colon, _ = self.command.summary.partition("：")
        if colon and told.startswith(self.command.word):
            return told.strip()
        return " ".join([self.command.word, *(parameter.shown for parameter in self.parameters)])

    @property
    def purpose(self) -> str:
        """What it does, in a few words."""
        told, colon, purpose = self.command.summary.partition("：")
        return purpose.strip() if colon else told.strip()


@dataclass(frozen=True, slots=True)
class Match:
    """A message that begins with a command word in a way that may be meant.

    Attributes:
        entry: the command.
        mode: how it was meant.
        rest: what follows the word, to be read as arguments; empty when it stands alone.
    """

    entry: Entry
    mode: Mode
    rest: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A word that was meant as a command and is none.

    Attributes:
        typed: the word.
        entry: the command that was probably meant.
    """

    typed: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Index:
    by_word: dict[str, Entry]
    by_first: dict[str, list[tuple[str, Entry]]]
    refused: list[str]

    def matches(self, body: str, mode: Mode) -> Iterator[Match]:
        """Yield what a text may mean, the longest words first."""
        head = fold(body[:_LONGEST_WORD])
        for word, entry in self.by_first.get(head[:1], ()):
            if head.startswith(word) and (entry.command.bare or mode is not Mode.BARE):
                rest = _rest_after(word, body[len(word) :], mode, entry)
                if rest is not None:
                    yield Match(entry, mode, rest)


class CommandTable:
    """All commands of all loaded plugins, found by the first character of a message."""

    def __init__(self) -> None:
        self._plugins: dict[str, list[Entry]] = {}
        self._aliases: dict[str, str] = {}
        self._made: _Index | None = None
        self._asked: tuple[str, Mode] | None = None
        self._found: list[Match] = []

    def add(self, plugin: Plugin[Any]) -> None:
        """Take in a plugin's commands.

        A plugin from elsewhere takes a word over from a built-in one, where it is on.

        Raises:
            PluginError: a word is taken or cannot be one, or a handler's arguments cannot be read.
        """
        added = [_make_entry(command) for command in plugin.commands]
        self._refuse_clashes(plugin.name, added)
        self._plugins[plugin.name] = added
        self._made = None

    def remove(self, name: str) -> None:
        """Forget a plugin's commands; nothing happens when it has none."""
        self._plugins.pop(name, None)
        self._made = None

    def plugin_added(self, plugin: Plugin[Any]) -> None:
        """Follow the loader: take in a plugin that came."""
        self.add(plugin)

    def plugin_removed(self, plugin: Plugin[Any]) -> None:
        """Follow the loader: forget a plugin that went."""
        self.remove(plugin.name)

    def set_aliases(self, aliases: Mapping[str, str]) -> list[str]:
        """Use the owner's own words beside those of the plugins.

        Args:
            aliases: new word → word in use.

        Returns:
            The new words that name nothing (the command is unknown) or are taken.
        """
        self._aliases = dict(aliases)
        self._made = None
        return self._index.refused

    def find(self, text: str, addressed: bool, plugins: Collection[str] | None = None) -> Match | NearMiss | None:  # noqa: FBT001 - the agreed signature
        """Say which command a message means, before its arguments are read.

        Args:
            text: normalised, without the mention of the bot.
            addressed: it mentions the bot or stands in a private chat.
            plugins: names of the plugins that are on here; None for all.

        Returns:
            A match (a bare one counts only when its arguments parse), a near miss of a `/` or addressed word, or
            None for chat.
        """
        slash = text.startswith("/")
        if not slash and not addressed and fold(text[:1]) not in self._index.by_first:
            return None
        mode = Mode.SLASH if slash else Mode.ADDRESSED if addressed else Mode.BARE
        body = text[1:].lstrip() if slash else text
        match = self._match(body, mode, plugins)
        if match is not None or mode is Mode.BARE:
            return match
        by_word = self._index.by_word
        found = [pair for pair in by_word.items() if plugins is None or pair[1].command.plugin in plugins]
        found.sort(key=lambda pair: (pair[1].command.hidden, pair[1].command.role))  # what most people may mean
        near = find_nearest(body, [word for word, _ in found], is_explicit=slash)
        return NearMiss(near.typed, by_word[near.word]) if near else None

    def get(self, word: str) -> Entry | None:
        """Return the command of a word, alias or traditional form."""
        return self._index.by_word.get(fold(word.strip().removeprefix("/")))

    def visible(self, role: Role, place: Place = Place.ANYWHERE, plugins: Collection[str] | None = None) -> list[Entry]:
        """Return what a person of that role may run there, hidden ones left out, in order of loading.

        Args:
            role: the person's role.
            place: ROOM or PRIVATE; ANYWHERE asks for both.
            plugins: names of the plugins that are on there; None for all.
        """
        return [
            entry
            for name, entries in self._plugins.items()
            if plugins is None or name in plugins
            for entry in entries
            if not entry.command.hidden and role >= entry.command.role and _fits(entry.command.place, place)
            if not self._is_taken_over(entry, plugins)
        ]

    def _match(self, body: str, mode: Mode, plugins: Collection[str] | None) -> Match | None:
        index = self._index
        if (body, mode) != self._asked:  # guards and the router ask for the same message one after the other
            self._asked, self._found = (body, mode), list(index.matches(body, mode))
        return next((one for one in self._found if plugins is None or one.entry.command.plugin in plugins), None)

    def _is_taken_over(self, entry: Entry, plugins: Collection[str] | None) -> bool:
        """Whether another plugin that is on answers to the entry's word."""
        winner = self._index.by_word[entry.folded[0]]
        return winner is not entry and (plugins is None or winner.command.plugin in plugins)

    def _refuse_clashes(self, plugin: str, added: list[Entry]) -> None:
        kinds = {own.is_builtin for own in added}
        taken = {
            word: name
            for name, entries in self._plugins.items()
            if name != plugin
            for entry in entries
            if kinds <= {entry.is_builtin}
            for word in entry.folded
        }
        for word, folded in ((word, f) for entry in added for word, f in zip(entry.words, entry.folded, strict=True)):
            if owner := taken.get(folded):
                raise PluginError(f"command word {word} of plugin {plugin} is taken by plugin {owner}")
            taken[folded] = plugin

    @property
    def _index(self) -> _Index:
        """The words in use; two dozen plugins that come one after another are put in order once."""
        if self._made is None:
            self._made, self._asked = self._make_index(), None
        return self._made

    def _make_index(self) -> _Index:
        entries = [entry for entries in self._plugins.values() for entry in entries]
        entries.sort(key=lambda entry: entry.is_builtin)  # whoever comes first has the word
        by_word: dict[str, Entry] = {}
        for word, entry in ((word, one) for one in entries for word in one.folded):
            by_word.setdefault(word, entry)
        refused = []
        for new, old in self._aliases.items():
            target = by_word.get(fold(old))
            if target is None or not _is_word(new) or by_word.setdefault(fold(new), target) is not target:
                refused.append(new)
        lost = [(word, entry) for entry in entries for word in entry.folded if by_word[word] is not entry]
        by_first: dict[str, list[tuple[str, Entry]]] = {}
        for word, entry in sorted([*by_word.items(), *lost], key=lambda pair: len(pair[0]), reverse=True):
            by_first.setdefault(word[0], []).append((word, entry))
        return _Index(by_word, by_first, refused)


def _make_entry(command: Command) -> Entry:
    words = (command.word, *command.aliases)
    for word in words:
        if not _is_word(word):
            raise PluginError(f"{word!r} of plugin {command.plugin} cannot be a command word")
    is_builtin = command.handler.__module__.startswith("bot.plugins.")
    return Entry(command, read_signature(command.handler), words, tuple(map(fold, words)), is_builtin)


def _is_word(word: str) -> bool:
    return 0 < len(word) <= _LONGEST_WORD and not re.search(r"\s|^/", word)


def _fits(place: Place, wanted: Place) -> bool:
    return wanted is Place.ANYWHERE or place in {Place.ANYWHERE, wanted}


def _rest_after(word: str, tail: str, mode: Mode, entry: Entry) -> str | None:
    """Return the arguments behind a command word; None when the word only begins another word or a sentence."""
    closing = _CLOSING if mode is Mode.BARE else _CLOSING_ADDRESSED
    if closing.fullmatch(tail):
        return ""
    if tail[0].isspace():
        return tail.strip()
    first = entry.parameters[0] if entry.parameters else None
    if tail[0] in _SEPARATORS:
        is_chat = mode is Mode.BARE and (first is None or first.is_free_text)
        return None if is_chat else tail[1:].strip()
    return tail if _is_glued(word, tail, mode, first) else None


def _is_glued(word: str, tail: str, mode: Mode, first: Parameter | None) -> bool:
    """Whether arguments stand right behind the word: `报名3`, `报名fastapi-101`, but not 「报名了吗」."""
    if first is None or not tail[0].isascii() or not _GLUED.match(tail):
        return tail[0] == "“" and first is not None and mode is not Mode.BARE
    if word[-1].isascii() and word[-1].isalnum():
        return False
    if mode is not Mode.BARE or tail[0] == "@":
        return True
    return Rest not in first.kinds and _GLUED_WORD.match(tail) is not None
