"""What plugins that require `sharing` use of it: the gate, the queue, and the consent of who answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.plugin import Context
from bot.plugins.sharing.consent import ask_author
from bot.plugins.sharing.gate import Limits, Ruling, Verdict, examine
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.publishing import hold, publish, why_held
from bot.plugins.sharing.rules import count_substance, plain_question
from bot.plugins.sharing.settings import SharingSettings
from bot.plugins.sharing.store import standing_answer
from bot.plugins.sharing.waiting_store import Kind, Wish

__all__ = [
    "Incoming",
    "Kind",
    "Limits",
    "Ruling",
    "Verdict",
    "Wish",
    "as_sharing",
    "ask_author",
    "count_substance",
    "examine",
    "hold",
    "plain_question",
    "publish",
    "standing_answer",
    "why_held",
]


def as_sharing(ctx: Context[Any]) -> Context[SharingSettings]:
    """Return another plugin's call with the settings that sharing has there."""
    loader = ctx.part("loader")
    return replace(ctx, config=loader.settings(loader.plugins["sharing"], ctx.room))
