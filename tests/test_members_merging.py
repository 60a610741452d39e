"""Two records of one person become one, and no table can be forgotten."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import members, members_identities_store, outbox
from bot.app import core_migrations, make_loader
from bot.clock import SystemClock
from bot.config_model import Config
from bot.members_identities_store import names_member
from bot.model import Contact, Outgoing, RoomInfo
from bot.storage import Storage
from bot.storage_schema import find_columns

pytestmark = pytest.mark.slow  # every table of every plugin

NO_MEMBERS = {
    "answer_id", "certificate_id", "document_id", "echo_id", "entry_id", "from_id", "message_id", "met_by", "outbox_id",
    "post_id", "question_id", "room_id", "schedule_id", "seen_id", "session_id", "to_id", "wish_id", "contact_id",
    "lesson_id", "course_id", "ticket_id", "plan_id", "line_id", "code_id", "batch_id", "rule_id",
}  # fmt: skip
"""Columns that look as if they might name a member, and do not."""


@pytest.fixture
async def storage(tmp_path: Path):
    loader = make_loader(Config, SystemClock())
    loader.load_all()
    opened = Storage.open(tmp_path / "a.db", SystemClock(), [*core_migrations(), *loader.migrations()])
    yield opened
    await opened.close()


async def test_every_column_that_may_name_a_member_is_known(storage: Storage) -> None:
    columns = await storage.read("c", find_columns, lambda _, name: name.endswith(("_id", "_by", "member", "person")))
    unknown = {(c.table, c.name) for c in columns if c.name not in NO_MEMBERS and not names_member(c.table, c.name)}
    assert unknown == set(), "add it to members_identities_store, or here when it never holds a member's id"


async def test_no_member_is_part_of_a_key_that_holds_for_some_rows_only(storage: Storage) -> None:
    columns = await storage.read("c", find_columns, names_member)
    assert len(columns) > 30
    database = sqlite3.connect(storage.path)
    partial = [
        (column.table, index, column.name)
        for column in columns
        for index, is_unique, is_partial in database.execute(
            'select name, "unique", partial from pragma_index_list(?)', (column.table,)
        )
        if is_unique
        and is_partial
        and column.name in {name for (name,) in database.execute("select name from pragma_index_info(?)", (index,))}
    ]
    assert partial == []


async def meet(storage: Storage, contact_id: str, name: str, room_id: str = "r1", *, stable: bool = False):
    def resolve(db):
        room = members.resolve_room(db, "bot", RoomInfo(room_id, "群"), stable)
        person = members.resolve_contact(db, "bot", Contact(contact_id, name), stable)
        members.note_presence(db, room.id, person)
        return room, person

    return await storage.run("c", resolve)


async def test_what_names_the_one_names_the_other_afterwards(storage: Storage) -> None:
    room, old = await meet(storage, "old", "小明")
    _, new = await meet(storage, "new", "小明的新号")

    def fill(db) -> None:
        db.execute(
            "insert into registrations (community, session_id, member_id, room_id, name, position, state, made_at,"
            " changed_at) values (:community, 's', :new, '', '小明', 1, 'registered', '', ''),"
            " (:community, 't', :new, '', '小明', 1, 'waiting', '', ''),"
            " (:community, 't', :old, '', '小明', 2, 'registered', '', '')",
            {"new": new.id, "old": old.id},
        )
        outbox.enqueue(db, Outgoing(room_id=room.id, text="叫", mentions=(new.id,)))
        outbox.enqueue(db, Outgoing(member_id=new.id, text="说"))
        members.note_absence(db, room.id, [old.id])
        members_identities_store.move_member(db, new.id, old.id)

    await storage.run("c", fill)
    rows = await storage.read("c", lambda db: db.query("select * from registrations where community = :community"))
    assert {(row["session_id"], row["member_id"], row["state"]) for row in rows} == {
        ("s", old.id, "registered"),
        ("t", old.id, "registered"),
    }
    sent = await storage.read("c", lambda db: db.query("select * from outbox where community = :community order by id"))
    assert [new.id in "".join(map(str, row.values())) for row in sent] == [False, False]
    assert sent[1]["lane"] == old.id
    assert sent[0]["mentions"] == f'["{old.id}"]'
    present = await storage.read("c", members.members_of, room.id)
    assert [person.id for person in present] == [old.id]
    assert await storage.read("c", members.contact_id_of, old.id) == "new"
    assert (await storage.read("c", members.member, new.id)).id == old.id
    assert [person.id for person in await storage.read("c", members.find_by_name, "小明的新号")] in ([], [old.id])
    assert (await storage.run("c", members.resolve_contact, "bot", Contact("new", "小明"), False)).id == old.id


async def test_what_had_begun_before_is_taken_along_by_doing_it_again(storage: Storage) -> None:
    _, old = await meet(storage, "old", "小明")
    _, new = await meet(storage, "new", "小明")
    _, newest = await meet(storage, "newest", "小明")
    await storage.run("c", members_identities_store.move_member, new.id, old.id)
    await storage.run("c", lambda db: outbox.enqueue(db, Outgoing(member_id=new.id, text="晚到")))
    await storage.run("c", members_identities_store.move_member, new.id, old.id)
    rows = await storage.read("c", lambda db: db.query("select lane from outbox where community = :community"))
    assert [row["lane"] for row in rows] == [old.id]
    await storage.run("c", members_identities_store.move_member, old.id, newest.id)
    assert (await storage.read("c", members.member, new.id)).id == newest.id


async def test_other_communities_and_other_people_stay_as_they_are(storage: Storage) -> None:
    _, old = await meet(storage, "old", "小明")
    _, new = await meet(storage, "new", "小明")
    room, other = await meet(storage, "other", "小明")
    await storage.run("c", members_identities_store.move_member, new.id, old.id)
    assert [p.id for p in await storage.read("c", members.members_of, room.id)] == [old.id, other.id]
    assert await storage.read("d", members.member, old.id) is None


async def test_old_ids_that_come_back_for_others_name_nobody(storage: Storage) -> None:
    _, ming = await meet(storage, "x1", "小明")
    _, hong = await meet(storage, "x2", "小红")
    vip, _ = await meet(storage, "x1", "小明", "vip")
    await storage.run("c", members.begin_login, "bot")
    _, first = await meet(storage, "x2", "小明")
    _, second = await meet(storage, "x1", "小红")
    assert not {first.id, second.id} & {ming.id, hong.id}
    assert await storage.read("c", members.contact_id_of, ming.id) == ""

    def reuse(db):
        return members.resolve_room(db, "bot", RoomInfo("vip", "另一个群"), False)

    assert (await storage.run("c", reuse)).id != vip.id


@given(
    names=st.lists(st.sampled_from("甲乙丙"), min_size=2, max_size=6),
    logins=st.lists(st.randoms(use_true_random=False), min_size=1, max_size=3),
    is_new=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_login_makes_anybody_somebody_else(
    names: list[str], logins: list[random.Random], *, is_new: bool
) -> None:
    """Whoever has which name, and whether ids are new or go round, a weak id is never another one's."""
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage.open(Path(folder) / "a.db", SystemClock(), [members.migrations])
        try:
            ids = [f"x{n}" for n in range(len(names))]
            known = [(await meet(storage, one, name))[1].id for one, name in zip(ids, names, strict=True)]
            assert len(set(known)) == len(names)
            for round_, dice in enumerate(logins):
                await storage.run("c", members.begin_login, "bot")
                dice.shuffle(ids)
                ids = [f"{one}/{round_}" for one in ids] if is_new else ids
                now = [(await meet(storage, one, name))[1].id for one, name in zip(ids, names, strict=True)]
                owners = dict(zip(known, names, strict=True))
                for member, name in zip(now, names, strict=True):
                    assert is_new <= (member not in known)
                    assert owners.get(member, name) == name
                known = now
        finally:
            await storage.close()
