"""Who may see codes and rosters: the owner, admins of the session's rooms, and hosts the owner has confirmed.

The host in schedules.yaml is a name, and a name proves nothing: anybody may call themselves so. The owner says once
which member it is.
"""

from __future__ import annotations

from datetime import timedelta

from bot.plugin import CHAT, Context, Database, Member, Reply, Role, UserError, find_member, fold
from bot.plugins.attendance import texts
from bot.plugins.attendance.people_store import add_host, hosts_of, is_host, list_hosts, remove_host
from bot.plugins.attendance.rules import find_meant, split_hosts
from bot.plugins.attendance.settings import AttendanceSettings
from bot.plugins.training.api import TrainingSession, list_sessions

Ctx = Context[AttendanceSettings]

_REMEMBERED = timedelta(days=400)
_LISTED = timedelta(days=14)
MOST_LISTED = 9


def is_addressed(ctx: Ctx) -> bool:
    """Whether a command was surely meant for the bot: said to it, in private, or with `/`."""
    return ctx.room is None or ctx.text.startswith("/") or bool(ctx.message and ctx.message.mentions_bot)


def may_lead(db: Database, ctx: Ctx, session: TrainingSession) -> bool:
    """Whether the talker may see a session's code and roster."""
    if ctx.role is Role.OWNER or (ctx.role is Role.ADMIN and _is_of_room(ctx, session)):
        return True
    return is_host(db, session.host, ctx.talker.id)


def leaders_of(db: Database, session: TrainingSession) -> list[str]:
    """Return the ids of a session's confirmed hosts."""
    return hosts_of(db, session.host)


def led_sessions(db: Database, ctx: Ctx) -> list[TrainingSession]:
    """Return the sessions around now that the talker may lead, the nearest first."""
    around = list_sessions(db, ctx.now - _LISTED, ctx.now + _LISTED)
    led = [session for session in around if not session.is_cancelled and may_lead(db, ctx, session)]
    return sorted(led, key=lambda session: abs(session.starts_at - ctx.now))


def find_led(db: Database, ctx: Ctx, typed: str) -> list[TrainingSession]:
    """Return the sessions that what the talker typed may mean.

    Raises:
        UserError: there is none, or they may not lead it.
    """
    found = find_meant(list_sessions(db, ctx.now - _REMEMBERED), typed, ctx.now)
    if not found:
        raise UserError(texts.not_found(typed))
    led = [session for session in found if may_lead(db, ctx, session)]
    if not led:
        raise UserError(texts.NOT_LEADING)
    return led


def may_lead_at_all(db: Database, ctx: Ctx) -> bool:
    """Whether the talker is somebody for whom there are codes and rosters."""
    return ctx.role >= Role.ADMIN or any(member_id == ctx.talker.id for _, member_id in list_hosts(db))


def nothing_to_lead(db: Database, ctx: Ctx) -> str:
    """Return what is said to who leads no session around now: there is none, or they were never confirmed."""
    return texts.NOTHING_TO_LEAD if may_lead_at_all(db, ctx) else texts.NOT_LEADING


def is_for_others(db: Database, ctx: Ctx, typed: str) -> bool:
    """Whether a bare word was said to the group and not to the bot: by who has no codes, or with other words behind."""
    if is_addressed(ctx):
        return False
    return not may_lead_at_all(db, ctx) or bool(typed and not is_known(db, ctx, typed))


def is_known(db: Database, ctx: Ctx, typed: str) -> bool:
    """Whether what the talker typed may mean a session."""
    return bool(find_meant(_known(db, ctx), typed, ctx.now))


def _known(db: Database, ctx: Ctx) -> list[TrainingSession]:
    return list_sessions(db, ctx.now - _REMEMBERED)


async def confirm_host(ctx: Ctx, member: Member | None, name: str) -> Reply | str:
    """Let a member host under a name, or show who does."""
    if member is None and name:
        return _refuse_unknown(ctx, name)
    if member is None:
        return await _show_hosts(ctx)
    host = name or member.name
    known = await ctx.read(_known_hosts, ctx)
    if fold(host).strip() not in {fold(one) for one in known}:
        return CHAT if name and not is_addressed(ctx) else texts.no_such_host(host, known)
    await ctx.db(add_host, host, member.id)
    return texts.host_added(member.name, host)


def _refuse_unknown(ctx: Ctx, name: str) -> Reply:
    if not name.startswith("@") and not is_addressed(ctx):
        return CHAT  # 「主讲 是谁」
    raise UserError(texts.NO_SUCH_MEMBER.format(name=name.removeprefix("@")))


async def dismiss_host(ctx: Ctx, member: Member) -> str:
    """Let a member host no more.

    Raises:
        UserError: they did not.
    """
    if not await ctx.db(remove_host, member.id):
        raise UserError(f"{member.name} 不是确认过的主讲，发「主讲」看看都有谁。")
    return texts.host_removed(member.name)


def _known_hosts(db: Database, ctx: Ctx) -> list[str]:
    """Return the names of the hosts in the sessions at hand."""
    hosts = (name for session in _known(db, ctx) for name in split_hosts(session.host))
    return list(dict.fromkeys(hosts))


async def _show_hosts(ctx: Ctx) -> Reply | str:
    def read(db: Database) -> list[tuple[str, str]]:
        pairs = [(host, find_member(db, member_id)) for host, member_id in list_hosts(db)]
        return [(host, member.name) for host, member in pairs if member]

    pairs = await ctx.read(read)
    return Reply(text=texts.hosts(pairs), private=True) if pairs else texts.NO_HOSTS


def _is_of_room(ctx: Ctx, session: TrainingSession) -> bool:
    return ctx.room is None or not session.rooms or ctx.room.topic in session.rooms
