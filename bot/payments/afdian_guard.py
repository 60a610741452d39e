"""What stands in front of 爱发电's webhook: it is unsigned, so anybody may send one, and each costs a question."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from bot.payments.afdian_client import time_of
from bot.payments.provider import CallbackRefused

SAMPLE: Final = "202106232138371083454010626"
"""The number in the order that the button 发送测试 of the developer page sends (guide.afdian.com, 开发者 API)."""

_OLDEST: Final = timedelta(days=3)  # what is older is found by asking for the latest orders
_AHEAD: Final = timedelta(minutes=10)
_A_MINUTE: Final = timedelta(minutes=1)
_QUESTIONS: Final = 20  # a minute about numbers that nobody has heard of
_REMEMBERED: Final = 5000
_NEGATIVE: Final = timedelta(minutes=5)  # as long as a number that is not known is not asked about again


class WebhookGuard:
    """Says which numbers are worth a question."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()
        self._unknown: OrderedDict[str, datetime] = OrderedDict()
        self._asked: list[datetime] = []

    def read(self, body: bytes, now: datetime) -> str:
        """Return the number in a webhook that is worth a question; empty when it is known, or the test's.

        Args:
            body: as it came; nothing in it but the number is looked at.
            now: aware.

        Raises:
            CallbackRefused: it is not worth a question, or there were too many of them.
        """
        number = _number_in(body)
        if number == SAMPLE or number in self._known:
            return ""
        made_at = time_of(number)
        if made_at is None or not now - _OLDEST <= made_at <= now + _AHEAD:
            raise CallbackRefused("number")
        if now < self._unknown.get(number, now):
            raise CallbackRefused("unknown number")
        self._asked = [at for at in self._asked if now - at < _A_MINUTE]
        if len(self._asked) >= _QUESTIONS:
            raise CallbackRefused("too many")
        self._asked.append(now)
        return number

    def note(self, number: str, now: datetime, *, is_known: bool) -> None:
        """Remember what became of a question."""
        if is_known:
            self._known[number] = None
            self._unknown.pop(number, None)
        else:
            self._unknown[number] = now + _NEGATIVE
        for memory in (self._known, self._unknown):
            while len(memory) > _REMEMBERED:
                memory.popitem(last=False)


def _number_in(body: bytes) -> str:
    try:
        said = json.loads(body)
        number = said["data"]["order"]["out_trade_no"]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise CallbackRefused("form") from None
    if not isinstance(number, str):
        raise CallbackRefused("form")
    return number
