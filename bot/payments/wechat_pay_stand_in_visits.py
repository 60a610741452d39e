"""The stand-in's web side, unsigned: tells a page who visits it, as an official account does; shows added pages."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.payments.wechat_pay_stand_in_keys import APP_ID

_ASKING: Final = "/connect/oauth2/authorize"
_ANSWERING: Final = "/sns/oauth2/access_token"
_USED_CODE, _WRONG_SECRET = 40163, 40001  # WeChat's own numbers for them

Page = Callable[[str, str], tuple[int, bytes, dict[str, str]]]
"""(method, rest of the path) → status, body, headers."""


class StandInVisits:
    """Who visits, and with which codes they were sent back.

    Attributes:
        secret: of the official account.
        visitor: openid of whoever opens a page next.
        pages: beginning of a path → what answers it, given the method and the rest of the path.
    """

    def __init__(self) -> None:
        self.secret = secrets.token_hex(16)
        self.visitor = "oStandInPayer"
        self.pages: dict[str, Page] = {}
        self._codes: dict[str, str] = {}

    def answer(self, path: str, method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
        """Return status, body and headers for a request that is no request to WeChat Pay."""
        parts = urlsplit(path)
        for beginning, show in self.pages.items():
            if parts.path.startswith(beginning):
                return show(method, parts.path.removeprefix(beginning))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == _ASKING and query.get("appid") == APP_ID and query.get("response_type") == "code":
            code = secrets.token_hex(16)
            self._codes[code] = self.visitor
            back = urlencode({"code": code, "state": query.get("state", "")})
            return HTTPStatus.FOUND, b"", {"Location": f"{query['redirect_uri']}?{back}"}
        if parts.path == _ANSWERING:
            return HTTPStatus.OK, json.dumps(self._tell(query)).encode(), {"Content-Type": "text/plain"}
        return HTTPStatus.NOT_FOUND, b"", {}

    def _tell(self, query: dict[str, str]) -> dict[str, object]:
        if (query.get("appid"), query.get("secret")) != (APP_ID, self.secret):
            return {"errcode": _WRONG_SECRET, "errmsg": "invalid credential"}
        openid = self._codes.pop(query.get("code", ""), None)
        if openid is None:
            return {"errcode": _USED_CODE, "errmsg": "code been used"}
        return {"access_token": secrets.token_hex(16), "expires_in": 7200, "openid": openid, "scope": "snsapi_base"}
