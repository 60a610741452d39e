"""The tables of wishes and check-ins."""

from __future__ import annotations

from typing import Any

from bot.plugin import Migrations

migrations = Migrations("study")


@migrations()
def m001_wishes(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """What members want to hear, and which training session met it; `met_by` is empty while none did."""
    db.execute(
        "create table study_wishes (community text not null, id text not null, room_id text not null,"
        " topic text not null, met_by text not null default '', met_at text, made_at text not null,"
        " primary key (community, id))"
    )
    db.execute("create index study_wishes_by_room on study_wishes (community, room_id, met_by)")
    db.execute(
        "create table study_wishers (community text not null, wish_id text not null, member_id text not null,"
        " wished_at text not null, primary key (community, wish_id, member_id),"
        " foreign key (community, wish_id) references study_wishes (community, id) on delete cascade)"
    )
    db.execute("create index study_wishers_by_member on study_wishers (community, member_id)")


@migrations()
def m002_check_ins(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Who checked in on which day, who stays out of the ranking, and what was congratulated on already."""
    db.execute(
        "create table study_check_ins (community text not null, room_id text not null, day text not null,"
        " member_id text not null, note text not null, at text not null,"
        " primary key (community, room_id, day, member_id))"
    )
    db.execute("create index study_check_ins_by_member on study_check_ins (community, member_id, room_id, day)")
    db.execute(
        "create table study_hidden (community text not null, room_id text not null, member_id text not null,"
        " since text not null, primary key (community, room_id, member_id))"
    )
    db.execute("create index study_hidden_by_member on study_hidden (community, member_id)")
    db.execute(
        "create table study_milestones (community text not null, room_id text not null, member_id text not null,"
        " days integer not null, reached_on text not null, primary key (community, room_id, member_id, days))"
    )
    db.execute("create index study_milestones_by_member on study_milestones (community, member_id)")
