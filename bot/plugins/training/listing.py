"""课表 and 场次: the sessions to come as a numbered list, and one of them in full."""

from __future__ import annotations

from dataclasses import dataclass

from bot.plugin import Choice, Context, Database, Reply, UserError
from bot.plugins.training import registering_texts
from bot.plugins.training import session_texts as texts
from bot.plugins.training.announcing import standing
from bot.plugins.training.finding import LISTED, coming, sessions_here
from bot.plugins.training.model import IS_OPEN, Registration, RegistrationState
from bot.plugins.training.queueing import place_in_line
from bot.plugins.training.registrations_store import get_registration, registrations_of
from bot.plugins.training.session_texts import Standing
from bot.plugins.training.sessions_store import get_session, list_sessions
from bot.plugins.training.settings import TrainingSettings

_MOST = 30
_NOTHING = "现在没有安排课。想听什么发「想听 题目」，想的人多了就会开。"

Ctx = Context[TrainingSettings]


@dataclass(frozen=True, slots=True)
class _Looked:
    """A session as one member sees it."""

    one: Standing
    mine: Registration | None
    place: int


async def list_coming(ctx: Ctx, *, is_all: bool) -> Reply:
    """Return the sessions to come as a numbered list; a number shows that one.

    Args:
        ctx: the call.
        is_all: also more of them, and those of other rooms.
    """
    found: list[Standing]
    total: int
    found, total = await ctx.read(_read_list, ctx, _MOST if is_all else LISTED, is_all)
    if not found:
        return Reply(text=_NOTHING)
    choices = tuple(Choice(texts.list_line(one), f"场次 {one.session.id}") for one in found)
    left = total - len(found)
    head = f"接下来有 {total} 场课，回复数字看详情，报名发「报名 编号」："
    more = f"（先列最近的 {len(found)} 场{'' if is_all else '，全部请发「课表 全部」'}）\n" if left else ""
    return Reply(text=f"{more}{head}", choices=choices)


async def show(ctx: Ctx, session_id: str) -> Reply:
    """Return all about one session, and where the member stands.

    Raises:
        UserError: there is none.
    """
    looked: _Looked | None = await ctx.read(_look, ctx, session_id)
    if looked is None:
        raise UserError("没有找到这一场，发送「课表」看看有哪些。")
    session, mine = looked.one.session, looked.mine
    if mine is None:
        is_open = looked.one.left != 0 and ctx.now < session.starts_at and not session.is_cancelled
        rooms = session.rooms if ctx.room is None and len(session.rooms) > 1 else ()
        text = texts.details(looked.one, ctx.now, rooms, may_say_yes=is_open)
        return Reply(text=text, confirm=f"报名 {session.id}" if is_open else "")
    lines = [texts.details(looked.one, ctx.now), registering_texts.standing(session, mine, looked.place)]
    if ctx.room is None and session.link and mine.state is RegistrationState.REGISTERED and ctx.now < session.ends_at:
        lines.append(f"链接：{session.link}（只发给报名的人，请不要转发）")
    return Reply(text="\n".join(lines))


def _read_list(db: Database, ctx: Ctx, most: int, is_all: bool) -> tuple[list[Standing], int]:  # noqa: FBT001 - as read
    found = coming(list_sessions(db, ctx.now), ctx.now) if is_all else sessions_here(db, ctx)
    return [standing(db, one) for one in found[:most]], len(found)


def _look(db: Database, ctx: Ctx, session_id: str) -> _Looked | None:
    session = get_session(db, session_id)
    if session is None:
        return None
    mine = get_registration(db, session_id, ctx.member.id) if ctx.member else None
    mine = mine if mine and mine.state in IS_OPEN else None
    place = place_in_line(registrations_of(db, session_id), mine.member_id) if mine else 0
    return _Looked(standing(db, session), mine, place)
