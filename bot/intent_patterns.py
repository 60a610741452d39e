"""Utterances as sentence patterns, and what stands in the place of their `{}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.text import fold

SLOT = "{}"
STAND_IN = "某某"  # what an argument is replaced by before meanings are compared: its own words would outweigh the rest
_POLITE_BEFORE = r"(?:(?:请|麻烦|你好|您好|那个|能不能|能|可以|可不可以)[,，\s]*)*"
_POLITE_AFTER = r"(?:(?:吧|啊|呀|哦|哈|可以吗|行吗|好吗|吗|谢谢|多谢|一下|[。.!！~,，?？])\s*)*"
_OBJECT = re.compile(
    r"[「“\"《](?P<quoted>[^」”\"》\n]{1,40})[」”\"》]|(?P<mention>@\S{1,30})"
    r"|(?P<code>[A-Za-z0-9][A-Za-z0-9_.+#/-]*[A-Za-z0-9+#]|#?\d+)"
)
_FILLER = set("我想要帮请把给的吧吗了个下一这那你您能可以去来啊呀哦哈麻烦,。.!?、，！？~ \n")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One way to say a command in free text.

    Attributes:
        text: as the plugin wrote it, with at most one `{}`.
        word: the command's canonical word.
        plugin: whose command it is.
        acts: whether the command changes something.
    """

    text: str
    word: str
    plugin: str
    acts: bool

    @property
    def compared(self) -> str:
        """What the encoder sees."""
        return self.text.replace(SLOT, STAND_IN)

    @property
    def has_slot(self) -> bool:
        """Whether it holds an argument."""
        return SLOT in self.text

    def pattern(self) -> re.Pattern[str]:
        """Return what a folded text must look like to be this sentence."""
        return _compile(self.text)

    def line(self, argument: str) -> str:
        """Return the command line that means the same."""
        return f"{self.word} {argument}".strip() if self.has_slot else self.word


@lru_cache(maxsize=4096)
def _compile(text: str) -> re.Pattern[str]:
    parts = [re.escape(fold(part.strip())).replace(r"\ ", r"\s*") for part in text.split(SLOT)]
    return re.compile(_POLITE_BEFORE + r"\s*(.+?)\s*".join(parts) + _POLITE_AFTER, re.DOTALL)


def find_object(text: str) -> tuple[int, int, str] | None:
    """Find what in a text looks like an argument: quoted words, a mention, a code such as fastapi-101, a number.

    Returns:
        Where it begins and ends, and its value without quotes; None when there is no such thing.
    """
    found = _OBJECT.search(text)
    if found is None:
        return None
    return found.start(), found.end(), found["quoted"] or found[0]


def align(text: str, utterance: str) -> str:
    """Return the part of a text that stands in the place of an utterance's `{}`.

    The longest run of characters that the utterance does not say itself and that are no filler words.

    Args:
        text: what was said.
        utterance: with one `{}`.

    Returns:
        That part; empty when all is said by the utterance.
    """
    if found := find_object(text):
        return found[2]
    said = _FILLER | set(fold(utterance))
    runs, run = [""], ""
    for character, folded in zip(text, fold(text), strict=True):
        run = "" if folded in said else run + character
        runs.append(run)
    return max(runs, key=len)
