"""Attendance: signing in by a code that changes every minute, rosters, and certificates that can be checked."""

from __future__ import annotations

from bot.plugin import Context, Database, Deadline, Member, Message, Plugin, Reply, Rest, Role, Row, SchedulesChanged
from bot.plugins.attendance import correcting, ending, leading, records, rosters, signing
from bot.plugins.attendance.codes import CertificateNumber, SignInCode, read_certificate, read_code
from bot.plugins.attendance.model import NAME
from bot.plugins.attendance.people_store import erase_person, export_person
from bot.plugins.attendance.settings import AttendanceSettings
from bot.plugins.attendance.store import migrations
from bot.plugins.training.api import SessionCancelled, SessionChanged, SessionRegistered, get_session, list_sessions

plugin = Plugin(NAME, config=AttendanceSettings, migrations=migrations, requires=("training",), title="签到")

Ctx = Context[AttendanceSettings]


@plugin.argument(SignInCode, words=2)
async def read_sign_in_code(ctx: Ctx, text: str) -> SignInCode | None:  # noqa: ARG001 - every reader gets the context
    """Read `482913`, `482 913`."""
    code = read_code(text)
    return None if code is None else SignInCode(code)


@plugin.argument(CertificateNumber, words=2)
async def read_certificate_number(ctx: Ctx, text: str) -> CertificateNumber | None:  # noqa: ARG001 - the same
    """Read `7K2M-9Q4T`, `7k2m 9q4t`."""
    number = read_certificate(text)
    return None if number is None else CertificateNumber(number)


@plugin.command(
    "签到",
    examples=(("签到 482913", "小明 签到成功，第 12 位。"),),
    utterances=("我来签到", "我要签到 {}", "怎么签到", "签到码是多少"),
)
async def sign_in(ctx: Ctx, code: SignInCode | None = None) -> Reply | str:
    """签到 <签到码>：上课时签到，码在主讲那里，一分钟换一次。"""
    return await signing.sign_in(ctx, code or "")


@plugin.command("签到码", examples=(("签到码 fastapi-101", "《FastAPI 入门实战》签到码：482913…"),))
async def show_code(ctx: Ctx, which: Rest | None = None) -> Reply | str:
    """签到码 [场次]：主讲和群主拿现在的签到码，私聊发给您。"""
    return await signing.show_code(ctx, which or "")


@plugin.command("名单", examples=(("名单 fastapi-101", "《FastAPI 入门实战》周六 12-05 20:00 名单…"),))
async def show_roster(ctx: Ctx, which: Rest | None = None) -> Reply | str:
    """名单 [场次]：主讲和群主看谁报了名、谁到了，私聊发给您。"""
    return await rosters.show(ctx, which or "")


@plugin.command("导出名单", examples=(("导出名单 fastapi-101", "《FastAPI 入门实战》的名单，28 行，用 Excel 打开。"),))
async def export_roster(ctx: Ctx, which: Rest | None = None) -> Reply | str:
    """导出名单 [场次]：主讲和群主拿表格，私聊发给您。"""
    return await rosters.export(ctx, which or "")


@plugin.command("补签", examples=(("补签 @小刚 fastapi-101", "已给 小刚 补签《FastAPI 入门实战》，第 26 位。"),))
async def note_present(ctx: Ctx, member: Member, which: Rest | None = None) -> str:
    """补签 <@成员> [场次]：主讲和群主给到了没签上的人补签。"""
    return await correcting.note_present(ctx, member, which or "")


@plugin.command("撤销签到", examples=(("撤销签到 @小刚 fastapi-101", "已撤销 小刚 在《FastAPI 入门实战》的签到。"),))
async def take_out(ctx: Ctx, member: Member, which: Rest | None = None) -> str:
    """撤销签到 <@成员> [场次]：主讲和群主撤掉没来的人的签到。"""
    return await correcting.take_out(ctx, member, which or "")


@plugin.command("主讲", role=Role.ADMIN, examples=(("主讲 @老王", "好的，课表里的主讲「老王」就是 老王…"),))
async def confirm_host(ctx: Ctx, member: Member | None = None, name: str | None = None) -> Reply | str:
    """主讲 <@成员> [课表里的名字]：确认谁是主讲，能拿签到码和名单。"""
    return await leading.confirm_host(ctx, member, name or "")


@plugin.command("取消主讲", role=Role.ADMIN, examples=(("取消主讲 @老王", "好的，老王 不能再拿签到码和名单了。"),))
async def dismiss_host(ctx: Ctx, member: Member) -> str:
    """取消主讲 <@成员>：不再让这位成员拿签到码和名单。"""
    return await leading.dismiss_host(ctx, member)


@plugin.command(
    "我的出勤", examples=(("我的出勤", "到场 4 次，缺席 1 次。…"),), utterances=("我缺席了几次", "我上过哪些课")
)
async def show_own(ctx: Ctx) -> Reply | str:
    """我的出勤：看自己到过哪些场次、缺席几次。"""
    return await records.show_own(ctx)


@plugin.command("证书", aliases=("参加证明",), examples=(("证书 7K2M-9Q4T", "核对无误：小明 于 2026-12-05 参加了…"),))
async def check_certificate(ctx: Ctx, number: CertificateNumber | None = None) -> Reply | str:
    """证书 [编号]：核对一份参加证明，不带编号看自己的。"""
    return await records.check(ctx, number or "")


@plugin.on(Message)
async def hear(ctx: Ctx) -> Reply | str | None:
    """Take a code that somebody says without a word in front."""
    return await signing.hear(ctx)


@plugin.deadline(ending.SESSION_OVER)
async def end_session(ctx: Ctx, due: Deadline) -> None:
    """Count a session that is over, and tell who is concerned."""
    await ending.end_session(ctx, due)


@plugin.on(SchedulesChanged)
async def look_again(ctx: Ctx, _event: SchedulesChanged) -> None:
    """Know, at every start, when the sessions are over that people registered for while this plugin was off."""
    await ctx.db(_watch_all, ctx)


@plugin.on(SessionRegistered)
async def expect(ctx: Ctx, event: SessionRegistered) -> None:
    """Know when a session with registrations is over."""
    await ctx.db(_watch, ctx, event.session_id)


@plugin.on(SessionChanged)
async def follow(ctx: Ctx, event: SessionChanged) -> None:
    """Follow a session to its new time."""
    await ctx.db(_follow, ctx, event.session_id)


@plugin.on(SessionCancelled)
async def let_go(ctx: Ctx, event: SessionCancelled) -> None:
    """Forget the end of a session that does not take place."""
    await ctx.db(_watch, ctx, event.session_id)


def _watch_all(db: Database, ctx: Ctx) -> int:
    sessions = list_sessions(db, ctx.now)
    for session in sessions:
        ending.watch_end(db, ctx, session)
    return len(sessions)


def _follow(db: Database, ctx: Ctx, session_id: str) -> bool:
    session = get_session(db, session_id)
    if session is not None:
        ending.follow_change(db, ctx, session)
    return session is not None


def _watch(db: Database, ctx: Ctx, session_id: str) -> bool:
    session = get_session(db, session_id)
    if session is not None:
        ending.watch_end(db, ctx, session)
    return session is not None


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member came to and missed, and what else is stored of them."""
    return export_person(db, member_id)


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete these."""
    return erase_person(db, member_id)
