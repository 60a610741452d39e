"""咨询, 我的咨询, 取消咨询, 改约: what members, hosts and owners do about consultations."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.plugin import (
    CHAT,
    Choice,
    Context,
    Database,
    Delivery,
    HowToPay,
    Order,
    ProviderError,
    Reply,
    Role,
    UserError,
    get_order,
)
from bot.plugins.consulting import changing, rules, texts
from bot.plugins.consulting.bookings_store import get_booking, taken_since
from bot.plugins.consulting.model import TAKES_TIME, Booking, BookingState, Slot, SlotTime
from bot.plugins.consulting.telling import Ctx, find_host, send_calendar, tell_host, tell_member, zone_of

_LISTED = 9
_State = BookingState


async def list_slots(ctx: Ctx, host: str = "", day: date | None = None) -> Reply:
    """Return the times that can be booked, of all hosts or of one, on a day if there are any."""
    if not ctx.config.slots:
        return Reply(text=texts.NO_HOURS)
    zone = zone_of(ctx)
    slots = [one for one in await _listed(ctx) if host in {"", one.host}]
    on_day = [one for one in slots if day in {None, one.starts_at.astimezone(zone).date()}]
    note = [texts.none_on(day)] if day and not on_day else []
    slots = (on_day or slots)[:_LISTED]
    if not slots:
        return Reply(text=texts.ALL_TAKEN)
    choices = tuple(Choice(texts.slot_line(one, slots, zone), _command("咨询", one, ctx)) for one in slots)
    return Reply(text="\n".join([*note, texts.list_head(slots)]), choices=choices)


async def book(ctx: Ctx, meant: SlotTime, host: str) -> Reply | None:
    """Book a time for the talker; booked before, they are shown how it stands.

    Raises:
        UserError: it cannot be booked, or they may not.
    """
    if meant.day is not None:
        is_for_others = _is_chat(ctx) and not ctx.config.slots
        return CHAT if is_for_others else await list_slots(ctx, host, meant.day)
    slot = _meant(meant, await _listed(ctx), host)
    if slot is None and _is_chat(ctx) and not ctx.config.slots:
        return CHAT
    if slot is not None and not await _may_book(ctx, slot):
        raise UserError(f"{slot.title}（{slot.host}）是会员的咨询时间，发送「套餐」看看怎么开通。")
    number: int = await ctx.db(_book, ctx, meant, host)
    booked: tuple[Booking, Order | None] = await ctx.read(_with_order, number)
    one, order = booked
    if order is None or one.state is not _State.HELD or one.until is None:
        has_note = ctx.room is not None and ctx.part("gateway").capabilities.can_send_private
        return Reply(text=f"{ctx.talker_name} 的咨询约好了，详情已私聊发给您。") if has_note else None
    try:
        how: HowToPay = await ctx.part("payments").begin(order.number)
    except ProviderError as error:
        when = f"{one.slot.starts_at.astimezone(zone_of(ctx)):%m-%d %H:%M}"
        raise UserError(f"收款现在连不上，时间给您留着，过几分钟再发一次「咨询 {when}」。") from error
    text = f"{texts.held(one, order, one.until, zone_of(ctx))}\n{how.text}"
    return Reply(text=text, private=True, file=how.picture, delivery=Delivery.AT_MOST_ONCE)


async def list_mine(ctx: Ctx) -> Reply:
    """Return the talker's consultations; who answers reads whom they will see."""
    mine: list[Booking] = await ctx.read(_mine, ctx)
    hosted: list[Booking] = await ctx.read(_hosted, ctx)
    zone = zone_of(ctx)
    lines = [texts.standing(one, zone) for one in mine]
    lines = ["您约的咨询，改时间发「改约」，来不了发「取消咨询」：", *lines] if lines else []
    return Reply(text="\n".join([*lines, *texts.agenda(hosted, zone)]) or texts.NOTHING_BOOKED, private=True)


async def cancel(ctx: Ctx, number: int | None, *, is_sure: bool) -> Reply:
    """Give a consultation up, asked first; the host and the owner call it off.

    Raises:
        UserError: there is none, or it is too late.
    """
    one = await _find(ctx, number, with_hosted=True)
    if isinstance(one, Reply):
        return one
    if is_sure:
        text: str = await ctx.db(_cancel, ctx, one.number)
        return Reply(text=text, private=True)
    order: Order | None = await ctx.read(get_order, one.order_number)
    _check_term(ctx, one)
    paid_fen = order.paid_fen if order else 0
    ask = texts.ask_to_cancel if one.member_id == ctx.talker.id else texts.ask_to_call_off
    return Reply(text=ask(one, zone_of(ctx), paid_fen), confirm=f"取消咨询 Z{one.number} 确定", private=True)


async def move(ctx: Ctx, number: int | None, meant: SlotTime | None, host: str) -> Reply:
    """Move a consultation to another time; without one the times are listed.

    Raises:
        UserError: there is none, it is too late, or that time cannot be had.
    """
    one = await _find(ctx, number, with_hosted=False)
    if isinstance(one, Reply):
        return one
    _check_term(ctx, one)
    if meant is not None and meant.day is None:
        text: str = await ctx.db(_move, ctx, one.number, meant, host or one.slot.host)
        return Reply(text=text, private=True)
    zone = zone_of(ctx)
    slots = [slot for slot in await _listed(ctx) if _is_alike(one, slot)]
    on_day = [slot for slot in slots if meant and slot.starts_at.astimezone(zone).date() == meant.day]
    slots = (on_day or slots)[:_LISTED]
    if not slots:
        return Reply(text=texts.ALL_TAKEN, private=True)
    command = f"改约 Z{one.number}"
    choices = tuple(Choice(texts.slot_line(slot, slots, zone), _command(command, slot, ctx)) for slot in slots)
    return Reply(text=f"Z{one.number} 改到哪个时间？回复数字：", choices=choices, private=True)


def may_call_off(db: Database, ctx: Ctx, one: Booking) -> bool:
    """Return whether the talker is the host of a consultation, or the owner."""
    host = find_host(db, one)
    return ctx.role >= Role.ADMIN or (host is not None and host.id == ctx.talker.id)


async def _may_book(ctx: Ctx, slot: Slot) -> bool:
    if slot.access == "free" or ctx.role >= Role.EXPERT:
        return True
    try:
        may_use = ctx.part("entitlements")
    except LookupError:  # no plans are sold here
        return False
    return bool(await may_use(ctx.talker, slot.access))


async def _listed(ctx: Ctx) -> list[Slot]:
    bookings: list[Booking] = await ctx.read(taken_since, ctx.now)
    return rules.bookable(ctx.config, bookings, ctx.now, zone_of(ctx))


async def _find(ctx: Ctx, number: int | None, *, with_hosted: bool) -> Booking | Reply:
    """Return the consultation that is meant, or the question which.

    Raises:
        UserError: there is none.
    """
    mine: list[Booking] = await ctx.read(_mine, ctx)
    hosted: list[Booking] = await ctx.read(_hosted, ctx) if with_hosted else []
    if number is not None:
        found = [one for one in (*mine, *hosted) if one.number == number]
        if not found:
            raise UserError(texts.NOT_YOURS)
        return found[0]
    if not mine and not hosted:
        if _is_chat(ctx):
            return CHAT
        raise UserError(texts.NOTHING_BOOKED)
    if len(mine) == 1:
        return mine[0]
    word = "取消咨询" if with_hosted else "改约"
    zone = zone_of(ctx)
    choices = [Choice(texts.standing(one, zone), f"{word} Z{one.number}") for one in mine or hosted]
    return Reply(text="哪一次？回复数字：", choices=tuple(choices), private=True)


def _check_term(ctx: Ctx, one: Booking) -> None:
    is_own = one.member_id == ctx.talker.id and ctx.role < Role.ADMIN
    is_late = not rules.may_change(one, ctx.now, ctx.config.change_until)
    if is_own and one.state is _State.BOOKED and is_late:
        raise UserError(texts.too_late(one, ctx.config.change_until))


def _command(word: str, slot: Slot, ctx: Ctx) -> str:
    local = slot.starts_at.astimezone(zone_of(ctx))
    return f"{word} {local:%Y-%m-%d %H:%M} {rules.squeeze(slot.host)}"


def _meant(meant: SlotTime, slots: list[Slot], host: str) -> Slot | None:
    return rules.meant_slot(meant, [one for one in slots if host in {"", one.host}])


def _is_alike(one: Booking, slot: Slot) -> bool:
    return slot.host == one.slot.host and slot.price_fen == one.slot.price_fen and slot.title == one.slot.title


def _is_chat(ctx: Context[Any]) -> bool:
    return ctx.room is not None and not ctx.text.startswith("/") and not (ctx.message and ctx.message.mentions_bot)


def _mine(db: Database, ctx: Ctx) -> list[Booking]:
    return [one for one in taken_since(db, ctx.now) if one.member_id == ctx.talker.id]


def _hosted(db: Database, ctx: Ctx) -> list[Booking]:
    return [one for one in taken_since(db, ctx.now) if one.member_id != ctx.talker.id and may_call_off(db, ctx, one)]


def _with_order(db: Database, number: int) -> tuple[Booking, Order | None]:
    one = get_booking(db, number)
    assert one is not None, "it was stored in the step before"
    return one, get_order(db, one.order_number) if one.order_number else None


# Each of these is one step: the time, the order and what people are told come together or not at all.


def _book(db: Database, ctx: Ctx, meant: SlotTime, host: str) -> int:
    taken = taken_since(db, ctx.now)
    mine = [one for one in taken if one.member_id == ctx.talker.id]
    for one in mine:
        if meant.at == one.slot.starts_at:
            if one.state is _State.BOOKED:
                raise UserError(f"您已经约好了：{texts.standing(one, zone_of(ctx))}。改时间发「改约」。")
            return one.number
    slot = _meant(meant, rules.bookable(ctx.config, taken, ctx.now, zone_of(ctx)), host)
    if slot is None:
        raise UserError(texts.NO_SUCH_TIME)
    if len(mine) >= ctx.config.most_booked:
        raise UserError(texts.too_many(len(mine)))
    return changing.take(db, ctx, slot).number


def _cancel(db: Database, ctx: Ctx, number: int) -> str:
    one = get_booking(db, number)
    if one is None or one.state not in TAKES_TIME:
        raise UserError(texts.NOT_YOURS)
    if one.member_id == ctx.talker.id:
        _check_term(ctx, one)
        paid_fen = changing.end(db, ctx, one, _State.CANCELLED)
        if one.state is _State.BOOKED:
            tell_host(db, ctx, one, texts.member_cancelled(one, zone_of(ctx)), "cancelled")
        send_calendar(db, ctx, one, is_cancelled=True)
        return texts.cancelled(one, paid_fen)
    if not may_call_off(db, ctx, one):
        raise UserError(texts.NOT_YOURS)
    paid_fen = changing.end(db, ctx, one, _State.CALLED_OFF)
    tell_member(db, ctx, one, texts.called_off(one, zone_of(ctx), paid_fen), "called_off")
    send_calendar(db, ctx, one, is_cancelled=True)
    return texts.call_off_noted(one)


def _move(db: Database, ctx: Ctx, number: int, meant: SlotTime, host: str) -> str:
    one = get_booking(db, number)
    if one is None or one.state not in TAKES_TIME or one.member_id != ctx.talker.id:
        raise UserError(texts.NOT_YOURS)
    others = [other for other in taken_since(db, ctx.now) if other.number != number]
    slots = rules.bookable(ctx.config, others, ctx.now, zone_of(ctx))
    alike = [slot for slot in slots if _is_alike(one, slot)]
    slot = _meant(meant, alike, host)
    if slot is None:
        raise UserError(texts.other_price(one) if _meant(meant, slots, "") else texts.NO_SUCH_TIME)
    after = changing.move(db, ctx, one, slot)
    return texts.moved(after, one.slot, zone_of(ctx))
