"""The commands of fairness: appeals, marks, rules on trial, the log as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from bot.plugin import (
    CHAT,
    Context,
    Database,
    Deadline,
    Message,
    Plugin,
    Reply,
    Rest,
    Role,
    Row,
    UnitError,
    UserError,
    parse_duration,
)
from bot.plugins.moderation import (
    appealing,
    appeals_store,
    exporting,
    fair_texts,
    marking,
    marks_store,
    replaying,
    shadow_store,
    shadowing,
)
from bot.plugins.moderation.appeal_rules import Vote
from bot.plugins.moderation.marking import MarkNumber, read_mark_number
from bot.plugins.moderation.model import CaseNumber
from bot.plugins.moderation.rulebook import OBSERVED
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]
Case = Annotated[CaseNumber | None, "编号"]
Reason = Annotated[Rest | None, "理由"]

_WORDS: Final = ("试跑", "观察", "应用", "放弃")
"""What 群规 does behind its word, for the owner and admins."""


async def appeal(ctx: Ctx, number: Case = None, reason: Reason = None) -> Reply | str:
    """申诉 [编号] [理由]：觉得处理错了，请群主和管理员重新看。"""
    if appealing.is_chat(ctx, number, reason or ""):
        return CHAT
    return await appealing.appeal(ctx, number or appealing.quoted_number(ctx), reason or "")


async def uphold(ctx: Ctx, number: Case = None, reason: Reason = None) -> Reply | str:
    """同意申诉 <编号>：撤销这次处理。"""
    return CHAT if appealing.is_chat(ctx, number, reason or "") else await _vote(ctx, number, Vote.UPHOLD, reason)


async def dismiss(ctx: Ctx, number: Case = None, reason: Reason = None) -> Reply | str:
    """驳回申诉 <编号> <理由>：维持这次处理。"""
    return CHAT if appealing.is_chat(ctx, number, reason or "") else await _vote(ctx, number, Vote.DISMISS, reason)


async def _vote(ctx: Ctx, number: CaseNumber | None, choice: Vote, reason: str | None) -> Reply | str:
    return await appealing.vote(ctx, number or appealing.quoted_number(ctx), choice, reason or "")


async def mark_advert(ctx: Ctx, number: Case = None) -> Reply | str:
    """广告 [编号]：引用一条消息，记下它是广告，以后相似的会认出来。"""
    return await marking.mark_advert(ctx, number)


async def mark_fine(ctx: Ctx, number: Case = None) -> Reply | str:
    """误判 [编号]：引用一条消息，说它没有问题，撤销对它的处理。"""
    return await marking.mark_fine(ctx, number)


async def unmark(ctx: Ctx, number: Annotated[MarkNumber | None, "标记"] = None) -> Reply | str:
    """撤销标记 [标记]：广告或误判标错了，收回来。"""
    return await marking.unmark(ctx, number)


async def export(ctx: Ctx, span: Annotated[timedelta | None, "多久"] = None) -> Reply:
    """导出案卷 [多久]：最近 30 天的处理记录，做成表格私聊发给您。"""
    return await exporting.export(ctx, span or exporting.USUAL)


async def read_mark(ctx: Context[Any], text: str) -> MarkNumber | None:  # noqa: ARG001 - every reader gets the context
    """Read `M3`."""
    return read_mark_number(text)


async def run_word(ctx: Ctx, typed: str) -> Reply | str:
    """Do what stands behind 群规: 试跑, 观察, 应用, 放弃; other words are chat.

    Args:
        ctx: the call.
        typed: what was typed behind the word.

    Raises:
        UserError: it cannot be done, or not by the talker.
    """
    word, _, rest = typed.strip().partition(" ")
    if word not in _WORDS:
        return CHAT
    if ctx.role < Role.ADMIN:
        if ctx.room is not None:
            return CHAT
        raise UserError(fair_texts.NOT_AN_ADMIN.format(word=word))
    if word == "试跑":
        return await replaying.try_rules(ctx, *_read_trial(rest.strip()))
    if word == "观察":
        return await shadowing.show(ctx)
    return await (shadowing.apply if word == "应用" else shadowing.drop)(ctx, rest.strip())


async def run_trial(ctx: Ctx, what: Rest | None = None) -> Reply | str:
    """群规试跑 [多久] [群规]：见「群规 试跑」。"""
    return await run_word(ctx, f"试跑 {what or ''}")


async def run_observation(ctx: Ctx) -> Reply | str:
    """群规观察：见「群规 观察」。"""
    return await run_word(ctx, "观察")


async def run_application(ctx: Ctx, which: Rest | None = None) -> Reply | str:
    """群规应用 [群规]：见「群规 应用」。"""
    return await run_word(ctx, f"应用 {which or ''}")


async def run_drop(ctx: Ctx, which: Rest | None = None) -> Reply | str:
    """群规放弃 [群规]：见「群规 放弃」。"""
    return await run_word(ctx, f"放弃 {which or ''}")


_GLUED: Final = {"试跑": run_trial, "观察": run_observation, "应用": run_application, "放弃": run_drop}
"""The same, as people type it without a space."""


def _read_trial(typed: str) -> tuple[timedelta, str]:
    """Return how far back, and which rule; `30天`, `no-qr`, `30天 no-qr`."""
    first, _, rest = typed.partition(" ")
    try:
        return parse_duration(first) or replaying.USUAL, rest.strip()
    except UnitError:
        return replaying.USUAL, typed


async def tell_observed(ctx: Ctx, due: Deadline) -> None:
    """Tell the owner how an observation went."""
    await shadowing.report(ctx, due)


def export_member(db: Database, member_id: str) -> Row:
    """Return a member's appeals, what was said of their messages, and what rules found that only observed."""
    return {
        **appeals_store.export_appeals(db, member_id),
        "moderation_marks": marks_store.export_marks(db, member_id),
        "moderation_shadow_hits": shadow_store.export_hits(db, member_id),
    }


def erase_member(db: Database, member_id: str) -> Row:
    """Delete that; marked advertisements stay, nobody's."""
    return {
        **appeals_store.erase_appeals(db, member_id),
        "moderation_marks": marks_store.erase_marks(db, member_id),
        "moderation_shadow_hits": shadow_store.erase_hits(db, member_id),
    }


def add_to(plugin: Plugin[ModerationSettings]) -> None:
    """Declare all of this."""
    plugin.argument(MarkNumber)(read_mark)
    plugin.on(Message)(appealing.hear)
    for word, handler in _GLUED.items():
        plugin.command(f"群规{word}", role=Role.ADMIN, hidden=True)(handler)
    plugin.command(
        "申诉",
        aliases=("我要申诉",),
        examples=(("申诉", "您没有可以申诉的处理，放心。"),),
        utterances=("我没有违规，我要申诉", "为什么警告我，我不服"),
    )(appeal)
    plugin.command("同意申诉", hidden=True)(uphold)
    plugin.command("驳回申诉", hidden=True)(dismiss)
    plugin.command("广告", role=Role.ADMIN, examples=(("广告 V12", "没有案卷 V12，发「案卷」看看最近的编号。"),))(
        mark_advert
    )
    plugin.command("误判", role=Role.ADMIN, examples=(("误判 V12", "没有案卷 V12，发「案卷」看看最近的编号。"),))(
        mark_fine
    )
    plugin.command("撤销标记", role=Role.ADMIN, examples=(("撤销标记", "还没有标记过广告或误判。"),))(unmark)
    plugin.command("导出案卷", role=Role.ADMIN, aliases=("导出审计",))(export)
    plugin.dialogue("appeal")(appealing.answer_reason)
    plugin.dialogue("dismissal")(appealing.answer_dismissal)
    plugin.deadline(appealing.DUE)(appealing.decide_due)
    plugin.deadline(appealing.REMINDER)(appealing.remind)
    plugin.deadline(OBSERVED)(tell_observed)
    plugin.exports(export_member)
    plugin.erases(erase_member)
