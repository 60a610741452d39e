"""`doctor`: whether the optional language model answers, takes the key and has the model."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Final, Literal
from urllib.parse import urlsplit

from bot.cli.finding import Finding
from bot.clock import SystemClock
from bot.config_language_model import ENDPOINT_VARIABLE, MODEL_VARIABLE, LanguageModelConfig
from bot.language_model import LanguageModelError
from bot.language_model_http import HttpLanguageModel

_NAME: Final = "大模型"
_SECONDS: Final = 5.0
_MOST_LISTED: Final = 5
_SENT: Final = "只把提问和引用片段的文字发给它"


def check_language_model(config: LanguageModelConfig | None) -> list[Finding]:
    """Look whether it can be used; answers do not depend on it, so nothing here keeps the bot from starting.

    Args:
        config: what the environment names; None for nothing.
    """
    if config is None:
        return [Finding("ok", _NAME, f"没有设置，回答都是摘录；想用就设置环境变量 {ENDPOINT_VARIABLE}")]
    state, text = asyncio.run(_probe(config))
    findings = [Finding(state, _NAME, text)]
    if urlsplit(config.base).scheme == "http" and not _is_near(urlsplit(config.base).hostname or ""):
        findings.append(Finding("warn", _NAME, f"{config.host} 用的是 http，密钥和提问是明文，请改用 https"))
    return findings


async def _probe(config: LanguageModelConfig) -> tuple[Literal["ok", "warn"], str]:
    model = HttpLanguageModel(config, SystemClock())
    try:
        names = await model.probe(_SECONDS)
    except LanguageModelError as error:
        return "warn", f"{config.host}：{error}；在它好之前，回答都是摘录"
    finally:
        await model.close()
    if names and config.model not in names:
        listed = "、".join(names[:_MOST_LISTED])
        return "warn", f"{config.host} 没有叫 {config.model} 的模型，有 {listed} 等，请检查 {MODEL_VARIABLE}"
    return "ok", f"{config.host} 能连上，用 {config.model}，{_SENT}"


def _is_near(host: str) -> bool:
    """Return whether a host is this machine or in the same network."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host
