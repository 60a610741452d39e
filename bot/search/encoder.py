"""What an encoder is, the profiles of the models that were measured, and the choice of one by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bot.search.e5_weights import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score a passage answers a question, and from which it is worth offering as related."""

    answer: float
    related: float

    @property
    def step(self) -> float:
        """The distance between both: what a small or large difference is measured by."""
        return self.answer - self.related

    def translate(self, score: float, other: Thresholds) -> float:
        """Return where a score of another scale lies on this one, at most one step above `answer`."""
        steps = (score - other.related) / other.step
        return self.related + self.step * min(steps, 2.0)


MIXTURE = 2  # part of every fingerprint: raise it when `mix_passages` makes other vectors
_LONGEST_LEAD = 60  # characters
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?]?")
KEYWORDS = Thresholds(0.42, 0.30)  # on BM25/self, for words alone; 5 % and 14 % of the unanswerable pass, as above


@dataclass(frozen=True, slots=True)
class Profile:
    """How one model is used. Cosines of different models lie in different ranges, so thresholds belong to the model.

    Attributes:
        query_prefix: what the model was trained to see before a question.
        passage_prefix: the same before a passage.
        title_weight: share of the title, encoded as a question, in a passage's vector.
        lead_weight: share of the first sentence, encoded as a question, where there is no title.
        keyword_weight: what BM25/self (0…1) is multiplied by before it is added to the inner product.
        thresholds: on the fused score.
    """

    query_prefix: str = ""
    passage_prefix: str = ""
    title_weight: float = 0.5
    lead_weight: float = 0.0
    keyword_weight: float = 0.1
    thresholds: Thresholds = Thresholds(0.75, 0.65)

    def with_answer(self, threshold: float | None) -> Profile:
        """Return this profile with an owner's threshold for answers; what is offered moves along."""
        if threshold is None:
            return self
        return replace(self, thresholds=Thresholds(threshold, threshold - self.thresholds.step))

    def score(self, product: float | None, keyword: float) -> float:
        """Return the fused score.

        Args:
            product: inner product of question and passage; None when the passage has no vector yet. Then the keyword
                part is carried over, so that what answers by words alone answers here too.
            keyword: BM25/self, 0…1.
        """
        if product is None:
            return self.thresholds.translate(keyword, KEYWORDS)
        return product + self.keyword_weight * keyword


# e5's cosines lie in .80–.95. Thresholds by `bot.search.evaluation.calibrate`: at .91 the programmers' notes of
# RESEARCH.md have 99 % of their questions answered and 5 % of the unanswerable ones, our own posts
# (tests/data/retrieval) 91 % and 4 %.
E5_SMALL = Profile("query: ", "passage: ", lead_weight=0.15, keyword_weight=0.13, thresholds=Thresholds(0.91, 0.895))
# BAAI's instruction for retrieval with bge-*-zh; its model card says to look for a threshold in .8, .85, .9.
BGE_ZH = Profile("为这个句子生成表示以用于检索相关文章：", keyword_weight=0.3, thresholds=Thresholds(0.80, 0.70))
HASHING = Profile(title_weight=0.5, keyword_weight=0.5, thresholds=Thresholds(0.45, 0.25))


class Encoder(Protocol):
    """Turns texts into vectors whose inner product says how close they are."""

    @property
    def profile(self) -> Profile:
        """How this model is used."""

    @property
    def fingerprint(self) -> str:
        """Names the model and how it is run; vectors of different fingerprints must not be compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [n, dimension] vectors of length 1 for questions."""

    def encode_passages(self, passages: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return [n, dimension] vectors for (title, text), at most of length 1."""


def mix_passages(
    profile: Profile,
    encode: Callable[[Sequence[str]], NDArray[np.float32]],
    passages: Sequence[tuple[str, str]],
    encode_heads: Callable[[Sequence[str]], NDArray[np.float32]] | None = None,
) -> NDArray[np.float32]:
    """Return w·E(question prefix + title) + (1 - w)·E(passage prefix + title + text), not brought back to length 1.

    The inner product with a question is then the mean of two cosines: MRR .757 against .675 for the passage alone
    (RESEARCH.md, section 1). Without a title the first sentence is one, with a smaller weight: recall@1 .941 for .933
    on DRCD, .946 for .940 on LCQMC, .681 for .675 on programmers' notes.

    Args:
        profile: gives the prefixes and the weight w.
        encode: raw texts → vectors of length 1.
        passages: (title, text).
        encode_heads: the same as `encode`, for titles and first sentences; it may remember them.
    """
    vectors = encode([profile.passage_prefix + (f"{title}\n{text}" if title else text) for title, text in passages])
    heads = [
        (title, profile.title_weight) if title else (_first_sentence(text), profile.lead_weight)
        for title, text in passages
    ]
    needed = sorted({head for head, weight in heads if head and weight})
    if not needed:
        return vectors
    head_vectors = (encode_heads or encode)([profile.query_prefix + head for head in needed])
    encoded = dict(zip(needed, head_vectors, strict=True))
    for row, (head, weight) in zip(vectors, heads, strict=True):
        if head in encoded:
            row[:] = weight * encoded[head] + (1 - weight) * row
    return vectors


def _first_sentence(text: str) -> str:
    match = _SENTENCE.match(text.strip())
    return match.group().strip()[:_LONGEST_LEAD] if match else ""


def load_encoder(spec: str, progress: Callable[[str], None] = lambda _text: None) -> Encoder:
    """Return the encoder that the configuration names. This takes from .3 s to minutes: not on the event loop.

    Args:
        spec: `embedded`, `sentence-transformers:<name or path>`, or `hashing` (for tests: no meaning, only letters).
        progress: is told in one sentence when something long begins or ends.

    Raises:
        EncoderError: an unknown name, or a package, file or network is missing.
    """
    kind, _, name = spec.partition(":")
    if kind == "embedded":
        from bot.search.embedded import EmbeddedEncoder, build
        from bot.search.prepared import FILE_NAME, PreparedEncoder

        folder = build(progress=progress)
        return PreparedEncoder(EmbeddedEncoder(folder), folder / FILE_NAME)
    if kind == "sentence-transformers" and name:
        from bot.search.sentence_transformers import SentenceTransformersEncoder

        return SentenceTransformersEncoder(name)
    if kind == "hashing":
        from bot.search.hashing import HashingEncoder

        return HashingEncoder()
    raise EncoderError(f"unknown encoder {spec!r}: use embedded or sentence-transformers:<name or path>")
