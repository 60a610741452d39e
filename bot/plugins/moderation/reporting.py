"""举报: members show the owner what breaks the rules; from several people on it counts by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.plugin import (
    Context,
    Database,
    Member,
    Reply,
    Room,
    StoredMessage,
    UserError,
    VerdictAction,
    find_quoted,
    moderation,
)
from bot.plugins.moderation import acting, arriving, audit_store, cases_store, reports_store, texts
from bot.plugins.moderation.ladder import LATE, Decision
from bot.plugins.moderation.memory import memory_of
from bot.plugins.moderation.model import Case, CaseState, Done
from bot.plugins.moderation.naming import find_named
from bot.plugins.moderation.paying import is_paying
from bot.plugins.moderation.reports_store import Report, ReportKind
from bot.plugins.moderation.reviewers import find_reviewers
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

USAGE: Final = (
    "想举报一条消息：引用它，发「举报」，可以带上理由。\n"
    "想举报一个人：发「举报 @名字 理由」。\n"
    "有人私聊推销：私聊我发「举报 名字 对方说的话」，我不会告诉对方是谁举报的。"
)
_DAY, _MEMORY = timedelta(days=1), timedelta(days=30)
_LONGEST = 500  # characters of what is kept of a forwarded text
_SOON = timedelta(seconds=1)  # WeChat counts whole seconds
_NAMED = re.compile(r"[@＠]?(?:「([^」]{1,40})」|\"([^\"]{1,40})\"|(\S{1,40}))\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What somebody reports.

    Attributes:
        kind: see there.
        room: where; for soliciting, a room that both are in.
        member: whom it is about.
        message: the reported message; None for a person.
        reason: in the reporter's words, or what was forwarded.
    """

    kind: ReportKind
    room: Room
    member: Member
    message: StoredMessage | None = None
    reason: str = ""

    @property
    def about(self) -> str:
        """The same for all who report the same."""
        return f"message/{self.message.id}" if self.message else f"{self.kind}/{self.room.id}/{self.member.id}"


async def report(ctx: Ctx, typed: str) -> Reply:
    """Take a report and thank for it."""
    subject = await _find_subject(ctx, typed.strip())
    if subject is None:
        return Reply(text=USAGE, private=True)
    leaders = await find_reviewers(ctx, subject.room.id)
    _refuse_idle(ctx, subject, leaders)
    scene = await _scene_of(ctx, subject)
    outcome = await ctx.db(_file, ctx, subject, scene)
    return Reply(text=_ANSWERS[outcome], private=True)


_ANSWERS: Final = {
    "thanks": "收到，谢谢您。群主会看，处理前不会告诉对方是谁举报的。",
    "again": "这件事您已经举报过了，群主会看的。",
    "known": "谢谢，这条已经处理过了。",
}


async def _find_subject(ctx: Ctx, typed: str) -> Subject | None:
    message, room = ctx.message, ctx.room
    assert message is not None
    if message.quote is not None and room is not None:
        quoted = await ctx.read(find_quoted, room.id, ctx.talker.id, message.quote, message.at + _SOON)
        if quoted is None:
            raise UserError("没有找到您引用的消息，可能太早了。可以发「举报 @名字 理由」。")
        member = Member(quoted.member_id, quoted.name)
        return Subject(kind=ReportKind.MESSAGE, room=room, member=member, message=quoted, reason=typed)
    if room is not None:
        if not message.mentions:
            return None
        member = message.mentions[0]
        reason = typed.replace(f"@{member.name}", "").strip()
        return Subject(kind=ReportKind.PERSON, room=room, member=member, reason=reason)
    return await _find_named(ctx, typed) if typed else None


async def _find_named(ctx: Ctx, typed: str) -> Subject:
    """Return whom a private report is about.

    Raises:
        UserError: there is nobody of that name in the talker's rooms, or several.
    """
    found = _NAMED.fullmatch(typed)
    assert found is not None  # anything that is not blank has a first word
    name, reason = found[1] or found[2] or found[3], found[4].strip()
    known = await find_named(ctx, name)
    if not known:
        raise UserError(f"在您和我都在的群里没有找到「{name}」，请照群里显示的名字写，例如：举报 小红 对方说的话")
    if len(known) > 1:
        raise UserError(f"有 {len(known)} 位都叫「{name}」，请在群里发「举报 @{name}」选中那一位。")
    member, room = known[0]
    return Subject(kind=ReportKind.SOLICITING, room=room, member=member, reason=reason)


def _refuse_idle(ctx: Ctx, subject: Subject, leaders: Sequence[Member]) -> None:
    """Refuse what leads nowhere, kindly.

    Raises:
        UserError: it is about the reporter, the bot, the owner or an admin.
    """
    account = ctx.part("gateway").account
    if subject.member.id == ctx.talker.id:
        raise UserError("这是您自己，发错了的话长按消息可以撤回。")
    if account is not None and subject.member.contact_id == account.id:
        raise UserError("我说得不对的话，引用那句发「没用」，或者直接告诉群主。")
    if subject.member.id in {leader.id for leader in leaders}:
        raise UserError("这是群主或管理员，请直接和群主说，我不记录。")


async def _scene_of(ctx: Ctx, subject: Subject) -> acting.Scene:
    capabilities, memory = ctx.part("gateway").capabilities, await memory_of(ctx)
    return acting.Scene(
        room=subject.room,
        can_remove=capabilities.can_remove,
        can_whisper=capabilities.can_send_private,
        is_rehearsal=memory.is_rehearsing(ctx, subject.room),
        is_paying=await is_paying(ctx, subject.member.id),
    )


def _file(db: Database, ctx: Ctx, subject: Subject, scene: acting.Scene) -> str:
    """Put a report on record, open a case for the first one, and count it when there are enough.

    Raises:
        UserError: the member has reported too much today.
    """
    settings, reporter = ctx.config.reports, ctx.talker.id
    if reports_store.count_by(db, reporter, ctx.now - _DAY) >= settings.daily:
        raise UserError("您今天举报得够多了，明天再来；着急的事请直接找群主。")
    is_muted = reports_store.count_untrue(db, reporter, ctx.now - _MEMORY) >= settings.false_limit
    is_trusted = not is_muted and arriving.is_trusted(db, reporter, subject.room.id, ctx.role, ctx.now)
    case = _case_about(db, subject)
    told = Report(
        about=subject.about, kind=subject.kind, room_id=subject.room.id, member_id=subject.member.id,
        name=subject.member.name, message_id=subject.message.id if subject.message else "",
        text=subject.message.text[:_LONGEST] if subject.message else "", reason=subject.reason[:_LONGEST],
        reporter_id=reporter, is_trusted=is_trusted, made_at=ctx.now, case=case.number if case else 0,
    )  # fmt: skip
    if not reports_store.add_report(db, told):
        return "again"
    if case is not None and case.state is CaseState.UNDONE:
        return "known"
    if is_muted:
        return "thanks"
    if case is None:
        case = _open_case(db, ctx, subject, scene)
    _count(db, ctx, subject, scene, case)
    return "thanks"


def _case_about(db: Database, subject: Subject) -> Case | None:
    """Return the case that is about this already: the rules', or that of an earlier report."""
    if subject.message is not None:
        return cases_store.case_of_message(db, subject.message.id)
    return cases_store.case_of_message(db, subject.about)


def _open_case(db: Database, ctx: Ctx, subject: Subject, scene: acting.Scene) -> Case | None:
    """Show it to the owner; it counts nothing as yet."""
    said, finding = _said_of(ctx, subject), _finding_of(ctx, subject, people=1)
    decision = Decision(action=VerdictAction.REPORT, findings=(finding,), asked=VerdictAction.REPORT)
    acting.put_into_effect(db, ctx, said, decision, scene)
    case = cases_store.case_of_message(db, said.id)
    if case is not None:
        reports_store.set_case(db, subject.about, case.number)
    return case


def _count(db: Database, ctx: Ctx, subject: Subject, scene: acting.Scene, case: Case | None) -> None:
    """Make it a strike as soon as enough members who can be trusted have said the same."""
    trusted = sum(one.is_trusted for one in reports_store.reports_about(db, subject.about))
    is_soliciting = subject.kind is ReportKind.SOLICITING
    needed = ctx.config.reports.soliciting_needed if is_soliciting else ctx.config.reports.needed
    if case is None or trusted != needed or scene.is_rehearsal or case.state is CaseState.REHEARSED:
        return
    finding = _finding_of(ctx, subject, people=trusted)
    strike = acting.give_strike(db, ctx, case, finding.weight)
    audit_store.add(db, acting.entry_of(ctx, case, Done.FLAG, reason=finding.reason, strike=strike.number))
    is_late = ctx.now - case.said_at > LATE
    text = texts.warn(case, subject.room.topic, strike, ctx.zone, is_late=is_late)
    acting.whisper(db, ctx, case, text, can_whisper=scene.can_whisper)
    told = (
        f"{case.shown}：已有 {trusted} 位成员{_what(subject)}，记了 {texts.points(finding.weight)}。"
        f"发「案卷 {case.shown}」看全部。"
    )
    ctx.part("notices").write(db, told, acting.key_of(case, "flagged"), subject.room)


def _what(subject: Subject) -> str:
    if subject.kind is ReportKind.SOLICITING:
        return f"举报 {subject.member.name} 私聊推销"
    return f"举报 {subject.member.name}" + ("的同一条消息" if subject.message else "")


def _finding_of(ctx: Ctx, subject: Subject, *, people: int) -> moderation.Finding:
    kind = "soliciting" if subject.kind is ReportKind.SOLICITING else "report"
    rules = {name: rule for name, rule in ctx.config.rules.items() if rule.kind == kind and rule.enabled}
    name, rule = next(iter(rules.items()), ("reports", None))
    why = f"，理由{texts.quote(subject.reason)}" if subject.reason else ""
    return moderation.Finding(
        rule=name, words=rule.shown if rule else "成员举报的内容", family=kind, action=VerdictAction.REPORT,
        weight=rule.weight if rule else 1.0, reason=f"{people} 位成员{_what(subject)}{why}",
    )  # fmt: skip


def _said_of(ctx: Ctx, subject: Subject) -> moderation.Said:
    message = subject.message
    return moderation.Said(
        id=message.id if message else subject.about, at=message.at if message else ctx.now, room_id=subject.room.id,
        member_id=subject.member.id, name=subject.member.name, text=message.text if message else "",
    )  # fmt: skip
