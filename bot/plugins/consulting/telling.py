"""Tells members, hosts and owners about consultations, in the transaction in which it became so."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.plugin import Act, Context, Database, Delivery, Member, Outgoing, Priority, find_by_identity
from bot.plugins.consulting import texts
from bot.plugins.consulting.calendar_file import make_file
from bot.plugins.consulting.model import Booking, BookingState
from bot.plugins.consulting.settings import ConsultingSettings

Ctx = Context[ConsultingSettings]


def zone_of(ctx: Ctx) -> ZoneInfo:
    """Return the community's zone: by its clock the hours are read and shown, wherever they are booked."""
    zone: ZoneInfo = ctx.part("config").zone()
    return zone


def find_host(db: Database, booking: Booking) -> Member | None:
    """Return the member who answers; None when bot.yaml names no account of theirs, or nobody is known by it."""
    kind, colon, value = booking.slot.account.partition(":")
    return find_by_identity(db, kind, value) if colon else None


def tell_member(db: Database, ctx: Ctx, booking: Booking, text: str, what: str) -> None:
    """Promise a member a line in private, or where they booked when there are no private chats."""
    is_alone = ctx.part("gateway").capabilities.can_send_private or not booking.room_id
    _promise(
        db,
        ctx,
        Outgoing(
            room_id="" if is_alone else booking.room_id,
            member_id=booking.member_id if is_alone else "",
            mentions=() if is_alone else (booking.member_id,),
            text=text if is_alone else "有您的咨询消息，但只能私聊发，当前通道发不了私聊，请直接联系群主。",
            dedupe_key=f"consulting/{ctx.cause}/{booking.number}/{what}",
        ),
    )


def tell_host(db: Database, ctx: Ctx, booking: Booking, text: str, what: str) -> None:
    """Promise the host a line; the owner reads it when the host has no account here."""
    key = f"consulting/{ctx.cause}/{booking.number}/{what}/host"
    host = find_host(db, booking)
    if host is None or not ctx.part("gateway").capabilities.can_send_private:
        ctx.part("notices").write(db, text, key)
    else:
        _promise(db, ctx, Outgoing(member_id=host.id, text=text, dedupe_key=key))


def tell_booked(db: Database, ctx: Ctx, booking: Booking) -> None:
    """Promise the member and the host that a consultation will be."""
    zone = zone_of(ctx)
    tell_member(db, ctx, booking, texts.booked(booking, zone, ctx.config.change_until), "booked")
    told = texts.told_host if find_host(db, booking) else texts.told_owner
    tell_host(db, ctx, booking, told(booking, zone), "booked")


def send_calendar(db: Database, ctx: Ctx, booking: Booking, *, is_cancelled: bool = False) -> None:
    """Promise the member and the host the calendar file of a consultation.

    Args:
        db: the transaction.
        ctx: the call.
        booking: as it is now; of one that has ended what it was: who never had a file gets none.
        is_cancelled: takes the entry out.
    """
    capabilities = ctx.part("gateway").capabilities
    can_be_sent = capabilities.can_send_private and capabilities.can_send_files
    if booking.state is not BookingState.BOOKED or not can_be_sent:
        return
    host = find_host(db, booking)
    host_id = host.id if host else ""
    for member_id in filter(None, dict.fromkeys((booking.member_id, host_id))):
        ctx.enqueue(
            db,
            Outgoing(
                member_id=member_id,
                act=Act.FILE,
                file=make_file(
                    booking, ctx.services.community, ctx.now, ctx.config.remind,
                    is_for_host=member_id == host_id, is_cancelled=is_cancelled,
                ),
                dedupe_key=f"consulting/{ctx.cause}/{booking.number}/calendar/{member_id}",
                priority=Priority.PRIVATE_NOTICE,
                delivery=Delivery.AT_LEAST_ONCE,
                cause=ctx.cause,
                reason="日历文件",
            ),
        )  # fmt: skip


def _promise(db: Database, ctx: Ctx, outgoing: Outgoing) -> None:
    is_talker = ctx.member is not None and ctx.member.id == outgoing.member_id and ctx.room is None
    ctx.enqueue(
        db,
        Outgoing(
            room_id=outgoing.room_id,
            member_id=outgoing.member_id,
            mentions=outgoing.mentions,
            text=outgoing.text,
            dedupe_key=outgoing.dedupe_key,
            priority=Priority.ANSWER if is_talker else Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="咨询",
        ),
    )
