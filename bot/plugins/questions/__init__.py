"""Questions: what nobody could answer is kept until somebody does, and what was asked is counted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from bot.plugin import Context, Database, Message, Plugin, Reply, Rest, Role, Row, UserError
from bot.plugins.qa.api import PostsAdded, SourceNumber, close_desk, open_desk
from bot.plugins.questions import experts, later, listing, noticing, replying, reporting
from bot.plugins.questions.asked_store import erase_asked, export_asked, purge_asked
from bot.plugins.questions.desk import NAME, QuestionDesk, keep_of
from bot.plugins.questions.experts_store import erase_expert, export_expert
from bot.plugins.questions.model import QuestionNumber, read_question_number
from bot.plugins.questions.pairs_store import erase_pairs, export_pairs
from bot.plugins.questions.reviews_store import erase_reviews, export_reviews
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import erase_questions, export_answers, export_questions, migrations

plugin = Plugin(NAME, config=QuestionsSettings, migrations=migrations, requires=("qa", "sharing"), title="提问")

_NO_PAIR = "待定的问答，发送「候选」看看有哪些。"
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


@plugin.command("愿意答疑", examples=(("愿意答疑 redis", "谢谢您。有人问到「redis」又没有现成答案时，我会 @ 您…"),))
async def volunteer(ctx: Context[QuestionsSettings], topic: Rest | None = None) -> str:
    """愿意答疑 [主题]：有人问到您懂的又没有现成答案时，我可以 @ 您。"""
    return await experts.volunteer(ctx, topic or "")


@plugin.command("不再答疑", examples=(("不再答疑", "好的，不会再为答疑 @ 您了…"),))
async def resign(ctx: Context[QuestionsSettings], topic: Rest | None = None) -> str:
    """不再答疑 [主题]：不再为答疑 @ 我。"""
    return await experts.resign(ctx, topic or "")


@plugin.command("报告", role=Role.ADMIN)
async def show_report(ctx: Context[QuestionsSettings]) -> Reply:
    """报告：近 7 天的提问、命中率、没人答的问题和帖子，私聊发给您。"""
    return await reporting.report(ctx)


@plugin.command(
    "复核", role=Role.ADMIN, examples=(("复核", "没有需要核对的帖子。"), ("复核 #57 有效", "没有找到 #57…"))
)
async def review(
    ctx: Context[QuestionsSettings],
    which: Annotated[SourceNumber | None, "#编号"] = None,
    verdict: Literal["有效", "过期"] | None = None,
) -> Reply | str:
    """复核 [#编号 有效|过期]：看哪些帖子可能过时，或者记下核对的结果。"""
    if which is None:
        return await reporting.review(ctx)
    if verdict is None:
        raise UserError(f"请写上结果：「复核 #{which.value} 有效」或「复核 #{which.value} 过期」。")
    return await reporting.settle(ctx, which, verdict)


@plugin.command("候选", role=Role.ADMIN)
async def show_pairs(ctx: Context[QuestionsSettings]) -> Reply | str:
    """候选：看群里值得收录的问答，逐条选。"""
    return await noticing.list_pairs(ctx)


@plugin.command(
    "收录问答", role=Role.ADMIN, examples=(("收录问答 12", "没有第 12 组待定的问答，发送「候选」看看有哪些。"),)
)
async def choose_pair(ctx: Context[QuestionsSettings], number: Annotated[int, "编号"]) -> str:
    """收录问答 <编号>：征求回答的人同意，再收进知识库。"""
    return await noticing.choose(ctx, number)


@plugin.command(
    "忽略问答", role=Role.ADMIN, examples=(("忽略问答 12", "没有第 12 组待定的问答，发送「候选」看看有哪些。"),)
)
async def drop_pair(ctx: Context[QuestionsSettings], number: Annotated[int, "编号"]) -> str:
    """忽略问答 <编号>：这组问答不收录。"""
    return await noticing.drop(ctx, number)


@plugin.on(Message)
async def hear_answer(ctx: Context[QuestionsSettings]) -> Reply | str | None:
    """Take 「答Q17：…」 and the like, which are written too closely for a command."""
    return await replying.hear(ctx)


@plugin.on(PostsAdded)
async def look_for_answers(ctx: Context[QuestionsSettings], event: PostsAdded) -> None:
    """Tell those who wait that a new post answers them."""
    await later.look(ctx, event.post_ids)


@plugin.job("weekly", cron="0 20 * * sun", setting="remind_at")
async def remind(ctx: Context[QuestionsSettings]) -> str | None:
    """Remind of the oldest questions, thank who answered, and tell the owner what was noticed."""
    await noticing.propose(ctx)
    return await listing.remind(ctx)


@plugin.job("daily", cron="30 4 * * *", missed="skip")
async def tidy(ctx: Context[QuestionsSettings]) -> None:
    """Forget old texts, look once more for answers, and notice what was answered in the chat."""
    await ctx.db(purge_asked, ctx.now, keep_of(ctx))
    await later.look_again(ctx)
    await noticing.notice(ctx)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member asked, answered and said of posts, and for what they may be named."""
    return {
        "questions": export_questions(db, member_id),
        "answers": export_answers(db, member_id),
        "asked": export_asked(db, member_id),
        "experts": export_expert(db, member_id),
        "pairs": export_pairs(db, member_id),
        "reviews": export_reviews(db, member_id),
    }


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete all of that."""
    parts = (erase_questions, erase_asked, erase_expert, erase_pairs, erase_reviews)
    return {table: rows for erase in parts for table, rows in erase(db, member_id).items()}
