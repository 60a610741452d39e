"""预览: every message that will go out by itself, with its time and room, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.plugin import Context, Database, Reply, Schedules, UserError, format_weekday, next_fires
from bot.plugins.training import session_texts as texts
from bot.plugins.training.announcing import standing
from bot.plugins.training.expanding import expand
from bot.plugins.training.finding import coming
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.session_texts import Standing
from bot.plugins.training.sessions_store import list_sessions
from bot.plugins.training.settings import TrainingSettings

Span = Literal["今天", "明天", "本周", "下周", "本月"]

_MOST_LINES, _MOST_FIRES = 40, 200
_SHORT = 40
_LONGEST = timedelta(days=92)

Ctx = Context[TrainingSettings]


@dataclass(frozen=True, slots=True, order=True)
class Planned:
    """A message to come.

    Attributes:
        at: when, aware.
        room: topic of the room.
        text: what is said, as far as is known today.
    """

    at: datetime
    room: str
    text: str


async def preview(ctx: Ctx, when: Span | date | timedelta | None) -> Reply:
    """Return what will be said in a span of time, the next seven days unless told otherwise.

    Raises:
        UserError: it is over, or too long.
    """
    since, until, named = _span(ctx, when)
    if until <= ctx.now:
        raise UserError("这一天已经过去了，可以写「预览 明天」或「预览 下周」。")
    if until - since > _LONGEST:
        raise UserError("最长看 92 天，请写短一些，比如「预览 30天」。")
    schedules: Schedules = ctx.part("schedules").value
    standings: list[Standing] = await ctx.read(_read_sessions, ctx, schedules, until)
    planned = sorted({*_of_announcements(schedules, since, until), *_of_sessions(standings, since, until)})
    if not planned:
        return Reply(text=f"{named}没有要发的消息。", private=True)
    return Reply(text="\n".join([f"{named}会发 {len(planned)} 条：", *_lines(ctx, planned)]), private=True)


def _span(ctx: Ctx, when: Span | date | timedelta | None) -> tuple[datetime, datetime, str]:
    """Return from when to when, and how that is called."""
    midnight = ctx.now.astimezone(ctx.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    day = timedelta(days=1)
    if when is None or isinstance(when, timedelta):
        span = when or 7 * day
        return ctx.now, ctx.now + span, f"接下来 {span.days} 天" if span % day == timedelta() else "这段时间"
    if isinstance(when, date):
        start = midnight.replace(year=when.year, month=when.month, day=when.day)
        return max(start, ctx.now), start + day, f"{format_weekday(when)} {when:%m-%d} "
    start, end = {
        "今天": (midnight, midnight + day),
        "明天": (midnight + day, midnight + 2 * day),
        "本周": (monday, monday + 7 * day),
        "下周": (monday + 7 * day, monday + 14 * day),
        "本月": (midnight, (midnight.replace(day=1) + 32 * day).replace(day=1)),
    }[when]
    return max(start, ctx.now), end, when


def _read_sessions(db: Database, ctx: Ctx, schedules: Schedules, until: datetime) -> list[Standing]:
    """Return the sessions in force, and those of series that are not open for registration yet."""
    in_force = list_sessions(db, ctx.now)
    latest = {one.entry: one.starts_at for one in in_force}
    horizon = ctx.now + ctx.config.horizon
    later = expand(schedules.sessions, ctx.now, until + _LONGEST, {})
    more = [
        one for one in later.values() if one.is_series and one.starts_at > max(horizon, latest.get(one.entry, horizon))
    ]
    return [standing(db, one) for one in coming([*in_force, *more], ctx.now)]


def _of_announcements(schedules: Schedules, since: datetime, until: datetime) -> Iterator[Planned]:
    for entry in schedules.announcements:
        for fire in next_fires(entry, since, _MOST_FIRES, until=until):
            for topic in entry.rooms:
                yield Planned(fire, topic, entry.text)


def _of_sessions(standings: Sequence[Standing], since: datetime, until: datetime) -> Iterator[Planned]:
    for one in standings:
        for at, text in _messages_of(one):
            if since < at <= until:
                for topic in one.session.rooms:
                    yield Planned(at, topic, text)


def _messages_of(one: Standing) -> Iterator[tuple[datetime, str]]:
    session: TrainingSession = one.session
    for offset in session.announce:
        yield session.starts_at - offset, texts.announcement(one, session.starts_at - offset)
    for offset in session.remind:
        yield session.starts_at - offset, f"{texts.reminder(one, session.starts_at - offset)}（另外私聊提醒报名的人）"


def _lines(ctx: Ctx, planned: Sequence[Planned]) -> Iterator[str]:
    day: date | None = None
    for one in planned[:_MOST_LINES]:
        local = one.at.astimezone(ctx.zone)
        if local.date() != day:
            day = local.date()
            yield f"{format_weekday(day)} {day:%m-%d}"
        text = " ".join(one.text.split())
        yield f"{local:%H:%M} {one.room}：{text if len(text) <= _SHORT else text[:_SHORT] + '……'}"
    if len(planned) > _MOST_LINES:
        yield f"……还有 {len(planned) - _MOST_LINES} 条，请写短一些，比如「预览 明天」。"
