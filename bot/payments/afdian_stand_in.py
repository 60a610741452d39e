"""爱发电 on loopback, for tests and the demo: people pay there, its API checks signatures, and it fails on demand."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from bot.clock import Clock
from bot.payments.stand_in_http import LoopbackServer

USER_ID: Final = "a" * 32
TOKEN: Final = "stand-in-token"  # noqa: S105 - of nothing but this
_CHINA: Final = timezone(timedelta(hours=8))
_SIGNED_FOR: Final = 3600  # seconds a signature is taken
_PER_PAGE: Final = 50
_HTML: Final = "text/html; charset=utf-8"


class Fault(StrEnum):
    """What goes wrong with one answer."""

    DROP = "drop"
    BROKEN = "broken"
    SERVER_ERROR = "server_error"
    OTHER_ORDER = "other_order"
    HUGE = "huge"


class AfdianStandIn:
    """A creator's account with its orders.

    Args:
        clock: dates orders, and tells whether a signature is too old.
        seed: makes the last digits of numbers.

    Attributes:
        orders: by number, as the API gives them.
        asked: the parameters of every request so far.
        faults: what goes wrong with the next answers.
        pages: what else is served: beginning of the path → (method, the rest of it) → status and HTML.
        url: where it listens while `running`.
    """

    def __init__(self, clock: Clock, seed: int = 1) -> None:
        self._clock, self._dice = clock, random.Random(seed)  # noqa: S311 - numbers of orders are no secret
        self._turns = threading.Lock()
        self.orders: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.faults: deque[Fault] = deque()
        self.pages: dict[str, Callable[[str, str], tuple[int, bytes]]] = {}
        self.url = ""

    def pay(
        self,
        amount: str,
        *,
        plan_id: str = "",
        month: int = 1,
        remark: str = "",
        custom: str = "",
        user: str = "payer1",
    ) -> str:
        """Have somebody pay, and return the order's number.

        Args:
            amount: in yuan, as `19.90`.
            plan_id: the plan's id; empty for an amount of one's own choice.
            month: how many months of it.
            remark: what the payer writes.
            custom: what the link carries.
            user: who it is.
        """
        number = f"{self._clock.now().astimezone(_CHINA):%Y%m%d%H%M%S}{self._dice.randrange(10**13):013d}"
        with self._turns:
            self.orders[number] = {
                "out_trade_no": number, "user_id": user.ljust(32, "0"), "plan_id": plan_id, "month": month,
                "total_amount": amount, "show_amount": amount, "status": 2, "remark": remark, "redeem_id": "",
                "product_type": 0, "discount": "0.00", "sku_detail": [], "custom_order_id": custom,
                "address_person": "", "address_phone": "", "address_address": "",
            }  # fmt: skip
        return number

    def webhook(self, number: str, **changes: object) -> bytes:
        """Return the webhook that is sent about an order, or a forged one.

        Args:
            number: of the order, or any.
            changes: what is written otherwise than it is.
        """
        order = {
            **self.orders.get(number, {"out_trade_no": number, "status": 2, "total_amount": "99999.00"}),
            **changes,
        }
        return json.dumps({"ec": 200, "em": "ok", "data": {"type": "order", "order": order}}).encode()

    @contextmanager
    def running(self) -> Iterator[str]:
        """Listen while the block runs; gives the address."""
        server = LoopbackServer(_handler_of(self))
        server.start()
        self.url = server.url
        try:
            yield self.url
        finally:
            server.stop()

    def answer(self, body: bytes) -> dict[str, Any]:
        """Return what the API says to a request."""
        try:
            asked = json.loads(body)
            text, ts, user_id = asked["params"], asked["ts"], asked["user_id"]
            params = json.loads(text)
        except (ValueError, LookupError, TypeError):
            return {"ec": 400001, "em": "params incomplete"}
        if not isinstance(ts, int) or abs(self._clock.now().timestamp() - ts) > _SIGNED_FOR:
            return {"ec": 400002, "em": "time was expired"}
        kept = f"{TOKEN}params{text}ts{ts}user_id{USER_ID}".encode()
        if user_id != USER_ID or asked.get("sign") != hashlib.md5(kept, usedforsecurity=False).hexdigest():
            return {"ec": 400005, "em": "sign validation failed"}
        with self._turns:
            self.asked.append(params)
            return {"ec": 200, "em": "ok", "data": self._find(params)}

    def _find(self, params: dict[str, Any]) -> dict[str, Any]:
        orders = sorted(self.orders.values(), key=lambda order: str(order["out_trade_no"]), reverse=True)
        if numbers := params.get("out_trade_no"):
            found = [order for order in orders if order["out_trade_no"] in str(numbers).split(",")]
            return {"list": found, "total_count": len(found), "total_page": 1}
        size, page = min(int(params.get("per_page", _PER_PAGE)), 100), int(params.get("page", 1))
        pages = -(-len(orders) // size)
        return {"list": orders[(page - 1) * size : page * size], "total_count": len(orders), "total_page": pages}


def _handler_of(stand_in: AfdianStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            """Write nothing: the tests look at `asked`."""

        def do_POST(self) -> None:
            """Answer the one question there is."""
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path != "/api/open/query-order":
                self._send(*(_find_page(stand_in, "POST", self.path) or (404, b"")), kind=_HTML)
                return
            fault = stand_in.faults.popleft() if stand_in.faults else None
            answer = stand_in.answer(body)
            if fault is Fault.DROP:
                self.close_connection = True
            elif fault is Fault.SERVER_ERROR:
                self._send(502, b"<html>")
            elif fault is Fault.BROKEN:
                self._send(200, b'{"ec": 200, "data": {"list": [')
            elif fault is Fault.HUGE:
                self._send(200, b" " * (2 << 20))
            else:
                self._send(200, json.dumps(_lie(answer) if fault else answer).encode())

        def do_GET(self) -> None:
            """Show a page."""
            self._send(*(_find_page(stand_in, "GET", self.path) or (404, b"")), kind=_HTML)

        def _send(self, status: int, data: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


def _find_page(stand_in: AfdianStandIn, method: str, path: str) -> tuple[int, bytes] | None:
    found = ((beginning, serve) for beginning, serve in stand_in.pages.items() if path.startswith(beginning))
    return next((serve(method, path.removeprefix(beginning)) for beginning, serve in found), None)


def _lie(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer about another order than was asked for."""
    order = {"out_trade_no": "20260101000000" + "9" * 13, "status": 2, "total_amount": "99999.00", "month": 1}
    return {**answer, "data": {"list": [order], "total_count": 1, "total_page": 1}}
