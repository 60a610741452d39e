"""Where payment providers call back: one page each, answered once the facts are on disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from quart import Quart, Response, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

log = logging.getLogger(__name__)

Hear = Callable[[str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]
"""(provider, headers, body) → (status, body of the answer); `PaymentDesk.hear`."""

LARGEST_BODY: Final = 64 << 10
"""Bytes; a sealed callback of WeChat Pay has two thousand."""
_SECONDS: Final = 5.0
"""WeChat Pay counts a callback as lost when it is not answered within five seconds (pay.weixin.qq.com, 支付通知)."""
_TOO_BUSY: Final = 503


def make_callback_app(hear: Hear) -> Quart:
    """Return the application; it has no other page than `POST /pay/<provider>`.

    Args:
        hear: takes a callback; it does not return before what it reports is stored.
    """
    app = Quart(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["BODY_TIMEOUT"] = _SECONDS

    @app.post("/pay/<provider>")
    async def callback(provider: str) -> Response:
        try:
            body: bytes = await request.body
        except RequestEntityTooLarge:
            return Response(status=413)
        except RequestTimeout:
            return Response(status=408)
        try:
            async with asyncio.timeout(_SECONDS):
                status, answer = await hear(provider, dict(request.headers), body)
        except TimeoutError:  # it is sent again, and what was stored meanwhile is known then
            log.warning("callback not taken in time provider=%s", provider)
            return Response(status=_TOO_BUSY)
        return Response(answer, status=status, content_type="application/json" if answer else None)

    return app
