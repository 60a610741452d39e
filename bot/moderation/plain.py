"""Texts that say what their characters say, one by one: nearly all of talk; a replay need not reveal them again."""

from __future__ import annotations

from bot.moderation.characters import FOLDS
from bot.moderation.revealing import Revealed


def fold_plainly(raw: str) -> Revealed:
    """Return a text revealed that is known to be no odd one; takes a twentieth of the time of `reveal`.

    Args:
        raw: as typed; of an odd one (`is_odd`) this finds less than `reveal` does.
    """
    text = raw.translate(FOLDS)
    return Revealed(raw=raw, text=text, origins=range(len(raw)))


def is_odd(revealed: Revealed) -> bool:
    """Tell whether a text says something else to its readers than its characters do, so that it must be revealed."""
    if isinstance(revealed.origins, range):
        return False  # folded one by one
    raw, text = revealed.raw, revealed.text
    is_each_in_its_place = len(raw) == len(text) and list(revealed.origins) == list(range(len(raw)))
    return not is_each_in_its_place or text != raw.translate(FOLDS)
