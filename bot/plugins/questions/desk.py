"""Takes over what nobody could answer, in the transaction that answers the asker."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Database
from bot.plugins.qa.api import Asked, Asker, Kind, Note
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import note_question

NAME = "questions"


class QuestionDesk:
    """Notes questions without an answer."""

    async def prepare(self, ctx: Context[Any], asked: Asked) -> Note | None:
        """Return what notes a question; None when this plugin is off here."""
        settings = settings_here(ctx)
        if asked.kind is not Kind.UNKNOWN or settings is None or not settings.remember:
            return None

        def note(db: Database) -> dict[str, Any]:
            return {"number": note_question(db, asker_of(ctx), asked.text, ctx.now)}

        return note


def settings_here(ctx: Context[Any]) -> QuestionsSettings | None:
    """Return this plugin's settings in the room of another plugin's call; None when it is off there."""
    loader = ctx.part("loader")
    plugin = loader.plugins.get(NAME)
    if plugin is None or not loader.is_enabled(NAME, ctx.room):
        return None
    settings: QuestionsSettings = loader.settings(plugin, ctx.room)
    return settings


def asker_of(ctx: Context[Any]) -> Asker:
    """Return who asks, and where."""
    return Asker(ctx.talker.id, ctx.talker_name, ctx.room.id if ctx.room else "")
