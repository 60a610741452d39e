"""One message as the rules see it, live and from the record: both give the same, so a replay decides as the bot did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from bot.plugin import Context, Message, MessageKind, Role, from_stamp, moderation, secret_codes, to_stamp
from bot.plugins.moderation.arriving import Newness

_EVERYONE = re.compile(r"@(?:所有人|all|everyone)(?=[\s\u2005]|$)", re.IGNORECASE)
_MANY: Final = 1_000_000  # messages said before, of whom the bot did not see come
_CODE_BEGINS = re.compile("qz|bd", re.IGNORECASE)
_HIDDEN: Final = "-****"
_CONTRIBUTES = re.compile("/?(?:编辑|我要)?(?:分享|答)")
_CONTRIBUTORS: Final = {"sharing", "questions"}
HEARD: Final = "heard"
"""Where a message's record keeps what the rules knew of it, in the notes of the guard."""


class Recorded(Protocol):
    """A message on record, as far as rules look at it: the columns of `StoredMessage`."""

    @property
    def id(self) -> str: ...  # noqa: D102 - see StoredMessage, also for the rest
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def room_id(self) -> str: ...  # noqa: D102
    @property
    def member_id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> MessageKind: ...  # noqa: D102
    @property
    def decision(self) -> Mapping[str, Any]: ...  # noqa: D102


def hear(
    ctx: Context[Any], message: Message, newness: Newness, *, is_exempt: bool, is_paying: bool = False
) -> moderation.Said:
    """Return a message that was said in a room just now.

    Args:
        ctx: the call.
        message: what was said.
        newness: how new the talker is.
        is_exempt: whether they are freed from the rules.
        is_paying: whether they have paid, as far as any rule asks for it.
    """
    assert message.room is not None
    return moderation.Said(
        id=message.id,
        at=message.at,
        room_id=message.room.id,
        member_id=message.talker.id,
        name=message.talker.name,
        text=_without_codes(message.raw),
        kind=message.kind,
        role=ctx.role,
        is_paying=is_paying,
        joined_at=newness.joined_at,
        said_before=newness.said_before,
        mentions=len(message.mentions),
        mentions_all="@" in message.raw and _EVERYONE.search(message.raw) is not None,
        is_command=_is_command(ctx, message),
        is_exempt=is_exempt,
        is_in_join_wave=newness.is_in_join_wave,
    )


def _without_codes(raw: str) -> str:
    """Return a text without the redeem and binding codes in it: no report quotes what is worth something."""
    if not _CODE_BEGINS.search(raw):
        return raw
    hidden = secret_codes.hide_codes(raw)
    return hidden if _HIDDEN in hidden and _HIDDEN not in raw else raw


def _is_command(ctx: Context[Any], message: Message) -> bool:
    """Whether it is said to the bot: with its name, as `/word`, or beginning with a command word."""
    if message.mentions_bot or message.text.startswith("/"):
        return True
    return ctx.part("commands").find(message.text, False) is not None  # noqa: FBT003 - see CommandTable.find


def is_contribution(ctx: Context[Any], message: Message) -> bool:
    """Whether it hands the bot something that is looked through before anybody reads it as knowledge: 分享, 答.

    Those who take it in hold what looks like an advertisement and show it to the owner themselves.
    """
    if not _CONTRIBUTES.match(message.text):
        return False
    found = ctx.part("commands").find(message.text, message.mentions_bot)
    entry = getattr(found, "entry", None)  # a near miss has none
    return entry is not None and entry.command.plugin in _CONTRIBUTORS


def keep_heard(said: moderation.Said, *, is_odd: bool = False, advert: float = 0.0) -> dict[str, Any]:
    """Return what the record must keep beside the message's own columns; empty for a plain message of a member.

    Args:
        said: the message.
        is_odd: whether its text must be revealed when it is judged again.
        advert: how much it looks like an advertisement, 0…1.
    """
    found: dict[str, Any] = {}
    if said.role is not Role.MEMBER:
        found["role"] = int(said.role)
    if said.joined_at:
        found["joined"] = to_stamp(said.joined_at)
    if said.said_before != _MANY:
        found["before"] = said.said_before
    if said.codes:
        found["codes"] = list(said.codes)
    rest = (
        ("paying", said.is_paying), ("rings", said.mentions), ("everyone", said.mentions_all),
        ("command", said.is_command), ("exempt", said.is_exempt), ("wave", said.is_in_join_wave), ("odd", is_odd),
        ("advert", advert),
    )  # fmt: skip
    found |= {name: value for name, value in rest if value}
    return {HEARD: found} if found else {}


def advert_score(stored: Recorded) -> float:
    """Return how much a message on record looked like an advertisement; 0 when it was not worth keeping."""
    notes = stored.decision.get("moderation")
    return float(notes.get(HEARD, {}).get("advert", 0.0)) if isinstance(notes, dict) else 0.0


def was_odd(stored: Recorded) -> bool:
    """Tell whether the text of a message on record must be revealed when it is judged again."""
    notes = stored.decision.get("moderation")
    return isinstance(notes, dict) and "odd" in notes.get(HEARD, ())


def heard_before(stored: Recorded) -> moderation.Said:
    """Return a message on record as the rules saw it."""
    notes = stored.decision.get("moderation")
    kept: Mapping[str, Any] = notes.get(HEARD, {}) if isinstance(notes, dict) else {}
    return moderation.Said(
        id=stored.id,
        at=stored.at,
        room_id=stored.room_id,
        member_id=stored.member_id,
        name=stored.name,
        text=_without_codes(stored.text),
        kind=stored.kind,
        role=Role(kept.get("role", Role.MEMBER)),
        is_paying=kept.get("paying", False),
        joined_at=from_stamp(kept["joined"]) if "joined" in kept else None,
        said_before=kept.get("before", _MANY),
        mentions=kept.get("rings", 0),
        mentions_all=kept.get("everyone", False),
        codes=tuple(kept.get("codes", ())),
        is_command=kept.get("command", False),
        is_exempt=kept.get("exempt", False),
        is_in_join_wave=kept.get("wave", False),
    )
