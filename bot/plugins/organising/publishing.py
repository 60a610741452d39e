"""发布场次: one question after another, or all in a line, until the owner says 是."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.plugin import (
    AddSession,
    Context,
    Database,
    Reply,
    Schedules,
    SessionEntry,
    UserError,
    list_rooms,
    next_fires,
    parse_every,
    read_consent,
    show_time,
)
from bot.plugins.organising import texts
from bot.plugins.organising.model import DIALOGUE, STEPS, Plan, Step
from bot.plugins.organising.rules import Here, make_id, read_answer, read_line
from bot.plugins.organising.writing import write
from bot.plugins.training.api import list_by_entry

_FIELDS = ("标题|名字|课名", "时间|日期", "时长|多久", "名额|人数", "价格|价钱|费用", "主讲人?|讲师", "群")
_NAMED = "|".join(f"(?P<{step}>{words})" for step, words in zip(STEPS, _FIELDS, strict=True))
_CHANGE = re.compile(
    rf"(?:我?要?改一?下?|修改)\s*(?:第?\s*(?P<number>[1-7一二三四五六七])\s*[项个]?|{_NAMED})(?:[\s:：,，为成]+(?P<value>.+))?",
    re.DOTALL,
)
_GO = re.compile(r"(?:就?发布|提交|就这样)[吧了]?[。!！~]*")
_NUMBERS = "一二三四五六七"
_REMIND = ["1d", "30m"]
ANNOUNCED: timedelta = max(SessionEntry.model_fields["announce"].default)
"""How long before the start a session is announced when the file does not say."""
_DEFAULTS: dict[str, Any] = {"duration": "1h", "capacity": 0, "price": "0", "host": ""}


async def begin(ctx: Context[Any], line: str) -> Reply:
    """Start the dialogue, or go on from what the line says.

    Raises:
        UserError: the bot is in no room, or the time is over.
    """
    here = await _here(ctx)
    if not here.rooms:
        raise UserError(texts.NO_ROOM)
    plan = Plan(rooms=_own_rooms(ctx, here))
    if not line:
        return _ask(plan, Step.TITLE, texts.begin())
    said = read_line(line, here)
    plan = replace(said, rooms=plan.rooms)
    if plan.title and plan.time:
        plan = replace(plan, **{key: value for key, value in _DEFAULTS.items() if getattr(plan, key) is None})
    return await _go_on(ctx, plan, here)


async def answer(ctx: Context[Any], data: dict[str, Any]) -> Reply:
    """Take the answer to what was asked last."""
    plan, here, text = Plan.from_data(data["plan"]), await _here(ctx), ctx.text
    if data["step"] == "":
        return await _answer_summary(ctx, plan, here)
    step = Step(data["step"])
    try:
        plan = replace(plan, **read_answer(step, text, here))
    except UserError as error:
        return _ask(plan, step, error.text)
    return await _go_on(ctx, plan, here)


async def _answer_summary(ctx: Context[Any], plan: Plan, here: Here) -> Reply:
    if read_consent(ctx.text) or _GO.fullmatch(ctx.text.strip()):
        return await _publish(ctx, plan, here)
    if read_consent(ctx.text) is False:
        return Reply(text="好的，不发布了。")
    found = _CHANGE.fullmatch(ctx.text.strip())
    if found is None:
        return _ask(plan, None, texts.WHICH if "改" in ctx.text else texts.AGAIN)
    step, value = _changed_step(found), (found["value"] or "").strip()
    if not value:
        return _ask(plan, step, texts.ask(step, here.rooms))
    try:
        plan = replace(plan, **read_answer(step, value, here))
    except UserError as error:
        return _ask(plan, step, error.text)
    return await _go_on(ctx, plan, here)


def _changed_step(found: re.Match[str]) -> Step:
    if number := found["number"]:
        return STEPS[(_NUMBERS.find(number) + 1 or int(number)) - 1]
    return next(step for step in STEPS if found[step])


async def _go_on(ctx: Context[Any], plan: Plan, here: Here) -> Reply:
    """Ask what is still open, or show everything."""
    missing = next((step for step in STEPS if getattr(plan, step) is None), None)
    if missing is not None:
        return _ask(plan, missing, texts.ask(missing, here.rooms))
    plan = replace(plan, id=await _free_id(ctx, plan.title or ""))
    return _ask(plan, None, texts.summary(plan, _first_day(plan, here), _other_zone(ctx)))


def _ask(plan: Plan, step: Step | None, text: str) -> Reply:
    return Reply(text=text, asks=(DIALOGUE, {"step": step or "", "plan": plan.to_data()}))


async def _publish(ctx: Context[Any], plan: Plan, here: Here) -> Reply:
    """Write it down; what the file does not take is told, and the plan is kept."""
    if not plan.is_series and (first := _first_day(plan, here)) and first <= here.now:
        return _ask(plan, Step.TIME, f"{show_time(first)} 已经过去了，请写新的时间。")
    try:
        planned = await write(ctx, AddSession(_values(ctx, plan)))
    except UserError as error:
        return _ask(plan, None, f"{error.text.rstrip('。')}。{texts.AGAIN}")
    first = _first_day(plan, here)
    is_soon = first is not None and first - ANNOUNCED <= here.now
    return Reply(text=texts.published(plan, planned.advice if planned else (), is_soon=is_soon))


def _values(ctx: Context[Any], plan: Plan) -> dict[str, Any]:
    """Return the plan as keys and values of the file."""
    values: dict[str, Any] = {
        "id": plan.id,
        "title": plan.title,
        "host": plan.host or None,
        "room": list(plan.rooms or ()) if len(plan.rooms or ()) > 1 else (plan.rooms or ("",))[0],
        "every" if plan.is_series else "starts": plan.time,
        "timezone": _other_zone(ctx) or None,
        "duration": plan.duration,
        "price": _number(plan.price or "0") or None,
        "capacity": plan.capacity or None,
        "remind": _REMIND,
    }
    return {key: value for key, value in values.items() if value is not None}


def _number(price: str) -> int | float:
    return float(price) if "." in price else int(price)


def _other_zone(ctx: Context[Any]) -> str:
    """Return the zone in which times are meant here when the file's is another one, else nothing."""
    schedules: Schedules = ctx.part("schedules").value
    return ctx.zone.key if schedules.timezone not in {None, ctx.zone.key} else ""


def _first_day(plan: Plan, here: Here) -> datetime | None:
    """Return when it takes place first, by the clock of the talker's room."""
    zone = here.now.tzinfo
    if not plan.is_series:
        return datetime.strptime(plan.time or "", "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    entry = SessionEntry.model_construct(id="new", room=(), timezone=str(zone), every=(parse_every(plan.time),))
    return next(iter(next_fires(entry, here.now, 1)), None)


async def _here(ctx: Context[Any]) -> Here:
    rooms = await ctx.read(list_rooms)
    topics = tuple(dict.fromkeys(room.topic for room in rooms if room.topic))
    return Here(ctx.now.astimezone(ctx.zone), topics, ctx.talker_name)


def _own_rooms(ctx: Context[Any], here: Here) -> tuple[str, ...] | None:
    """Return the room it is asked in, or the only one there is; None when that has to be asked."""
    if ctx.room is not None:
        return (ctx.room.topic,)
    return here.rooms if len(here.rooms) == 1 else None


async def _free_id(ctx: Context[Any], title: str) -> str:
    """Return an id that no entry has and no session ever had."""
    schedules: Schedules = ctx.part("schedules").value
    taken = {entry.id for entry in schedules.entries}
    name = make_id(title, taken)
    while await ctx.read(_was_used, name):
        taken.add(name)
        name = make_id(title, taken)
    return name


def _was_used(db: Database, name: str) -> bool:
    return bool(list_by_entry(db, name))
