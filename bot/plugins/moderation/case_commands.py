"""The commands about cases: warnings, exemptions, removals, the log, and the switches of the rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from bot.plugin import CHAT, Context, Deadline, Member, Message, Plugin, Reply, Rest, Role, RoomLeft, UserError
from bot.plugins.moderation import (
    acting,
    answering,
    case_files,
    desk_texts,
    exempting,
    guarding,
    keeping,
    places,
    removing,
    striking,
    switching,
)
from bot.plugins.moderation.model import CaseNumber, StrikeNumber, read_case_number, read_strike_number
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]
_Case = Annotated[CaseNumber, "编号"]
_StrikeOf = Annotated[StrikeNumber | Member, "编号/@成员"]
_Any = Annotated[CaseNumber | StrikeNumber, "编号"]
_Which = Annotated[CaseNumber | Member | None, "编号/@成员"]
_Whom = Annotated[CaseNumber | Member, "@成员/编号"]


async def read_case(_ctx: Ctx, text: str) -> CaseNumber | None:
    """Read `V12`."""
    return read_case_number(text)


async def read_strike(_ctx: Ctx, text: str) -> StrikeNumber | None:
    """Read `S8`."""
    return read_strike_number(text)


async def warn(ctx: Ctx, whom: _Whom, reason: Rest | None = None) -> Reply:
    """警告 <@成员> [理由]：私聊提醒一位成员并记 1 分；写案卷编号就按那一条记分。"""
    if isinstance(whom, Member):
        return await striking.warn(ctx, *places.named_too(ctx, whom, reason or ""))
    return Reply(text=await striking.warn_about(ctx, whom), private=True)


async def withdraw(ctx: Ctx, which: _StrikeOf) -> Reply:
    """撤销警告 <编号|@成员>：收回一条警告，写名字是最近的那一条，也告诉本人。"""
    return await striking.withdraw(ctx, which)


async def exempt(
    ctx: Ctx, whom: _Whom | None = None, span: timedelta | None = None, reason: Rest | None = None
) -> Reply:
    """豁免 [@成员] [多久] [理由]：群规先不管这位成员，不写名字看都有谁；群里发只管这个群，私聊发管所有群。"""
    if whom is None and (span or reason):
        return _not_found(ctx, reason or "")
    if whom is None:
        return await exempting.show(ctx)
    if isinstance(whom, Member):
        return await exempting.exempt(ctx, whom, span, reason or "")
    return Reply(text=await exempting.exempt_in(ctx, whom), private=True)


async def unexempt(ctx: Ctx, member: Member) -> Reply:
    """取消豁免 <@成员>：这位成员和大家一样归群规管。"""
    return await exempting.end(ctx, member)


async def show_mine(ctx: Ctx) -> Reply:
    """我的违规：看自己现在记了几分、什么时候到期。"""
    return await striking.show_mine(ctx)


async def show_cases(ctx: Ctx, which: _Which = None, here: Literal["本群"] | None = None) -> Reply:  # noqa: ARG001 - the usual
    """案卷 [编号|@成员|本群]：看最近的案卷，带编号看经过。"""
    return await case_files.show(ctx, which)


async def show_log(ctx: Ctx, which: _Which = None) -> Reply:
    """审计 [编号|@成员]：看机器人和管理者都做过什么、为什么。"""
    return await case_files.show_log(ctx, which)


async def show_waiting(ctx: Ctx) -> Reply:
    """待处理：看等您处理的案卷。"""
    return await case_files.show_waiting(ctx)


async def remove(ctx: Ctx, whom: _Whom, reason: Rest | None = None) -> Reply:
    """移除 <编号|@成员> [理由]：把案卷里的成员移出群；付过费的要两位管理者同意。"""
    if isinstance(whom, Member):
        return await removing.propose(ctx, whom, reason or "")
    return await removing.remove(ctx, whom)


async def confirm(ctx: Ctx, number: _Case) -> Reply:
    """确认移除 <编号>：同意另一位管理者提出的移出。"""
    try:
        return await removing.confirm(ctx, number)
    except UserError as error:
        if error.text == desk_texts.no_case(number) and ctx.role < Role.ADMIN:
            return CHAT  # it is nobody's business here
        raise


async def undo(ctx: Ctx, number: _Any) -> Reply:
    """撤销 <编号>：收回一条案卷：警告作废，被移出的邀请回来，也告诉本人。"""
    return (
        await striking.withdraw(ctx, number) if isinstance(number, StrikeNumber) else await removing.undo(ctx, number)
    )


def _not_found(ctx: Ctx, name: str) -> Reply:
    """Return chat for what was not said to the bot.

    Raises:
        UserError: it was, and nobody is called so.
    """
    if not places.is_addressed(ctx):
        return CHAT
    raise UserError(desk_texts.nobody(name))


async def dry_run(ctx: Ctx, word: Literal["开", "关"] | None = None) -> Reply | str:
    """演练 [开|关]：开了以后群规在这个群里只看不动，只告诉群主本来会做什么。"""
    return await switching.set_dry_run(ctx, word or "")


async def lift_brake(ctx: Ctx) -> Reply:
    """恢复群规：自动移出太多、群规自己停下以后，让它照常工作。"""
    return await switching.lift_brake(ctx)


async def hear(ctx: Ctx) -> Reply | None:
    """Take the number an owner answers to a report."""
    return await answering.hear(ctx)


async def tell(ctx: Ctx, due: Deadline) -> None:
    """Tell what was held back for a moment."""
    if ctx.room is not None:
        await ctx.db(acting.tell_held_back, ctx, due)


async def begin(ctx: Ctx) -> None:
    """Begin to forget what is old, every day."""
    await keeping.begin(ctx)


async def sweep(ctx: Ctx, _due: Deadline) -> None:
    """Forget what is old."""
    await keeping.sweep(ctx)


async def note_left(ctx: Ctx, event: RoomLeft) -> None:
    """Settle what waited for somebody to be out of the room."""
    await removing.note_left(ctx, event)


def add_to(plugin: Plugin[ModerationSettings]) -> None:
    """Add all of this to the plugin."""
    plugin.argument(CaseNumber)(read_case)
    plugin.argument(StrikeNumber)(read_strike)
    plugin.guard(guarding.judge)
    plugin.on(Message)(hear)
    plugin.on(RoomLeft)(note_left)
    plugin.on_start(begin)
    plugin.deadline(keeping.SWEEP)(sweep)
    plugin.deadline(acting.TELL)(tell)
    plugin.deadline(removing.CONFIRM)(removing.give_up)
    plugin.command(
        "我的违规", aliases=("我的警告", "违规记录"), examples=(("我的违规", "…您没有违规记录…"),),
        utterances=("我被警告了几次", "我有几次违规", "我的警告什么时候到期"),
    )(show_mine)  # fmt: skip
    plugin.command("待处理", role=Role.ADMIN, examples=(("待处理", "…没有等您处理的…"),))(show_waiting)
    plugin.command("案卷", role=Role.ADMIN, examples=(("案卷", "…还没有案卷…"),))(show_cases)
    plugin.command("审计", aliases=("审计日志",), role=Role.ADMIN, examples=(("审计 V12", "没有 V12 这个案卷…"),))(
        show_log
    )
    plugin.command(
        "警告", role=Role.ADMIN, acts=True, utterances=("给{}记一次警告", "警告一下{}", "提醒{}遵守群规"),
        examples=(("警告 @小红 请不要刷屏", "…已警告 小红（S1，案卷 V1），现在共 1 分。…"),),
    )(warn)  # fmt: skip
    plugin.command("撤销警告", role=Role.ADMIN, examples=(("撤销警告 S8", "没有 S8 这条警告…"),))(withdraw)
    plugin.command("豁免", role=Role.ADMIN, examples=(("豁免 @小红 7天", "…好的，小红 在…"),))(exempt)
    plugin.command("取消豁免", role=Role.ADMIN, examples=(("取消豁免 @小红", "小红 没有豁免…"),))(unexempt)
    plugin.command(
        "移除", role=Role.ADMIN, acts=True, utterances=("把{}移出群", "把{}踢出群"),
        examples=(("移除 V12", "没有 V12 这个案卷…"),),
    )(remove)  # fmt: skip
    plugin.command("确认移除", hidden=True)(confirm)
    plugin.command("撤销", role=Role.ADMIN, examples=(("撤销 V12", "没有 V12 这个案卷…"),))(undo)
    plugin.command("演练", role=Role.ADMIN, examples=(("演练", "…没有演练…"),))(dry_run)
    plugin.command("恢复群规", role=Role.OWNER, examples=(("恢复群规", "群规没有暂停，不用恢复。"),))(lift_brake)
