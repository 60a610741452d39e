"""Revenue: what sessions brought in, beside what the documents' model says, and how far that can be trusted."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Plugin, Reply, Rest, Role
from bot.plugins.revenue import answering
from bot.plugins.revenue.model import NAME

plugin: Plugin[Any] = Plugin(NAME, requires=("training", "attendance"), title="收入")


@plugin.command(
    "收入",
    role=Role.OWNER,
    examples=(("收入 本月", "本月收入：2 场，实收 2475 元。…"), ("收入 若 129", "如果票价从 99 元改成 129 元…")),
    utterances=("这个月收入多少", "这个月赚了多少", "上次课收了多少钱"),
)
async def show_revenue(ctx: Context[Any], what: Rest | None = None) -> Reply | str:
    """收入 [本月|上月|全部|场次|若 129]：看收入、到场和模型对照，或估算改价。"""
    return await answering.answer(ctx, what or "")
