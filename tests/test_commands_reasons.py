"""Every decision has a Chinese sentence."""

from __future__ import annotations

from typing import Any

import pytest

from bot.commands_reasons import Reason, explain


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_even_without_facts(reason: Reason) -> None:
    sentence = explain({"reason": str(reason)})
    assert sentence.endswith("。")
    assert "没有留下记录" not in sentence


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ({}, "没有留下记录。"),
        ({"reason": "of the future"}, "没有留下记录。"),
        ({"reason": "not_addressed"}, "没有 @我，本群只在 @我 或用指令时回答。"),
        (
            {"reason": "not_addressed", "notes": ["not_arguments"], "command": "报名"},
            "没有 @我，本群只在 @我 或用指令时回答。以「报名」开头，但后面的内容不像它的参数，当作闲聊。",
        ),
        ({"reason": "role", "command": "警告", "needs": 3}, "「警告」要管理员才能用。"),
        (
            {"reason": "limit", "command": "问", "refusal": "cooldown", "wait_seconds": 37.6, "limit": 60.0},
            "「问」冷却剩 38 秒，每 60 秒可用一次。",
        ),
        (
            {"reason": "limit", "command": "问", "refusal": "daily", "limit": 5, "told": False},
            "「问」每人每天 5 次，当天已经用完。提醒过一次了，所以没有再说。",
        ),
        ({"reason": "ran", "command": "报名", "mode": "slash"}, "以 / 开头，执行了指令「报名」。"),
        (
            {
                "reason": "help",
                "notes": ["intent", "no_encoder"],
                "intent_score": 0.9,
                "intent_threshold": 0.95,
                "intent_command": "报名",
            },
            (
                "是对我说的，但不是指令也不像提问，回复了一行帮助。"
                "最像「报名」，相似度 0.90，低于阈值 0.95。语义模型还没有准备好，只按句式判断。"
            ),
        ),
    ],
)
def test_a_decision_is_told(decision: dict[str, Any], sentence: str) -> None:
    assert explain(decision) == sentence
