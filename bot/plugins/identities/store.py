"""Binding codes as rows: one a member, only its keyed hash."""

from __future__ import annotations

from datetime import datetime

import sqlite_utils

from bot.plugin import Database, Migrations, Row, to_stamp

migrations = Migrations("identities")


@migrations()
def m001_binding_codes(db: sqlite_utils.Database) -> None:
    """The code by which a member is known again; a new one ends the old one."""
    db.execute(
        "create table binding_codes (community text not null, member_id text not null, code_hash text not null,"
        " made_at text not null, primary key (community, member_id))"
    )
    db.execute("create unique index binding_codes_by_hash on binding_codes (community, code_hash)")


def put_code(db: Database, member_id: str, code_hash: str, now: datetime) -> None:
    """Store a member's binding code; the one before ends."""
    db.execute(
        "insert into binding_codes (community, member_id, code_hash, made_at)"
        " values (:community, :member_id, :code_hash, :now)"
        " on conflict (community, member_id) do update set code_hash = excluded.code_hash, made_at = excluded.made_at",
        {"member_id": member_id, "code_hash": code_hash, "now": to_stamp(now)},
    )


def has_code(db: Database, member_id: str) -> bool:
    """Return whether a member has a binding code."""
    return bool(
        db.query(
            "select 1 from binding_codes where community = :community and member_id = :member_id",
            {"member_id": member_id},
        )
    )


def owner_of(db: Database, code_hash: str) -> str:
    """Return whose binding code it is; empty when nobody's."""
    rows = db.query(
        "select member_id from binding_codes where community = :community and code_hash = :code_hash",
        {"code_hash": code_hash},
    )
    return str(rows[0]["member_id"]) if rows else ""


def export_codes(db: Database, member_id: str) -> list[Row]:
    """Return since when a member has a binding code."""
    return db.query(
        "select made_at from binding_codes where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def erase_codes(db: Database, member_id: str) -> int:
    """Delete that; return how many rows."""
    return db.execute(
        "delete from binding_codes where community = :community and member_id = :member_id", {"member_id": member_id}
    )
