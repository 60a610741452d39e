"""The bare numbers that owners and admins answer to a report in private: 1 移除 2 警告 3 误判 4 豁免."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from bot.plugin import Database, Reply, Role, UserError, last_said, read_choice
from bot.plugins.moderation import case_files, cases_store, exempting, marking, places, removing, striking, texts
from bot.plugins.moderation.model import WAITING
from bot.plugins.moderation.places import Ctx

_ASKED: Final = timedelta(days=1)
_CASE = re.compile(r"（V(\d{1,9})）")
_LISTED = re.compile(r"^(\d{1,2})\. V(\d{1,9}) ", re.MULTILINE)
_REMOVE, _WRONG = 1, 3
_ANSWERS: Final = {2: striking.warn_about, 4: exempting.exempt_in}


async def hear(ctx: Ctx) -> Reply | None:
    """Take a number, as long as a report is the last thing the talker was told here; None when it is none."""
    if ctx.room is not None or ctx.message is None:
        return None
    choice = read_choice(ctx.text)
    if choice is None:
        return None
    number = await ctx.read(_asked_about, ctx)
    if not number:
        listed = await ctx.read(_listed, ctx, choice)
        return await case_files.show_case(ctx, listed) if listed else None
    return await _answer(ctx, number, choice)


async def _answer(ctx: Ctx, number: int, choice: int) -> Reply:
    if choice == _REMOVE:
        return await removing.remove(ctx, number)
    if choice == _WRONG:
        return await wrong(ctx, number)
    if choice not in _ANSWERS:
        raise UserError(texts.PICK)
    return Reply(text=await _ANSWERS[choice](ctx, number), private=True)


async def wrong(ctx: Ctx, number: int) -> Reply:
    """Note that a case was no violation: undo it, and learn from it."""
    answer = await marking.mark_fine(ctx, number)
    return answer if isinstance(answer, Reply) else Reply(text=answer, private=True)


def _last_told(db: Database, ctx: Ctx, mark: str) -> str:
    """Return the last thing the talker was told in private, if it has a mark; else nothing."""
    latest = last_said(db, ctx.talker.id, "", ctx.now - _ASKED)
    return latest.text if latest is not None and mark in latest.text else ""


def _listed(db: Database, ctx: Ctx, choice: int) -> int:
    """Return the number of the case that stands at a place of the list the talker was told; 0 for none."""
    places_of = {int(place): int(number) for place, number in _LISTED.findall(_last_told(db, ctx, texts.PICK_CASE))}
    return places_of.get(choice, 0)


def _asked_about(db: Database, ctx: Ctx) -> int:
    """Return the number of the case that the last thing the talker was told asks about; 0 when it asks nothing."""
    found = _CASE.search(_last_told(db, ctx, texts.PICK))
    case = cases_store.get_case(db, int(found[1])) if found else None
    if case is None or case.state not in WAITING:
        return 0
    is_trusted = ctx.role >= Role.ADMIN or places.may_decide(db, ctx, case)
    return case.number if is_trusted else 0
