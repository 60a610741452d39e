"""Takes over what members ask: counts it, and keeps what nobody could answer, with whoever may know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.plugin import Context, Database, Findings, Member, rooms_of
from bot.plugins.qa.api import Asked, Asker, Kind, Note, access_kinds, visible_rooms
from bot.plugins.questions import texts
from bot.plugins.questions.asked_store import count_as_open, count_asked
from bot.plugins.questions.experts import Knowing, call_expert, find_knowing
from bot.plugins.questions.model import OpenQuestion
from bot.plugins.questions.rules import are_alike, nearest_spelled, needed_cosine
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import note_question, open_of_member, open_questions

NAME = "questions"
_LONGEST = 2_000  # characters of a question that are kept: the search reads no more
_MOST_MEANT = 8  # of these, compared by meaning: the encoder takes some milliseconds for each
_MOST_COMPARED = 200  # open questions of one room that a new one is compared with
_LOOKED_AT = 10  # posts whose authors may know


@dataclass(frozen=True, slots=True)
class _Unanswered:
    """What was looked up about a question without an answer.

    Attributes:
        alike: number of an open question that asks the same; 0 for none.
        knowing: who has written about it.
    """

    alike: int
    knowing: Knowing


class QuestionDesk:
    """Notes questions in the transaction that answers the asker."""

    async def prepare(self, ctx: Context[Any], asked: Asked) -> Note | None:
        """Return what notes a question; None when it is not noted here."""
        settings = settings_here(ctx)
        if settings is None or asked.kind is Kind.AMBIGUOUS:  # asked back: what is meant comes next
            return None
        asked = replace(asked, text=asked.text[:_LONGEST])
        keeps = asked.kind in {Kind.UNKNOWN, Kind.RELATED} and settings.remember
        looked_up = await _look_up(ctx, asked) if keeps else None

        def note(db: Database) -> dict[str, Any]:
            if asked.findings is None:  # it was counted when it was asked, as answered
                count_as_open(db, asker_of(ctx), asked.text, ctx.zone)
            else:
                today = ctx.now.astimezone(ctx.zone).date()
                count_asked(db, asker_of(ctx), asked, ctx.now, day=today, keep=keep_of(ctx))
            return _keep(db, ctx, asked, looked_up, settings) if looked_up else {}

        return note


def _keep(
    db: Database, ctx: Context[Any], asked: Asked, found: _Unanswered, settings: QuestionsSettings
) -> dict[str, Any]:
    """Put a question on record and say what its asker reads; who gets posts that may help rings nobody."""
    noted = note_question(db, asker_of(ctx), asked.text, found.alike, ctx.now)
    is_alone = asked.kind is Kind.UNKNOWN
    expert = call_expert(db, ctx, asked.text, found.knowing, settings) if is_alone else None
    lines = texts.kept_lines(noted["number"], noted["first"], noted["answers"], expert, is_private=ctx.room is None)
    mentions: list[Member] = [expert] if expert else []
    return {"number": noted["number"], "lines": lines, "mentions": [[one.id, one.name] for one in mentions]}


async def _look_up(ctx: Context[Any], asked: Asked) -> _Unanswered:
    findings = asked.findings or await _search(ctx, asked.text)
    needed = needed_cosine(findings.answer_threshold, findings.related_threshold, is_semantic=findings.semantic)
    return _Unanswered(await _find_alike(ctx, asked.text, needed), await find_knowing(ctx, findings))


async def _search(ctx: Context[Any], text: str) -> Findings:
    found: Findings = await ctx.part("search").find(
        ctx.services.community,
        text,
        rooms=await visible_rooms(ctx),
        access=await ctx.read(access_kinds),
        limit=_LOOKED_AT,
    )
    return found


async def _find_alike(ctx: Context[Any], text: str, needed: float) -> int:
    """Return the number of the open question here that asks the same; 0 when there is none."""
    open_here: list[OpenQuestion] = await ctx.read(_open_here, ctx)
    near = nearest_spelled(text, [one.text for one in open_here], _MOST_MEANT)
    candidates, cosines = [open_here[at] for at in near], None
    if candidates and needed < 1:
        cosines = await ctx.part("search").similarity([text], [one.text for one in candidates])
    for at, one in enumerate(candidates):
        if are_alike(text, one.text, float(cosines[0][at]) if cosines is not None else None, needed):
            return one.number
    return 0


def _open_here(db: Database, ctx: Context[Any]) -> list[OpenQuestion]:
    """Return what a new question here may be the same as: what others ask in private stays there."""
    if ctx.room is not None:
        return open_questions(db, ctx.room.id, _MOST_COMPARED)
    rooms = [one for room in rooms_of(db, ctx.talker.id) for one in open_questions(db, room.id, _MOST_COMPARED)]
    return [*open_of_member(db, ctx.talker.id, _MOST_COMPARED), *rooms]


def settings_here(ctx: Context[Any]) -> QuestionsSettings | None:
    """Return this plugin's settings in the room of another plugin's call; None when it is off there."""
    loader = ctx.part("loader")
    plugin = loader.plugins.get(NAME)
    if plugin is None or not loader.is_enabled(NAME, ctx.room):
        return None
    settings: QuestionsSettings = loader.settings(plugin, ctx.room)
    return settings


def keep_of(ctx: Context[Any]) -> Any:  # noqa: ANN401 - a part of the core
    """Return how long messages are kept: what was asked is a message too."""
    return ctx.part("config").keep.messages


def asker_of(ctx: Context[Any]) -> Asker:
    """Return who asks, and where."""
    return Asker(ctx.talker.id, ctx.talker_name, ctx.room.id if ctx.room else "")
