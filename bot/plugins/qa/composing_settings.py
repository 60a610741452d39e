"""What an owner can set for answers that a language model writes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.plugin import Settings


def _as_word(value: object) -> object:
    """Return `off` for what YAML reads it as."""
    return {False: "off", True: "everyone"}[value] if isinstance(value, bool) else value


_Who = Annotated[
    Literal["everyone", "member", "off"],
    BeforeValidator(_as_word, json_schema_input_type=Literal["everyone", "member", "off"]),
]


class ComposingSettings(Settings):
    """`plugins: qa: composing:` in bot.yaml; without QUNZHI_LLM_ENDPOINT in the environment it does nothing."""

    who: _Who = Field(default="everyone", title="给谁用")
    """everyone 谁问都用；member 只给会员、专家和群主；off 不用，只发摘录。"""
    daily: int = Field(default=200, ge=0, le=100_000, title="每日次数")
    """整个社群每天最多请大模型写几次。"""
    daily_per_member: int = Field(default=20, ge=0, le=10_000, title="每人每日次数")
    """每人每天最多几次。"""
    most_tokens: int = Field(default=400, ge=50, le=4000, title="最多 token")
    """大模型一次最多写多少 token。"""
    seconds: float = Field(default=8.0, gt=0, le=20, title="最多等几秒")
    """等大模型最多几秒，到时就发摘录。"""
