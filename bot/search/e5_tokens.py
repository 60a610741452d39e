"""The embedded encoder's tokenizer: SentencePiece's unigram model, cut to what Chinese, English and code use."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from tokenizers import Tokenizer, models, pre_tokenizers, processors

if TYPE_CHECKING:
    from bot.search.e5_weights import E5Weights

BEGIN, PADDING, END, UNKNOWN = "<s>", "<pad>", "</s>", "<unk>"
_MASK = "<mask>"
_SPECIAL = frozenset({BEGIN, PADDING, END, UNKNOWN})
_NEVER = -100.0  # log probability of the special pieces, so that "<s>" typed by a member is spelled out
_SURROGATES = range(0xD800, 0xE000)  # no character stands for one of these alone
_MARK = "▁"  # what SentencePiece writes for a space
# Latin letters, punctuation and symbols, CJK ideographs and compatibility forms; without accented Latin letters.
# 101,082 of 250,002 pieces; the mean cosine with the full vocabulary is .9998 (RESEARCH.md, section 1).
_KEPT = re.compile(r"[▁\u0000-\u00bf\u2000-\u2bff\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+")


def choose_pieces(pieces: list[str]) -> list[int]:
    """Return the ids of the pieces to keep, in order; text in other scripts becomes `<unk>`."""
    return [number for number, piece in enumerate(pieces) if piece in _SPECIAL or _is_kept(piece)]


def _is_kept(piece: str) -> bool:
    return piece != _MASK and _KEPT.fullmatch(piece) is not None


def build_tokenizer(weights: E5Weights, rows: list[int]) -> Tokenizer:
    """Return the tokenizer over those pieces; its input must have gone through `Normaliser`."""
    pieces = [weights.pieces[row] for row in rows]
    scores = [_NEVER if weights.pieces[row] in _SPECIAL else float(weights.scores[row]) for row in rows]
    ids = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=ids[UNKNOWN]))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_MARK, prepend_scheme="always", split=True)
    ends = [(BEGIN, ids[BEGIN]), (END, ids[END])]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A {END}", special_tokens=ends)
    tokenizer.enable_truncation(weights.shape.positions)
    return tokenizer


class Normaliser:
    """SentencePiece's nmt_nfkc as far as single code points go, after NFC has joined letters and their marks.

    The wheel's file carries that map; the package `sentencepiece` would only add the sequences.

    Args:
        table: code point → replacement.
    """

    def __init__(self, table: dict[int, str]) -> None:
        self._table = table | dict.fromkeys(_SURROGATES, " ")

    def __call__(self, text: str) -> str:
        """Return the text as the tokenizer wants it: no control characters, single spaces, none at the ends."""
        return " ".join(unicodedata.normalize("NFC", text).translate(self._table).split())
