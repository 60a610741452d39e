"""The tables of cases, strikes, exemptions, switches and the audit log."""

from __future__ import annotations

from typing import Any

from bot.plugin import Migrations
from bot.plugins.moderation.model import NAME

migrations = Migrations(NAME)


@migrations()
def m001_cases(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """What was found, what it counts, who is left alone, what is switched, and what was done."""
    db.execute(
        "create table moderation_cases (community text not null, number integer not null, room_id text not null,"
        " member_id text not null, name text not null, message_id text not null, said_at text not null,"
        " made_at text not null, rule text not null, words text not null, family text not null, act text not null,"
        " state text not null check (state in"
        " ('open', 'confirming', 'by_hand', 'settled', 'undone', 'rehearsed')), reason text not null,"
        " evidence text not null, text text not null, score real not null, hits integer not null,"
        " is_paying integer not null check (is_paying in (0, 1)), decided_by text not null, data text not null,"
        " primary key (community, number))"
    )
    db.execute(
        "create table moderation_strikes (community text not null, number integer not null,"
        " case_number integer not null, room_id text not null, member_id text not null, rule text not null,"
        " words text not null, points real not null check (points >= 0), reason text not null, given_at text not null,"
        " expires_at text not null, noted_by text not null, withdrawn_at text, primary key (community, number))"
    )
    db.execute(
        "create table moderation_exemptions (community text not null, member_id text not null, room_id text not null,"
        " name text not null, until text, reason text not null, noted_by text not null, noted_at text not null,"
        " primary key (community, member_id, room_id))"
    )
    db.execute(
        "create table moderation_switches (community text not null, name text not null, room_id text not null,"
        " value text not null, since text not null, primary key (community, name, room_id))"
    )
    db.execute(
        "create table moderation_confirmations (community text not null, case_number integer not null,"
        " decided_by text not null, at text not null, primary key (community, case_number, decided_by))"
    )
    db.execute(
        "create table moderation_audit (community text not null, id text not null, done text not null,"
        " at text not null, case_number integer not null, strike_number integer not null, room_id text not null,"
        " member_id text not null, name text not null, decided_by text not null, rule text not null,"
        " reason text not null, data text not null, primary key (community, id))"
    )
    for index in (
        "create index moderation_cases_by_member on moderation_cases (community, member_id, said_at)",
        "create index moderation_cases_by_room on moderation_cases (community, room_id, number)",
        (
            "create unique index moderation_cases_by_message on moderation_cases (community, message_id)"
            " where message_id <> ''"
        ),
        (
            "create index moderation_cases_waiting on moderation_cases (community, number)"
            " where state in ('open', 'confirming', 'by_hand')"
        ),
        "create index moderation_strikes_by_member on moderation_strikes (community, member_id, expires_at)",
        "create index moderation_strikes_by_case on moderation_strikes (community, case_number)",
        "create index moderation_audit_by_case on moderation_audit (community, case_number, id)",
        "create index moderation_audit_by_member on moderation_audit (community, member_id, id)",
        "create index moderation_audit_by_act on moderation_audit (community, done, at)",
        "create index moderation_audit_by_room on moderation_audit (community, room_id, id)",
    ):
        db.execute(index)
