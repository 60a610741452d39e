"""The tables of referrals and gifts."""

from __future__ import annotations

import sqlite_utils

from bot.plugin import Migrations

migrations = Migrations("growth")


@migrations()
def m001_referrals(db: sqlite_utils.Database) -> None:
    """Codes, and who named whom: a newcomer has one referrer for ever."""
    db.execute(
        "create table referral_codes (community text not null, code text not null, member_id text not null,"
        " made_at text not null, primary key (community, code))"
    )
    db.execute("create unique index referral_codes_by_member on referral_codes (community, member_id)")
    db.execute(
        "create table referrals (community text not null, member_id text not null, referrer_member_id text not null,"
        " state text not null check (state in ('waiting', 'paid', 'rewarded')),"
        " order_number integer not null default 0, days integer not null default 0 check (days >= 0),"
        " made_at text not null, primary key (community, member_id))"
    )
    db.execute("create index referrals_by_referrer on referrals (community, referrer_member_id)")


@migrations()
def m002_gifts(db: sqlite_utils.Database) -> None:
    """For whom an order of a gift is; what it is stands in the order."""
    db.execute(
        "create table gifts (community text not null, order_number integer not null, giver_member_id text not null,"
        " receiver_member_id text not null, receiver_name text not null,"
        " state text not null check (state in ('open', 'given', 'code', 'taken_back')),"
        " code_batch integer not null default 0,"
        " primary key (community, order_number))"
    )
    db.execute("create index gifts_by_giver on gifts (community, giver_member_id)")
    db.execute("create index gifts_by_receiver on gifts (community, receiver_member_id)")
