"""What the gateway is asked to do for a row, and what each way of failing means."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.errors import GatewayError, GatewayRefused, GatewayUnavailable, NotSupported
from bot.gateway import Gateway
from bot.model import Act, Outgoing, Priority
from bot.outbox_queue import SendResult
from bot.outbox_rows import OutboxState
from bot.outbox_turn import TOLD, Outcome, Parcel

log = logging.getLogger(__name__)

_UNREACHABLE_PATIENCE = timedelta(minutes=1)
_MOST_UNREACHABLE = 10  # tries, a minute apart, for a room or person the gateway has not shown since the login


async def perform(gateway: Gateway, parcel: Parcel) -> str | None:
    """Do what a row says and return the message id, if it is a message and the gateway tells.

    Raises:
        GatewayError: as the `Gateway` protocol says.
    """
    row, person = parcel.row, parcel.person
    if row.act in {Act.IMAGE, Act.FILE} and parcel.file is not None:
        return await gateway.send_file(parcel.to, parcel.file)
    if row.act is Act.NOTICE:
        await gateway.set_notice(parcel.to.room_id, row.text)
    elif row.act is Act.REMOVE and person is not None:
        await gateway.remove_member(parcel.to.room_id, person.contact_id)
    elif row.act is Act.INVITE and person is not None:
        await gateway.add_member(parcel.to.room_id, person.contact_id)
    elif row.act is Act.TEXT:
        return await gateway.send_text(parcel.to, row.spoken_text, parcel.mentions)
    else:
        raise GatewayRefused(f"row {row.id} is incomplete")
    return None


def is_reachable(parcel: Parcel) -> bool:
    """Whether the gateway has shown the room and the person since its login."""
    needs_person = parcel.row.act in {Act.REMOVE, Act.INVITE}
    return bool(parcel.to.key) and not (needs_person and not (parcel.person and parcel.person.contact_id))


def succeeded(parcel: Parcel, message_id: str | None, at: datetime) -> Outcome:
    """Return the outcome of a call that was answered."""
    return Outcome(result=_result(parcel, OutboxState.SENT, at, message_id=message_id or ""))


def unreachable(parcel: Parcel, at: datetime) -> Outcome:
    """Return the outcome for a place the gateway does not know: it may turn up, so it is tried for a while."""
    if parcel.attempt < _MOST_UNREACHABLE:
        error, next_at = "place not seen since login", at + _UNREACHABLE_PATIENCE
        return Outcome(result=_result(parcel, OutboxState.PENDING, at, error=error, next_at=next_at))
    return _failed(parcel, GatewayRefused("place not seen since login"), at)


def failed(parcel: Parcel, error: GatewayError, at: datetime, settle_at: datetime) -> Outcome:
    """Return the outcome of a call that raised.

    Args:
        parcel: what was to be sent.
        error: what the gateway raised.
        at: when.
        settle_at: until when to wait for the echo of what may have been done.
    """
    if isinstance(error, GatewayUnavailable):  # the whole sender pauses; a time of its own would let others overtake it
        return Outcome(result=_result(parcel, OutboxState.PENDING, at, error=str(error)))
    if isinstance(error, GatewayRefused | NotSupported):
        return _failed(parcel, error, at)
    return doubtful(parcel, str(error), at, settle_at)


def doubtful(parcel: Parcel, error: str, at: datetime, settle_at: datetime) -> Outcome:
    """Return the outcome of a call that may or may not have been done."""
    return Outcome(result=_result(parcel, OutboxState.UNCERTAIN, at, error=error, next_at=settle_at))


def put_back(parcel: Parcel, at: datetime) -> Outcome:
    """Return the outcome for a row that was claimed and not sent: an earlier one of its lane holds it up."""
    return Outcome(result=_result(parcel, OutboxState.PENDING, at))


def _failed(parcel: Parcel, error: GatewayError, at: datetime) -> Outcome:
    log.error("row %s act=%s failed: %s", parcel.row.id, parcel.row.act, error)
    is_told = not parcel.row.cause.startswith(TOLD)
    is_lacking = isinstance(error, NotSupported)
    return Outcome(
        result=_result(parcel, OutboxState.FAILED, at, error=str(error)),
        instead=_instead(parcel) if is_lacking else None,
        tell=(_lacking_text(parcel) if is_lacking else _refused_text(parcel)) if is_told else "",
        room_id=parcel.row.room_id,
    )


def _result(
    parcel: Parcel,
    state: OutboxState,
    at: datetime,
    *,
    message_id: str = "",
    error: str = "",
    next_at: datetime | None = None,
) -> SendResult:
    return SendResult(
        row_id=parcel.row.id, attempt=parcel.attempt, state=state, at=at,
        message_id=message_id, error=error, next_at=next_at,
    )  # fmt: skip


def _instead(parcel: Parcel) -> Outgoing | None:
    """Return what is said where the gateway cannot do what was asked."""
    row = parcel.row
    if row.act is Act.NOTICE:
        text = row.text
    elif row.act in {Act.IMAGE, Act.FILE} and parcel.file is not None:
        text = f"文件「{parcel.file.name}」在这里发不出来，已告诉群主。"
    else:
        return None
    return Outgoing(
        room_id=row.room_id,
        member_id="" if row.room_id else row.member_id,
        text=text,
        dedupe_key=f"{row.id}/instead",
        priority=Priority(row.priority),
        delivery=row.delivery,
        cause=row.cause,
        reason=row.reason,
    )


def _where(parcel: Parcel) -> str:
    if parcel.room is not None:
        return f"「{parcel.room.topic}」"
    return f"「{parcel.person.name}」" if parcel.person else "对方"


def _who(parcel: Parcel) -> str:
    return f"「{parcel.person.name}」" if parcel.person else "这位成员"


def _lacking_text(parcel: Parcel) -> str:
    """Return what the owner reads when the gateway lacks the capability."""
    because = f"原因：{parcel.row.reason}。" if parcel.row.reason else ""
    texts = {
        Act.REMOVE: f"这个账号不能移除成员，请手动把{_who(parcel)}移出{_where(parcel)}。{because}",
        Act.INVITE: f"这个账号不能拉人进群，请手动邀请{_who(parcel)}进{_where(parcel)}。{because}",
        Act.NOTICE: f"这个账号不能设置群公告，已改成普通消息发到{_where(parcel)}。",
        Act.IMAGE: f"这个账号不能发图片，{_where(parcel)}只收到一行说明。",
        Act.FILE: f"这个账号不能发文件，{_where(parcel)}只收到一行说明。",
    }
    return texts.get(parcel.row.act, f"这个账号不能私聊，给{_where(parcel)}的消息没有发出。")


def _refused_text(parcel: Parcel) -> str:
    """Return what the owner reads when the gateway refused."""
    texts = {
        Act.REMOVE: f"把{_who(parcel)}移出{_where(parcel)}被拒绝，请确认机器人是群主或管理员。",
        Act.INVITE: f"邀请{_who(parcel)}进{_where(parcel)}被拒绝，请手动邀请。",
        Act.NOTICE: f"设置{_where(parcel)}的群公告被拒绝，请确认机器人是群主或管理员。",
    }
    default = f"给{_where(parcel)}的一条消息被拒绝，没有发出（编号 {parcel.row.short_id}）。"
    return texts.get(parcel.row.act, default)
