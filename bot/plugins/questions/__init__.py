"""Questions: what nobody could answer is kept until somebody does, and what was asked is counted."""

from __future__ import annotations

from typing import Annotated, Any

from bot.plugin import Context, Database, Plugin, Reply, Rest, Row
from bot.plugins.qa.api import PostsAdded, close_desk, open_desk
from bot.plugins.questions import experts, later, listing, replying
from bot.plugins.questions.asked_store import erase_asked, export_asked, purge_asked
from bot.plugins.questions.desk import NAME, QuestionDesk, keep_of
from bot.plugins.questions.experts_store import erase_expert, export_expert
from bot.plugins.questions.model import QuestionNumber, read_question_number
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import erase_questions, export_answers, export_questions, migrations

plugin = Plugin(NAME, config=QuestionsSettings, migrations=migrations, requires=("qa",), title="提问")

Number = Annotated[QuestionNumber | None, "编号"]


@plugin.on_start
async def take_questions(ctx: Context[QuestionsSettings]) -> None:
    """Have what is asked handed over."""
    open_desk(ctx, QuestionDesk())


@plugin.on_stop
async def leave_questions(ctx: Context[QuestionsSettings]) -> None:
    """Have nothing handed over any more."""
    close_desk(ctx)


@plugin.argument(QuestionNumber)
async def read_number(ctx: Context[Any], text: str) -> QuestionNumber | None:  # noqa: ARG001 - every reader gets the context
    """Read `Q17`."""
    return read_question_number(text)


@plugin.command("待答", examples=(("待答", "还没有答案的问题有 1 个，回复数字看详情：…"), ("待答 Q17", "Q17 …")))
async def show_open(ctx: Context[QuestionsSettings], number: Number = None) -> Reply | str:
    """待答 [编号]：看看还没有答案的问题，带编号看它的回答。"""
    return await listing.show_question(ctx, number) if number else await listing.list_open(ctx)


@plugin.command(
    "答",
    aliases=("回答",),
    daily=50,
    examples=(("答 Q17 用 SLOWLOG 看慢命令，再看 latency doctor", "没有找到 Q17，发送「待答」看看有哪些问题。"),),
)
async def give_answer(ctx: Context[QuestionsSettings], number: Number, text: Rest) -> Reply | str | None:
    """答 [编号] <答案>：回答待答的问题，我来转告提问的人；引用「已记下（Q17）」时不用写编号。"""
    return await replying.answer(ctx, number, text)


@plugin.command("已解决", examples=(("已解决 Q17", "太好了，Q17 已标记为解决。"),))
async def solve(ctx: Context[QuestionsSettings], number: Number = None) -> str:
    """已解决 [编号]：您的问题解决了，不再等答案。"""
    return await replying.solve(ctx, number)


@plugin.command("撤回提问", examples=(("撤回提问 Q17", "已撤回提问 Q17。"),))
async def withdraw(ctx: Context[QuestionsSettings], number: Number = None) -> str:
    """撤回提问 [编号]：收回自己的提问。"""
    return await replying.withdraw(ctx, number)


@plugin.command(
    "愿意答疑", cooldown=5, examples=(("愿意答疑 redis", "谢谢您。有人问到「redis」又没有现成答案时，我会 @ 您…"),)
)
async def volunteer(ctx: Context[QuestionsSettings], topic: Rest | None = None) -> str:
    """愿意答疑 [主题]：有人问到您懂的又没有现成答案时，我可以 @ 您。"""
    return await experts.volunteer(ctx, topic or "")


@plugin.command("不再答疑", cooldown=5, examples=(("不再答疑", "好的，不会再为答疑 @ 您了…"),))
async def resign(ctx: Context[QuestionsSettings], topic: Rest | None = None) -> str:
    """不再答疑 [主题]：不再为答疑 @ 我。"""
    return await experts.resign(ctx, topic or "")


@plugin.on(PostsAdded)
async def look_for_answers(ctx: Context[QuestionsSettings], event: PostsAdded) -> None:
    """Tell those who wait that a new post answers them."""
    await later.look(ctx, event.post_ids)


@plugin.job("weekly", cron="0 20 * * sun", missed="send")
async def remind(ctx: Context[QuestionsSettings]) -> str | None:
    """Remind of the oldest questions, and thank who answered."""
    return await listing.remind(ctx)


@plugin.job("daily", cron="30 4 * * *", missed="skip")
async def tidy(ctx: Context[QuestionsSettings]) -> None:
    """Forget old texts, and look once more for answers."""
    await ctx.db(purge_asked, ctx.now, keep_of(ctx))
    await later.look_again(ctx)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member asked and answered, and for what they may be named."""
    return {
        "questions": export_questions(db, member_id),
        "answers": export_answers(db, member_id),
        "asked": export_asked(db, member_id),
        "experts": export_expert(db, member_id),
    }


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete all of that."""
    return {**erase_questions(db, member_id), **erase_asked(db, member_id), **erase_expert(db, member_id)}
