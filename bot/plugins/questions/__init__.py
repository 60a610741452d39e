"""Questions: what nobody could answer is kept until somebody does."""

from __future__ import annotations

from bot.plugin import Context, Database, Plugin, Row
from bot.plugins.qa.api import close_desk, open_desk
from bot.plugins.questions import texts
from bot.plugins.questions.desk import NAME, QuestionDesk, asker_of
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import count_open, erase_questions, export_questions, open_questions

plugin = Plugin(NAME, config=QuestionsSettings, requires=("qa",), title="提问")

_LISTED = 5  # open questions shown


@plugin.on_start
async def take_questions(ctx: Context[QuestionsSettings]) -> None:
    """Have what is asked handed over."""
    open_desk(ctx, QuestionDesk())


@plugin.on_stop
async def leave_questions(ctx: Context[QuestionsSettings]) -> None:
    """Have nothing handed over any more."""
    close_desk(ctx)


@plugin.command("待答", examples=(("待答", "还没有答案的问题有 1 个：…"),))
async def list_open(ctx: Context[QuestionsSettings]) -> str:
    """待答：看看还没有答案的问题。"""
    room_id = asker_of(ctx).room_id
    total = await ctx.read(count_open, room_id)
    return texts.open_text(await ctx.read(open_questions, room_id, _LISTED), total, ctx.now, ctx.zone)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return a member's open questions."""
    return {"questions": export_questions(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete a member's questions."""
    return {"questions": erase_questions(db, member_id)}
