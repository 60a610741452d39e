"""How many examples a property is tried with."""

from __future__ import annotations

from hypothesis import settings


def examples(full: int) -> int:
    """Return how many examples to try: `full`, or no more than the profile `fast` gives to every property."""
    is_fast = settings.get_current_profile_name() == "fast"
    return min(full, settings().max_examples) if is_fast else full
