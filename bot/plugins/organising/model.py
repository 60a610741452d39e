"""A training session as an owner describes it in the chat, before it is written down."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

NAME = "organising"
DIALOGUE = "publish"
MOVE_DIALOGUE = "move"


class Step(StrEnum):
    """What is asked, in this order; the values are the names of the fields of `Plan`."""

    TITLE = "title"
    TIME = "time"
    DURATION = "duration"
    CAPACITY = "capacity"
    PRICE = "price"
    HOST = "host"
    ROOMS = "rooms"


STEPS = tuple(Step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known of a session so far; None is what has not been asked yet.

    Attributes:
        title: what it is about.
        time: `2026-12-05 20:00`, or a repetition such as `每周五 20:00`.
        is_series: whether `time` is a repetition.
        duration: as the file says it, `2h`.
        capacity: 0 is no limit.
        price: in yuan as the file says it; `0` is free.
        host: empty when nobody is named.
        rooms: topics.
        id: what members type.
    """

    title: str | None = None
    time: str | None = None
    is_series: bool = False
    duration: str | None = None
    capacity: int | None = None
    price: str | None = None
    host: str | None = None
    rooms: tuple[str, ...] | None = None
    id: str = ""

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Plan:
        """Return it from `to_data`, after JSON."""
        values = {field.name: data[field.name] for field in fields(cls)}
        return cls(**values | {"rooms": tuple(data["rooms"]) if data["rooms"] is not None else None})
