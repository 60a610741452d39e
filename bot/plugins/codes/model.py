"""The words of redeem codes: batches, codes, and what a member wants with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from bot.plugins.membership.api import PlanVersion

NAME: Final = "codes"
"""The plugin's name."""

PROVIDER: Final = "code"
"""Who gives, in the facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Codes that were made together and give the same.

    Attributes:
        number: what the owner types: `B3`.
        plan: what each of them gives.
        count: how many codes.
        uses: how many members may use one code.
        expires_at: from when on they give nothing any more; None without an end.
        made_at: when, aware UTC.
        voided_at: when the owner took them back; None when they count.
        redeemed: how often they were used.
    """

    number: int
    plan: PlanVersion
    count: int
    uses: int = 1
    expires_at: datetime | None = None
    made_at: datetime
    voided_at: datetime | None = None
    redeemed: int = 0

    @property
    def shown(self) -> str:
        """How it is written."""
        return f"B{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCode:
    """What is kept of a code.

    Attributes:
        code_hash: the code itself is nowhere.
        batch: which one it is of.
        used: by how many members.
        is_void: the owner took this one back.
    """

    code_hash: str
    batch: Batch
    used: int = 0
    is_void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """One use of a code.

    Attributes:
        id: ours; the grant's key is made of it.
        batch: whose code it was.
        member_id: who used it.
        at: when, aware UTC.
        revoked_at: when it was taken back; None when it counts.
    """

    id: str
    batch: int
    member_id: str
    at: datetime
    revoked_at: datetime | None = None

    @property
    def grant_key(self) -> str:
        """The key of the fact that gave it; it names nobody, so it may stay for ever."""
        return f"{PROVIDER}:{self.batch}:{self.id}"


class Outcome(StrEnum):
    """What became of a code that was typed."""

    GIVEN = "given"
    AGAIN = "again"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    VOID = "void"
    EXPIRED = "expired"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class ListWord:
    """The word that asks for the batches instead of making one."""

    label: ClassVar[str] = "列表"


@dataclass(frozen=True, slots=True)
class VoidTarget:
    """What is to be taken back: a batch as the owner types it, `B3`, or one code.

    Attributes:
        number: of the batch; 0 for a code.
        code_hash: of the code; empty for a batch.
    """

    label: ClassVar[str] = "批次"
    number: int = 0
    code_hash: str = ""
