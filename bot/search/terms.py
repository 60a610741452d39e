"""Terms for keyword search: segmented Chinese, identifiers as written and by their parts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain

import rjieba

from bot.text import fold

LONGEST = 20_000  # characters of one text that are indexed; what is longer is no question and no passage
MOST_QUERY_TERMS = 64  # a pasted page is searched by its beginning
_RUN = re.compile(r"[A-Za-z0-9_+#@.\-]*[A-Za-z0-9+#]|[\u3400-\u9fff]+|[^\W_\x00-\x7f\u3400-\u9fff]+")
_SEPARATOR = re.compile(r"[.\-_@+#]+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")  # asyncioSemaphore, HTTPServer, utf8 → their parts
_SAFE = re.compile(r"[a-z0-9\u4e00-\u9fa5]+")  # one token of FTS5's unicode61, which knows Unicode 6.1
_HEXADECIMAL = re.compile(r"z(?:[0-9a-f]{2})+")
_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH = "\u3400", "\u9fff"

# Words that make a sentence a question and say nothing about its subject: dropping them is worth 2.5 points of
# recall@1 (RESEARCH.md, section 1).
_QUESTION_WORDS = """
的 了 吗 呢 啊 吧 是 在 有 和 与 我 你 他 她 它 也 都 就 要 会 能 可以 怎么 什么 如何 为什么 为啥 咋 啥 请问 请教 一下
大家 各位 有人 知道 哪个 哪些 这个 那个 一个 个 到底 来着 不 没 很 还 又 被 把 给 让 对 从 用 到 上 下 里 么 呀 哦 嗯 谁
哪 几 多少 怎样 这 那 之 其 或 及 等 种 怎么办 求助 求教 有没有 是不是 能不能 可不可以
how what why when which who is are do does did the a an to of in can i my you it and or
"""
QUESTION_WORDS = frozenset(_QUESTION_WORDS.split())


def make_terms(text: str) -> list[str]:
    """Return the terms of a text in its order, repeated as often as they occur.

    Chinese runs, made simplified, are cut as for a search engine (words and the words inside them). Everything is in
    lower case; a term with signs in it (`c++`, `os.path`) is spelled in hexadecimal, so that each term is one token of
    the text index.
    """
    text = text[:LONGEST]
    folded = fold(text)
    terms = chain.from_iterable(_cut(text[slice(*run.span())], run.group()) for run in _RUN.finditer(folded))
    return [term if _SAFE.fullmatch(term) else f"z{term.encode().hex()}" for term in terms]


@lru_cache(4096)
def spell(term: str) -> str:
    """Return a term as it stands in the folded text."""
    if not _HEXADECIMAL.fullmatch(term):
        return term
    written = bytes.fromhex(term[1:]).decode("utf-8", "replace")
    return term if _SAFE.fullmatch(written) else written


def make_query_terms(question: str) -> list[str]:
    """Return the different terms of a question without question words, or all of them when nothing else is left.

    In a Chinese question an English word is a name: 「is 和 == 的区别」 asks about `is`.
    """
    terms = list(dict.fromkeys(make_terms(question)))
    is_chinese = any(_FIRST_IDEOGRAPH <= term[0] <= _LAST_IDEOGRAPH for term in terms)
    told = [term for term in terms if term not in QUESTION_WORDS or (is_chinese and term.isascii())]
    return (told or terms)[:MOST_QUERY_TERMS]


def _cut(written: str, folded: str) -> list[str]:
    if _FIRST_IDEOGRAPH <= folded[0] <= _LAST_IDEOGRAPH:
        return list(rjieba.cut_for_search(folded))
    return [folded, *_split_identifier(unicodedata.normalize("NFKC", written), folded)]


def _split_identifier(written: str, folded: str) -> list[str]:
    """Return the parts of an identifier: by signs, and each of these by humps; none when it has no parts."""
    parts = []
    for piece in filter(None, _SEPARATOR.split(written)):
        humps = _HUMP.findall(piece)
        parts += [piece, *humps] if len(humps) > 1 else [piece]
    return [part.casefold() for part in parts if part.casefold() != folded]
