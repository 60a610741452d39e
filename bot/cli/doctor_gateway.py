"""`doctor`: whether what listens at the gateway's address is a puppet service, and takes the token."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from bot.cli.finding import Finding
from bot.config import TOKEN_VARIABLE
from bot.config_model import Config
from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported, QunzhiError

_NAME: Final = "网关服务"
_SECONDS: Final = 5.0


def check_service(config: Config) -> Finding:
    """Ask the puppet service for its version; a bot that is connected there is not disturbed.

    Args:
        config: with token and address.
    """
    try:
        version = asyncio.run(_ask_version(config))
    except GatewayUnavailable:
        other = "关掉" if config.gateway.tls else "打开"
        return Finding("fail", _NAME, f"没有应答，请检查那里运行的是不是 puppet service，或{other} gateway 的 tls 试试")
    except GatewayRefused as error:
        return Finding(
            "fail", _NAME, f"密钥或设置不对（{error}），请检查环境变量 {TOKEN_VARIABLE} 和 bot.yaml 的 gateway"
        )
    except NotSupported:
        version = ""  # it knows us, and has nothing to say
    except QunzhiError as error:
        return Finding("fail", _NAME, f"没有正常应答（{error}），请看看网关的日志")
    return Finding("ok", _NAME, f"有应答，密钥对，版本 {version or '没有说'}")


async def _ask_version(config: Config) -> str:
    from bot.gateway import wechaty_check  # a second to load: only for who connects to one
    from bot.gateway.wechaty_settings import Timings, TlsSettings

    settings, token = config.gateway, config.gateway_token
    assert settings.endpoint is not None
    assert token is not None
    ca_file = Path(settings.ca_file) if settings.ca_file else None
    return await wechaty_check.check_service(
        settings.endpoint,
        token.get_secret_value(),
        tls=TlsSettings(ca_file, settings.server_name) if settings.tls else None,
        timings=Timings(connect=_SECONDS, call=_SECONDS),
    )
