"""What is said when a room talks of other things than its theme."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 20  # characters of a quoted message


def nudge(theme: str) -> str:
    """Return the gentle line for the room."""
    return f"大家聊得热闹，就是离「{theme}」有点远了。闲聊可以慢慢收个尾，有相关的问题随时发出来，我也在。"


def reason(theme: str, messages: int, share: float) -> str:
    """Return why, for the owner and the log.

    Args:
        theme: of the room.
        messages: how many were looked at.
        share: of them that is about other things, 0…1.
    """
    return f"最近 {messages} 条里大约 {round(messages * share)} 条和「{theme}」关系不大"


def with_example(why: str, example: str) -> str:
    """Return why, with the message quoted that is the farthest."""
    shown = " ".join(example.split())
    return f"{why}，比如「{shown if len(shown) <= _LONGEST else shown[:_LONGEST] + '…'}」"


def rehearsed(topic: str, why: str) -> str:
    """Return what the owner of a room that only rehearses reads."""
    return f"演练：「{topic}」{why}，本来会在群里轻轻提醒一句，这次没有说。"


def told(topic: str, why: str) -> str:
    """Return what the owner reads when the rule asks for a report."""
    return f"「{topic}」{why}。要不要把话题带回来，由您决定。"
