"""The stand-in's HTTP side: checks the signature of each request, answers it signed, and lets answers go wrong."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import secrets
import threading
from collections import deque
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bot.clock import Clock, SystemClock
from bot.payments.stand_in_http import LoopbackServer
from bot.payments.wechat_pay_stand_in_account import Refusal, StandInAccount
from bot.payments.wechat_pay_stand_in_bill import write_bill
from bot.payments.wechat_pay_stand_in_keys import StandInKeys
from bot.payments.wechat_pay_stand_in_visits import StandInVisits

_JSON: Final = "application/json; charset=utf-8"
_ORDER: Final = re.compile(r"/v3/pay/transactions/out-trade-no/([^/]+)(/close)?")
_REFUNDS: Final = "/v3/refund/domestic/refunds"
_IN_A_HUNDRED: Final = 100


class Fault(StrEnum):
    """What goes wrong with one answer: what was asked for is done all the same."""

    DROP = "drop"
    HANG = "hang"
    TAMPER = "tamper"
    STRIP = "strip"
    OTHER_SERIAL = "other_serial"
    BROKEN = "broken"


class StandInServer:
    """Listens on loopback, each request in a thread of its own.

    Args:
        keys: both sides'.
        clock: what answers are dated with; requests are signed by the real time, which the library takes.
        dropped_percent: how many answers get lost, of a hundred.
        seed: decides which.

    Attributes:
        account: what is asked about.
        turns: held by whoever touches the account.
        visits: who opens pages.
        faults: what goes wrong with the next answers.
        asked: every request so far, as `GET /v3/…`.
        url: where it listens.
    """

    def __init__(self, keys: StandInKeys, clock: Clock, *, dropped_percent: int, seed: int) -> None:
        self._keys, self._clock = keys, clock
        self._dropped, self._seed = dropped_percent, seed
        self._ended = threading.Event()
        self._bills: dict[str, bytes] = {}
        self.account, self.turns = StandInAccount(clock.now), threading.Lock()
        self.visits = StandInVisits()
        self.faults: deque[Fault] = deque()
        self.asked: list[str] = []
        self._server = LoopbackServer(_handler_of(self))
        self.url = self._server.url

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Answer no more; what hangs is let go."""
        self._ended.set()
        self._server.stop()

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, bytes, str]:
        """Do what a request asks for and return status, body and type of the answer."""
        if not self._keys.is_signed(authorization, method, path, body, SystemClock().now()):
            return HTTPStatus.UNAUTHORIZED, b'{"code": "SIGN_ERROR", "message": "sign"}', _JSON
        try:
            with self.turns:
                return self._route(method, path, body)
        except Refusal as refusal:
            return refusal.status, json.dumps({"code": refusal.code, "message": "no"}).encode(), _JSON

    def _route(self, method: str, path: str, body: bytes) -> tuple[int, bytes, str]:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/v3/billdownload/file":
            return HTTPStatus.OK, self._bills[query["token"]], "application/octet-stream"
        data = json.loads(body) if body else {}
        if (found := _ORDER.fullmatch(parts.path)) and found[2]:
            self.account.close(found[1])
            return HTTPStatus.NO_CONTENT, b"", _JSON
        told = self._do(method, parts.path, query, data)
        return HTTPStatus.OK, json.dumps(told, ensure_ascii=False).encode(), _JSON

    def _do(self, method: str, path: str, query: dict[str, str], data: dict[str, Any]) -> dict[str, Any]:
        if path in {"/v3/pay/transactions/native", "/v3/pay/transactions/jsapi"}:
            return self.account.place(path.rpartition("/")[2].upper(), data)
        if found := _ORDER.fullmatch(path):
            return self.account.describe_order(found[1])
        if path.startswith(_REFUNDS):
            number = self.account.refund(data).number if method == "POST" else path.rpartition("/")[2]
            return self.account.describe_refund(number)
        return self._do_the_rest(path, query)

    def _do_the_rest(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        if path == "/v3/bill/tradebill":
            return self._announce_bill(date.fromisoformat(query["bill_date"]))
        if path == "/v3/merchant-service/complaints-v2":
            return {"data": [], "limit": 1, "offset": 0, "total_count": 0}
        if path == "/v3/certificates":
            return self._keys.list_certificates(SystemClock().now())
        raise Refusal(HTTPStatus.NOT_FOUND, "NOT_FOUND")

    def _announce_bill(self, day: date) -> dict[str, Any]:
        bill, token = write_bill(self.account, day), secrets.token_hex(8)
        self._bills[token] = gzip.compress(bill)
        digest = hashlib.sha1(bill, usedforsecurity=False).hexdigest()
        url = f"{self.url}/v3/billdownload/file?token={token}"
        return {"hash_type": "SHA1", "hash_value": digest, "download_url": url}

    def next_fault(self, request: str) -> Fault | None:
        """Return what goes wrong with the answer to a request, such as `GET /v3/…`.

        Whether an answer is dropped depends on the request and how often it came, not on what other threads do.
        """
        with self.turns:
            self.asked.append(request)
            if self.faults:
                return self.faults.popleft()
            chance = random.Random(f"{self._seed} {request} {self.asked.count(request)}")  # noqa: S311 - no secret
            return Fault.DROP if chance.randrange(_IN_A_HUNDRED) < self._dropped else None

    def sign_answer(self, body: bytes, fault: Fault | None) -> dict[str, str]:
        """Return the headers of an answer."""
        if fault is Fault.STRIP:
            return {}
        serial = "PUB_KEY_ID_0000000000000000000000000000" if fault is Fault.OTHER_SERIAL else ""
        return self._keys.sign(body, self._clock.now(), serial=serial)

    def wait_for_the_end(self) -> None:
        """Hang until the stand-in is closed."""
        self._ended.wait()


def _handler_of(stand_in: StandInServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Write nothing down: paths hold tokens."""

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.path.startswith("/v3/"):
                self.reply(*stand_in.visits.answer(self.path, self.command))
                return
            fault = stand_in.next_fault(f"{self.command} {self.path}")
            status, answer, kind = stand_in.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
            if fault is Fault.HANG:
                stand_in.wait_for_the_end()
            if fault in {Fault.DROP, Fault.HANG}:
                self.close_connection = True
                return
            headers = stand_in.sign_answer(answer, fault)
            if fault is Fault.BROKEN:
                status, answer, headers = HTTPStatus.BAD_GATEWAY, b"<html>502</html>", {}
            if fault is Fault.TAMPER:
                answer = answer.replace(b"1", b"9")
            self.reply(status, answer, {**headers, "Content-Type": kind})

        def reply(self, status: int, answer: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = serve  # noqa: N815 - the names http.server looks for

    return Handler
