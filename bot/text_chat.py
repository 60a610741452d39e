"""What WeChat writes into a text: mentions of the bot, and the message that is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.model import Quote
from bot.text_normal import normalise

_EVERYONE = {"所有人", "all", "everyone"}
_AFTER_NAME = r"(?=\s|$|[,，:：;；!！?？。、（(~～…@])"
# Typed by hand the space is often missing. What goes on like this is a question or a wish, not a longer name.
_GLUED = (
    r"(?=怎|如何|什么|啥|为[什啥何]|请|帮|能不|能否|可[以否]|你|您|在[吗么不]|有没|是不|是什|问|谁|哪|多少|几[点个]|给我|讲讲|讲一|说说|谢谢|我想|我要"
    r"|这个|那个|来源|待答|分享)"
)
_AFTER_CALLING = ",，:：;；、"  # as in 「@小知，帮助」
_QUOTE_RULE = re.compile(r"」[ \t]*\r?\n[ \t]*(?:-[ \t]*){5,}(?:\r?\n|$)")


def strip_mention(text: str, bot_names: Iterable[str]) -> tuple[str, bool]:
    """Take every mention of the bot out of a text.

    A mention is `@`, one of the names, and then a space, a line break, punctuation, the end, or a word that begins a
    question; 「@小知了」 mentions somebody else. `@所有人` is not the bot.

    Args:
        text: normalised.
        bot_names: its nickname and its alias in this room, in any form.

    Returns:
        The text without them and without a comma that followed the first, and whether there was one.
    """
    if "@" not in text:
        return text, False
    pattern = _mention_pattern(frozenset(bot_names))
    if pattern is None:
        return text, False
    left, found = pattern.subn(_join_around, text)
    return (left.strip().lstrip(_AFTER_CALLING).lstrip(), True) if found else (text, False)


@lru_cache(maxsize=512)  # one entry for each room's pair of names
def _mention_pattern(bot_names: frozenset[str]) -> re.Pattern[str] | None:
    names = {normalise(name) for name in bot_names}
    wanted = sorted((n for n in names if n and n.casefold() not in _EVERYONE), key=len, reverse=True)
    if not wanted:
        return None
    return re.compile(rf"[ \t]*@(?:{'|'.join(map(re.escape, wanted))})(?:{_AFTER_NAME}|{_GLUED})[ \t]*", re.IGNORECASE)


def _join_around(found: re.Match[str]) -> str:
    before, after = found.string[: found.start()], found.string[found.end() :]
    is_inside_line = before and after and before[-1] != "\n" and after[0] != "\n"
    return " " if is_inside_line and after[0] not in ",，:：;；!！?？。、" else ""


def parse_quote(raw: str) -> tuple[Quote | None, str]:
    """Take the quoted message out of a text in WeChat's own form.

    The form is 「name：text」, a line of dashes, and the reply. The last such line counts, since a quoted text may
    itself hold a quote.

    Args:
        raw: as received (or normalised).

    Returns:
        The quote, or None, and what the member said.
    """
    if not raw.lstrip().startswith("「"):
        return None, raw
    rules = list(_QUOTE_RULE.finditer(raw))
    name, colon, text = raw[: rules[-1].start()].lstrip()[1:].partition("：") if rules else ("", "", "")
    if not colon:
        return None, raw
    return Quote(name=name.strip(), text=text.strip()), raw[rules[-1].end() :]
