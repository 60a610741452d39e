"""How many examples a property is tried with."""

from __future__ import annotations

from hypothesis import settings


def examples(full: int) -> int:
    """Return how many examples to try: all in `make soak`, a fifth in `make test`, a few in `make test-fast`.

    Args:
        full: how many are thorough.
    """
    few = settings().max_examples  # of a property that asks for no number
    some = {"fast": few, "qunzhi": max(few, full // 5)}.get(settings.get_current_profile_name(), full)
    return min(full, some)
