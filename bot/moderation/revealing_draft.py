"""The text while it is being revealed: what is taken out or put together, with positions and with the tricks seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from bot.moderation.neighbours import mark_neighbours

_HAN_RUN = re.compile("[\u3400-\u9fff]+")


class Draft:
    """A text with the position of each character in the original, and what was done to hide it."""

    def __init__(self, text: str, origins: Sequence[int]) -> None:
        self.text = text
        self.origins = origins
        self.tricks: Counter[str] = Counter()
        self._marked: tuple[str, list[bool]] = ("", [])
        self._counted: tuple[str, tuple[int, int]] = ("", (0, 0))

    @property
    def ordinary(self) -> list[bool]:
        """For each pair of neighbouring characters, whether ordinary Chinese has them side by side."""
        if self._marked[0] is not self.text:
            self._marked = self.text, mark_neighbours(self.text)
        return self._marked[1]

    @property
    def strange(self) -> tuple[int, int]:
        """How many pairs of Chinese characters are no ordinary ones, and how many pairs there are."""
        if self._counted[0] is not self.text:
            runs = _HAN_RUN.findall(self.text)
            pairs = sum(map(len, runs)) - len(runs)
            self._counted = self.text, (pairs - self.ordinary.count(True), pairs)
        return self._counted[1]

    def replace(self, spans: Iterable[tuple[int, int, str]]) -> None:
        """Put other characters in the place of some.

        Args:
            spans: start, end and what stands there instead; in order, apart. What stands there instead takes its
                positions from the characters it replaces.
        """
        parts: list[str] = []
        origins: list[int] = []
        done = 0
        for start, end, new in spans:
            parts += [self.text[done:start], new]
            origins += self.origins[done:start]
            origins += [self.origins[min(start + at, end - 1)] for at in range(len(new))]
            done = end
        if done:
            parts.append(self.text[done:])
            origins += self.origins[done:]
            self.text, self.origins = "".join(parts), origins

    def drop(self, places: Iterable[int]) -> None:
        """Take single characters out; `places` in order."""
        self.replace((at, at + 1, "") for at in places)

    def turn(self, start: int, end: int) -> None:
        """Turn the characters of a span around."""
        text, origins = self.text, list(self.origins)
        self.text = text[:start] + text[start:end][::-1] + text[end:]
        origins[start:end] = origins[start:end][::-1]
        self.origins = origins

    def reorder(self, order: Sequence[int]) -> None:
        """Put the characters at these places, in this order, instead of all."""
        self.text = "".join(self.text[at] for at in order)
        self.origins = [self.origins[at] for at in order]
