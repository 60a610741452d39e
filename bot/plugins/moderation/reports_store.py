"""What members reported: messages that break the rules, and people who solicit in private."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.migrations_store import migrations


@migrations()
def m032_reports(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """One row a reporter and thing; nobody reports the same thing twice."""
    db.execute(
        "create table moderation_reports (community text not null, id text not null, about text not null,"
        " kind text not null check (kind in ('message', 'person', 'soliciting')), room_id text not null,"
        " member_id text not null, name text not null, message_id text not null, text text not null,"
        " reason text not null, reporter_id text not null, is_trusted integer not null"
        " check (is_trusted in (0, 1)), made_at text not null, case_number integer not null,"
        " primary key (community, id))"
    )
    for index in (
        "create unique index moderation_reports_once on moderation_reports (community, about, reporter_id)",
        "create index moderation_reports_by_reporter on moderation_reports (community, reporter_id, made_at)",
        "create index moderation_reports_by_member on moderation_reports (community, member_id)",
        "create index moderation_reports_by_case on moderation_reports (community, case_number)",
    ):
        db.execute(index)


class ReportKind(StrEnum):
    """What a report is about: one message, somebody in general, or that somebody sells in private."""

    MESSAGE = "message"
    PERSON = "person"
    SOLICITING = "soliciting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One member's report.

    Attributes:
        id: ours; empty before it is on record.
        about: what it is about, the same for all who report the same.
        kind: see there.
        room_id: where; empty for what happened in private.
        member_id, name: whom it is about; the id is empty when only a name is known.
        message_id, text: the message, or what was forwarded.
        reason: in the reporter's words; may be empty.
        reporter_id: who reports; never shown to whom it is about.
        is_trusted: whether it counts.
        made_at: aware UTC.
        case: number of the case that was opened for it; 0 for none.
    """

    about: str
    kind: ReportKind
    room_id: str
    member_id: str
    name: str
    reporter_id: str
    made_at: datetime
    message_id: str = ""
    text: str = ""
    reason: str = ""
    is_trusted: bool = True
    case: int = 0
    id: str = ""


def add_report(db: Database, report: Report) -> bool:
    """Put a report on record; False when its reporter reported the same before."""
    rows = db.query(
        "insert into moderation_reports (community, id, about, kind, room_id, member_id, name, message_id, text,"
        " reason, reporter_id, is_trusted, made_at, case_number)"
        " values (:community, :id, :about, :kind, :room_id, :member_id, :name, :message_id, :text, :reason,"
        " :reporter_id, :is_trusted, :made_at, :case)"
        " on conflict (community, about, reporter_id) do nothing returning id",
        {
            "id": db.new_id(), "about": report.about, "kind": report.kind, "room_id": report.room_id,
            "member_id": report.member_id, "name": report.name, "message_id": report.message_id, "text": report.text,
            "reason": report.reason, "reporter_id": report.reporter_id, "is_trusted": int(report.is_trusted),
            "made_at": to_stamp(report.made_at), "case": report.case,
        },
    )  # fmt: skip
    return bool(rows)


def reports_about(db: Database, about: str) -> list[Report]:
    """Return the reports of one thing, the first first."""
    return _select(db, "about = :about order by id", {"about": about})


def set_case(db: Database, about: str, case: int) -> None:
    """Note which case was opened for a thing."""
    db.execute(
        "update moderation_reports set case_number = :number where community = :community and about = :about",
        {"about": about, "number": case},
    )


def count_by(db: Database, reporter_id: str, since: datetime) -> int:
    """Return how much a member reported since then."""
    rows = db.query(
        "select count(*) as n from moderation_reports"
        " where community = :community and reporter_id = :reporter_id and made_at >= :since",
        {"reporter_id": reporter_id, "since": to_stamp(since)},
    )
    return int(rows[0]["n"])


def count_untrue(db: Database, reporter_id: str, since: datetime) -> int:
    """Return how much of what a member reported since then was found to be nothing: its case was undone."""
    rows = db.query(
        "select count(*) as n from moderation_reports r join moderation_cases c"
        " on c.community = r.community and c.number = r.case_number"
        " where r.community = :community and r.reporter_id = :reporter_id and r.made_at >= :since"
        " and c.state = 'undone'",
        {"reporter_id": reporter_id, "since": to_stamp(since)},
    )
    return int(rows[0]["n"])


def purge(db: Database, before: datetime) -> int:
    """Delete what is older; return how many."""
    return db.execute(
        "delete from moderation_reports where community = :community and made_at < :before",
        {"before": to_stamp(before)},
    )


def erase_member(db: Database, member_id: str) -> int:
    """Delete what a member reported, and take them out of what others reported; return how many rows changed."""
    gone = db.execute(
        "delete from moderation_reports where community = :community and reporter_id = :member_id",
        {"member_id": member_id},
    )
    return gone + db.execute(
        "update moderation_reports set member_id = '', name = '', text = '', reason = '', message_id = ''"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def export_member(db: Database, member_id: str) -> list[Row]:
    """Return what a member reported; who reported them is nobody's to know."""
    return db.query(
        "select kind, name, text, reason, made_at from moderation_reports"
        " where community = :community and reporter_id = :member_id order by id",
        {"member_id": member_id},
    )


def _select(db: Database, condition: str, params: Row) -> list[Report]:
    rows = db.query(f"select * from moderation_reports where community = :community and {condition}", params)  # noqa: S608 - the conditions above
    return [_report(row) for row in rows]


def _report(row: Row) -> Report:
    made_at = from_stamp(row["made_at"])
    assert made_at is not None
    return Report(
        id=row["id"], about=row["about"], kind=ReportKind(row["kind"]), room_id=row["room_id"],
        member_id=row["member_id"], name=row["name"], message_id=row["message_id"], text=row["text"],
        reason=row["reason"], reporter_id=row["reporter_id"], is_trusted=bool(row["is_trusted"]), made_at=made_at,
        case=row["case_number"],
    )  # fmt: skip
