"""The words of this plugin: how orders and payments in review are named."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar

from bot.plugin import normalise

NAME = "orders"
_NUMBER = re.compile(r"#?[Dd](\d{1,9})")
_KEY = re.compile(r"[Kk]([0-9a-fA-F]{8})")


@dataclass(frozen=True, slots=True)
class OrderNumber:
    """The number of an order as members type it: `D12`."""

    label: ClassVar[str] = "订单"
    value: int


@dataclass(frozen=True, slots=True)
class ReviewKey:
    """A payment in review, as choices name it: `K3f9a2c11`."""

    label: ClassVar[str] = "编号"
    value: str


def read_order_number(text: str) -> OrderNumber | None:
    """Read `D12`; None when it is none."""
    found = _NUMBER.fullmatch(normalise(text))
    return OrderNumber(int(found[1])) if found else None


def read_review_key(text: str) -> ReviewKey | None:
    """Read `K3f9a2c11`; None when it is none."""
    found = _KEY.fullmatch(normalise(text))
    return ReviewKey(found[1].lower()) if found else None


def short_key(fact_key: str) -> str:
    """Return what stands for a fact's key in a command: the key itself may hold the provider's numbers."""
    return hashlib.sha256(fact_key.encode()).hexdigest()[:8]
