"""What members read about sharing."""

from __future__ import annotations

from bot.plugins.qa.api import Post


def alike_text(post: Post, alike: float) -> str:
    """Return what is asked about a near duplicate."""
    asked = f"与 #{post.number}《{post.title}》相似 {alike:.0%}："
    return f"{asked}\n1. 不发了，用 #{post.number}\n2. 仍然发布\n请回复数字。"
