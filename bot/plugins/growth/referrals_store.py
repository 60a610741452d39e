"""Referral codes and referrals as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.growth.codes import make_code
from bot.plugins.growth.model import Referral, ReferralState

_TRIES = 20  # with a million codes given out, one new code in 150,000 is taken already


def code_of(db: Database, member_id: str, now: datetime) -> str:
    """Return a member's referral code, made when there is none yet."""
    for _ in range(_TRIES):
        rows = db.query(
            "select code from referral_codes where community = :community and member_id = :member_id",
            {"member_id": member_id},
        )
        if rows:
            return str(rows[0]["code"])
        db.execute(
            "insert into referral_codes (community, code, member_id, made_at)"
            " values (:community, :code, :member_id, :now) on conflict do nothing",
            {"code": make_code(), "member_id": member_id, "now": to_stamp(now)},
        )
    raise RuntimeError("no referral code is free")


def owner_of(db: Database, code: str) -> str:
    """Return whose code it is; empty when it is nobody's."""
    rows = db.query(
        "select member_id from referral_codes where community = :community and code = :code", {"code": code}
    )
    return str(rows[0]["member_id"]) if rows else ""


def add_referral(db: Database, referral: Referral) -> None:
    """Store who brought a newcomer."""
    db.execute(
        "insert into referrals (community, member_id, referrer_member_id, state, order_number, days, made_at)"
        " values (:community, :member_id, :referrer_id, :state, :order_number, :days, :made_at)",
        {
            "member_id": referral.member_id, "referrer_id": referral.referrer_id, "state": str(referral.state),
            "order_number": referral.order_number, "days": referral.days, "made_at": to_stamp(referral.made_at),
        },
    )  # fmt: skip


def get_referral(db: Database, member_id: str) -> Referral | None:
    """Return who brought a member; None when nobody is on record."""
    return next(iter(_select(db, "member_id = :member_id", {"member_id": member_id})), None)


def referrer_of(db: Database, member_id: str) -> str:
    """Return the id of who brought a member; empty when nobody is on record."""
    found = get_referral(db, member_id)
    return found.referrer_id if found else ""


def referrals_by(db: Database, referrer_id: str) -> list[Referral]:
    """Return whom a member brought, the first first."""
    return _select(db, "referrer_member_id = :referrer_id", {"referrer_id": referrer_id})


def set_referral(
    db: Database, member_id: str, state: ReferralState, *, order_number: int | None = None, days: int = 0
) -> None:
    """Note where a referral stands now.

    Args:
        db: the transaction.
        member_id: the newcomer.
        state: see there.
        order_number: of the payment that counts; None leaves it as it is.
        days: what the referrer was given.
    """
    db.execute(
        "update referrals set state = :state, order_number = coalesce(:order_number, order_number), days = :days"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id, "state": str(state), "order_number": order_number, "days": days},
    )


def export_referrals(db: Database, member_id: str) -> list[Row]:
    """Return a member's code, who brought them, and how whom they brought stands, without saying who that is."""
    codes = db.query(
        "select code, made_at from referral_codes where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    brought_by = db.query(
        "select referrer_member_id, state, order_number, made_at from referrals"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    brought = db.query(
        "select state, days, made_at from referrals where community = :community and referrer_member_id = :member_id"
        " order by made_at, member_id",
        {"member_id": member_id},
    )
    return [*codes, *brought_by, *brought]


def erase_referrals(db: Database, member_id: str) -> int:
    """Delete a member's code and who brought them; whom they brought stays, without this member."""
    deleted = db.execute(
        "delete from referral_codes where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    deleted += db.execute(
        "delete from referrals where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    return deleted + db.execute(
        "update referrals set referrer_member_id = '' where community = :community and referrer_member_id = :member_id",
        {"member_id": member_id},
    )


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Referral]:
    rows = db.query(
        "select member_id, referrer_member_id as referrer_id, state, order_number, days, made_at from referrals"  # noqa: S608 - our own
        f" where community = :community and {condition} order by made_at, member_id",
        params,
    )
    return [
        Referral(**row | {"state": ReferralState(row["state"]), "made_at": from_stamp(row["made_at"])}) for row in rows
    ]
