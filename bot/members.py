"""People and rooms under our own numbers, and the gateway's ids that point to them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import sqlite_utils

from bot.members_identities_store import member_after_merges
from bot.model import Contact, Member, Room, RoomInfo
from bot.storage import Database, Migrations, Row

migrations = Migrations("members")

STRONG, WEAK = "strong", "weak"


@migrations()
def m001_members(db: sqlite_utils.Database) -> None:
    """People, what points to them, rooms, and who is in them."""
    db.execute(
        "create table members (community text not null, id text not null, name text not null, name_key text not null,"
        " primary key (community, id))"
    )
    db.execute("create index members_by_name on members (community, name_key)")
    db.execute(
        "create table identities (community text not null, kind text not null, value text not null,"
        " member_id text not null, account text not null,"
        " strength text not null check (strength in ('strong', 'weak')),"
        " is_current integer not null default 1 check (is_current in (0, 1)), seen_id text not null,"
        " primary key (community, kind, value),"
        " foreign key (community, member_id) references members (community, id) on delete cascade)"
    )
    db.execute("create index identities_by_member on identities (community, member_id)")


@migrations()
def m002_rooms(db: sqlite_utils.Database) -> None:
    """Rooms: the gateway's ids of a room change across logins, so they are rows of their own."""
    db.execute(
        "create table rooms (community text not null, id text not null, topic text not null,"
        " primary key (community, id))"
    )
    db.execute(
        "create table room_identities (community text not null, value text not null, room_id text not null,"
        " account text not null, strength text not null check (strength in ('strong', 'weak')),"
        " is_current integer not null default 1 check (is_current in (0, 1)), seen_id text not null,"
        " primary key (community, value),"
        " foreign key (community, room_id) references rooms (community, id) on delete cascade)"
    )
    db.execute("create index room_identities_by_room on room_identities (community, room_id)")
    db.execute(
        "create table room_members (community text not null, room_id text not null, member_id text not null,"
        " name text not null, name_key text not null, is_present integer not null check (is_present in (0, 1)),"
        " primary key (community, room_id, member_id),"
        " foreign key (community, room_id) references rooms (community, id) on delete cascade,"
        " foreign key (community, member_id) references members (community, id) on delete cascade)"
    )
    db.execute("create index room_members_by_name on room_members (community, room_id, name_key)")
    db.execute("create index room_members_by_member on room_members (community, member_id)")


@migrations()
def m003_merged_members(db: sqlite_utils.Database) -> None:
    """Which records ended because two were one person, and where what they stood for is now."""
    db.execute(
        "create table merged_members (community text not null, from_id text not null, to_id text not null,"
        " primary key (community, from_id))"
    )
    db.execute("create index merged_members_by_target on merged_members (community, to_id)")


@dataclass(frozen=True, slots=True)
class Identity:
    """What points to a member.

    Attributes:
        kind: `contact` (the gateway's id), `weixin` (the id people type), or what a plugin binds, such as `openid`.
        value: the id.
        is_strong: whether it is proof of who the person is; only such a match may grant anything.
    """

    kind: str
    value: str
    is_strong: bool


def name_key(name: str) -> str:
    """Return a name as it is compared: width and case folded, outer blanks and the @ in front of it gone."""
    return unicodedata.normalize("NFKC", name).strip().removeprefix("@").strip().casefold()


def resolve_contact(db: Database, account: str, contact: Contact, stable_ids: bool) -> Member:  # noqa: FBT001 - positional: there are many callers
    """Return the member behind a contact, made when nobody is known by its ids.

    A name alone never finds a member: two people may share one.

    Args:
        db: a write transaction.
        account: contact id of the bot's account that sees the contact.
        contact: as the gateway shows it.
        stable_ids: whether the gateway's ids survive a login; they are strong identities only then.
    """
    found = _find_identity(db, "contact", contact.id)
    if found is not None and _is_reused(found, contact.name):
        _forget_identity(db, "contact", contact.id)
        found = None
    if found is None:
        found = _find_identity(db, "weixin", contact.weixin) if contact.weixin else None
        found = found or _add_member(db, contact.name)
        _add_identity(db, account, Identity("contact", contact.id, stable_ids), found["id"])
        if contact.weixin:
            _add_identity(db, account, Identity("weixin", contact.weixin, is_strong=True), found["id"])
    elif not found["is_current"] and (contact.name or found["strength"] == STRONG):
        _mark_current(db, contact.id)
    if contact.name and contact.name != found["name"]:
        _rename(db, found["id"], contact.name)
    return Member(found["id"], contact.shown_name or found["name"], contact.id)


def resolve_room(db: Database, account: str, room: RoomInfo, stable_ids: bool) -> Room:  # noqa: FBT001 - positional: there are many callers
    """Return the room behind a gateway's room, made when unknown.

    Where ids change across logins, an unknown id with the topic of the one room that was not seen under any id since
    the login is that room (see `begin_login`).
    """
    rows = db.query(
        "select r.id, r.topic, i.is_current, i.strength from room_identities i"
        " join rooms r on r.community = i.community and r.id = i.room_id"
        " where i.community = :community and i.value = :value",
        {"value": room.id},
    )
    if rows and not _is_reused(rows[0] | {"name": rows[0]["topic"]}, room.topic):
        found = rows[0]
    else:
        room_id = (None if stable_ids else _find_lost_room(db, room.topic)) or _add_room(db, room.topic)
        found = {"id": room_id, "topic": room.topic, "is_current": 0}
    if not found["is_current"]:
        _point_to_room(db, account, room.id, found["id"], STRONG if stable_ids else WEAK)
    if room.topic and room.topic != found["topic"]:
        db.execute(
            "update rooms set topic = :topic where community = :community and id = :id",
            {"topic": room.topic, "id": found["id"]},
        )
    return Room(found["id"], room.topic or found["topic"], room.id)


def begin_login(db: Database, account: str) -> None:
    """Take note that the account logged in on a gateway without stable ids: ids seen before mean nothing now."""
    for table in ("identities", "room_identities"):
        db.execute(
            f"update {table} set is_current = 0"  # noqa: S608 - the two names above
            " where community = :community and account = :account and strength = 'weak'",
            {"account": account},
        )


def note_presence(db: Database, room_id: str, member: Member) -> None:
    """Record that a member is in a room under the name it shows there."""
    params = {"room_id": room_id, "member_id": member.id, "name": member.name}
    known = db.query(
        "select name, is_present from room_members"
        " where community = :community and room_id = :room_id and member_id = :member_id",
        params,
    )
    if known and known[0]["is_present"] and known[0]["name"] == member.name:
        return  # most messages: reading is ten times cheaper than writing
    db.execute(
        "insert into room_members (community, room_id, member_id, name, name_key, is_present)"
        " values (:community, :room_id, :member_id, :name, :name_key, 1)"
        " on conflict (community, room_id, member_id)"
        " do update set name = excluded.name, name_key = excluded.name_key, is_present = 1",
        {**params, "name_key": name_key(member.name)},
    )


def note_absence(db: Database, room_id: str, member_ids: Iterable[str]) -> None:
    """Record that members left a room."""
    for member_id in member_ids:
        db.execute(
            "update room_members set is_present = 0"
            " where community = :community and room_id = :room_id and member_id = :member_id",
            {"room_id": room_id, "member_id": member_id},
        )


def contact_id_of(db: Database, member_id: str) -> str:
    """Return the gateway's current id of a member, empty when it is not reachable now."""
    rows = db.query(
        "select value from identities where community = :community and member_id = :member_id and kind = 'contact'"
        " and is_current = 1 order by seen_id desc limit 1",
        {"member_id": member_id},
    )
    if not rows and (now := member_after_merges(db, member_id)) != member_id:
        return contact_id_of(db, now)
    return str(rows[0]["value"]) if rows else ""


def gateway_room_id(db: Database, room_id: str) -> str:
    """Return the gateway's current id of a room, empty when it was not seen since the login."""
    rows = db.query(
        "select value from room_identities where community = :community and room_id = :room_id"
        " and is_current = 1 order by seen_id desc limit 1",
        {"room_id": room_id},
    )
    return str(rows[0]["value"]) if rows else ""


def member(db: Database, member_id: str, room_id: str = "") -> Member | None:
    """Return one member, named as in that room if one is given; None when unknown."""
    rows = db.query(
        "select m.id, coalesce(r.name, m.name) as name from members m"
        " left join room_members r on r.community = m.community and r.member_id = m.id and r.room_id = :room_id"
        " where m.community = :community and m.id = :id",
        {"id": member_id, "room_id": room_id},
    )
    if not rows and (now := member_after_merges(db, member_id)) != member_id:
        return member(db, now, room_id)
    return Member(rows[0]["id"], rows[0]["name"], contact_id_of(db, member_id)) if rows else None


def room(db: Database, room_id: str) -> Room | None:
    """Return one room; None when unknown."""
    rows = db.query(
        "select r.id, r.topic, i.value from rooms r left join room_identities i on i.community = r.community"
        " and i.room_id = r.id and i.is_current = 1 where r.community = :community and r.id = :id"
        " order by i.seen_id desc limit 1",
        {"id": room_id},
    )
    return Room(rows[0]["id"], rows[0]["topic"], rows[0]["value"] or "") if rows else None


def rooms(db: Database) -> list[Room]:
    """Return all rooms, the oldest first."""
    rows = db.query("select id, topic from rooms where community = :community order by id")
    return [Room(r["id"], r["topic"], gateway_room_id(db, r["id"])) for r in rows]


def rooms_of(db: Database, member_id: str) -> list[Room]:
    """Return the rooms a member is in, as far as is known, the oldest first."""
    rows = db.query(
        "select room_id from room_members"
        " where community = :community and member_id = :member_id and is_present = 1 order by room_id",
        {"member_id": member_id},
    )
    return [found for row in rows if (found := room(db, row["room_id"]))]


def members_of(db: Database, room_id: str) -> list[Member]:
    """Return who is in a room, as far as is known, the oldest first."""
    rows = db.query(
        "select member_id, name from room_members"
        " where community = :community and room_id = :room_id and is_present = 1 order by member_id",
        {"room_id": room_id},
    )
    return [Member(r["member_id"], r["name"], contact_id_of(db, r["member_id"])) for r in rows]


def identities_of(db: Database, member_id: str) -> list[Identity]:
    """Return what points to a member now; roles and entitlements count the strong ones only."""
    rows = db.query(
        "select kind, value, strength from identities"
        " where community = :community and member_id = :member_id and is_current = 1 order by kind, value",
        {"member_id": member_id},
    )
    return [Identity(r["kind"], r["value"], r["strength"] == STRONG) for r in rows]


def find_by_name(db: Database, name: str, room_id: str = "") -> list[Member]:
    """Return the members of that name, those in the room first; a name is a weak match and grants nothing."""
    params = {"key": name_key(name), "room_id": room_id}
    here = db.query(
        "select r.member_id as id, r.name from room_members r where r.community = :community"
        " and r.room_id = :room_id and r.name_key = :key order by r.is_present desc, r.member_id",
        params,
    )
    anywhere = db.query(
        "select id, name from members where community = :community and name_key = :key order by id", params
    )
    found = {r["id"]: r["name"] for r in [*here, *anywhere]}
    return [Member(member_id, name, contact_id_of(db, member_id)) for member_id, name in found.items()]


def find_by_identity(db: Database, kind: str, value: str) -> Member | None:
    """Return the member an id points to; None when nobody is known by it."""
    found = _find_identity(db, kind, value)
    return Member(found["id"], found["name"], contact_id_of(db, found["id"])) if found else None


def _find_identity(db: Database, kind: str, value: str) -> Row | None:
    rows = db.query(
        "select m.id, m.name, i.is_current, i.strength from identities i"
        " join members m on m.community = i.community and m.id = i.member_id"
        " where i.community = :community and i.kind = :kind and i.value = :value",
        {"kind": kind, "value": value},
    )
    return rows[0] if rows else None


def _is_reused(found: Row, name: str) -> bool:
    """Tell whether an id that meant something before the login means somebody else now.

    Ids of gateways that make new ones at each login could come again by chance, for another; then the name is another
    one, too. Who changed the name just then is asked for the binding code like those whose ids are new.
    """
    is_old = found["strength"] == WEAK and not found["is_current"]
    return is_old and bool(name) and bool(found["name"]) and name_key(name) != name_key(found["name"])


def _forget_identity(db: Database, kind: str, value: str) -> None:
    db.execute(
        "delete from identities where community = :community and kind = :kind and value = :value",
        {"kind": kind, "value": value},
    )


def _add_member(db: Database, name: str) -> Row:
    row: Row = {"id": db.new_id(), "name": name, "name_key": name_key(name)}
    db.execute("insert into members (community, id, name, name_key) values (:community, :id, :name, :name_key)", row)
    return row


def _rename(db: Database, member_id: str, name: str) -> None:
    db.execute(
        "update members set name = :name, name_key = :name_key where community = :community and id = :id",
        {"id": member_id, "name": name, "name_key": name_key(name)},
    )


def _add_identity(db: Database, account: str, identity: Identity, member_id: str) -> None:
    db.execute(
        "insert into identities (community, kind, value, member_id, account, strength, seen_id)"
        " values (:community, :kind, :value, :member_id, :account, :strength, :seen_id)"
        " on conflict (community, kind, value) do nothing",
        {
            "kind": identity.kind, "value": identity.value, "member_id": member_id, "account": account,
            "strength": STRONG if identity.is_strong else WEAK, "seen_id": db.new_id(),
        },
    )  # fmt: skip


def _mark_current(db: Database, contact_id: str) -> None:
    db.execute(
        "update identities set is_current = 1, seen_id = :seen_id"
        " where community = :community and kind = 'contact' and value = :value",
        {"value": contact_id, "seen_id": db.new_id()},
    )


def _add_room(db: Database, topic: str) -> str:
    room_id = db.new_id()
    db.execute(
        "insert into rooms (community, id, topic) values (:community, :id, :topic)", {"id": room_id, "topic": topic}
    )
    return room_id


def _point_to_room(db: Database, account: str, value: str, room_id: str, strength: str) -> None:
    db.execute(
        "insert into room_identities (community, value, room_id, account, strength, seen_id)"
        " values (:community, :value, :room_id, :account, :strength, :seen_id)"
        " on conflict (community, value)"
        " do update set is_current = 1, seen_id = excluded.seen_id, room_id = excluded.room_id",
        {"value": value, "room_id": room_id, "account": account, "strength": strength, "seen_id": db.new_id()},
    )


def _find_lost_room(db: Database, topic: str) -> str | None:
    rows = db.query(
        "select r.id from rooms r where r.community = :community and r.topic = :topic"
        " and not exists (select 1 from room_identities i where i.community = r.community and i.room_id = r.id"
        " and i.is_current = 1)",
        {"topic": topic},
    )
    return str(rows[0]["id"]) if len(rows) == 1 else None
