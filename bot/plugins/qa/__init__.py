"""Questions and answers: the group's knowledge with its sources, and an honest no."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Database, Plugin, Reply, Rest, Row, has_topic, is_bare_topic
from bot.plugins.qa import answering, watching
from bot.plugins.qa.citations_store import erase_citations
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
    return await answering.answer(ctx, question, only_sure=not is_addressed)


def _question_of(ctx: Context[QaSettings]) -> str:
    """Return what was said, or what was quoted when all that was said is 「@小知 这是什么意思」."""
    quote = ctx.message.quote if ctx.message else None
    return ctx.text if quote is None or has_topic(ctx.text) else quote.text


@plugin.command("来源", aliases=("出处",), examples=(("来源 1", "《asyncio 怎么限制并发？》#5 …"),))
async def show_source(ctx: Context[QaSettings], which: SourceNumber = _FIRST) -> str:
    """来源 <n>：看回答引用的全文，也可以写帖子编号 #57。"""
    return await answering.show_source(ctx, which)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return a member's posts, and what they changed in any."""
    return {"posts": export_posts(db, member_id), "post_versions": export_versions(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete a member's posts, what they added to others' posts, and what was cited to them."""
    return {"posts": erase_posts(db, member_id), "citations": erase_citations(db, member_id)}
