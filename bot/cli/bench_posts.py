"""Posts in any number, put together anew from the sentences of real ones."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from bot.search.model import Document
from bot.search.passages import Passage, split_passages
from bot.search.terms import make_terms

_SEED = 20260301
_SECTIONS, _SENTENCES = 2, 8  # of a made post; its passages are as long as those of real posts
_SHORTEST, _LONGEST = 8, 60  # characters of a sentence that is used again
_NAMES = 100_000  # different made-up names; the n-th is n times rarer than the first, as words are
_FENCE = re.compile(r"^(`{3,}|~{3,}).*?(?:\n\1|\Z)", re.DOTALL | re.MULTILINE)
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*[”’」』）]*")
_ENDS = "。！？!?.；;：:"
_MOST = 480  # characters of a passage, so that it stays one
_NOISE = 0.25  # length of what is added to a made passage's vector


@dataclass(frozen=True, slots=True)
class MadePassage:
    """A passage with its terms, which were made sentence by sentence."""

    passage: Passage
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MadePost:
    """A post that nobody wrote.

    Attributes:
        title: a sentence with a made-up name.
        passages: what `split_passages` makes of its body.
    """

    title: str
    passages: tuple[MadePassage, ...]

    @property
    def body(self) -> str:
        """The text in Markdown."""
        return "\n\n".join(f"## {made.passage.heading}\n\n{made.passage.text}" for made in self.passages)


class Maker:
    """Makes posts and questions, the same ones in every run.

    Args:
        documents: real posts, whose words and sentences are used.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self._titles = [document.title for document in documents]
        sentences = (sentence for document in documents for sentence in _sentences(document.text))
        self._sentences = list(dict.fromkeys(sentences))
        self._weights = list(accumulate(1 / number for number in range(1, _NAMES + 1)))

    def posts(self, first: int, count: int) -> list[MadePost]:
        """Return that many posts; the same `first` gives the same ones."""
        dice = random.Random(_SEED + first)  # noqa: S311 - the same in every run
        names = iter(dice.choices(range(_NAMES), cum_weights=self._weights, k=count * (1 + 3 * _SECTIONS)))
        return [self._post(dice, map(spell, names)) for _ in range(count)]

    def questions(self, count: int, seed: int = 0) -> list[str]:
        """Return questions that real posts answer, in changing words: no two are the same."""
        dice = random.Random(f"{_SEED}/{seed}")  # noqa: S311 - the same in every run
        frames = ("{}", "请问{}", "大家知道{}", "求助，{}", "想问一下{}")
        asked = (f"{dice.choice(frames).format(dice.choice(self._titles)).rstrip('？')}（{n}）？" for n in range(count))
        return list(asked)

    def vectors(self, known: NDArray[np.float32], first: int, count: int) -> NDArray[np.float32]:
        """Return vectors between those of real passages, with noise: as far from a question as other posts are."""
        source = np.random.default_rng(_SEED + first)
        places = source.integers(0, len(known), (2, count))
        noise = source.standard_normal((count, known.shape[1])).astype(np.float32)
        noise *= _NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        made: NDArray[np.float32] = (known[places[0]] + known[places[1]]) / 2
        lengths = np.linalg.norm(made, axis=1, keepdims=True)
        made = made + noise
        made *= lengths / np.linalg.norm(made, axis=1, keepdims=True)
        return made

    def _post(self, dice: random.Random, names: Iterator[str]) -> MadePost:
        name = next(names)
        title = f"{dice.choice(self._sentences).rstrip(_ENDS)}（{name}）"
        return MadePost(title, tuple(self._passage(dice, title, number + 1, names) for number in range(_SECTIONS)))

    def _passage(self, dice: random.Random, title: str, number: int, names: Iterator[str]) -> MadePassage:
        one, two, three = next(names), next(names), next(names)
        lines = [*dice.sample(self._sentences, min(_SENTENCES, len(self._sentences))), f"{one} {two} {three}"]
        while sum(map(len, lines)) + len(lines) > _MOST:
            lines.pop(0)
        passage = Passage(f"第 {number} 节", "\n".join(lines))
        real, _, name = title.rpartition("（")
        head = (*_terms(real), name.rstrip("）"), *_terms(passage.heading))
        return MadePassage(passage, (*head, *chain.from_iterable(map(_terms, lines[:-1])), one, two, three))


def spell(number: int) -> str:
    """Return a word that can be pronounced, another one for every number."""
    syllables = []
    while True:
        number, syllable = divmod(number, 100)
        syllables.append("bcdfghjklmnprstvwxyz"[syllable // 5] + "aeiou"[syllable % 5])
        if not number:
            return "".join(syllables)


@cache
def _terms(text: str) -> tuple[str, ...]:
    return tuple(make_terms(text))


def _sentences(text: str) -> Iterator[str]:
    for passage in split_passages(text):
        for sentence in map(str.strip, _SENTENCE.findall(_FENCE.sub("", passage.text))):
            if _SHORTEST <= len(sentence) <= _LONGEST and sentence[0] not in "#`~":
                yield sentence
