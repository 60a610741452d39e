"""What is stored of single people: wrong codes they typed, who hosts under which name; their export and erasure."""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Database, Row, fold, from_stamp, to_stamp
from bot.plugins.attendance.rules import Guesses, split_hosts

_TABLES = ("attendances", "no_shows", "wrong_codes", "session_hosts")


def get_guesses(db: Database, member_id: str) -> Guesses:
    """Return the wrong codes a member typed one after another."""
    rows = db.query(
        "select wrong, last_at from wrong_codes where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    return Guesses(rows[0]["wrong"], from_stamp(rows[0]["last_at"])) if rows else Guesses()


def set_guesses(db: Database, member_id: str, guesses: Guesses) -> None:
    """Remember them."""
    assert guesses.last_at is not None
    db.execute(
        "insert into wrong_codes (community, member_id, wrong, last_at) values (:community, :member_id, :wrong, :at)"
        " on conflict (community, member_id) do update set wrong = excluded.wrong, last_at = excluded.last_at",
        {"member_id": member_id, "wrong": guesses.wrong, "at": to_stamp(guesses.last_at)},
    )


def forget_guesses(db: Database, member_id: str) -> None:
    """Begin anew: the member typed a right one."""
    db.execute(
        "delete from wrong_codes where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def forget_old_guesses(db: Database, before: datetime) -> int:
    """Delete what counts no longer; return of how many members."""
    return db.execute(
        "delete from wrong_codes where community = :community and last_at < :before", {"before": to_stamp(before)}
    )


def add_host(db: Database, name: str, member_id: str) -> None:
    """Note that a member is the host of that name in schedules.yaml."""
    db.execute(
        "insert into session_hosts (community, name_key, member_id, name)"
        " values (:community, :name_key, :member_id, :name)"
        " on conflict (community, name_key, member_id) do update set name = excluded.name",
        {"name_key": fold(name).strip(), "member_id": member_id, "name": name.strip()},
    )


def remove_host(db: Database, member_id: str) -> int:
    """Let a member host no more; return under how many names they did."""
    return db.execute(
        "delete from session_hosts where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def list_hosts(db: Database) -> list[tuple[str, str]]:
    """Return (name in schedules.yaml, member id) of all hosts."""
    rows = db.query("select name, member_id from session_hosts where community = :community order by name, member_id")
    return [(row["name"], row["member_id"]) for row in rows]


def is_host(db: Database, host: str, member_id: str) -> bool:
    """Whether the owner confirmed that a member is one of the people in a session's `host`."""
    return member_id in hosts_of(db, host)


def hosts_of(db: Database, host: str) -> list[str]:
    """Return the ids of the members whom the owner confirmed as the people in a session's `host`."""
    names = {fold(name) for name in split_hosts(host)}
    rows = db.query("select name_key, member_id from session_hosts where community = :community order by member_id")
    return list(dict.fromkeys(row["member_id"] for row in rows if row["name_key"] in names))


def export_person(db: Database, member_id: str) -> Row:
    """Return what is stored of a member."""
    person = {"member_id": member_id}
    return {
        "attendances": db.query(
            "select session_id, name, at, place, is_late, is_walk_in, certificate from attendances"
            " where community = :community and member_id = :member_id order by at",
            person,
        ),
        "no_shows": db.query(
            "select session_id, name from no_shows where community = :community and member_id = :member_id"
            " order by session_id",
            person,
        ),
        "wrong_codes": db.query(
            "select wrong, last_at from wrong_codes where community = :community and member_id = :member_id", person
        ),
        "session_hosts": db.query(
            "select name from session_hosts where community = :community and member_id = :member_id order by name",
            person,
        ),
    }


def erase_person(db: Database, member_id: str) -> Row:
    """Delete these; what was counted at the end of sessions stays, for it names nobody."""
    return {
        table: db.execute(
            f"delete from {table} where community = :community and member_id = :member_id",  # noqa: S608 - the four above
            {"member_id": member_id},
        )
        for table in _TABLES
    }
