"""Organising: owners publish, cancel and move sessions in the chat, and schedules.yaml says so afterwards."""

from __future__ import annotations

from typing import Annotated, Any

from bot.plugin import Context, Plugin, Reply, Rest, Role, Settings
from bot.plugins.organising import changing, publishing
from bot.plugins.organising.model import DIALOGUE, MOVE_DIALOGUE, NAME
from bot.plugins.training.api import SessionKey

plugin: Plugin[Settings] = Plugin(NAME, requires=("training",), title="办课")

Ctx = Context[Settings]


@plugin.command(
    "发布场次",
    aliases=("开课", "发布课程"),
    role=Role.ADMIN,
    examples=(
        ("发布场次", "好的，一项一项来，随时发「取消」退出。课叫什么名字？"),
        ("发布场次 FastAPI 入门 2099-12-05 20:00 2h 30人 99元", "请核对：…"),
    ),
    utterances=("我要发布一个场次", "我想开一门新课"),
)
async def publish(ctx: Ctx, line: Annotated[Rest | None, "标题 时间 时长 名额 价格"] = None) -> Reply:
    """发布场次：一步一步问清楚再发布；也可以一行写完「发布场次 FastAPI 入门 周六 20:00 2h 30人 99元」。"""
    return await publishing.begin(ctx, line or "")


@plugin.dialogue(DIALOGUE)
async def go_on(ctx: Ctx, data: dict[str, Any]) -> Reply:
    """Take the answer to what was asked last."""
    return await publishing.answer(ctx, data)


@plugin.command("取消场次", aliases=("停课",), role=Role.ADMIN, examples=(("/取消场次 fastapi-101", "…"),))
async def cancel(
    ctx: Ctx, which: Annotated[SessionKey, "场次"], reason: Annotated[Rest | None, "原因"] = None
) -> Reply:
    """取消场次 <场次> [原因]：这场不办了，先告诉您影响谁，确认以后通知大家；整个系列写「全部」。"""
    return await changing.ask_to_cancel(ctx, which, reason or "")


@plugin.command("确定停办", role=Role.ADMIN, hidden=True)
async def cancel_surely(
    ctx: Ctx, which: Annotated[SessionKey, "场次"], reason: Annotated[Rest | None, "原因"] = None
) -> Reply:
    """确定停办 <场次> [原因]：不再问一遍。"""
    return await changing.cancel(ctx, which, reason or "")


@plugin.command("改期", role=Role.ADMIN, examples=(("/改期 fastapi-101 周日 20:00", "…"),))
async def move(ctx: Ctx, which: Annotated[SessionKey, "场次"], when: Annotated[Rest | None, "时间"] = None) -> Reply:
    """改期 <场次> <时间>：换一个时间，先告诉您影响谁，确认以后通知大家，报名都保留。"""
    return await changing.ask_to_move(ctx, which, when or "")


@plugin.dialogue(MOVE_DIALOGUE)
async def take_time(ctx: Ctx, data: dict[str, Any]) -> Reply:
    """Take the new time of a session."""
    return await changing.ask_to_move(ctx, data["session"], ctx.text)


@plugin.command("确定改到", role=Role.ADMIN, hidden=True)
async def move_surely(ctx: Ctx, which: Annotated[SessionKey, "场次"], when: Annotated[Rest, "时间"]) -> Reply:
    """确定改到 <场次> <时间>：不再问一遍。"""
    return await changing.move(ctx, which, when)
