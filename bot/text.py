"""Text at the door and on its way out: normalised once, mentions and quotes read, long replies cut, Markdown shown."""

from __future__ import annotations

from bot.text_chat import parse_quote, strip_mention
from bot.text_normal import fold, normalise
from bot.text_plain import to_plain
from bot.text_split import split_reply

__all__ = ["fold", "normalise", "parse_quote", "split_reply", "strip_mention", "to_plain"]
