"""Questions and answers: the group's knowledge with its sources, and an honest no."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Database, Message, Plugin, Reply, Rest, Role, Row, has_topic, is_bare_topic
from bot.plugins.qa import answering, feedback, hit_test, sources, talking, watching
from bot.plugins.qa.answers_store import erase_answers, export_answers
from bot.plugins.qa.asking import Answer
from bot.plugins.qa.citations_store import erase_citations
from bot.plugins.qa.composing_store import erase_composing, export_composing
from bot.plugins.qa.rules import SourceNumber, read_source_number
from bot.plugins.qa.settings import QaSettings
from bot.plugins.qa.store import erase_posts, export_posts, migrations
from bot.plugins.qa.versions_store import export_versions

plugin = Plugin("qa", config=QaSettings, migrations=migrations, title="知识问答")

_FIRST = SourceNumber(1, is_post=False)


@plugin.on_start
async def load_knowledge(ctx: Context[QaSettings]) -> None:
    """Read the knowledge folder."""
    await watching.refresh(ctx)


@plugin.on_stop
async def forget_knowledge(ctx: Context[QaSettings]) -> None:
    """Let the next start look at the folder again."""
    watching.forget(ctx)


@plugin.argument(SourceNumber)
async def read_source(ctx: Context[Any], text: str) -> SourceNumber | None:  # noqa: ARG001 - every reader gets the context
    """Read `1` or `#57`."""
    return read_source_number(text)


@plugin.command(
    "问",
    aliases=("提问",),
    examples=(("问 asyncio 怎么限制并发？", "用 asyncio.Semaphore(n)：…【把握：高】[1] 群知编辑部 6月22日 #5"),),
)
async def ask(ctx: Context[QaSettings], question: Rest) -> Reply | None:
    """问 <问题>：在知识库里找答案，附出处。"""
    await watching.refresh(ctx)
    return await answering.suggest(ctx, question) or await answering.answer(ctx, question)


@plugin.prepare
async def find_ahead(ctx: Context[QaSettings]) -> Answer | None:
    """Search for what was said as if it were a question, which most of it is."""
    await watching.refresh(ctx)
    question = _question_of(ctx)
    return None if is_bare_topic(question) else await answering.find(ctx, question)


@plugin.fallback
async def answer_free_text(ctx: Context[QaSettings]) -> Reply | None:
    """Answer a question that no command took; overheard ones only when the answer is there.

    What only names something is no question: posts about it are listed, and when there are none nothing is said.
    """
    await watching.refresh(ctx)
    question = _question_of(ctx)
    if is_bare_topic(question):
        return await answering.suggest(ctx, question)
    is_addressed = ctx.message is not None and ctx.message.mentions_bot
    found = await ctx.ahead if ctx.ahead else None
    return await answering.answer(ctx, question, found, only_sure=not is_addressed)


def _question_of(ctx: Context[QaSettings]) -> str:
    """Return what was said, or what was quoted when all that was said is 「@小知 这是什么意思」."""
    quote = ctx.message.quote if ctx.message else None
    return ctx.text if quote is None or has_topic(ctx.text) else quote.text


@plugin.command("来源", aliases=("出处",), examples=(("来源 1", "《asyncio 怎么限制并发？》#5 …"),))
async def show_source(ctx: Context[QaSettings], which: SourceNumber | None = None) -> Reply | str:
    """来源 <n>：看回答引用的全文，也可以写帖子编号 #57。"""
    if which is None and not await sources.has_sources(ctx):
        return sources.without_sources(ctx)
    return await sources.show_source(ctx, which or _FIRST)


@plugin.command("更多", examples=(("更多", "还有这几篇，回复数字看全文：…"),))
async def show_more(ctx: Context[QaSettings]) -> Reply:
    """更多：上次回答的其他出处。"""
    return await sources.show_more(ctx)


@plugin.on(Message)
async def continue_talk(ctx: Context[QaSettings]) -> Reply | str | None:
    """Go on with the last answer when that is what a message does."""
    return await talking.continue_talk(ctx)


@plugin.command("有用", examples=(("有用", "谢谢反馈，已记下。"),))
async def call_useful(ctx: Context[QaSettings], which: SourceNumber | None = None) -> Reply | str:
    """有用 [n]：上次的回答帮上忙了；也可以引用回答来说。"""
    return await feedback.vote(ctx, which, is_useful=True)


@plugin.command("没用", examples=(("没用", "抱歉没帮上忙。要不要记成待答？回复 1"),))
async def call_useless(ctx: Context[QaSettings], which: SourceNumber | None = None) -> Reply | str:
    """没用 [n]：上次的回答没帮上忙；也可以引用回答来说。"""
    return await feedback.vote(ctx, which, is_useful=False)


@plugin.on(Message)
async def hear_vote(ctx: Context[QaSettings]) -> Reply | str | None:
    """Count a vote that quotes an answer where bare words are off."""
    return await feedback.hear_vote(ctx)


@plugin.command(feedback.KEEP, hidden=True, bare=False)
async def keep_question(ctx: Context[QaSettings], answer: str) -> Reply:
    """记成待答 <编号>：没帮上忙的提问，留给大家回答。"""
    return await feedback.keep_question(ctx, answer)


@plugin.command(answering.MEANT, hidden=True, bare=False)
async def answer_from(ctx: Context[QaSettings], which: SourceNumber, question: Rest) -> Reply | None:
    """答这篇 #57 <问题>：用这一篇回答。"""
    return await answering.answer_from(ctx, which, question)


@plugin.command("命中", role=Role.ADMIN, examples=(("命中 怎么限制并发", "命中「怎么限制并发」…"),))
async def show_hits(ctx: Context[QaSettings], question: Rest) -> str:
    """命中 <问题>：看一个问题搜到哪几篇、各得几分、为什么引用或不引用。"""
    await watching.refresh(ctx)
    return await hit_test.show_hits(ctx, question)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return a member's posts, what they changed in any, what they were answered, and their votes."""
    posts = {"posts": export_posts(db, member_id), "post_versions": export_versions(db, member_id)}
    return posts | export_answers(db, member_id)


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete a member's posts, what they added to others' posts, and what they were answered, with their votes."""
    posts = {"posts": erase_posts(db, member_id), "citations": erase_citations(db, member_id)}
    return posts | erase_answers(db, member_id)


plugin.exports(export_composing)
plugin.erases(erase_composing)
