"""Redeem codes as rows: only keyed hashes of them, never a code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlite_utils

from bot.plugin import Database, Migrations, Row, from_stamp, to_stamp
from bot.plugins.codes.model import Batch, Redemption, StoredCode
from bot.plugins.membership.api import PlanVersion

migrations = Migrations("codes")

SERIES = "code_batch"
_AT_ONCE = 200  # rows in one statement
_BATCH = (
    "b.number, b.plan, b.count, b.uses, b.expires_at, b.made_at, b.voided_at, (select coalesce(sum(c.used), 0)"
    " from redeem_codes c where c.community = b.community and c.batch = b.number) as redeemed"
)


@migrations()
def m001_codes(db: sqlite_utils.Database) -> None:
    """Batches with what they give, hashed codes, and who used which."""
    db.execute(
        "create table code_batches (community text not null, number integer not null, plan text not null,"
        " count integer not null check (count > 0), uses integer not null check (uses > 0), expires_at text,"
        " member_id text not null, made_at text not null, voided_at text, primary key (community, number))"
    )
    db.execute(
        "create table redeem_codes (community text not null, code_hash text not null, batch integer not null,"
        " uses integer not null check (uses > 0), used integer not null default 0 check (used <= uses),"
        " is_void integer not null default 0 check (is_void in (0, 1)), primary key (community, code_hash))"
    )
    db.execute("create index redeem_codes_by_batch on redeem_codes (community, batch)")
    db.execute(
        "create table redemptions (community text not null, id text not null, code_hash text not null,"
        " batch integer not null, member_id text not null, at text not null, revoked_at text,"
        " primary key (community, id))"
    )
    db.execute("create unique index redemptions_by_code on redemptions (community, code_hash, member_id)")
    db.execute("create index redemptions_by_member on redemptions (community, member_id)")
    db.execute("create index redemptions_by_batch on redemptions (community, batch)")


def add_batch(
    db: Database, plan: PlanVersion, *, count: int, uses: int, expires_at: datetime | None, made_by: str, now: datetime
) -> Batch:
    """Store a batch without codes yet; its number is given here."""
    batch = Batch(number=db.next_number(SERIES), plan=plan, count=count, uses=uses, expires_at=expires_at, made_at=now)
    db.execute(
        "insert into code_batches (community, number, plan, count, uses, expires_at, member_id, made_at)"
        " values (:community, :number, :plan, :count, :uses, :expires_at, :made_by, :now)",
        {
            "number": batch.number, "plan": json.dumps(plan.to_data(), ensure_ascii=False, sort_keys=True),
            "count": count, "uses": uses, "expires_at": to_stamp(expires_at) if expires_at else None,
            "made_by": made_by, "now": to_stamp(now),
        },
    )  # fmt: skip
    return batch


def add_codes(db: Database, batch: Batch, hashes: Sequence[str]) -> None:
    """Store the codes of a batch."""
    rows = [{"code_hash": one, "batch": batch.number, "uses": batch.uses} for one in hashes]
    for at in range(0, len(rows), _AT_ONCE):
        db.query_rows(
            "insert into redeem_codes (community, code_hash, batch, uses) values {rows}", rows[at : at + _AT_ONCE]
        )


def find_code(db: Database, code_hash: str) -> StoredCode | None:
    """Return what is known of a code; None when it was never made."""
    rows = db.query(
        "select batch, used, is_void from redeem_codes where community = :community and code_hash = :code_hash",
        {"code_hash": code_hash},
    )
    batch = get_batch(db, rows[0]["batch"]) if rows else None
    if batch is None:
        return None
    return StoredCode(code_hash=code_hash, batch=batch, used=rows[0]["used"], is_void=bool(rows[0]["is_void"]))


def take_use(db: Database, code_hash: str) -> bool:
    """Count one use of a code; False when somebody was faster."""
    changed = db.execute(
        "update redeem_codes set used = used + 1"
        " where community = :community and code_hash = :code_hash and used < uses and is_void = 0",
        {"code_hash": code_hash},
    )
    return changed > 0


def add_redemption(db: Database, code: StoredCode, member_id: str, now: datetime) -> Redemption:
    """Note that a member used a code."""
    one = Redemption(id=db.new_id(), batch=code.batch.number, member_id=member_id, at=now)
    db.execute(
        "insert into redemptions (community, id, code_hash, batch, member_id, at)"
        " values (:community, :id, :code_hash, :batch, :member_id, :now)",
        {
            "id": one.id, "code_hash": code.code_hash, "batch": one.batch, "member_id": member_id,
            "now": to_stamp(now),
        },
    )  # fmt: skip
    return one


def find_redemption(db: Database, code_hash: str, member_id: str) -> Redemption | None:
    """Return a member's use of a code; None when they did not use it."""
    found = _redemptions(
        db, "code_hash = :code_hash and member_id = :member_id", {"code_hash": code_hash, "member_id": member_id}
    )
    return next(iter(found), None)


def redemptions_of(db: Database, batch: int, code_hash: str = "") -> list[Redemption]:
    """Return the uses of a batch, or of one code of it, that count, the first first."""
    return _redemptions(
        db,
        "batch = :batch and (:code_hash = '' or code_hash = :code_hash) and revoked_at is null",
        {"batch": batch, "code_hash": code_hash},
    )


def note_revoked(db: Database, redemption_id: str, now: datetime) -> None:
    """Note that what a use gave was taken back."""
    db.execute(
        "update redemptions set revoked_at = :now where community = :community and id = :id",
        {"id": redemption_id, "now": to_stamp(now)},
    )


def get_batch(db: Database, number: int) -> Batch | None:
    """Return one batch; None when there is none of that number."""
    rows = db.query(
        f"select {_BATCH} from code_batches b where b.community = :community and b.number = :number",  # noqa: S608
        {"number": number},
    )
    return _batch_of(rows[0]) if rows else None


def list_batches(db: Database, limit: int) -> list[Batch]:
    """Return the latest batches, the latest first."""
    rows = db.query(
        f"select {_BATCH} from code_batches b where b.community = :community order by b.number desc limit :limit",  # noqa: S608
        {"limit": limit},
    )
    return [_batch_of(row) for row in rows]


def void_batch(db: Database, number: int, now: datetime) -> None:
    """Note that the codes of a batch give nothing any more; the first time counts."""
    db.execute(
        "update code_batches set voided_at = coalesce(voided_at, :now)"
        " where community = :community and number = :number",
        {"number": number, "now": to_stamp(now)},
    )


def void_code(db: Database, code_hash: str) -> None:
    """Note that one code gives nothing any more."""
    db.execute(
        "update redeem_codes set is_void = 1 where community = :community and code_hash = :code_hash",
        {"code_hash": code_hash},
    )


def export_redemptions(db: Database, member_id: str) -> list[Row]:
    """Return which codes a member used, by their batches."""
    return db.query(
        "select batch, at, revoked_at from redemptions"
        " where community = :community and member_id = :member_id order by at",
        {"member_id": member_id},
    )


def erase_redemptions(db: Database, member_id: str) -> int:
    """Delete that; a code that was used stays used. Batches the member made stay without them."""
    db.execute(
        "update code_batches set member_id = '' where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    return db.execute(
        "delete from redemptions where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def _redemptions(db: Database, condition: str, params: dict[str, Any]) -> list[Redemption]:
    rows = db.query(
        "select id, batch, member_id, at, revoked_at from redemptions"  # noqa: S608 - our own
        f" where community = :community and {condition} order by at, id",
        params,
    )
    return [
        Redemption(
            id=row["id"], batch=row["batch"], member_id=row["member_id"], at=_moment(row["at"]),
            revoked_at=from_stamp(row["revoked_at"]),
        )
        for row in rows
    ]  # fmt: skip


def _batch_of(row: Row) -> Batch:
    return Batch(
        number=row["number"], plan=PlanVersion.from_data(json.loads(row["plan"])), count=row["count"],
        uses=row["uses"], expires_at=from_stamp(row["expires_at"]), made_at=_moment(row["made_at"]),
        voided_at=from_stamp(row["voided_at"]), redeemed=row["redeemed"],
    )  # fmt: skip


def _moment(stamp: str) -> datetime:
    at = from_stamp(stamp)
    assert at is not None, "the column is not null"
    return at
