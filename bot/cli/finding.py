"""What `doctor` says about one thing it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: `fail` keeps the bot from working, `warn` will bite one day.
        name: what was looked at, in Chinese.
        text: what was found, and what to do, in Chinese.
    """

    state: Literal["ok", "warn", "fail"]
    name: str
    text: str
