"""A look at a puppet service for `doctor`: it answers, it takes the token; a running bot is not disturbed."""

from __future__ import annotations

from bot.gateway.wechaty_client import PuppetClient
from bot.gateway.wechaty_settings import Timings, TlsSettings
from bot.gateway.wechaty_stub import find_peer


async def check_service(
    endpoint: str, token: str, *, tls: TlsSettings | None = None, timings: Timings | None = None
) -> str:
    """Return the version the puppet behind a service tells.

    Args:
        endpoint: `host:port` of the service.
        token: its token.
        tls: None for plaintext.
        timings: waiting times.

    Raises:
        GatewayUnavailable: it cannot be reached or does not answer.
        GatewayRefused: the token or the settings are wrong.
    """
    client = PuppetClient(find_peer(endpoint, token, tls), timings or Timings())
    try:
        return await client.version_text()
    finally:
        client.close()
