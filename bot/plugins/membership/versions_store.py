"""The tables of membership, and what was promised with every plan that was ever sold or given."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.plugin import Database, Migrations, Row, to_stamp
from bot.plugins.membership.model import PlanVersion

migrations = Migrations("membership")


@migrations()
def m001_membership(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Versions of plans, and who accepted which terms."""
    db.execute(
        "create table plan_versions (community text not null, plan_id text not null,"
        " version integer not null check (version > 0), content_hash text not null, content text not null,"
        " made_at text not null, primary key (community, plan_id, version))"
    )
    db.execute("create unique index plan_versions_by_content on plan_versions (community, plan_id, content_hash)")
    db.execute(
        "create table accepted_terms (community text not null, member_id text not null, terms_hash text not null,"
        " accepted_at text not null, primary key (community, member_id, terms_hash))"
    )


def keep_version(db: Database, plan: PlanVersion, now: datetime) -> PlanVersion:
    """Return a plan with the number of its version; content that was never sold before becomes a new one.

    Args:
        db: the transaction in which it is sold or given.
        plan: as it is sold now; its `version` does not count.
        now: aware.
    """
    content = json.dumps(replace(plan, version=0).to_data(), ensure_ascii=False, sort_keys=True)
    digest = hash_of(content)
    where = {"plan_id": plan.plan_id, "digest": digest}
    rows = db.query(
        "select version from plan_versions"
        " where community = :community and plan_id = :plan_id and content_hash = :digest",
        where,
    ) or db.query(
        "insert into plan_versions (community, plan_id, version, content_hash, content, made_at)"
        " values (:community, :plan_id, (select coalesce(max(version), 0) + 1 from plan_versions"
        " where community = :community and plan_id = :plan_id), :digest, :content, :now) returning version",
        {**where, "content": content, "now": to_stamp(now)},
    )
    return replace(plan, version=int(rows[0]["version"]))


def get_version(db: Database, plan_id: str, version: int) -> PlanVersion | None:
    """Return what was promised under `plan_id@version`; None when it was never sold."""
    rows = db.query(
        "select content from plan_versions where community = :community and plan_id = :plan_id and version = :version",
        {"plan_id": plan_id, "version": version},
    )
    return replace(PlanVersion.from_data(json.loads(rows[0]["content"])), version=version) if rows else None


def has_accepted(db: Database, member_id: str, terms_hash: str) -> bool:
    """Return whether a member accepted these terms."""
    return bool(
        db.query(
            "select 1 from accepted_terms"
            " where community = :community and member_id = :member_id and terms_hash = :terms_hash",
            {"member_id": member_id, "terms_hash": terms_hash},
        )
    )


def accept(db: Database, member_id: str, terms_hash: str, now: datetime) -> None:
    """Note that a member accepted terms; the first time counts."""
    db.execute(
        "insert into accepted_terms (community, member_id, terms_hash, accepted_at)"
        " values (:community, :member_id, :terms_hash, :now) on conflict do nothing",
        {"member_id": member_id, "terms_hash": terms_hash, "now": to_stamp(now)},
    )


def export_accepted(db: Database, member_id: str) -> list[Row]:
    """Return which terms a member accepted and when."""
    return db.query(
        "select terms_hash, accepted_at from accepted_terms"
        " where community = :community and member_id = :member_id order by accepted_at",
        {"member_id": member_id},
    )


def erase_accepted(db: Database, member_id: str) -> int:
    """Delete that; return how many rows."""
    return db.execute(
        "delete from accepted_terms where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def hash_of(text: str) -> str:
    """Return the fingerprint of a text: sha256 of its UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
