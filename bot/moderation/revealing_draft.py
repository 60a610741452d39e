"""The text while it is being revealed: what is taken out or put together, with positions and with the tricks seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.moderation.neighbours import Marks, Pairs, mark_neighbours, sort_pairs

_NO_PAIRS = Pairs(0, [])
_NO_MARKS = Marks([], [])


class Draft:
    """A text with the position of each character in the original, and what was done to hide it."""

    __slots__ = ("_marked", "_marks", "_pairs", "_sorted", "origins", "text", "tricks")

    def __init__(self, text: str, origins: Sequence[int]) -> None:
        self.text = text
        self.origins = origins
        self.tricks: defaultdict[str, int] = defaultdict(int)
        self._marked = ""
        self._marks = _NO_MARKS
        self._sorted = ""
        self._pairs = _NO_PAIRS

    @property
    def pairs(self) -> Pairs:
        """Which pairs of neighbouring characters ordinary Chinese has not side by side; mostly enough to know."""
        if self._sorted is not self.text:
            self._sorted, self._pairs = self.text, sort_pairs(self.text)
        return self._pairs

    @property
    def marks(self) -> Marks:
        """Where ordinary pairs of neighbouring characters are, and where strange ones."""
        if self._marked is not self.text:
            self._marked, self._marks = self.text, mark_neighbours(self.text)
        return self._marks

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
