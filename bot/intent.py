"""What free text wants: a command, an answer, or nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from bot.intent_contrast import contrasts
from bot.intent_patterns import STAND_IN, Utterance, align, find_object
from bot.intent_question import is_question, is_small_talk
from bot.intent_topic import has_topic
from bot.text import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.plugin import Command, Plugin

_LONGEST = 60  # characters; whoever writes more tells or asks something, a wish to the bot is short
# Tuned on tests/data/intent/lines.tsv with multilingual-e5-small: 31 of 36 wishes are heard, 0 of 42 others are taken.
_FLOOR_QUANTILE = 0.95  # of the cosines between utterances and sentences that mean no command
_MARGIN_SPREADS = 0.1  # standard deviations of the same
# A name in a text brings it down by .9 of them at most on wishes that are heard; what is further below without looking
# at names is spared a second run of the encoder. Search takes the first one's vector over.
_NAME_SPREADS = 1.0
_REQUEST = re.compile(r"(?:帮|给|替)我|我(?:想|要)|麻烦")


class Embedder(Protocol):
    """The search part, as far as this module knows it."""

    @property
    def is_ready(self) -> bool:
        """Whether the encoder is loaded."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Return unit vectors, [n, dimension]; None while there is no encoder."""


class IntentKind(StrEnum):
    """What a text wants."""

    COMMAND = "command"
    QUESTION = "question"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a text wants, and how sure that is.

    Attributes:
        kind: see there.
        line: for COMMAND, the command line that means the same, such as 「报名 fastapi-101」.
        score: cosine with the nearest utterance of a command; 1 for its very words; None when nothing was compared.
        threshold: the score needed: the nearest sentence that means no command, and a margin.
        command: the nearest command's word, whether or not it is near enough.
        is_ready: whether the encoder took part; before that only patterns count.
    """

    kind: IntentKind
    line: str = ""
    score: float | None = None
    threshold: float | None = None
    command: str = ""
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class _Compared:
    utterance: Utterance
    score: float
    threshold: float


class Intents:
    """Knows how the commands in use are said; an observer of the loader.

    Args:
        embedder: makes vectors; None when meaning is never compared.
    """

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder
        self._spread = 0.0
        self._floor = 0.0
        self._by_plugin: dict[str, list[tuple[re.Pattern[str], Utterance]]] = {}
        self._utterances: list[Utterance] = []
        self._patterns: list[tuple[re.Pattern[str], Utterance]] = []
        self._vectors: NDArray[np.float32] | None = None
        self._lock = asyncio.Lock()

    def plugin_added(self, plugin: Plugin[Any]) -> None:
        """Learn the utterances of a plugin's commands."""
        self._by_plugin[plugin.name] = [(one.pattern(), one) for one in _utterances_of(plugin.commands)]
        self._index()

    def plugin_removed(self, plugin: Plugin[Any]) -> None:
        """Forget them."""
        self._by_plugin.pop(plugin.name, None)
        self._index()

    def refresh(self, commands: Iterable[Command]) -> None:
        """Know exactly these commands."""
        self._by_plugin = {}
        for utterance in _utterances_of(commands):
            self._by_plugin.setdefault(utterance.plugin, []).append((utterance.pattern(), utterance))
        self._index()

    async def prepare(self) -> bool:
        """Encode the utterances if that is still to be done; False while there is no encoder."""
        async with self._lock:
            if self._vectors is None and self._utterances and self._embedder is not None and self._embedder.is_ready:
                utterances = self._utterances
                texts = [utterance.compared for utterance in utterances]
                vectors = await self._embedder.embed([*texts, *contrasts(dict.fromkeys(u.word for u in utterances))])
                if utterances is self._utterances and vectors is not None:
                    self._calibrate(vectors, len(utterances))
        return self._vectors is not None

    async def classify(self, text: str, plugins: Collection[str] | None = None) -> Intent:
        """Say what a text that is meant for the bot wants.

        Args:
            text: normalised, without the mention.
            plugins: names of the plugins that are on; None for all.
        """
        if matched := self._match_pattern(text, plugins):
            return matched
        otherwise = IntentKind.QUESTION if has_topic(text) else IntentKind.NONE
        nearest = None if is_small_talk(text) else await self._nearest(text, plugins)
        if nearest is None:
            return Intent(otherwise, is_ready=self._vectors is not None)
        is_meant = nearest.score >= nearest.threshold
        return Intent(
            IntentKind.COMMAND if is_meant else otherwise,
            nearest.utterance.line(align(text, nearest.utterance.text)) if is_meant else "",
            nearest.score,
            nearest.threshold,
            nearest.utterance.word,
            is_ready=True,
        )

    def _index(self) -> None:
        self._patterns = [pair for pairs in self._by_plugin.values() for pair in pairs]
        self._utterances = [utterance for _, utterance in self._patterns]
        self._vectors = None

    def _calibrate(self, vectors: NDArray[np.float32], count: int) -> None:
        """Take in the vectors; how near unrelated sentences are differs by model, so the model itself tells."""
        unrelated = vectors[:count] @ vectors[count:].T
        ordered = sorted(float(score) for score in unrelated.ravel())
        self._floor = ordered[int(len(ordered) * _FLOOR_QUANTILE)]
        self._spread = float(unrelated.std())
        self._vectors = vectors

    def _match_pattern(self, text: str, plugins: Collection[str] | None) -> Intent | None:
        folded = fold(text)
        if len(folded) > _LONGEST:
            return None
        for pattern, utterance in self._patterns:
            found = pattern.fullmatch(folded) if plugins is None or utterance.plugin in plugins else None
            if found is not None:
                argument = _only_mention(text[found.start(1) : found.end(1)]) if utterance.has_slot else ""
                line, word = utterance.line(argument), utterance.word
                return Intent(IntentKind.COMMAND, line, 1.0, 1.0, word, is_ready=self._vectors is not None)
        return None

    async def _nearest(self, text: str, plugins: Collection[str] | None) -> _Compared | None:
        """Return the nearest utterance that may be meant and what it is held against; None without an encoder."""
        if len(text) > _LONGEST or self._embedder is None or not await self.prepare():
            return None
        compared = await self._compare(text, text, plugins)
        if compared is None or compared.score < compared.threshold - self._spread * _NAME_SPREADS:
            return compared
        return compared if (bare := _without_object(text)) == text else await self._compare(text, bare, plugins)

    async def _compare(self, text: str, spoken: str, plugins: Collection[str] | None) -> _Compared | None:
        utterances, vectors = self._utterances, self._vectors
        query = await self._embedder.embed([spoken]) if self._embedder else None
        if query is None or vectors is None or len(vectors) < len(utterances):
            return None
        asks_only = is_question(text) and not _REQUEST.search(text)
        scores = [float(score) for score in vectors @ query[0]]
        allowed = [
            at
            for at, utterance in enumerate(utterances)
            if (plugins is None or utterance.plugin in plugins) and not (utterance.acts and asks_only)
        ]
        if not allowed:
            return None
        best = max(allowed, key=scores.__getitem__)
        threshold = max(self._floor, max(scores[len(utterances) :]) + self._spread * _MARGIN_SPREADS)
        return _Compared(utterances[best], scores[best], threshold)


def _utterances_of(commands: Iterable[Command]) -> list[Utterance]:
    return [
        Utterance(text, command.word, command.plugin, command.acts)
        for command in commands
        for text in command.utterances
    ]


def _only_mention(argument: str) -> str:
    found = find_object(argument)
    return found[2] if found and found[2].startswith("@") else argument


def _without_object(text: str) -> str:
    found = find_object(text)
    return f"{text[: found[0]]}{STAND_IN}{text[found[1] :]}" if found else text
