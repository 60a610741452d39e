"""Compares topics by meaning, once the encoder is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.plugin import Context, Findings
from bot.plugins.study.wish_rules import needed_cosine

_MOST = 50  # texts compared with one


async def compare(ctx: Context[Any], text: str, others: Sequence[str]) -> tuple[Callable[[int], float | None], float]:
    """Return the cosine of a text with the other at a place, None where it is not known, and what is needed."""
    search = ctx.part("search")
    cosines = await search.similarity([text], list(others[:_MOST])) if others else None
    if cosines is None:
        return lambda _: None, 2.0
    scale: Findings = await search.find(ctx.services.community, text, rooms=(), access=(), limit=1)
    needed = needed_cosine(scale.answer_threshold, scale.related_threshold, is_semantic=scale.semantic)
    return lambda at: float(cosines[0][at]) if at < len(cosines[0]) else None, needed
